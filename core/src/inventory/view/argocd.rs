//! Argo CD's applications and projects: what is delivered from where, and how that goes.

use super::record::{Record, common, list_or_empty, texts};
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, array, object, text_or_null};

/// The project of an application that names none.
const DEFAULT_PROJECT: &str = "default";

/// The record of an Application.
pub(super) fn application(reference: &ResourceRef, value: &Value) -> Record {
    let text = |path: &[&str]| text_or_null(value.text_at(path));
    let empty = Value::new_object();
    let destination = value.at(&["spec", "destination"]).unwrap_or(&empty);
    let project = value
        .text_at(&["spec", "project"])
        .filter(|name| !name.is_empty());
    let health = value.text_at(&["status", "health", "status"]);
    // The time of the last change is that since when it is as it is.
    let since = value
        .text_at(&["status", "health", "lastTransitionTime"])
        .filter(|_| health.is_some_and(|health| health != "Healthy"));
    let operation = value
        .at(&["status", "operationState"])
        .map_or(Value::Null, |state| {
            renamed(state, &["phase", "finishedAt", "message"], "finished")
        });
    let conditions = value.items_at(&["status", "conditions"]).iter();
    let conditions =
        conditions.map(|condition| renamed(condition, &["type", "lastTransitionTime", "message"], "since"));
    let mut record = common(reference, value);
    record
        .set("project", Value::from(project.unwrap_or(DEFAULT_PROJECT)))
        .set("sources", sources(value))
        .set(
            "destination",
            texts(destination, &["server", "name", "namespace"]),
        )
        .set("automated", automated(value))
        .set("sync", text(&["status", "sync", "status"]))
        .set("health", text_or_null(health))
        .set("unhealthySince", text_or_null(since))
        .set("operation", operation)
        .set("reconciled", text(&["status", "reconciledAt"]))
        .set("conditions", array(conditions))
        .set("generatedBy", text_or_null(generator(value)));
    record
}

/// Three texts of a map, the second under another name.
fn renamed(value: &Value, [first, second, third]: &[&str; 3], name: &str) -> Value {
    object(
        [(*first, *first), (name, *second), (*third, *third)].map(|(name, field)| {
            let text = text_or_null(value.text_at(&[field]));
            (name, text)
        }),
    )
}

/// What it delivers: `sources` where there are any, else `source`; with a hydrator, the branch that it writes.
fn sources(value: &Value) -> Value {
    let source =
        |repository: Option<&str>, revision: Option<&str>, path: Option<&str>, chart: Option<&str>| {
            object([
                ("repository", text_or_null(repository)),
                ("revision", text_or_null(revision)),
                ("path", text_or_null(path)),
                ("chart", text_or_null(chart)),
            ])
        };
    if let Some(hydrator) = value.at(&["spec", "sourceHydrator"]) {
        return array([source(
            hydrator.text_at(&["drySource", "repoURL"]),
            hydrator.text_at(&["syncSource", "targetBranch"]),
            hydrator.text_at(&["syncSource", "path"]),
            None,
        )]);
    }
    let several = value.items_at(&["spec", "sources"]);
    let one = value.at(&["spec", "source"]).filter(|_| several.is_empty());
    array(several.iter().chain(one).map(|of| {
        source(
            of.text_at(&["repoURL"]),
            of.text_at(&["targetRevision"]),
            of.text_at(&["path"]),
            of.text_at(&["chart"]),
        )
    }))
}

fn automated(value: &Value) -> Value {
    let automated = value
        .at(&["spec", "syncPolicy", "automated"])
        .filter(|automated| automated.as_object().is_ok())
        .filter(|automated| automated.field("enabled") != Some(&Value::from(false)));
    automated.map_or(Value::Null, |automated| {
        object(["prune", "selfHeal"].map(|name| {
            let on = automated.field(name).is_some_and(ValueExt::is_true);
            (name, Value::from(on))
        }))
    })
}

/// The ApplicationSet that owns it.
fn generator(value: &Value) -> Option<&str> {
    let mut owners = value.items_at(&["metadata", "ownerReferences"]).iter();
    let set = owners.find(|owner| {
        owner.text_at(&["kind"]) == Some("ApplicationSet")
            && owner
                .text_at(&["apiVersion"])
                .is_some_and(|version| version.starts_with("argoproj.io/"))
    });
    set?.text_at(&["name"])
}

/// The record of an AppProject.
pub(super) fn app_project(reference: &ResourceRef, value: &Value) -> Record {
    let destinations = value.items_at(&["spec", "destinations"]).iter();
    let destinations = destinations.map(|destination| texts(destination, &["server", "name", "namespace"]));
    // No list and an empty one are not the same.
    let list = |field: &str| {
        value
            .at(&["spec", field])
            .filter(|list| list.as_array().is_ok())
            .map_or(Value::Null, |list| {
                array(list.items().iter().map(|item| texts(item, &["group", "kind"])))
            })
    };
    let mut record = common(reference, value);
    record
        .set("sourceRepos", list_or_empty(value.at(&["spec", "sourceRepos"])))
        .set("destinations", array(destinations))
        .set("clusterResources", list("clusterResourceWhitelist"))
        .set("namespaceResources", list("namespaceResourceWhitelist"))
        .set(
            "sourceNamespaces",
            list_or_empty(value.at(&["spec", "sourceNamespaces"])),
        );
    record
}

#[cfg(test)]
mod tests {
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
        r#"[{"repository":"a","revision":"env/stage","path":"wet","chart":null}]"#
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
}
