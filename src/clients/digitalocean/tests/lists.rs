//! Lists, to their end or to the reason why they have none.

use super::super::{RequestError, load_balancers, registries, vpcs};
use super::{api, budget};
use crate::clients::http::scripted::{Server, json};
use envcheck_core::value::ValueExt;

fn page(names: &[&str], next: Option<&str>, total: u64) -> String {
    let rows: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"id":"{name}","name":"{name}"}}"#))
        .collect();
    let links = next.map_or("{}".to_owned(), |next| {
        format!(r#"{{"pages":{{"next":"{next}"}}}}"#)
    });
    format!(
        r#"{{"load_balancers":[{}],"links":{links},"meta":{{"total":{total}}}}}"#,
        rows.join(",")
    )
}

const NEXT: &str = "https://api.digitalocean.com/v2/load_balancers?page=2&per_page=200";

#[tokio::test]
async fn pages_follow_the_query_of_the_link() {
    let server = Server::with(vec![
        json(&page(&["a", "b"], Some(NEXT), 3)),
        json(&page(&["c"], None, 3)),
    ])
    .await;
    let mut pages = api(&server, budget()).pages(&load_balancers::list());
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!((first.len(), first.is_last()), (2, false));
    let second = pages.next().await.unwrap().unwrap();
    assert_eq!((second.len(), second.is_last()), (1, true));
    assert_eq!(second.rows().unwrap()[0].text_at(&["name"]), Some("c"));
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(
        server.lines(),
        [
            "GET /v2/load_balancers?per_page=200",
            "GET /v2/load_balancers?page=2&per_page=200"
        ]
    );
}

#[tokio::test]
async fn a_link_to_another_host_takes_the_token_nowhere() {
    let foreign = Server::with(vec![json(&page(&["x"], None, 1))]).await;
    let link = format!("{}/v2/account?page=2&per_page=200", foreign.url);
    let server = Server::with(vec![
        json(&page(&["a"], Some(&link), 2)),
        json(&page(&["b"], None, 2)),
    ])
    .await;
    let all = api(&server, budget()).all(&load_balancers::list()).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(foreign.requests().is_empty(), "the token left");
    assert_eq!(server.lines()[1], "GET /v2/load_balancers?page=2&per_page=200");
}

#[tokio::test]
async fn pages_named_by_tokens() {
    let first = r#"{"repositories":[{"name":"a"}],"links":{"pages":{"next":"https://api.digitalocean.com/v2/registries/acme/repositoriesV2?page_token=JPZmZzZXQiOjB9%3D&per_page=200"}},"meta":{"total":2}}"#;
    let second = r#"{"repositories":[{"name":"b/c"}],"meta":{"total":2}}"#;
    let server = Server::with(vec![json(first), json(second)]).await;
    let all = api(&server, budget())
        .all(&registries::repositories("acme"))
        .await
        .unwrap();
    assert_eq!(all[1].name, "b/c");
    assert_eq!(
        server.lines()[1],
        "GET /v2/registries/acme/repositoriesV2?page_token=JPZmZzZXQiOjB9%3D&per_page=200"
    );
    let manifests = registries::manifests("acme", "b/c");
    assert_eq!(
        manifests.operation(),
        "GET /v2/registries/acme/repositories/b%2Fc/digests"
    );
}

#[tokio::test]
async fn a_page_that_repeats_ends_the_list() {
    // The link leads to the page itself, to the first one, or to new pages with the same rows.
    let again = "https://api.digitalocean.com/v2/load_balancers?per_page=200";
    let third = "https://api.digitalocean.com/v2/load_balancers?page=3";
    let cases = [
        (vec![json(&page(&["a"], Some(again), 9))], 1),
        (
            vec![
                json(&page(&["a"], Some(NEXT), 9)),
                json(&page(&["b"], Some(NEXT), 9)),
            ],
            2,
        ),
        (
            vec![
                json(&page(&["a"], Some(NEXT), 9)),
                json(&page(&["a"], Some(third), 9)),
            ],
            2,
        ),
    ];
    for (replies, asked) in cases {
        let server = Server::with(replies).await;
        let error = api(&server, budget())
            .all(&load_balancers::list())
            .await
            .unwrap_err();
        assert!(
            matches!(&error, RequestError::Cut(words) if words.starts_with("the DigitalOcean API gave the same page of /v2/load_balancers again, without end: ")),
            "{error:?}"
        );
        assert_eq!(error.reason(), "unavailable");
        assert_eq!(server.requests().len(), asked);
    }
}

