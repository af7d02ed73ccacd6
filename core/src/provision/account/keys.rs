//! Keys for buckets that stand. Nothing can be written on them, and nobody can read their secret again: one that no journal proves
//! is used only where it may do what is declared and no more, and where the Secret that is to hold it does. Every other one is in
//! the way, as a second key of the same name would not be known from the first.

use super::Part;
use super::lost_keys::{lost_by, remove};
use crate::inventory::ResourceRef;
use crate::plan::Difference;
use crate::provision::Proofs;
use crate::provision::keys::grants;
use crate::provision::steps::{Steps, of_account};
use crate::spec::{SpacesKey, Spec};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// What is known of the Secret that is to hold a key's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// There is no such Secret, or no cluster yet.
    Absent,
    /// It holds the key with this id; `None` where it holds none.
    Holds(Option<String>),
    /// Why that is not known.
    Unread(String),
}

/// The Secrets that have to be looked at before it can be said whether a key that stands is the declared one and whether its secret is
/// still kept, and whether one that is missing can be made, by the key's name.
pub fn key_places(spec: &Spec) -> Vec<(String, ResourceRef)> {
    let places = declared(spec).filter_map(|key| {
        let place = key.secret_to.as_ref()?;
        let (namespace, name) = (place.namespace.as_str(), place.name.as_str());
        let secret = ResourceRef::kubernetes("v1", "Secret", Some(namespace), name);
        Some((key.name.to_string(), secret))
    });
    places.collect()
}

fn declared(spec: &Spec) -> impl Iterator<Item = &SpacesKey> {
    let declared = spec.environment.spec.digitalocean.iter();
    declared
        .filter_map(|declared| declared.spaces.as_ref())
        .flat_map(|spaces| &spaces.keys)
}

fn access_key(row: &Value) -> &str {
    row.text_at(&["access_key"]).unwrap_or_default()
}

/// Whether a journal tells that a key was made, or adopted, for this environment.
fn is_known(proofs: &Proofs, name: &str, id: &str) -> bool {
    let made = proofs.created("SpacesKey", id);
    made.is_some_and(|(_, made_as)| made_as == name) || proofs.adopted("SpacesKey", id, name).is_some()
}

/// The declared keys that stand, and those that stand in the way.
pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    for key in part.declared.spaces.iter().flat_map(|spaces| &spaces.keys) {
        stands(part, key, steps);
    }
}

fn stands(part: &Part<'_>, key: &SpacesKey, steps: &mut Steps) {
    let name = key.name.as_str();
    let rows: Vec<&Value> = part.account.named("spaces_keys", name).collect();
    let proofs = &part.provenance.proofs;
    let known = |row: &&&Value| is_known(proofs, name, access_key(row));
    let held = |row: &&&Value| holds(part, key, access_key(row));
    let meant = rows.iter().find(known).or_else(|| rows.iter().find(held));
    let Some(row) = meant.or(rows.first()) else {
        return place_taken(part, key, steps);
    };
    let id = access_key(row);
    let target = of_account("SpacesKey", name, Some(id));
    let others: Vec<&str> = rows
        .iter()
        .map(|row| access_key(row))
        .filter(|other| *other != id)
        .collect();
    if meant.is_none() && !others.is_empty() {
        let ids: Vec<&str> = rows.iter().map(|row| access_key(row)).collect();
        steps.conflicts(
            target,
            format!(
                "{} keys are called {name} ({}), and nothing tells which of them is declared",
                ids.len(),
                ids.join(", ")
            ),
            "delete those that nobody uses, or give them other names",
        );
        return;
    }
    if !others.is_empty() {
        steps.notes.push(format!(
            "another key is called {name} as well, which no journal of this environment knows: {}",
            others.join(", ")
        ));
    }
    let may = permissions(row.items_at(&["grants"]));
    let wanted = permissions(grants(key).items());
    let differs =
        (may != wanted).then(|| format!("it is granted {}, declared is {}", words(&may), words(&wanted)));
    if is_known(proofs, name, id) {
        let unkept = unkept(part, key, id);
        if let Some(Err(why)) = &unkept {
            steps.notes.push(format!(
                "of key {name} ({id}) it is not known whether its secret is kept: {why}"
            ));
        }
        let differs = differs.into_iter().chain(unkept.and_then(Result::ok));
        steps.stands(target, false, differs.map(Difference::by_hand).collect());
        return;
    }
    if let Some(run) = lost_by(part, key, row).filter(|_| others.is_empty()) {
        remove(key, id, run, steps);
        return;
    }
    if let Some((why, hint)) = objection(part, key, id, differs) {
        steps.conflicts(target, format!("key {name} ({id}) stands: {why}"), hint);
        return;
    }
    steps.stands(target, false, Vec::new());
}

