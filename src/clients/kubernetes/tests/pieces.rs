//! The small decisions, one by one.

use super::super::expiry;
use super::super::retry::{bound, pause};
use super::super::status::Told;
use crate::clients::http::{Variables, choose_proxy, retry_after};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::Timestamp;
use std::time::Duration;

#[test]
fn pauses_grow_and_stay_below_their_bound() {
    let bounds: Vec<u128> = (1..=8).map(|failed| bound(failed).as_millis()).collect();
    assert_eq!(bounds, [250, 500, 1000, 2000, 4000, 8000, 10000, 10000]);
    assert_eq!(bound(u32::MAX), bound(8));
    let drawn: Vec<Duration> = (0..50).map(|_| pause(3, None)).collect();
    assert!(drawn.iter().all(|pause| *pause <= bound(3)));
    assert!(
        drawn.iter().any(|pause| *pause != drawn[0]),
        "all the same: {drawn:?}"
    );
    let waited = Duration::from_secs(7);
    assert!((0..50).all(|_| (waited..=waited + bound(1)).contains(&pause(1, Some(waited)))));
    assert_eq!(pause(1, Some(Duration::MAX)), Duration::MAX);
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let seconds = |text: &str| retry_after(text, now).map(|wait| wait.as_secs());
    assert_eq!(seconds("7"), Some(7));
    assert_eq!(seconds("Mon, 23 Nov 2026 10:01:30 GMT"), Some(90));
    assert_eq!(seconds("Mon, 23 Nov 2026 09:00:00 GMT"), Some(0));
    for nothing in ["", "soon", "-1", "1.5"] {
        assert_eq!(seconds(nothing), None, "{nothing}");
    }
}

