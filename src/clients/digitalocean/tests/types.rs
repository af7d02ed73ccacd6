//! Answers as code reads them: the published shapes, and what may come after them.

use super::super::clusters::State;
use super::super::{Api, clusters, droplets, load_balancers, projects, registries, volumes};
use super::{api, budget};
use crate::clients::http::scripted::{Server, json};
use envcheck_core::value::ValueExt;

async fn giving(body: &str) -> (Server, Api) {
    let server = Server::with(vec![json(body)]).await;
    let api = api(&server, budget());
    (server, api)
}

#[tokio::test]
async fn a_cluster_of_today_and_one_of_tomorrow() {
    let (_server, api) = giving(
        r#"{"kubernetes_clusters":[
          {"id":"bd5f","name":"stage","region":"fra1","version":"1.35.1-do.0","vpc_uuid":"c33","endpoint":"https://x","status":{"state":"running"},
           "node_pools":[{"id":"p","name":"web","nodes":[{"id":"n","droplet_id":"205","status":{"state":"running"}}]}]},
          {"id":"ae6a","name":"next","status":{"state":"hibernating","message":"zzz"},"node_pools":null,"region":null,"quantum":{"x":[1]}}],
         "meta":{"total":2}}"#,
    )
    .await;
    let found = api.all(&clusters::list()).await.unwrap();
    assert_eq!(found[0].status.state, State::Running);
    assert_eq!(found[0].node_pools[0].nodes[0].droplet_id, "205");
    assert_eq!(found[1].status.state, State::Other("hibernating".into()));
    assert_eq!(
        (found[1].region.as_str(), found[1].vpc_uuid.as_deref()),
        ("", None)
    );
}

#[tokio::test]
async fn every_state_is_known_by_its_name() {
    for (text, state) in [
        ("provisioning", State::Provisioning),
        ("degraded", State::Degraded),
        ("error", State::Error),
        ("deleted", State::Deleted),
        ("upgrading", State::Upgrading),
        ("deleting", State::Deleting),
    ] {
        assert_eq!(State::from(text.to_owned()), state);
    }
}

#[tokio::test]
async fn things_without_an_envelope_and_lists_that_are_null() {
    let (_server, api) = giving(r#"{"load_balancers":[{"id":"l","name":"n"}],"volumes":null}"#).await;
    let found = api.one(&clusters::associated("c")).await.unwrap();
    assert_eq!(
        (found.load_balancers[0].id.as_str(), found.volumes.len()),
        ("l", 0)
    );
    let raw = api.row(&clusters::associated("c")).await.unwrap();
    assert_eq!(raw.items_at(&["load_balancers"]).len(), 1);

    let (_server, api) = giving(r#"{"available_upgrade_versions":null}"#).await;
    assert!(api.all(&clusters::upgrades("c")).await.unwrap().is_empty());

    let (_server, api) =
        giving(r#"{"options":{"versions":[{"slug":"1.36.1-do.0","kubernetes_version":"1.36.1","new":1}]}}"#)
            .await;
    assert_eq!(
        api.one(&clusters::options()).await.unwrap().versions[0].slug,
        "1.36.1-do.0"
    );
    let raw = api.row(&clusters::options()).await.unwrap();
    assert_eq!(
        raw.items_at(&["versions"])[0].text_at(&["slug"]),
        Some("1.36.1-do.0")
    );

    let (_server, api) =
        giving(r#"{"run_id":"r","requested_at":"2026-01-01T00:00:00Z","diagnostics":[]}"#).await;
    assert_eq!(
        api.one(&clusters::clusterlint("c")).await.unwrap().completed_at,
        None
    );
}

#[tokio::test]
async fn numbers_and_texts_as_they_are() {
    let (server, api) = giving(r#"{"droplets":[{"id":3164444,"name":"n"}]}"#).await;
    let call = droplets::tagged("k8s:bd5f");
    assert_eq!(api.all(&call).await.unwrap()[0].id, 3_164_444);
    assert_eq!(
        server.lines(),
        ["GET /v2/droplets?per_page=200&tag_name=k8s%3Abd5f"]
    );

    let (_server, api) =
        giving(r#"{"volumes":[{"id":"v","droplet_ids":null},{"id":"w","droplet_ids":[7]}]}"#).await;
    assert_eq!(api.all(&volumes::list()).await.unwrap()[1].droplet_ids, [7]);

    let (_server, api) = giving(r#"{"load_balancers":[{"id":"l","tags":["k8s:bd5f"],"size_unit":2}]}"#).await;
    assert_eq!(
        api.all(&load_balancers::list()).await.unwrap()[0].tags,
        ["k8s:bd5f"]
    );

    let (_server, api) = giving(r#"{"projects":[{"id":"p","name":"x","is_default":true}]}"#).await;
    assert!(api.all(&projects::list()).await.unwrap()[0].is_default);

    let (_server, api) =
        giving(r#"{"manifests":[{"digest":"sha256:a","tags":null,"compressed_size_byte":1}]}"#).await;
    let found = api.all(&registries::manifests("acme", "web")).await.unwrap();
    assert_eq!((found[0].digest.as_str(), found[0].tags.len()), ("sha256:a", 0));
}

/// What each operation needs, as the published API says.
#[test]
fn scopes() {
    let scopes = [
        (super::super::account::get().scope(), "account:read"),
        (super::super::projects::list().scope(), "project:read"),
        (super::super::vpcs::members("v").scope(), "vpc:read"),
        (super::super::firewalls::list().scope(), "firewall:read"),
        (super::super::tags::list().scope(), "tag:read"),
        (super::super::spaces_keys::list().scope(), "spaces_key:read"),
        (super::super::certificates::list().scope(), "certificate:read"),
        (super::super::snapshots::list().scope(), "snapshot:read"),
        (super::super::cdn_endpoints::list().scope(), "cdn:read"),
        (volumes::list().scope(), "block_storage:read"),
        (registries::tags("a", "b").scope(), "registry:read"),
        (registries::garbage_collections("a").scope(), "registry:read"),
    ];
    for (own, published) in scopes {
        assert_eq!(own, published);
    }
}
