//! Keys whose secret nobody has: a run asked for one, and never heard the answer in which its secret was shown. Such a key opens
//! nothing for anybody and stands in the way of the next one. It is removed by the name of that step only, and only where all of
//! this holds: a journal of this environment says that a run was about to make it; that run had looked right before that no key
//! was called so, and by its clock the key is no older; it is the only one of its name and may do exactly what that run asked
//! for; and the Secret into which its secret was to go is not there.

use super::Part;
use super::keys::{KeyPlace, permissions};
use crate::findings::FixAction;
use crate::provision::keys::grants;
use crate::provision::steps::{Steps, of_account};
use crate::spec::SpacesKey;
use crate::value::{Value, ValueExt, object};
use jiff::{SignedDuration, Timestamp};

/// By how much the clocks of whoever ran and of the account may differ.
pub(super) const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// The run that was about to make this key and lost it; `None` where that is not proven. `row` is the only key of its name.
pub(super) fn lost_by<'p>(part: &'p Part<'_>, key: &SpacesKey, row: &Value) -> Option<&'p str> {
    let name = key.name.as_str();
    let begun = part.provenance.proofs.begun("SpacesKey", name)?;
    let place = key.secret_to.as_ref()?;
    let secret = (place.namespace.as_str(), place.name.as_str());
    let then = (
        begun.data.text_at(&["secret", "namespace"])?,
        begun.data.text_at(&["secret", "name"])?,
    );
    let asked = permissions(begun.data.items_at(&["grants"]));
    let as_asked =
        permissions(row.items_at(&["grants"])) == asked && permissions(grants(key).items()) == asked;
    let began: Timestamp = begun.started.parse().ok()?;
    let made: Timestamp = row.text_at(&["created_at"])?.parse().ok()?;
    let no_older = made.duration_since(began) >= -CLOCKS;
    let absent = part.account.key_places.get(name) == Some(&KeyPlace::Absent);
    (secret == then && as_asked && no_older && absent).then_some(begun.run.as_str())
}

/// Adds the step that removes it. The one that makes another comes after it.
pub(super) fn remove(key: &SpacesKey, id: &str, run: &str, steps: &mut Steps) {
    let Some(place) = &key.secret_to else { return };
    let name = key.name.as_str();
    let secret = object([
        ("name", Value::from(place.name.as_str())),
        ("namespace", Value::from(place.namespace.as_str())),
    ]);
    steps.make(
        FixAction::SpacesKeyDelete,
        of_account("SpacesKey", name, Some(id)),
        object([("secret", secret)]),
        &format!("delete Spaces key {name} ({id}), whose secret run {run} never received"),
        &[],
    );
    if let Some(making) = steps.makings.last_mut() {
        making.step.cautions.push(format!(
            "whoever made a key of this name by hand since then loses it: put its AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY into Secret {}/{} instead",
            place.namespace, place.name
        ));
    }
}
