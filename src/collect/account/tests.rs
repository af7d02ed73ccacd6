//! Against a small account made here.

use super::{COLLECTIONS, DeclaredAccount, OpenAccount};
use crate::clients::digitalocean::{self, Allowances, Api, Budget, Pauses};
use crate::clients::http::Variables;
use crate::clients::http::scripted::{Asked, Reply, Server, answer, json};
use crate::clients::registry::{self, Registry};
use crate::collect::meter::Meter;
use crate::collect::units::queue;
use envcheck_core::inventory::{Feed, Gap, Memory};
use envcheck_core::value::{Value, ValueExt};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const OWN: &str = "bd5f5959-5e1e-4205-a714-a914373942af";
const GONE: &str = "00000000-5e1e-4205-a714-a914373942af";
const INDEX: &str = r#"{"schemaVersion":2,"manifests":[{"digest":"sha256:b"}]}"#;
/// One that a tag has left.
const OLD: &str = r#"{"schemaVersion":2, "manifests":[{"digest":"sha256:b"}]}"#;

/// A text in which `sha256:a` and `sha256:old` stand for the digests of [`INDEX`] and [`OLD`].
fn with_digests(text: &str) -> String {
    let digest = |document: &str| format!("sha256:{:x}", Sha256::digest(document));
    text.replace("sha256:a\"", &format!("{}\"", digest(INDEX)))
        .replace("sha256:old\"", &format!("{}\"", digest(OLD)))
}