/// Whether the Secret into which the secret of a key that is missing would go is there already, or may be: what a Secret holds is never
/// rewritten.
fn place_taken(part: &Part<'_>, key: &SpacesKey, steps: &mut Steps) {
    let name = key.name.as_str();
    let (Some(place), Some(found)) = (&key.secret_to, part.account.key_places.get(name)) else {
        return;
    };
    let secret = format!("Secret {}/{}", place.namespace, place.name);
    let target = of_account("SpacesKey", name, None);
    let is = match found {
        KeyPlace::Absent => return,
        KeyPlace::Holds(Some(held)) => format!("holds key {held}"),
        KeyPlace::Holds(None) => "holds no key".to_owned(),
        KeyPlace::Unread(why) => {
            let why = format!(
                "key {name} is missing, and whether {secret} is free for its secret is not known: {why}"
            );
            steps.conflicts(target, why, "grant the credentials `list` on Secrets there");
            return;
        }
    };
    steps.conflicts(
        target,
        format!(
            "key {name} is missing, and {secret}, into which its secret would go, is there already and {is}: what a Secret holds is never rewritten"
        ),
        format!(
            "delete it if nothing uses it any more (kubectl delete secret -n {} {}), or name another one: digitalocean.spaces.keys, secretTo",
            place.namespace, place.name
        ),
    );
}

/// Whether the declared Secret holds this very key.
fn holds(part: &Part<'_>, key: &SpacesKey, id: &str) -> bool {
    matches!(part.account.key_places.get(key.name.as_str()), Some(KeyPlace::Holds(Some(held))) if held == id)
}

/// In which way the secret of a key that this environment has is not where it is declared to be; `Err` where nobody can tell.
/// Where no cluster stands, there is no place for it.
fn unkept(part: &Part<'_>, key: &SpacesKey, id: &str) -> Option<Result<String, String>> {
    let place = key.secret_to.as_ref()?;
    let secret = format!("Secret {}/{}", place.namespace, place.name);
    let is = match part.account.key_places.get(key.name.as_str())? {
        KeyPlace::Holds(Some(held)) if held == id => return None,
        KeyPlace::Unread(why) => return Some(Err(why.clone())),
        KeyPlace::Holds(Some(held)) => format!("holds another key ({held})"),
        KeyPlace::Holds(None) => "holds no key".to_owned(),
        KeyPlace::Absent => "is not there".to_owned(),
    };
    Some(Ok(format!(
        "its secret is to be in {secret}, which {is}, and it was shown only once: bring that Secret back, or delete the key, and the next run makes another"
    )))
}

/// Why a key that nothing proves cannot be used for the declared one, and what to do.
fn objection(
    part: &Part<'_>,
    key: &SpacesKey,
    id: &str,
    differs: Option<String>,
) -> Option<(String, String)> {
    const ANEW: &str = "delete it, and the next run makes one as declared";
    if let Some(differs) = differs {
        return Some((
            format!("{differs}; what a key may do is never changed here"),
            format!("declare what it may do, or {ANEW}"),
        ));
    }
    let place = key.secret_to.as_ref()?;
    let secret = format!("Secret {}/{}", place.namespace, place.name);
    let begun = part.provenance.proofs.begun("SpacesKey", key.name.as_str());
    let lost = begun.map_or_else(String::new, |begun| {
        format!(
            "; run {} was about to make such a key and never heard whether it did",
            begun.run
        )
    });
    let put = format!("put AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of it into {secret}, or {ANEW}");
    match part
        .account
        .key_places
        .get(key.name.as_str())
        .unwrap_or(&KeyPlace::Absent)
    {
        KeyPlace::Holds(Some(held)) if held == id => None,
        KeyPlace::Holds(Some(held)) => Some((
            format!("its secret is to be in {secret}, which holds another key ({held}){lost}"),
            format!("look which of the two is used; {put}"),
        )),
        KeyPlace::Holds(None) => Some((
            format!("its secret is to be in {secret}, which holds no key{lost}"),
            put,
        )),
        KeyPlace::Absent => Some((
            format!("its secret is to be in {secret}, which is not there, and it was shown only once{lost}"),
            put,
        )),
        KeyPlace::Unread(why) => Some((
            format!("whether {secret} holds its secret is not known: {why}"),
            "grant the credentials `list` on Secrets there: a key is adopted only where its secret is kept"
                .to_owned(),
        )),
    }
}

/// Bucket and permission of each grant.
pub(super) fn permissions(grants: &[Value]) -> BTreeSet<(String, String)> {
    let text = |grant: &Value, key: &str| grant.text_at(&[key]).unwrap_or_default().to_owned();
    let all = grants.iter();
    all.map(|grant| (text(grant, "bucket"), text(grant, "permission")))
        .collect()
}

/// `readwrite acme-backups and read acme-images`
fn words(permissions: &BTreeSet<(String, String)>) -> String {
    let one = |(bucket, permission): &(String, String)| match bucket.as_str() {
        "" => format!("{permission} everywhere"),
        bucket => format!("{permission} {bucket}"),
    };
    match permissions.len() {
        0 => "nothing".to_owned(),
        _ => permissions.iter().map(one).collect::<Vec<_>>().join(" and "),
    }
}