#[test]
fn a_status_is_read_and_nothing_else_is_shown() {
    let status = br#"{"kind":"Status","reason":"Expired","message":"old","metadata":{}}"#;
    let told = Told::read(status, "application/json");
    assert!(told.is_status && told.reason == "Expired" && told.message == "old");
    assert_eq!(told.describe(StatusCode::GONE), "410: old");
    let secret = Told::read(br#"{"kind":"Secret","message":"canary"}"#, "application/json");
    assert_eq!(secret, Told::default());
    let page = Told::read(b"<html>canary", "text/html");
    assert_eq!(page.describe(StatusCode::BAD_GATEWAY), "502 Bad Gateway");
    let plain = Told::read(b"no such thing\nsecond line", "text/plain; charset=utf-8");
    assert_eq!(plain.describe(StatusCode::NOT_FOUND), "404: no such thing");
}

#[test]
fn the_proxy_is_that_of_the_kubeconfig_then_that_of_the_variables() {
    let choose = |declared: Option<&str>, server: &str, variables: &[(&str, &str)]| {
        choose_proxy(
            declared.map(|url| ("proxy-url in the kubeconfig", url)),
            &server.parse().unwrap(),
            &variables.iter().copied().collect(),
        )
        .map(|proxy| proxy.map(|uri| uri.to_string()))
        .map_err(|bad| bad.message)
    };
    let server = "https://api.example.com:6443";
    let found = |proxy: &str| Ok(Some(proxy.to_owned()));
    assert_eq!(choose(None, server, &[]), Ok(None));
    assert_eq!(
        choose(None, server, &[("HTTPS_PROXY", "http://p:1")]),
        found("http://p:1/")
    );
    assert_eq!(
        choose(None, server, &[("https_proxy", "p:1")]),
        found("http://p:1/")
    );
    assert_eq!(choose(None, server, &[("HTTP_PROXY", "http://p:1")]), Ok(None));
    assert_eq!(
        choose(None, "http://api.example.com", &[("HTTP_PROXY", "p:1")]),
        found("http://p:1/")
    );
    assert_eq!(
        choose(None, server, &[("HTTPS_PROXY", "socks5h://p:1")]),
        found("socks5://p:1/")
    );
    let both = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*")];
    assert_eq!(
        choose(Some("socks5://q:2"), server, &both),
        found("socks5://q:2/"),
        "not subject to NO_PROXY"
    );
    for local in [
        "https://127.0.0.1:6443",
        "https://[::1]:6443",
        "https://localhost",
    ] {
        assert_eq!(
            choose(None, local, &[("HTTPS_PROXY", "http://p:1")]),
            Ok(None),
            "{local}"
        );
    }
    for (wrong, words) in [
        (
            "ftp://canary",
            "proxy-url in the kubeconfig is not the address of an http or socks5 proxy",
        ),
        (
            "https://canary",
            "proxy-url in the kubeconfig is a proxy that is itself reached over TLS, which is not supported",
        ),
        (
            "socks5://eve:canary@p",
            "proxy-url in the kubeconfig holds a user name for a SOCKS proxy, which is not supported",
        ),
        (
            "http://can ary",
            "proxy-url in the kubeconfig is not the address of a proxy",
        ),
    ] {
        assert_eq!(choose(Some(wrong), server, &[]), Err(words.to_owned()));
    }
}

#[test]
fn exceptions_from_the_proxy() {
    let direct = |exceptions: &str, server: &str| {
        let variables: Variables = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", exceptions)]
            .into_iter()
            .collect();
        choose_proxy(None, &server.parse().unwrap(), &variables)
            .unwrap()
            .is_none()
    };
    let name = "https://api.example.com:6443";
    for matching in [
        "*",
        "example.com",
        ".example.com",
        "*.example.com",
        "API.example.com",
        "a, api.example.com:6443,",
        "api.example.com,",
    ] {
        assert!(direct(matching, name), "{matching}");
    }
    for other in [
        "",
        ",",
        "xample.com",
        ".api.example.com",
        "api.example.com:443",
        "10.0.0.0/8",
        "[::1]:443",
        "p",
    ] {
        assert!(!direct(other, name), "{other}");
    }
    let address = "https://10.1.2.3";
    for matching in ["10.0.0.0/8", "10.1.2.3", "10.1.2.3:443", "x,10.1.2.3"] {
        assert!(direct(matching, address), "{matching}");
    }
    for other in ["10.0.0.0/16", "10.1.2.3:6443", "2.3", ".3"] {
        assert!(!direct(other, address), "{other}");
    }
    assert!(direct("fd00::/8", "https://[fd00::1]:6443") && direct("fd00::1", "https://[fd00::1]:6443"));
    assert!(
        direct("[fd00::1]:6443", "https://[fd00::1]:6443")
            && !direct("[fd00::1]:1", "https://[fd00::1]:6443")
    );
}

#[test]
fn ends_are_read_from_the_credentials() {
    let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"x","exp":1790000000}"#);
    let end = expiry::of_token(&format!("head.{payload}.sign")).unwrap();
    assert_eq!(end.as_second(), 1_790_000_000);
    for opaque in ["", "dop_v1_abc", "a.b.c", "a..c"] {
        assert_eq!(expiry::of_token(opaque), None, "{opaque}");
    }
    for year in [2031, 2055] {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["x".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 5, 6);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let end = expiry::of_certificate(&der).unwrap();
        assert_eq!(end.to_string(), format!("{year}-05-06T00:00:00Z"));
        for length in 0..der.len().min(120) {
            assert_eq!(expiry::of_certificate(&der[..length]), None);
        }
    }
}

#[test]
fn how_long_ago() {
    let end: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let ago = |now: &str| expiry::ago(end, now.parse().unwrap());
    assert_eq!(ago("2026-11-20T09:59:59Z"), None);
    assert_eq!(ago("2026-11-20T10:00:30Z").as_deref(), Some("just now"));
    assert_eq!(ago("2026-11-20T10:01:30Z").as_deref(), Some("1 minute ago"));
    assert_eq!(ago("2026-11-20T15:00:00Z").as_deref(), Some("5 hours ago"));
    assert_eq!(ago("2026-11-23T11:00:00Z").as_deref(), Some("3 days ago"));
}