#[tokio::test]
async fn a_list_that_goes_on_after_all_its_rows_is_no_list() {
    let endless = |total: u64| async move {
        let server = Server::new(move |number, _| {
            let names: Vec<String> = (0..100).map(|row| format!("{number}-{row}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let next = format!(
                "https://api.digitalocean.com/v2/load_balancers?page={}",
                number + 2
            );
            json(&page(&names, (number < 9).then_some(next.as_str()), total))
        })
        .await;
        let all = api(&server, budget()).all(&load_balancers::list()).await;
        (all.map(|rows| rows.len()), server.requests().len())
    };
    let words = "the DigitalOcean API says that /v2/load_balancers has 30 rows, gave 300 and goes on";
    assert_eq!(endless(30).await, (Err(RequestError::Cut(words.into())), 3));
    // Some may be deleted meanwhile.
    assert_eq!(endless(850).await, (Ok(1000), 10));
}

#[tokio::test]
async fn a_list_that_ends_early_is_no_list() {
    let server = Server::with(vec![json(&page(&["a"], None, 2))]).await;
    let error = api(&server, budget())
        .all(&load_balancers::list())
        .await
        .unwrap_err();
    let words = "the DigitalOcean API says that /v2/load_balancers has 2 rows, gave 1 and no next page";
    assert_eq!(error, RequestError::Cut(words.into()));

    let nowhere = json(&page(
        &["a"],
        Some("https://api.digitalocean.com/v2/load_balancers"),
        2,
    ));
    let server = Server::with(vec![nowhere]).await;
    let error = api(&server, budget())
        .all(&load_balancers::list())
        .await
        .unwrap_err();
    assert!(error.to_string().ends_with("leads to no page"), "{error}");
}

#[tokio::test]
async fn empty_lists_of_all_kinds() {
    for empty in [
        r#"{"vpcs":[]}"#,
        r#"{"vpcs":null,"links":null,"meta":null}"#,
        r#"{"vpcs":[],"links":{"pages":{}},"meta":{"total":0}}"#,
        r#"{"meta":{},"links":{"pages":{"next":""}},"vpcs":[]}"#,
    ] {
        let server = Server::with(vec![json(empty)]).await;
        let mut pages = api(&server, budget()).pages(&vpcs::list());
        let page = pages.next().await.unwrap().unwrap();
        assert!(page.is_empty() && page.is_last(), "{empty}");
        assert_eq!((page.rows().unwrap().len(), page.typed().unwrap().len()), (0, 0));
    }
}

#[tokio::test]
async fn what_is_no_list() {
    for (body, words) in [
        (r#"{"vpc":[]}"#, "it has no `vpcs`"),
        (r#"{"vpcs":{}}"#, "expected a list"),
        (r#"["vpcs"]"#, "expected an object with `vpcs`"),
    ] {
        let server = Server::with(vec![json(body)]).await;
        let error = api(&server, budget()).all(&vpcs::list()).await.unwrap_err();
        assert!(
            matches!(&error, RequestError::Stranger(_)) && error.to_string().contains(words),
            "{body}: {error}"
        );
    }
    let server = Server::with(vec![json(r#"{"vpcs":[1]}"#)]).await;
    let mut pages = api(&server, budget()).pages(&vpcs::list());
    let page = pages.next().await.unwrap().unwrap();
    assert!(page.rows().is_err() && page.typed().is_err());
}
