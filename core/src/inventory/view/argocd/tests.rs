use super::*;
use crate::inventory::identify;
use rstest::rstest;

fn record(kind: &str, rest: &str) -> Record {
    let text = format!(
        r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"{kind}","metadata":{{"name":"x","namespace":"argocd"}}{rest}}}"#
    );
    of(&text)
}

fn of(text: &str) -> Record {
    let value = Value::from_json_str(text).unwrap();
    let (reference, _) = identify(&value).unwrap();
    if reference.kind == "Application" {
        application(&reference, &value)
    } else {
        app_project(&reference, &value)
    }
}

#[track_caller]
fn assert_field(record: &Record, name: &str, json: &str) {
    assert_eq!(
        record.get(name),
        Some(&Value::from_json_str(json).unwrap()),
        "{name}"
    );
}

#[test]
fn an_application_says_what_it_delivers_and_how_that_goes() {
    let found = record(
        "Application",
        r#","spec":{"project":"acme","source":{"repoURL":"https://git.example.com/acme/a.git","targetRevision":"main","path":"stage"},
        "destination":{"server":"https://kubernetes.default.svc","namespace":"back"},"syncPolicy":{"automated":{"prune":true}}},
        "status":{"sync":{"status":"OutOfSync"},"health":{"status":"Degraded","lastTransitionTime":"2026-11-20T10:00:00Z"},
        "operationState":{"phase":"Failed","finishedAt":"2026-11-20T09:00:00Z","message":"one or more objects failed"},
        "reconciledAt":"2026-11-23T02:00:00Z","conditions":[{"type":"SyncError","message":"m","lastTransitionTime":"2026-11-20T09:00:01Z"}]}"#,
    );
    for (name, json) in [
        ("project", r#""acme""#),
        (
            "sources",
            r#"[{"repository":"https://git.example.com/acme/a.git","revision":"main","path":"stage","chart":null}]"#,
        ),
        (
            "destination",
            r#"{"server":"https://kubernetes.default.svc","name":null,"namespace":"back"}"#,
        ),
        ("automated", r#"{"prune":true,"selfHeal":false}"#),
        ("sync", r#""OutOfSync""#),
        ("health", r#""Degraded""#),
        ("unhealthySince", r#""2026-11-20T10:00:00Z""#),
        (
            "operation",
            r#"{"phase":"Failed","finished":"2026-11-20T09:00:00Z","message":"one or more objects failed"}"#,
        ),
        ("reconciled", r#""2026-11-23T02:00:00Z""#),
        (
            "conditions",
            r#"[{"type":"SyncError","since":"2026-11-20T09:00:01Z","message":"m"}]"#,
        ),
        ("generatedBy", "null"),
    ] {
        assert_field(&found, name, json);
    }
}

#[test]
fn what_nobody_wrote_is_null() {
    let found = record("Application", "");
    for name in [
        "automated",
        "sync",
        "health",
        "unhealthySince",
        "operation",
        "reconciled",
        "generatedBy",
    ] {
        assert_field(&found, name, "null");
    }
    assert_field(&found, "sources", "[]");
    assert_field(&found, "conditions", "[]");
    assert_field(&found, "project", r#""default""#);
    assert_field(
        &found,
        "destination",
        r#"{"server":null,"name":null,"namespace":null}"#,
    );
}

#[rstest]
#[case::empty("{}", r#"{"prune":false,"selfHeal":false}"#)]
#[case::on(r#"{"enabled":true,"selfHeal":true}"#, r#"{"prune":false,"selfHeal":true}"#)]
#[case::off(r#"{"enabled":false,"prune":true,"selfHeal":true}"#, "null")]
#[case::null("null", "null")]
fn syncing_by_itself_can_be_switched_off(#[case] written: &str, #[case] expected: &str) {
    let rest = format!(r#","spec":{{"syncPolicy":{{"automated":{written}}}}}"#);
    assert_field(&record("Application", &rest), "automated", expected);
}

#[rstest]
#[case::several(
    r#"{"source":{"repoURL":"old"},"sources":[{"repoURL":"a","chart":"c"},{"repoURL":"b","ref":"v"}]}"#,
    r#"[{"repository":"a","revision":null,"path":null,"chart":"c"},{"repository":"b","revision":null,"path":null,"chart":null}]"#
)]
#[case::none_of_several(
    r#"{"source":{"repoURL":"a"},"sources":[]}"#,
    r#"[{"repository":"a","revision":null,"path":null,"chart":null}]"#
)]
#[case::hydrated(
    r#"{"sourceHydrator":{"drySource":{"repoURL":"a","targetRevision":"main","path":"dry"},"syncSource":{"targetBranch":"env/stage","path":"wet"}}}"#,
    r#"[{"repository":"a","revision":"main","path":"dry","chart":null}]"#
)]
fn sources_are_those_that_argo_cd_takes(#[case] spec: &str, #[case] expected: &str) {
    let found = record("Application", &format!(r#","spec":{spec}"#));
    assert_field(&found, "sources", expected);
}

#[test]
fn a_healthy_application_is_not_unhealthy_since_any_time() {
    let found = record(
        "Application",
        r#","status":{"health":{"status":"Healthy","lastTransitionTime":"2026-11-20T10:00:00Z"}}"#,
    );
    assert_field(&found, "unhealthySince", "null");
}

#[test]
fn an_application_set_is_known_by_the_owner_of_its_group() {
    let owned = |version: &str| {
        of(&format!(
            r#"{{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{{"name":"x","namespace":"argocd",
            "ownerReferences":[{{"apiVersion":"{version}","kind":"ApplicationSet","name":"all","uid":"u"}}]}}}}"#
        ))
    };
    assert_field(&owned("argoproj.io/v1alpha1"), "generatedBy", r#""all""#);
    assert_field(&owned("acme.io/v1"), "generatedBy", "null");
}

#[test]
fn a_project_without_a_list_is_told_from_one_with_an_empty_list() {
    let found = record(
        "AppProject",
        r#","spec":{"sourceRepos":["*"],"destinations":[{"server":"*","namespace":"back"}],"clusterResourceWhitelist":[],
        "namespaceResourceWhitelist":[{"group":"apps","kind":"*"}],"sourceNamespaces":["team"]}"#,
    );
    for (name, json) in [
        ("sourceRepos", r#"["*"]"#),
        (
            "destinations",
            r#"[{"server":"*","name":null,"namespace":"back"}]"#,
        ),
        ("clusterResources", "[]"),
        ("namespaceResources", r#"[{"group":"apps","kind":"*"}]"#),
        ("sourceNamespaces", r#"["team"]"#),
    ] {
        assert_field(&found, name, json);
    }
    let empty = record("AppProject", "");
    assert_field(&empty, "clusterResources", "null");
    assert_field(&empty, "namespaceResources", "null");
}
