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

/// What it delivers: `sources` where there are any, else `source`; with a hydrator, what that renders from: the branch which it writes is its own.
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
    if let Some(dry) = value.at(&["spec", "sourceHydrator", "drySource"]) {
        return array([source(
            dry.text_at(&["repoURL"]),
            dry.text_at(&["targetRevision"]),
            dry.text_at(&["path"]),
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
mod tests;
