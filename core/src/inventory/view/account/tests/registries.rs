use super::{CLUSTER, view, view_of};
use crate::value::{Value, ValueExt};
use rstest::rstest;

#[test]
fn a_registry_tells_its_repositories_and_whether_the_cluster_pulls_from_it() {
    let rows = [
        (
            "digitalocean.registries",
            r#"{"name":"acme","storage_usage_bytes":7,"subscription":{"tier":{"slug":"basic"}}}"#,
        ),
        ("digitalocean.registries", r#"{"name":"other"}"#),
        (
            "digitalocean.registry_repositories",
            r#"{"registry_name":"acme","name":"web"}"#,
        ),
        ("digitalocean.registry_repositories", r#"{"name":"api"}"#),
        (
            "digitalocean.registry_manifests",
            r#"{"registry_name":"other","repository":"x","digest":"sha256:00"}"#,
        ),
        CLUSTER,
    ];
    let found = view(&[], &rows, &[]);
    let [acme, other] = found.items_at(&["registries"]) else {
        panic!("{found}");
    };
    assert_eq!(
        acme.field("repositories").unwrap().to_string(),
        r#"["api","web"]"#
    );
    assert_eq!(acme.field("integrated"), Some(&Value::from(true)));
    assert_eq!(acme.field("manifests"), Some(&Value::from(0)));
    assert_eq!(acme.text_at(&["tier"]), Some("basic"));
    assert_eq!(other.field("repositories").unwrap().to_string(), "[]");
    assert_eq!(other.field("integrated"), Some(&Value::from(false)));
    assert_eq!(other.field("manifests"), Some(&Value::Null));
    assert_eq!(other.field("garbage"), Some(&Value::Null));
    let alone = view(&[], &rows[..1], &[]);
    assert_eq!(
        alone.items_at(&["registries"])[0].field("integrated"),
        Some(&Value::Null)
    );
}

#[rstest]
#[case::known(&[r#"{"environment":"dev","image":"registry.digitalocean.com/acme/web:v1","digest":null,"workload":"back/web[Deployment]"}"#], &[], &[])]
#[case::uses_nothing(&[r#"{"environment":"dev","image":null}"#], &[], &[])]
#[case::never_heard_of(&[], &[], &["nothing is known of what dev uses"])]
#[case::partly_unread(&[r#"{"environment":"dev","image":"nginx"}"#, r#"{"environment":"dev","unread":{"reason":"forbidden","detail":"list pods"}}"#], &[], &["what dev uses could not be read: forbidden: list pods"])]
#[case::unread(&[], &["digitalocean.registry_uses"], &["digitalocean.registry_uses: gone"])]
fn garbage_is_certain_only_when_every_environment_was_read(
    #[case] uses: &[&str],
    #[case] unread: &[&'static str],
    #[case] why: &[&str],
) {
    let mut rows = vec![("digitalocean.registries", r#"{"name":"acme"}"#)];
    rows.extend(uses.iter().map(|row| ("digitalocean.registry_uses", *row)));
    let found = view(&[], &rows, unread);
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let found: Vec<&str> = garbage
        .items_at(&["why"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    assert_eq!(found, why);
    assert_eq!(garbage.field("complete").unwrap().is_true(), why.is_empty());
}

#[test]
fn what_other_environments_use_is_kept_by_tag_and_by_digest() {
    let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
    let manifest = |byte: &str, tags: &str, day: u8| {
        format!(
            r#"{{"registry_name":"acme","repository":"web","digest":"{}","updated_at":"2026-11-{day:02}T00:00:00Z","tags":[{tags}],"blobs":[],"children":[]}}"#,
            digest(byte)
        )
    };
    let manifests = [
        manifest("aa", r#""v1""#, 1),
        manifest("bb", "", 2),
        manifest("cc", r#""v3""#, 3),
        manifest("dd", r#""v4""#, 4),
        manifest("ee", r#""v5""#, 5),
    ];
    let in_use = format!(
        r#"{{"environment":"dev","image":"registry.digitalocean.com/acme/web:v1","digest":"{}"}}"#,
        digest("bb")
    );
    let mut rows = vec![
        ("digitalocean.registries", r#"{"name":"acme"}"#),
        ("digitalocean.registry_uses", in_use.as_str()),
    ];
    rows.extend(
        manifests
            .iter()
            .map(|row| ("digitalocean.registry_manifests", row.as_str())),
    );
    let found = view(&[], &rows, &[]);
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let candidates: Vec<&str> = garbage
        .items_at(&["candidates"])
        .iter()
        .filter_map(|one| one.text_at(&["digest"]))
        .collect();
    // One tag for each of two environments is kept besides: v5 and v4.
    assert_eq!(candidates, [digest("cc")]);
}

#[test]
fn garbage_of_a_cluster_that_nobody_verified_is_not_certain() {
    let rows = [
        ("digitalocean.registries", r#"{"name":"acme"}"#),
        (
            "digitalocean.registry_uses",
            r#"{"environment":"dev","image":null}"#,
        ),
        CLUSTER,
    ];
    let found = view_of("it has no Node", &rows);
    assert_eq!(found.text_at(&["cluster", "unverified"]), Some("it has no Node"));
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    assert_eq!(garbage.field("complete"), Some(&Value::from(false)));
    let why = r#"["which cluster was read could not be verified: it has no Node"]"#;
    assert_eq!(garbage.field("why").unwrap().to_string(), why);
}

#[rstest]
#[case::listed(r#""registry_enabled":true,"registries":["acme","other"]"#, Some(true))]
#[case::another(r#""registry_enabled":true,"registries":["other"]"#, Some(false))]
#[case::off(r#""registry_enabled":false,"registries":["acme"]"#, Some(false))]
#[case::which(r#""registry_enabled":true,"registries":null"#, None)]
#[case::none_shown(r#""registries":[]"#, None)]
#[case::not_shown(r#""ha":true"#, None)]
fn integration_is_known_only_where_it_is_shown(#[case] shown: &str, #[case] integrated: Option<bool>) {
    let cluster = format!(r#"{{"id":"c1","name":"acme","region":"fra1",{shown}}}"#);
    let rows = [
        ("digitalocean.registries", r#"{"name":"acme"}"#),
        ("digitalocean.kubernetes_clusters", cluster.as_str()),
    ];
    let found = view(&[], &rows, &[]);
    let told = found.items_at(&["registries"])[0]
        .field("integrated")
        .unwrap()
        .clone();
    assert_eq!(told, integrated.map_or(Value::Null, Value::from));
}
