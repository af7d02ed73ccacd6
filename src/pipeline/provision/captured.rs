//! What would have to be made for an environment as a snapshot shows it: to look at, and not to be carried out.

use super::closing::{self, Held};
use super::look::surroundings;
use super::plan::{NO_MANIFEST, ToProvision, cluster_row};
use super::seen;
use crate::pipeline::ended::Ended;
use crate::pipeline::others;
use crate::pipeline::target::{Place, TargetChoice};
use envcheck_core::drift::{identity, veil};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Inventory, ResourceRef};
use envcheck_core::plan::{Conflict, Provisioning};
use envcheck_core::provision::account::{COLLECTIONS, KeyPlace, PRICES, SETTINGS, key_places};
use envcheck_core::provision::elsewhere::elsewhere;
use envcheck_core::provision::objects::Desired;
use envcheck_core::provision::{self, Account};
use envcheck_core::remediate::{CALLED_BY, is_caller};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// The reason of what nobody asked for.
const UNASKED: &str = "not read";

/// Plans by a snapshot. Nothing is asked but the snapshot and the journals.
pub(super) fn plan(wanted: &ToProvision) -> Result<Provisioning, Ended> {
    let spec = &wanted.spec;
    let choice = TargetChoice {
        from_account: false,
        ..wanted.target.clone()
    };
    let Place::Snapshot(snapshot) = choice.place(Some(spec))? else {
        return Err(Diagnostic::new(format!("{} is read from no snapshot", spec.name())).into());
    };
    let captured = snapshot.format().captured_at;
    // Nothing is fetched, as nothing can be made.
    let (mut desired, missing) = seen::desired(&ToProvision {
        offline: true,
        ..wanted.clone()
    })?;
    desired.notes.extend(missing.map(|_| NO_MANIFEST.to_owned()));
    // Whose digests are under a key that nobody has: what is masked on one side is masked on the other, and both say no more.
    let redactor = Redactor::for_comparison();
    for one in &mut desired.objects {
        redactor.redact(&mut one.value);
        veil(&mut one.value);
    }
    let mut veiled = 0;
    let known: BTreeMap<_, ResourceRef> = desired
        .objects
        .iter()
        .map(|one| (identity(&one.reference), one.reference.clone()))
        .collect();
    let mut live: BTreeMap<ResourceRef, Value> = BTreeMap::new();
    let mut secrets: BTreeSet<ResourceRef> = BTreeSet::new();
    let mut callers = Vec::new();
    let (inventory, others) = others::of_snapshot(spec, *snapshot, &mut |reference, value| {
        if reference.kind == "Secret" {
            secrets.insert(reference.clone());
        }
        callers.extend(is_caller(reference, value).map(|kind| (kind, value.clone())));
        if let Some(own) = known.get(&identity(reference)) {
            let mut value = value.clone();
            veiled += usize::from(veil(&mut value) > 0);
            live.insert(own.clone(), value);
        }
    });
    let unread = without_unread(&mut desired, &inventory);
    let mut account = of_inventory(spec, &inventory);
    let (provenance, notes) = surroundings(wanted, &mut account)?;
    let assumed = keys_of(spec, &mut account, &secrets, &inventory);
    let mut plan = provision::account(spec, &account, &provenance, captured);
    plan.captured = true;
    plan.notes.insert(
        0,
        format!("so it was when the snapshot was taken, {captured}: this plan cannot be carried out, and no cluster or account was asked"),
    );
    plan.notes.extend(notes);
    plan.conflicts.extend(unread);
    plan.notes.extend(assumed);
    if veiled > 0 {
        plan.notes.push(format!(
            "that credentials in {veiled} {} are the declared ones is assumed: a snapshot holds digests of them",
            if veiled == 1 { "object" } else { "objects" }
        ));
    }
    let declared = spec.environment.spec.digitalocean.as_ref();
    let declared = declared.is_some_and(|declared| declared.cluster.is_some());
    // Of a cluster that the account has not there can be no objects.
    let live = (!declared || cluster_row(spec, &account).is_some()).then_some(live);
    let stands = match &live {
        Some(live) => elsewhere(spec, &desired, &|one| live.get(one), &others),
        None => provision::Elsewhere::new(),
    };
    let known = provision::Known {
        live: live.as_ref(),
        elsewhere: &stands,
        others: Some(&others),
        idle: &BTreeSet::new(),
    };
    provision::cluster(spec, &desired, known, &mut plan);
    provision::keys(spec, &account, &mut plan);
    let unheld = CALLED_BY
        .iter()
        .find(|kind| !inventory.kind_gaps(kind).is_empty());
    let held = match unheld {
        None => Held::All(callers),
        Some(kind) => Held::Some(callers, format!("the snapshot does not hold {kind}")),
    };
    let whole = others.network.is_some() && inventory.kind_gaps("v1/Service").is_empty();
    closing::prove(wanted, (&choice, Some(whole)), || Ok(held), &mut plan)?;
    Ok(plan)
}

