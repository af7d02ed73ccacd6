//! Steps that cannot all be done, since they want different things of one place.

use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::patch::{Operation, OperationKind, pointer};
use crate::value::{Value, ValueExt};

/// The places that a deed sets, as JSON pointers, with what it sets there; `None` is "nothing any more".
fn places(deed: &Deed) -> Vec<(String, Option<Value>)> {
    if let Some((list, marks)) = deed.marks() {
        let marks = marks.members();
        return marks
            .map(|(key, value)| {
                let path = ["metadata".to_owned(), list.to_owned(), key.to_owned()];
                (pointer(&path), Some(value.clone()))
            })
            .collect();
    }
    if deed.in_account() {
        let settings = deed.settings();
        let settings = settings.map(|(key, value)| (pointer(&[key.to_owned()]), Some(value.clone())));
        let stay = deed.action == FixAction::FirewallAddRules;
        let rules = deed.rules().into_iter().map(|(list, rule)| {
            let rule = rule.to_json_str().unwrap_or_default();
            (pointer(&[list.to_owned(), rule]), stay.then(|| Value::from(true)))
        });
        let fields = deed.lifecycle_fields().into_iter();
        let fields = fields.map(|(id, key, value)| {
            let path = ["rules", id, key].map(ToOwned::to_owned);
            (pointer(&path), Some(value.clone()))
        });
        return settings.chain(rules).chain(fields).collect();
    }
    let operations = deed.operations().unwrap_or_default();
    operations
        .into_iter()
        .filter(|one| one.kind != OperationKind::Test)
        .map(|one| (pointer(&one.path), one.value))
        .collect()
}

/// Whether a deed makes, deletes or replaces all of its target.
fn whole(deed: &Deed) -> bool {
    !matches!(
        deed.action,
        FixAction::KubernetesPatch
            | FixAction::KubernetesLabel
            | FixAction::KubernetesAnnotate
            | FixAction::ClusterUpdate
            | FixAction::NodePoolUpdate
            | FixAction::FirewallAddRules
            | FixAction::FirewallRemoveRules
            | FixAction::BucketLifecycle
    )
}

fn nested(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a deed has to do with this place of its target: it changes it, something in it, or what it lies in. Labels of one
/// prefix are one matter: what is warned of comes before what is enforced.
pub(super) fn concerns(deed: &Deed, place: &[String]) -> bool {
    let place = pointer(place);
    let operations = deed.operations().unwrap_or_default();
    let moved = operations.iter().flat_map(Operation::touched).map(pointer);
    let mut there = places(deed).into_iter().map(|(there, _)| there).chain(moved);
    let prefix = |place: &str| {
        let label = place.strip_prefix("/metadata/labels/")?;
        Some(label.split_once("~1")?.0.to_owned())
    };
    let family = prefix(&place);
    let same = |there: String| {
        there == place
            || nested(&there, &place)
            || nested(&place, &there)
            || family.is_some() && prefix(&there) == family
    };
    whole(deed) || there.any(same)
}

/// What two deeds on one target want of the same place, where they do not agree.
pub fn between(one: &Deed, other: &Deed) -> Option<String> {
    if one.target != other.target {
        return None;
    }
    if whole(one) || whole(other) {
        return (one != other).then(|| "the whole of it".to_owned());
    }
    let (these, those) = (places(one), places(other));
    these.iter().find_map(|(place, value)| {
        let against = |(there, wanted): &&(String, Option<Value>)| {
            (place == there && value != wanted) || nested(place, there) || nested(there, place)
        };
        those.iter().find(against).map(|_| place.clone())
    })
}
