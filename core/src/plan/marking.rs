//! Labels and annotations that a deed sets, held against what others wrote there.
//!
//! A mark is set by server-side apply, which forces nothing: where anybody else is recorded with another value, it refuses. That
//! is right where they applied it. What somebody once wrote otherwise, as `kubectl label` does, is nobody's lasting wish: it is
//! changed like any other field, by a patch that holds only for the object as it was looked at. So it is where nobody is recorded at
//! all, as of objects that old programs wrote or a backup brought back: on the first apply the server makes up a writer of everything.

use super::deed::Deed;
use super::floor::MANAGER;
use crate::fields::managed::{Writer, entries, writers};
use crate::path::{FieldPath, PathElement};
use crate::value::patch::Operation;
use crate::value::{Value, ValueExt};

impl Deed {
    /// The patch that sets its labels or annotations in an object that is as `before`; `None` for a deed that sets none.
    pub fn marking(&self, before: &Value) -> Option<Vec<Operation>> {
        let (list, marks) = self.marks()?;
        let mut changes = Vec::new();
        if before
            .at(&["metadata", list])
            .is_none_or(|marks| marks.as_object().is_err())
        {
            let whole = vec!["metadata".to_owned(), list.to_owned()];
            changes.push(Operation::add(whole, Value::new_object()));
        }
        let each = marks.members();
        changes.extend(each.map(|(key, value)| {
            let path = ["metadata", list, key].map(ToOwned::to_owned);
            Operation::add(path.to_vec(), value.clone())
        }));
        Some(changes)
    }

    /// The labels or annotations that it sets and that have another value by somebody's hand, so that server-side apply would refuse
    /// it: the key, and each of its writers; none of an object that has no record at all.
    pub fn overwritten(&self, live: &Value) -> Vec<(String, Vec<Writer>)> {
        let Some((list, marks)) = self.marks() else {
            return Vec::new();
        };
        let unrecorded = entries(live).next().is_none();
        let others = |(key, value): (&str, &Value)| {
            let path = ["metadata", list, key];
            live.at(&path).filter(|now| *now != value)?;
            let keys = path.map(|key| PathElement::Key(key.to_owned()));
            let mut all = writers(live, &FieldPath(keys.to_vec()));
            all.retain(|one| one.manager != MANAGER || one.operation != "Apply");
            (unrecorded || !all.is_empty()).then(|| (key.to_owned(), all))
        };
        marks.members().filter_map(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::ResourceRef;

    /// A Namespace whose labels these managers wrote, each by an operation.
    fn namespace(labels: &str, writers: &[(&str, &str, &str)]) -> Value {
        let entries: Vec<String> = writers
            .iter()
            .map(|(manager, operation, key)| {
                format!(
                    r#"{{"manager": "{manager}", "operation": "{operation}", "fieldsV1": {{"f:metadata": {{"f:labels": {{"f:{key}": {{}}}}}}}}}}"#
                )
            })
            .collect();
        let text = format!(
            r#"{{"metadata": {{"name": "b2b", "labels": {labels}, "managedFields": [{}]}}}}"#,
            entries.join(",")
        );
        Value::from_json_str(&text).unwrap()
    }

    fn deed(labels: &str) -> Deed {
        Deed {
            action: FixAction::KubernetesLabel,
            target: ResourceRef::kubernetes("v1", "Namespace", None, "b2b"),
            data: Value::from_json_str(&format!(r#"{{"labels": {labels}}}"#)).unwrap(),
        }
    }

    #[test]
    fn who_wrote_another_value_is_told_and_who_wrote_the_same_is_not() {
        let live = namespace(
            r#"{"enforce": "privileged", "warn": "baseline", "team": "x"}"#,
            &[
                ("kubectl-label", "Update", "enforce"),
                ("envcheck", "Update", "enforce"),
                ("envcheck", "Apply", "warn"),
                ("kubectl-label", "Update", "team"),
            ],
        );
        let told = deed(r#"{"enforce": "baseline", "warn": "restricted", "team": "x", "new": "y"}"#);
        let told = told.overwritten(&live);
        let names: Vec<&str> = told[0].1.iter().map(|one| one.manager.as_str()).collect();
        assert_eq!((told.len(), told[0].0.as_str()), (1, "enforce"));
        // Our own writing is not our own wish, so the server tells the two apart.
        assert_eq!(names, ["kubectl-label", "envcheck"]);
        // Of another label of that object nobody is recorded: the server lets it be applied.
        let unowned = namespace(
            r#"{"enforce": "privileged"}"#,
            &[("kubectl-label", "Update", "team")],
        );
        let told = deed(r#"{"enforce": "baseline"}"#).overwritten(&unowned);
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn of_an_object_without_any_record_every_other_value_is_somebodys() {
        let deed = deed(r#"{"enforce": "baseline", "same": "x", "new": "y"}"#);
        let labels = r#"{"enforce": "privileged", "same": "x"}"#;
        let wanted = [("enforce".to_owned(), Vec::new())];
        assert_eq!(deed.overwritten(&namespace(labels, &[])), wanted);
        let bare = Value::from_json_str(&format!(r#"{{"metadata": {{"labels": {labels}}}}}"#)).unwrap();
        assert_eq!(deed.overwritten(&bare), wanted);
    }

    #[test]
    fn the_patch_does_what_the_wish_does() {
        let deed = deed(r#"{"a/b": "1", "c": "2"}"#);
        for labels in [r#"{"c": "1", "d": "3"}"#, "null"] {
            let live = namespace(labels, &[]);
            let patched = crate::value::patch::patched(&live, &deed.marking(&live).unwrap()).unwrap();
            assert_eq!(Some(patched), deed.done_to(Some(&live)).unwrap());
        }
    }
}
