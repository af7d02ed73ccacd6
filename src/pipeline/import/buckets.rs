//! The buckets that the key opens beside those of the project: a project need not hold what an environment uses.

use crate::pipeline::live::Live;
use envcheck_core::inventory::Inventory;
use envcheck_core::inventory::declared::{Declared, DeclaredBucket};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The collection of buckets.
const BUCKETS: &str = "spaces.buckets";

/// All of them, as rows; or why they are not known.
pub(super) fn listed(live: &Live, outline: Option<&Spec>) -> Result<Vec<Value>, String> {
    let outline = outline.ok_or("the account is not declared")?;
    let buckets = live.account.buckets(outline)?;
    live.runtime.block_on(buckets.listed())
}

/// Their names as if they were declared, by which workloads that write to them are found.
pub(super) fn known(listed: &Result<Vec<Value>, String>) -> Declared {
    let rows = listed.as_ref().map_or(&[][..], Vec::as_slice);
    let text = |row: &Value, key: &str| row.text_at(&[key]).unwrap_or_default().to_owned();
    let bucket = |row: &Value| DeclaredBucket {
        name: text(row, "name"),
        region: text(row, "region"),
        purpose: "other",
        secrets: BTreeSet::new(),
        backed_up: BTreeSet::new(),
    };
    Declared {
        buckets: rows.iter().map(bucket).collect(),
        ..Declared::default()
    }
}

/// Adds them to the rows that were read already.
pub(super) fn learn(inventory: &mut Inventory, listed: Vec<Value>) {
    let name = |row: &Value| row.text_at(&["name"]).map(ToOwned::to_owned);
    let mut rows = inventory.collections.get(BUCKETS).cloned().unwrap_or_default();
    for row in listed {
        if !rows.iter().any(|known| name(known) == name(&row)) {
            rows.push(row);
        }
    }
    inventory.learn_collection(BUCKETS, rows);
}
