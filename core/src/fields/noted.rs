//! What `kubectl apply` notes in an annotation of an object: what it applied from a file, and says again the next time.

use super::managed::entries;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The annotation.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What was applied from a file, and who applied it: nobody is named where the server has no record. `None` where nothing was, and
/// where only Argo CD did, which takes back by rules of its own.
pub fn noted(live: &Value) -> Option<(Value, Vec<String>)> {
    let text = live.text_at(&["metadata", "annotations", LAST_APPLIED])?;
    let noted = format!("f:{LAST_APPLIED}");
    let path = ["f:metadata", "f:annotations", noted.as_str()];
    let owners = entries(live).filter(|(_, fields)| fields.at(&path).is_some());
    let owners: BTreeSet<String> = owners.map(|(writer, _)| writer.manager).collect();
    let by_argo_cd = |name: &String| name.starts_with("argocd");
    if !owners.is_empty() && owners.iter().all(by_argo_cd) {
        return None;
    }
    // A note that cannot be read, kubectl cannot read either.
    let applied = Value::from_json_str(text).ok()?;
    applied.as_object().ok()?;
    Some((
        applied,
        owners.into_iter().filter(|name| !by_argo_cd(name)).collect(),
    ))
}
