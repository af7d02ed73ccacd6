//! Ways through proxies.

use super::super::connect::open;
use super::super::error::RequestError;
use super::{Fake, Reply, budget, head, json, kubeconfig, opened, surroundings};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// An http proxy that leads every CONNECT to `target`, or answers it with `refusal`. Gives its address and what it saw.
async fn http_proxy(target: String, refusal: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let asked = head(&mut client).await;
            noted.lock().unwrap().push(asked);
            if let Some(refusal) = refusal {
                let _ = client
                    .write_all(format!("HTTP/1.1 {refusal}\r\n\r\n").as_bytes())
                    .await;
                continue;
            }
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    (address, seen)
}

/// A SOCKS 5 proxy that leads everything to `target`. Gives its address and the names it was asked for.
async fn socks_proxy(target: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut greeting = [0; 3];
            client.read_exact(&mut greeting).await.unwrap();
            client.write_all(&[5, 0]).await.unwrap();
            let mut request = [0; 5];
            client.read_exact(&mut request).await.unwrap();
            let mut name = vec![0; usize::from(request[4]) + 2];
            client.read_exact(&mut name).await.unwrap();
            name.truncate(name.len() - 2);
            noted.lock().unwrap().push(String::from_utf8(name).unwrap());
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            let mut server = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    (address, seen)
}

fn bare(server: &Fake) -> String {
    server.url.strip_prefix("http://").unwrap().to_owned()
}

#[tokio::test]
async fn through_the_http_proxy_of_the_kubeconfig() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let (proxy, seen) = http_proxy(bare(&server), None).await;
    let cluster = format!("server: 'http://api.invalid', proxy-url: 'http://eve:pw%40x@{proxy}'");
    let api = opened(&cluster, "", budget(1)).await.unwrap();
    assert_eq!(api.get("/api").await.unwrap(), "{}");
    let asked = seen.lock().unwrap().remove(0);
    assert!(asked.starts_with("CONNECT api.invalid:80 HTTP/1.1"), "{asked}");
    assert!(
        asked.contains("Proxy-Authorization: Basic ZXZlOnB3QHg="),
        "{asked}"
    );
    let request = server.requests()[0].to_lowercase();
    assert!(
        request.contains("accept-encoding: gzip") && !request.contains("proxy-auth"),
        "{request}"
    );
}

#[tokio::test]
async fn compression_is_off_when_the_kubeconfig_says_so() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let (proxy, _) = http_proxy(bare(&server), None).await;
    let cluster = format!("server: 'http://api.invalid', proxy-url: '{proxy}', disable-compression: true");
    opened(&cluster, "", budget(1))
        .await
        .unwrap()
        .get("/api")
        .await
        .unwrap();
    assert!(!server.requests()[0].to_lowercase().contains("accept-encoding"));
}

#[tokio::test]
async fn through_the_proxy_of_the_variables_or_past_it() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let (proxy, seen) = http_proxy(bare(&server), None).await;
    let (_folder, access) = kubeconfig("server: 'http://api.invalid:6443'", "");
    let around = surroundings(&[("HTTP_PROXY", &proxy), ("NO_PROXY", "other.invalid,")]);
    let api = open(&access, budget(1), around).await.unwrap();
    api.get("/api").await.unwrap();
    assert!(seen.lock().unwrap()[0].starts_with("CONNECT api.invalid:6443 "));
    let around = surroundings(&[("HTTP_PROXY", &proxy), ("NO_PROXY", "api.invalid")]);
    let api = open(&access, budget(1), around).await.unwrap();
    assert!(api.get("/api").await.is_err(), "api.invalid has no address");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn through_a_socks_proxy_which_resolves_names() {
    let server = Fake::new(vec![json("200 OK", "{}")]).await;
    let (proxy, seen) = socks_proxy(bare(&server)).await;
    let cluster = format!("server: 'http://api.invalid', proxy-url: 'socks5h://{proxy}'");
    assert_eq!(
        opened(&cluster, "", budget(1))
            .await
            .unwrap()
            .get("/api")
            .await
            .unwrap(),
        "{}"
    );
    assert_eq!(*seen.lock().unwrap(), ["api.invalid"]);
}

#[tokio::test]
async fn proxies_that_do_not_let_through() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (strict, _) = http_proxy(String::new(), Some("407 Proxy Authentication Required")).await;
    let (closed, _) = http_proxy(String::new(), Some("502 Bad Gateway")).await;
    let cases = [
        (
            format!("http://eve:canary@{unused}"),
            unused.clone(),
            "refused the connection",
        ),
        (
            format!("http://{strict}"),
            strict,
            "is out of reach: the proxy says proxy authorization required",
        ),
        (
            format!("http://{closed}"),
            closed,
            "is out of reach: the proxy says unsuccessful",
        ),
    ];
    for (url, address, words) in cases {
        let cluster = format!("server: 'https://api.invalid', proxy-url: '{url}'");
        let error = opened(&cluster, "", budget(1))
            .await
            .unwrap()
            .get("/api")
            .await
            .unwrap_err();
        let expected = format!(
            "the API server of context do-fra1-stage (https://api.invalid through the proxy http://{address}) {words}"
        );
        assert_eq!(error, RequestError::Unavailable(expected));
    }
    let (unused_socks, words) = (
        format!("socks5://{unused}"),
        "failed to create underlying connection",
    );
    let cluster = format!("server: 'https://api.invalid', proxy-url: '{unused_socks}'");
    let error = opened(&cluster, "", budget(1))
        .await
        .unwrap()
        .get("/api")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains(&unused_socks) && error.ends_with(words), "{error}");
}

/// `{"items":[1,1,…]}` of 2,011 bytes, compressed.
const PACKED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 44, 73, 205, 45, 86, 178, 138, 54, 212, 25, 133, 163, 112,
    20, 142, 194, 81, 56, 10, 71, 225, 16, 135, 177, 181, 0, 133, 135, 44, 29, 219, 7, 0, 0,
];

#[tokio::test]
async fn compressed_answers_are_unpacked() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
    let reply = |body: &[u8]| Reply::Bytes([head.as_bytes(), body].concat());
    let cut = PACKED.len() - 12;
    let server = Fake::new(vec![reply(PACKED), reply(&PACKED[..cut])]).await;
    let (proxy, _) = http_proxy(bare(&server), None).await;
    let cluster = format!("server: 'http://api.invalid', proxy-url: '{proxy}'");
    let api = opened(&cluster, "", budget(1)).await.unwrap();
    let whole = api.get("/api").await.unwrap();
    assert!(whole.len() == 2011 && whole.ends_with(b",1]}"), "{}", whole.len());
    let error = api.get("/api").await.unwrap_err();
    assert!(matches!(error, RequestError::Cut(_)), "{error:?}");
}
