//! What goes along with an object that is removed: what a Namespace or a custom kind holds, what a controller takes away once it
//! finishes a deletion, and what is to be known beforehand.

use super::balancers;
use super::draft::Draft;
use super::marked::{APPLICATIONS, CLOSING, CUSTOM_KIND, Marked, reference};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::inventory::view::disowned;
use crate::plan::{Deed, is_foreign};
use crate::value::{Value, ValueExt, array, object};

/// Whether another controller finishes the deletion of an object: what would go with it only that one knows.
pub(super) fn is_bound(object: &Value) -> bool {
    finalizers(object).any(is_foreign) || object.text_at(&["kind"]) == Some("ApplicationSet")
}

/// What is told where such an object would go with what holds it.
pub fn takes_bound(object: &Value) -> String {
    let why = finalizers(object).find(|one| is_foreign(one)).map_or_else(
        || "its applications and all that they have delivered".to_owned(),
        |finalizer| format!("whatever its controller takes along, which finishes the deletion ({finalizer})"),
    );
    let own = reference(object);
    format!(
        "{} {} would go with it, and {why}",
        own.kind,
        own.qualified_name()
    )
}

/// What removes an object. Whoever agrees to the removal of a Namespace agrees to that of what it holds, and of nothing besides.
pub fn deletion(object: &Value, marked: &Marked) -> Deed {
    let target = reference(object);
    let held = held_in(marked, &target);
    Deed {
        action: FixAction::KubernetesDelete,
        data: if held.is_empty() {
            self::object::<&str>([])
        } else {
            let held = held
                .iter()
                .map(|name| self::object([("id", Value::from(name.as_str()))]));
            self::object([("holds", array(held))])
        },
        target,
    }
}

/// What goes with a Namespace and cannot be made anew: claims with their data, and Services with their addresses.
fn held_in(marked: &Marked, target: &ResourceRef) -> Vec<String> {
    if target.kind != "Namespace" {
        return Vec::new();
    }
    let claims = marked
        .claims
        .iter()
        .flatten()
        .filter_map(|claims| claims.get(&target.name));
    let claims = claims
        .flatten()
        .map(|name| format!("PersistentVolumeClaim {name}"));
    let services = marked.services.iter().flatten().flatten();
    let services = services.filter(|one| {
        one.text_at(&["metadata", "namespace"]) == Some(target.name.as_str())
            && one.text_at(&["spec", "type"]) == Some("LoadBalancer")
            && !disowned(one)
    });
    let services = services.map(|one| {
        let name = one.text_at(&["metadata", "name"]).unwrap_or_default();
        let address = balancers::address(one).map_or_else(String::new, |ip| format!(" with address {ip}"));
        format!("the load balancer of Service {name}{address}")
    });
    let mut held: Vec<String> = claims.chain(services).collect();
    held.sort_unstable();
    held
}

/// What must be known before it goes.
pub(super) fn caution(target: &ResourceRef) -> Option<String> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    if target.kind == "NetworkPolicy" && target.name == CLOSING {
        return Some(format!(
            "what still runs in namespace {namespace} is open to everybody from then on"
        ));
    }
    (target.kind == "Application").then(|| "what it has delivered stays and goes on running".to_owned())
}

/// Why an object stays unless it is named: what goes with it.
pub(super) fn takes_along(marked: &Marked, target: &ResourceRef, object: &Value) -> Option<String> {
    // Only of what is named it was looked what it holds.
    let inside = target.id.as_ref().and_then(|id| marked.held.get(id));
    let inside = inside.map_or_else(String::new, |held| format!(": {}", held.told()));
    match target.kind.as_str() {
        "Namespace" => {
            let mut held = held_in(marked, target);
            for (what, known) in [
                ("whether volumes are claimed in it", marked.claims.as_ref().map(|known| known.as_ref().err())),
                ("whether load balancers are", marked.services.as_ref().map(|known| known.as_ref().err())),
            ] {
                match known {
                    Some(None) => {}
                    Some(Some(why)) => held.push(format!("{what} is not known: {why}")),
                    None => held.push(format!("{what} is not known")),
                }
            }
            held.insert(
                0,
                format!("everything in it would go with it, also what others made there{inside}"),
            );
            Some(held.join("; "))
        }
        CUSTOM_KIND => Some(format!(
            "every object of its kind would go with it, whoever made it{inside}"
        )),
        "PersistentVolume" | "PersistentVolumeClaim" => Some("it holds data".to_owned()),
        "ApplicationSet" => Some(
            "its applications would go with it, and all that they have delivered, unless it says that they stay".to_owned(),
        ),
        kind => {
            let finalizer = finalizers(object).find(|one| is_foreign(one))?;
            Some(if APPLICATIONS.contains(&kind) {
                format!("all that it has delivered would go with it, or more is done then ({finalizer})")
            } else {
                format!("what would go with it only its controller knows, which finishes the deletion ({finalizer})")
            })
        }
    }
}

/// What of that which another controller finishes goes with something named, without a step of its own before it; and what to do.
pub(super) fn takes_unnamed(
    draft: &Draft,
    marked: &Marked,
    target: &ResourceRef,
) -> Option<(String, String)> {
    let held = marked.held.get(target.id.as_deref()?)?;
    if let Some(why) = held.unknown() {
        return Some((why, "run it again, or leave it out of --step".to_owned()));
    }
    let goes = |object: &&Value| {
        let id = object.text_at(&["metadata", "uid"]);
        let mut steps = draft.steps.iter().map(|one| &one.step.deed);
        steps.any(|deed| deed.in_cluster() && deed.target.id.as_deref() == id)
    };
    let object = held.bound().iter().find(|object| !goes(object))?;
    let own = reference(object);
    let mut staying = draft.staying.iter();
    let step = staying
        .find(|one| one.target.id.is_some() && one.target.id == own.id)
        .and_then(|one| one.step.as_deref());
    let hint = step.map_or_else(
        || {
            format!(
                "remove {} {} first, or leave this out of --step",
                own.kind,
                own.qualified_name()
            )
        },
        |id| format!("--step {id} removes it first, with what it takes along"),
    );
    Some((takes_bound(object), hint))
}

fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    let all = object.items_at(&["metadata", "finalizers"]).iter();
    all.filter_map(ValueExt::text)
}
