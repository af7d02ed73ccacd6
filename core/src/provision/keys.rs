//! Keys for buckets. A key's secret is shown once, so it is made only where the spec says which Secret it goes into, and last:
//! the cluster and the namespace have to be there. What of them stands is the account's to tell.

use super::account::{Account, KeyPlace};
use super::objects::{ENVIRONMENT_LABEL, MANAGED_BY_LABEL, MANAGER};
use super::steps::{Steps, of_account};
use crate::findings::FixAction;
use crate::plan::Provisioning;
use crate::spec::{GrantPermission, SpacesKey, Spec};
use crate::value::{Value, ValueExt, array, object};

/// Adds to a plan the keys that the account lacks.
pub fn keys(spec: &Spec, account: &Account, plan: &mut Provisioning) {
    let declared = spec.environment.spec.digitalocean.as_ref();
    let Some(spaces) = declared.and_then(|declared| declared.spaces.as_ref()) else {
        return;
    };
    let cluster = declared.and_then(|declared| declared.cluster.as_ref());
    let mut steps = Steps {
        makings: std::mem::take(&mut plan.steps),
        ..Steps::default()
    };
    for key in &spaces.keys {
        let name = key.name.as_str();
        let mut rows = account.rows("spaces_keys").iter();
        let goes = steps.makings.iter().any(|one| {
            let deed = &one.step.deed;
            deed.action == FixAction::SpacesKeyDelete && deed.target.name == name
        });
        if !goes && rows.any(|row| row.text_at(&["name"]) == Some(name)) {
            // Whose it is, the account's side tells.
            continue;
        }
        let Some(secret) = &key.secret_to else {
            plan.notes.push(format!(
                "key {name} is not made: its secret is shown once, and digitalocean.spaces.keys does not say where it goes (secretTo)"
            ));
            continue;
        };
        if account
            .key_places
            .get(name)
            .is_some_and(|place| *place != KeyPlace::Absent)
        {
            // What is in the way there, the account's side tells as well.
            continue;
        }
        let buckets = key.grants.iter().filter_map(|grant| grant.bucket.as_ref());
        let mut after: Vec<String> = buckets.map(|bucket| format!("Bucket {bucket}")).collect();
        after.push(format!("Namespace {}", secret.namespace));
        // The one that goes before this one comes.
        after.push(format!("SpacesKey {name}"));
        after.extend(cluster.map(|cluster| format!("Cluster {}", cluster.name)));
        let place = object([
            ("name", Value::from(secret.name.as_str())),
            ("namespace", Value::from(secret.namespace.as_str())),
        ]);
        steps.make(
            FixAction::SpacesKeyCreate,
            of_account("SpacesKey", name, None),
            object([("grants", grants(key)), ("secret", place)]),
            &format!(
                "create Spaces key {name}, its secret into Secret {}/{}",
                secret.namespace, secret.name
            ),
            &after.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    plan.steps = steps.makings;
}

/// The labels by which the Secret is known as made for an environment.
pub fn labels(environment: &str) -> Value {
    object([
        (ENVIRONMENT_LABEL, Value::from(environment)),
        (MANAGED_BY_LABEL, Value::from(MANAGER)),
    ])
}

pub(super) fn grants(key: &SpacesKey) -> Value {
    array(key.grants.iter().map(|grant| {
        let permission = match grant.permission {
            GrantPermission::Read => "read",
            GrantPermission::ReadWrite => "readwrite",
            GrantPermission::FullAccess => "fullaccess",
        };
        let bucket = grant.bucket.as_ref().map_or("", |bucket| bucket.as_str());
        object([
            ("bucket", Value::from(bucket)),
            ("permission", Value::from(permission)),
        ])
    }))
}
