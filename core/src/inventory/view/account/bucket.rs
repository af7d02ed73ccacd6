//! Buckets: what they are for, which keys open them, and which workloads write to them.

use super::super::record::{Record, or_null};
use super::account_reference;
use super::rows::AccountRows;
use crate::inventory::declared::{Declared, DeclaredBucket};
use crate::value::{Value, ValueExt, array, object, text_or_null};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a bucket.
#[derive(Default)]
struct Known<'a> {
    row: Option<&'a Value>,
    declared: Option<(usize, &'a DeclaredBucket)>,
}

/// The declared buckets and those that were read, by name. `writers` are ids of workloads by the number of the declared
/// bucket.
pub(super) fn list(
    account: &AccountRows,
    declared: &Declared,
    workloads: &[Record],
    writers: &BTreeMap<usize, BTreeSet<String>>,
) -> Value {
    let mut buckets: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for row in &account.buckets {
        if let Some(name) = row.text_at(&["name"]).or_else(|| row.text_at(&["bucket"])) {
            buckets.entry(name).or_default().row = Some(row);
        }
    }
    for (number, bucket) in declared.buckets.iter().enumerate() {
        buckets.entry(&bucket.name).or_default().declared = Some((number, bucket));
    }
    array(buckets.into_iter().map(|(name, Known { row, declared })| {
        let writing = declared.map(|(number, bucket)| {
            let mut ids: BTreeSet<String> = writers.get(&number).cloned().unwrap_or_default();
            ids.extend(backed_up(bucket, workloads));
            ids
        });
        let field = |key: &str| or_null(row.and_then(|row| row.field(key)));
        let own = object([("name", Value::from(name))]);
        let region = match field("region") {
            Value::Null => text_or_null(declared.map(|(_, bucket)| bucket.region.as_str())),
            region => region,
        };
        let mut record = Record::default();
        record
            .set("ref", account_reference("buckets", &own).to_value())
            .set("name", Value::from(name))
            .set("region", region)
            .set("exists", field("exists"))
            .set(
                "purpose",
                text_or_null(declared.map(|(_, bucket)| bucket.purpose)),
            )
            .set("workloads", array(writing.into_iter().flatten().map(Value::from)))
            .set("keys", keys(&account.keys, name));
        record.into_object()
    }))
}

/// The declared workloads whose backups arrive in a bucket, as far as they are there.
fn backed_up<'r>(bucket: &'r DeclaredBucket, workloads: &'r [Record]) -> impl Iterator<Item = String> + 'r {
    let text = |workload: &'r Record, key: &str| workload.get(key).and_then(ValueExt::text);
    let named = workloads.iter().filter(move |workload| {
        bucket.backed_up.iter().any(|(namespace, name)| {
            text(workload, "namespace") == Some(namespace) && text(workload, "name") == Some(name)
        })
    });
    named.filter_map(move |workload| text(workload, "id").map(ToOwned::to_owned))
}

/// The keys of the account that open a bucket, each with what it may do there. Full access names no bucket.
fn keys(keys: &[Value], bucket: &str) -> Value {
    let mut found: Vec<Value> = keys
        .iter()
        .filter_map(|key| {
            let mut grants = key.items_at(&["grants"]).iter().filter_map(|grant| {
                let permission = grant.text_at(&["permission"]).filter(|text| !text.is_empty())?;
                let here = permission == "fullaccess" || grant.text_at(&["bucket"]) == Some(bucket);
                here.then_some(permission)
            });
            // Full access says all that there is to say, and so does writing beside reading.
            let first = grants.next()?;
            let strongest = grants.fold(
                first,
                |known, next| if rank(next) > rank(known) { next } else { known },
            );
            Some(object([
                ("name", or_null(key.field("name"))),
                ("permission", Value::from(strongest)),
            ]))
        })
        .collect();
    found.sort();
    array(found)
}

fn rank(permission: &str) -> u8 {
    match permission {
        "fullaccess" => 3,
        "readwrite" => 2,
        "read" => 1,
        _ => 0,
    }
}