/// An account with one of everything.
fn account(asked: &Asked) -> Reply {
    let path = asked.line.split(['?', ' ']).nth(1).unwrap_or_default();
    let found = match path {
        "/v2/account" => r#"{"account":{"uuid":"u"}}"#.to_owned(),
        "/v2/projects" => {
            r#"{"projects":[{"id":"p1","name":"stage"},{"id":"p2","name":"x","is_default":true},{"id":"p3","name":"y"}]}"#.to_owned()
        }
        "/v2/projects/p1/resources" => r#"{"resources":[{"urn":"do:kubernetes:1"}]}"#.to_owned(),
        "/v2/projects/p2/resources" => r#"{"resources":[]}"#.to_owned(),
        "/v2/vpcs" => r#"{"vpcs":[{"id":"v1","name":"stage"},{"id":"v2","name":"other"}]}"#.to_owned(),
        "/v2/vpcs/v1/members" => r#"{"members":[{"urn":"do:loadbalancer:l"}]}"#.to_owned(),
        "/v2/kubernetes/clusters" => format!(
            r#"{{"kubernetes_clusters":[{{"id":"{OWN}","name":"stage","region":"fra1"}},{{"id":"c2","name":"stage","region":"ams3"}}]}}"#
        ),
        "/v2/load_balancers" => format!(
            r#"{{"load_balancers":[{{"id":"l","tags":["k8s:{OWN}"]}},{{"id":"m","tags":["k8s:{GONE}","k8s:worker"]}}]}}"#
        ),
        "/v2/registries" => r#"{"registries":[{"name":"acme"}]}"#.to_owned(),
        "/v2/registries/acme/repositoriesV2" => r#"{"repositories":[{"name":"team/web","tag_count":1,"latest_manifest":{"updated_at":"2026-11-01T00:00:00Z"}}]}"#.to_owned(),
        "/v2/registries/acme/repositories/team%2Fweb/digests" => {
            with_digests(r#"{"manifests":[{"digest":"sha256:a","tags":["v1"],"updated_at":"2026-11-01T00:00:00Z"},{"digest":"sha256:b","tags":[],"updated_at":"2026-11-01T00:00:00Z","blobs":[{"digest":"sha256:layer"}]},{"digest":"sha256:old","tags":[],"updated_at":"2026-11-01T00:00:00Z","blobs":[]}]}"#)
        }
        pulled if pulled.starts_with("/v2/acme/team/web/manifests/") => {
            let name = format!("{}\"", pulled.rsplit('/').next().unwrap_or_default());
            let of = |short: &str| with_digests(&format!("{short}\"")) == name;
            let found = if of("sha256:a") { INDEX } else { OLD };
            assert!(of("sha256:a") || of("sha256:old"), "{pulled}");
            found.to_owned()
        }
        "/v2/droplets" => r#"{"droplets":[{"id":1}]}"#.to_owned(),
        other if other.ends_with("/upgrades") => {
            r#"{"available_upgrade_versions":[{"slug":"1.36.1-do.0"}]}"#.to_owned()
        }
        other if other.ends_with("/destroy_with_associated_resources") => r#"{"load_balancers":[],"volumes":null}"#.to_owned(),
        other if other.ends_with("/clusterlint") => r#"{"run_id":"r","completed_at":"2026-11-23T00:00:00Z"}"#.to_owned(),
        other if other.ends_with("/garbage-collections") => r#"{"garbage_collections":[{"uuid":"g"}]}"#.to_owned(),
        other if other.contains("/options") => r#"{"options":{"versions":[]}}"#.to_owned(),
        other if other.contains(GONE) => {
            return answer(
                "404 Not Found",
                "Content-Type: application/json\r\n",
                r#"{"id":"not_found","message":"gone"}"#,
            );
        }
        other => {
            let name = other.rsplit('/').next().unwrap_or(other);
            format!(r#"{{"{name}":[{{"id":"1"}}]}}"#)
        }
    };
    json(&found)
}

fn declared() -> DeclaredAccount {
    let environment = Value::from_json_str(
        r#"{"digitalocean":{"region":"fra1","cluster":{"name":"stage"},"vpc":{"name":"stage"},"project":{"name":"stage"},"registry":{"name":"acme"}}}"#,
    );
    DeclaredAccount::of(&environment.unwrap())
}

#[derive(Debug, Default)]
struct Read {
    rows: BTreeMap<String, Vec<Value>>,
    complete: Vec<String>,
    gaps: Vec<Gap>,
}

async fn read(server: &Server, needed: &[&str], calls: Option<u32>) -> Read {
    read_knowing(server, needed, calls, &Arc::default()).await
}

async fn read_knowing(server: &Server, needed: &[&str], calls: Option<u32>, memory: &Arc<Memory>) -> Read {
    let budget = Budget {
        pauses: Pauses {
            shortest: Duration::from_millis(1),
            longest: Duration::from_millis(2),
            draw: || 0.5,
        },
        allowances: Allowances::capped(calls),
        ..Budget::until(Instant::now() + Duration::from_secs(20), CancellationToken::new())
    };
    let api = Api::open(
        &digitalocean::Access {
            address: Some(server.url.clone()),
            token: "canary".into(),
            variables: Variables::default(),
        },
        budget.clone(),
    );
    let registry = Registry::open(
        &registry::Access {
            address: Some(server.url.clone()),
            token: "canary".into(),
            variables: Variables::default(),
        },
        budget,
    );
    let needed: Vec<String> = needed.iter().map(|name| format!("digitalocean.{name}")).collect();
    let open = OpenAccount::new(
        api.unwrap(),
        registry.unwrap(),
        declared(),
        Some("AUDITOR".into()),
        needed.iter().map(String::as_str),
    );
    assert_eq!(open.collections().len(), needed.len());
    let (sender, feed) = queue();
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    open.start(
        &Handle::current(),
        now,
        memory,
        &Arc::new(Meter::default()),
        sender,
    );
    tokio::task::spawn_blocking(move || {
        let mut read = Read::default();
        while let Some(unit) = feed.next() {
            let loaded = unit();
            for (name, row, _) in loaded.collections {
                read.rows.entry(name).or_default().push(row);
            }
            read.complete.extend(loaded.read_collections);
            read.gaps.extend(loaded.gaps);
        }
        read.complete.sort();
        read.gaps.sort();
        read
    })
    .await
    .unwrap()
}

fn shown(read: &Read, collection: &str) -> Vec<String> {
    let rows = read.rows.get(&format!("digitalocean.{collection}"));
    rows.into_iter().flatten().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_collection_is_read_with_what_it_belongs_to() {
    let server = Server::new(|_, asked| account(asked)).await;
    let mut needed = COLLECTIONS.to_vec();
    needed.push("droplets");
    let read = read(&server, &needed, None).await;
    assert_eq!(read.gaps, []);
    assert_eq!(read.complete.len(), needed.len());
    assert_eq!(
        shown(&read, "project_resources"),
        [r#"{"project_id":"p1","urn":"do:kubernetes:1"}"#]
    );
    assert_eq!(
        shown(&read, "vpc_members"),
        [r#"{"urn":"do:loadbalancer:l","vpc_id":"v1"}"#]
    );
    assert_eq!(
        shown(&read, "kubernetes_upgrades"),
        [format!(r#"{{"cluster_id":"{OWN}","slug":"1.36.1-do.0"}}"#)]
    );
    assert_eq!(
        shown(&read, "kubernetes_cluster_lookups"),
        [format!(r#"{{"cluster_id":"{GONE}","exists":false}}"#)]
    );
    assert_eq!(
        shown(&read, "registry_manifests"),
        [
            r#"{"children":["sha256:b"],"digest":"sha256:a","registry_name":"acme","repository":"team/web","tags":["v1"],"updated_at":"2026-11-01T00:00:00Z"}"#,
            r#"{"blobs":[{"digest":"sha256:layer"}],"children":[],"digest":"sha256:b","registry_name":"acme","repository":"team/web","tags":[],"updated_at":"2026-11-01T00:00:00Z"}"#,
            r#"{"blobs":[],"children":["sha256:b"],"digest":"sha256:old","registry_name":"acme","repository":"team/web","tags":[],"updated_at":"2026-11-01T00:00:00Z"}"#
        ]
        .map(with_digests)
    );
    assert_eq!(
        shown(&read, "registry_repositories"),
        [
            r#"{"latest_manifest":{"updated_at":"2026-11-01T00:00:00Z"},"name":"team/web","registry_name":"acme","tag_count":1}"#
        ]
    );
    assert_eq!(
        shown(&read, "registry_garbage_collections"),
        [r#"{"registry_name":"acme","uuid":"g"}"#]
    );
    assert_eq!(
        shown(&read, "kubernetes_associated_resources"),
        [format!(
            r#"{{"cluster_id":"{OWN}","load_balancers":[],"volumes":null}}"#
        )]
    );
    assert_eq!(shown(&read, "kubernetes_clusters").len(), 2);
    assert_eq!(shown(&read, "droplets"), [r#"{"id":1}"#]);
    for (collection, rows) in &read.rows {
        assert!(!rows.is_empty(), "{collection}");
    }
    let mut lines = server.lines();
    lines.sort();
    let asked = lines.len();
    lines.dedup();
    assert_eq!(lines.len(), asked, "something was asked twice");
}

#[tokio::test]
async fn only_what_is_needed_is_asked_for() {
    let server = Server::new(|_, asked| account(asked)).await;
    let read = read(&server, &["kubernetes_upgrades"], None).await;
    assert_eq!(read.complete, ["digitalocean.kubernetes_upgrades"]);
    assert!(read.rows.keys().eq(["digitalocean.kubernetes_upgrades"]));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_scope_that_lacks_is_a_gap_of_what_needs_it() {
    let server = Server::new(|_, asked| {
        if asked.line.contains("/registries") {
            answer(
                "403 Forbidden",
                "Content-Type: application/json\r\n",
                r#"{"id":"Forbidden","message":"You are not authorized to perform this operation"}"#,
            )
        } else {
            account(asked)
        }
    })
    .await;
    let read = read(&server, &["vpcs", "registries", "registry_manifests"], None).await;
    assert_eq!(read.complete, ["digitalocean.vpcs"]);
    let gaps: Vec<(String, &str)> = read
        .gaps
        .iter()
        .map(|gap| (gap.subject.to_string(), gap.reason.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            ("digitalocean.registries".to_owned(), "forbidden"),
            ("digitalocean.registry_manifests".to_owned(), "forbidden")
        ]
    );
    assert!(
        read.gaps
            .iter()
            .all(|gap| gap.detail.contains("needs the scope registry:read"))
    );
}

#[tokio::test]
async fn what_does_not_fit_into_the_budget_is_a_gap() {
    let server = Server::new(|_, asked| account(asked)).await;
    let read = read(&server, &["vpcs", "firewalls", "tags"], Some(1)).await;
    assert_eq!((read.complete.len(), read.gaps.len()), (1, 2));
    for gap in &read.gaps {
        assert_eq!(gap.reason, "budget");
        assert!(gap.detail.contains("(--do-budget) were spent"), "{}", gap.detail);
    }
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_registry_that_says_nothing_of_its_indexes_leaves_them_open() {
    let server = Server::new(|_, asked| {
        if asked.line.contains("/manifests/") {
            answer("500 Internal Server Error", "", "")
        } else {
            account(asked)
        }
    })
    .await;
    let read = read(&server, &["registry_manifests"], None).await;
    assert_eq!((read.gaps.len(), read.complete.len()), (0, 1));
    let rows = &read.rows["digitalocean.registry_manifests"];
    assert_eq!(rows[0].at(&["children"]), Some(&Value::Null));
    let why = rows[0].text_at(&["children_unread"]).unwrap_or_default();
    assert!(
        why.starts_with("the registry could not give acme/team/web@sha256:")
            && why.ends_with("(500); tried 5 times"),
        "{why}"
    );
    assert_eq!(rows[1].at(&["children_unread"]), None);
    assert_eq!(rows[1].items_at(&["children"]).len(), 0);
    assert!(rows[1].at(&["children"]) != Some(&Value::Null));
}

#[tokio::test]
async fn one_manifest_that_nobody_can_use_does_not_stand_for_the_others() {
    let index = with_digests("sha256:a\"");
    let index = index.trim_end_matches('"').to_owned();
    let server = Server::new(move |_, asked| {
        if asked.line.ends_with(&index) {
            answer(
                "200 OK",
                "Content-Type: application/json\r\n",
                "<html>no manifest</html>",
            )
        } else {
            account(asked)
        }
    })
    .await;
    let read = read(&server, &["registry_manifests"], None).await;
    let rows = &read.rows["digitalocean.registry_manifests"];
    assert_eq!(rows[0].at(&["children"]), Some(&Value::Null));
    let why = rows[0].text_at(&["children_unread"]).unwrap_or_default();
    assert!(why.contains("cannot be used"), "{why}");
    assert_eq!(rows[2].items_at(&["children"]).len(), 1, "{rows:?}");
}

#[tokio::test]
async fn a_repository_without_a_name_is_a_gap() {
    let server = Server::new(|_, asked| {
        if asked.line.contains("repositoriesV2") {
            json(r#"{"repositories":[{"name":null,"tag_count":1}]}"#)
        } else {
            account(asked)
        }
    })
    .await;
    let read = read(&server, &["registry_manifests"], None).await;
    assert_eq!(read.complete, [""; 0]);
    assert!(
        read.gaps[0]
            .detail
            .ends_with("lists a repository of registry acme without a name"),
        "{:?}",
        read.gaps
    );
}

#[tokio::test]
async fn what_an_earlier_run_learnt_of_the_registry_is_not_asked_again() {
    let server = Server::new(|_, asked| account(asked)).await;
    let memory = Arc::<Memory>::default();
    let needed = ["registry_repositories", "registry_manifests"];
    let first = read_knowing(&server, &needed, None, &memory).await;
    let asked = server.lines().len();
    let second = read_knowing(&server, &needed, None, &memory).await;
    let again = server.lines().split_off(asked);
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(again[0].contains("repositoriesV2"), "{again:?}");
    assert_eq!(
        shown(&first, "registry_manifests"),
        shown(&second, "registry_manifests")
    );
    assert!(!shown(&first, "registry_manifests").is_empty());
}
