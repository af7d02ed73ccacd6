//! What `kubectl apply` notes in an annotation of an object: what it applied from a file, and says again the next time.

use super::managed::{Writer, entries};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The annotation.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who wrote the note, by the server's record.
pub fn noters(live: &Value) -> impl Iterator<Item = Writer> {
    let noted = format!("f:{LAST_APPLIED}");
    entries(live).filter_map(move |(writer, fields)| {
        let path = ["f:metadata", "f:annotations", noted.as_str()];
        fields.at(&path).is_some().then_some(writer)
    })
}

/// What was applied from a file, and who applied it: nobody is named where the server has no record. `None` where nothing was, and
/// where only Argo CD did, which takes back by rules of its own.
pub fn noted(live: &Value) -> Option<(Value, Vec<String>)> {
    let text = live.text_at(&["metadata", "annotations", LAST_APPLIED])?;
    let owners: BTreeSet<String> = noters(live).map(|writer| writer.manager).collect();
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