/// Leaves out what may be there or not, as the snapshot does not hold its kind; and says so.
fn without_unread(desired: &mut Desired, inventory: &Inventory) -> Vec<Conflict> {
    let mut unread: BTreeMap<String, (usize, ResourceRef)> = BTreeMap::new();
    desired.objects.retain(|one| {
        let kind = format!("{}/{}", one.reference.api_version, one.reference.kind);
        let known = inventory.kind_gaps(&kind).is_empty();
        if !known {
            unread.entry(kind).or_insert((0, one.reference.clone())).0 += 1;
        }
        known
    });
    let one = |(kind, (count, target)): (String, (usize, ResourceRef))| {
        let gaps = inventory.kind_gaps(&kind);
        let asked = gaps.iter().find(|gap| gap.reason != UNASKED);
        Conflict {
            target,
            why: format!(
                "the snapshot does not hold {kind}: whether {count} declared of it {} is not known{}",
                if count == 1 { "exists" } else { "exist" },
                asked.map_or_else(String::new, |gap| format!(" ({}: {})", gap.reason, gap.detail))
            ),
            hint: match asked.map(|gap| gap.reason.as_str()) {
                Some(reason::FORBIDDEN | reason::UNAUTHORIZED) => {
                    "take it anew, with credentials that may `list` them: no plan is made on a partial view"
                }
                Some(_) => "take it anew: no plan is made on a partial view",
                None => {
                    "nobody asked for them when it was taken: take it anew with this envcheck, or with --all-kinds; no plan is made on a partial view"
                }
            }
            .to_owned(),
        }
    };
    unread.into_iter().map(one).collect()
}

/// What can be told of the Secrets that are to hold keys: whether they are there, and not what is in them. In words, what is assumed.
fn keys_of(
    spec: &Spec,
    account: &mut Account,
    secrets: &BTreeSet<ResourceRef>,
    inventory: &Inventory,
) -> Vec<String> {
    let mut assumed = Vec::new();
    let unread = !inventory.kind_gaps("v1/Secret").is_empty();
    for (key, secret) in key_places(spec) {
        let mut rows = account.rows("spaces_keys").iter();
        let row = rows.find(|row| row.text_at(&["name"]) == Some(&key));
        let id = row.and_then(|row| row.text_at(&["access_key"]));
        let place = match id {
            Some(id) if unread || secrets.contains(&secret) => {
                assumed.push(format!(
                    "that {secret} holds key {key} is assumed: no snapshot tells"
                ));
                KeyPlace::Holds(Some(id.to_owned()))
            }
            // Of a key that is missing it tells that its place is taken.
            None if secrets.contains(&secret) => KeyPlace::Holds(None),
            _ => KeyPlace::Absent,
        };
        account.key_places.insert(key, place);
    }
    assumed
}

/// What the snapshot holds of the account.
fn of_inventory(spec: &Spec, inventory: &Inventory) -> Account {
    let mut account = Account::default();
    for name in COLLECTIONS.into_iter().chain(PRICES).chain(SETTINGS) {
        if inventory.collection_gap(name).is_none() {
            let rows = inventory.collections.get(name).cloned().unwrap_or_default();
            account.rows.insert(name.to_owned(), rows);
        }
    }
    let rows = inventory.collections.get("spaces.buckets");
    let rows = rows.map_or(&[][..], Vec::as_slice);
    let declared = spec.environment.spec.digitalocean.as_ref();
    let spaces = declared.and_then(|declared| declared.spaces.as_ref());
    for bucket in spaces.iter().flat_map(|spaces| &spaces.buckets) {
        let name = bucket.name.as_str();
        let row = rows.iter().find(|row| row.text_at(&["name"]) == Some(name));
        let exists = row.and_then(|row| row.field("exists"));
        let exists = exists.map(ValueExt::is_true);
        let told = exists.ok_or_else(|| "the snapshot does not say".to_owned());
        account.buckets.insert(name.to_owned(), told);
    }
    account
}
