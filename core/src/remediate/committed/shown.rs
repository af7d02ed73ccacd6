//! Whether a deed that is done in a manifest shows in what is rendered of it: an overlay may set the same field again.

use super::translate::{Differs, Way, changes};
use crate::path::{FieldPath, PathElement};
use crate::plan::Deed;
use crate::value::patch::{OperationKind, find};
use crate::value::{Value, ValueExt};

/// What a deed in a manifest makes of what is rendered of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// What was rendered was as it should be, and is.
    Already,
    /// It changes what is rendered.
    Better,
    /// What is rendered stays as it was: something sets it again.
    Kept,
    /// What was rendered said something of its own there, and would not any more.
    Lost,
    /// What was rendered was as it should be, and would not be any more.
    Undone,
}

/// What a deed for `object` makes of what is rendered of it, by what was rendered before and is afterwards.
pub fn shows(deed: &Deed, object: &Value, before: &Value, after: &Value) -> Shows {
    let was = changes(deed, object, before, Way::ToRendered);
    match (&was, is_shown(deed, object, after)) {
        (Err(Differs::Synced), true) => Shows::Already,
        (Err(Differs::Synced), false) => Shows::Undone,
        (Err(Differs::Drifted(_)), true) => Shows::Lost,
        (_, true) => Shows::Better,
        (_, false) => {
            let same = |place: &Vec<String>| find(before, place) == find(after, place);
            if places(deed).iter().all(same) {
                Shows::Kept
            } else {
                Shows::Better
            }
        }
    }
}

/// Whether what is rendered is as the deed for `object` wants it.
pub fn is_shown(deed: &Deed, object: &Value, rendered: &Value) -> bool {
    changes(deed, object, rendered, Way::ToRendered) == Err(Differs::Synced)
}

/// The first field that a deed sets or takes away, as people write it.
pub fn first_place(deed: &Deed) -> String {
    let first = places(deed).into_iter().next().unwrap_or_default();
    FieldPath(first.into_iter().map(PathElement::Key).collect()).to_string()
}

fn places(deed: &Deed) -> Vec<Vec<String>> {
    if let Some((list, marks)) = deed.marks() {
        let path = |(key, _): (&str, &Value)| ["metadata", list, key].map(str::to_owned).to_vec();
        return marks.members().map(path).collect();
    }
    let operations = deed.operations().unwrap_or_default();
    let changing = operations
        .into_iter()
        .filter(|one| one.kind != OperationKind::Test);
    changing.map(|one| one.path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::identify;
    use crate::yaml::value_of;

    fn ingress(class: &str, labels: &str) -> Value {
        value_of(&format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, labels: {labels}}}, spec: {{ingressClassName: {class}}}}}"
        ))
    }

    fn deed(action: FixAction, data: &str) -> Deed {
        Deed {
            action,
            target: identify(&ingress("a", "{}")).unwrap().0,
            data: value_of(data),
        }
    }

    #[test]
    fn what_is_rendered_tells_whether_an_edit_counts() {
        let class = deed(
            FixAction::KubernetesPatch,
            "[{op: replace, path: /spec/ingressClassName, value: nginx}]",
        );
        let object = ingress("old", "{}");
        let told =
            |before: &str, after: &str| shows(&class, &object, &ingress(before, "{}"), &ingress(after, "{}"));
        assert_eq!(told("old", "nginx"), Shows::Better);
        assert_eq!(told("old", "old"), Shows::Kept);
        assert_eq!(told("other", "other"), Shows::Kept);
        assert_eq!(told("nginx", "nginx"), Shows::Already);
        assert_eq!(told("other", "nginx"), Shows::Lost);
        assert_eq!(told("nginx", "other"), Shows::Undone);
        // As where a prefix is put before what is set.
        assert_eq!(told("x-old", "x-nginx"), Shows::Better);
        assert_eq!(first_place(&class), "spec.ingressClassName");
    }

    #[test]
    fn labels_that_are_set_again_are_told_as_well() {
        let label = deed(FixAction::KubernetesLabel, "{labels: {team: a}}");
        let object = ingress("old", "{}");
        let told = |before: &str, after: &str| {
            shows(&label, &object, &ingress("old", before), &ingress("old", after))
        };
        assert_eq!(told("{}", "{team: a}"), Shows::Better);
        assert_eq!(told("{team: b}", "{team: b}"), Shows::Kept);
        assert_eq!(told("{team: a}", "{team: a}"), Shows::Already);
        assert_eq!(first_place(&label), "metadata.labels.team");
    }
}
