//! Deeds as edits of the manifests that hold their targets.

use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::inventory::redact::held;
use crate::plan::{Deed, NEVER_A_CREDENTIAL, emptied, rewrites_credential};
use crate::value::patch::{Operation, OperationKind, difference, find, patched};
use crate::value::{Value, ValueExt};
use crate::yaml::edit::{Cannot, edit_without_repeating, marked_as};
use crate::yaml::{self, Limits};
use std::sync::Arc;

/// An object in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which document of the file, from 0.
    pub document: usize,
    /// Which item of its list, when the document is one.
    pub item: Option<usize>,
}

/// Why a deed is not done in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEdited {
    /// In words.
    pub why: String,
    /// Only how the file is written stands in the way: a patch beside it could do what is wanted.
    pub form: bool,
}

impl From<String> for NotEdited {
    fn from(why: String) -> Self {
        Self { why, form: false }
    }
}

impl From<&str> for NotEdited {
    fn from(why: &str) -> Self {
        Self::from(why.to_owned())
    }
}

impl From<Cannot> for NotEdited {
    fn from(cannot: Cannot) -> Self {
        Self {
            why: cannot.to_string(),
            form: cannot.form,
        }
    }
}

/// The text of a file with a deed done to an object in it; every byte stays that need not change.
///
/// # Errors
///
/// Why the file cannot be edited so. No credential is written a second time, as where an alias stands for it.
pub fn edited(name: &str, text: &str, spot: Spot, deed: &Deed) -> Result<String, NotEdited> {
    let (document, above) = read(name, text, spot, &deed.target)?;
    let object = find(&document.value, &above).cloned().unwrap_or(Value::Null);
    if rewrites_credential(deed, &object) {
        return Err(NEVER_A_CREDENTIAL.into());
    }
    let mut operations = operations(deed, &object)?;
    for operation in &mut operations {
        operation.path.splice(..0, above.iter().cloned());
    }
    let after = edit_without_repeating(&document, &operations, &held(&document.value))?;
    Ok(marked_as(text, after))
}

/// The object at a spot.
///
/// # Errors
///
/// In words, why it is not there.
pub fn object_at(name: &str, text: &str, spot: Spot, target: &ResourceRef) -> Result<Value, String> {
    let (document, path) = read(name, text, spot, target)?;
    let object = find(&document.value, &path).cloned();
    object.ok_or_else(|| GONE.to_owned())
}

const GONE: &str = "the object is not there any more";

/// The document with a spot, and the way to the object in it.
fn read(
    name: &str,
    text: &str,
    spot: Spot,
    target: &ResourceRef,
) -> Result<(yaml::Document, Vec<String>), String> {
    let source = yaml::decode(name, text.as_bytes()).map_err(|problem| problem.one_line())?;
    let document = yaml::documents(&source, &Limits::default())
        .filter_map(Result::ok)
        .find(|document| document.index == spot.document)
        .ok_or("the document is not there any more")?;
    let mut path = Vec::new();
    if let Some(item) = spot.item {
        path = vec!["items".to_owned(), item.to_string()];
    }
    let there = find(&document.value, &path).ok_or(GONE)?;
    let mut found = Vec::new();
    within(there, target, &path, &mut found);
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(path), None) => Ok((document, path)),
        (Some(_), Some(_)) => Err(format!(
            "{target} stands twice in lists of {name}: only a person can choose"
        )),
        (None, _) => Err(GONE.to_owned()),
    }
}

/// The ways to what an object may be: it itself, or, of a list in a list, what that one holds. The items of a list of one kind need
/// not say which.
fn within(value: &Value, target: &ResourceRef, path: &[String], found: &mut Vec<Vec<String>>) {
    let kind = value.text_at(&["kind"]);
    let items = value.field("items").filter(|items| items.as_array().is_ok());
    if let Some(items) = items.filter(|_| kind.is_some_and(|kind| kind.ends_with("List"))) {
        for (index, item) in items.items().iter().enumerate() {
            let below = [path, &["items".to_owned(), index.to_string()]].concat();
            within(item, target, &below, found);
        }
        return;
    }
    let said = |key: &str| value.text_at(&["metadata", key]).filter(|text| !text.is_empty());
    // What names none is where it is applied, and what is in no namespace may name one.
    let namespaces = said("namespace").zip(target.namespace.as_deref());
    let is_it = kind.is_none_or(|kind| kind == target.kind)
        && said("name").is_none_or(|name| name == target.name)
        && namespaces.is_none_or(|(own, wanted)| own == wanted);
    if is_it {
        found.push(path.to_vec());
    }
}

/// What the deed changes, as operations that a file can take.
fn operations(deed: &Deed, object: &Value) -> Result<Vec<Operation>, String> {
    match deed.action {
        FixAction::KubernetesPatch => deed.operations().map(|all| without_empty_lists(all, object)),
        FixAction::KubernetesLabel | FixAction::KubernetesAnnotate => {
            let after = deed.done_to(Some(object))?;
            Ok(after.map_or_else(Vec::new, |after| difference(object, &after)))
        }
        other => Err(format!(
            "{} is no change of what stands in a file",
            other.as_str()
        )),
    }
}

/// The same, where the last label or annotation goes with the line above it: what is left of `annotations:` alone says nothing.
fn without_empty_lists(mut operations: Vec<Operation>, object: &Value) -> Vec<Operation> {
    let after = patched(object, &operations);
    for list in after.map_or_else(|_| Vec::new(), |after| emptied(object, &after)) {
        let path = ["metadata", list].map(str::to_owned).to_vec();
        let within = |one: &Operation| one.path.len() > 2 && one.path.starts_with(&path);
        // Only what is nothing but removed: a test, or what moves elsewhere, is done as it is written.
        let all_removed = operations
            .iter()
            .all(|one| !within(one) || one.kind == OperationKind::Remove);
        if let Some(place) = operations.iter().position(within).filter(|_| all_removed) {
            operations.retain(|one| !within(one));
            operations.insert(place.min(operations.len()), Operation::remove(path));
        }
    }
    operations
}

/// Where an object stands, by where it was read.
pub fn spot(origin: &crate::inventory::Origin) -> Option<(Arc<yaml::Document>, Spot)> {
    let crate::inventory::Origin::Manifest { document, item } = origin else {
        return None;
    };
    let spot = Spot {
        document: document.index,
        item: *item,
    };
    Some((Arc::clone(document), spot))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n";
    const REST: &str = "spec: {ingressClassName: other}\n";

    fn without_class(metadata: &str) -> String {
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes("networking.k8s.io/v1", "Ingress", None, "web"),
            data: Value::from_json_str(
                r#"[{"op":"remove","path":"/metadata/annotations/kubernetes.io~1ingress.class"},
                    {"op":"add","path":"/spec/ingressClassName","value":"nginx"}]"#,
            )
            .unwrap(),
        };
        let spot = Spot {
            document: 0,
            item: None,
        };
        let text = edited("web.yaml", &format!("{HEAD}{metadata}{REST}"), spot, &deed).unwrap();
        let rest = text.strip_prefix(HEAD).unwrap();
        let rest = rest.strip_suffix("spec: {ingressClassName: nginx}\n");
        rest.unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    #[test]
    fn the_last_annotation_goes_with_its_line_and_no_other_does() {
        for (before, after) in [
            (
                "  annotations:\n    kubernetes.io/ingress.class: other # old\n",
                "",
            ),
            (
                "  annotations: {kubernetes.io/ingress.class: other}\n  labels: {a: b}\n",
                "  labels: {a: b}\n",
            ),
            // What is said of the list goes with it; of the labels it stays.
            (
                "  # who serves it\n  annotations:\n    # the class\n    kubernetes.io/ingress.class: other\n  # whose it is\n  labels: {a: b}\n",
                "  # whose it is\n  labels: {a: b}\n",
            ),
            (
                "  annotations:\n    kubernetes.io/ingress.class: other\n    a: b # mine\n",
                "  annotations:\n    a: b # mine\n",
            ),
            // An empty one that somebody wrote is theirs.
            (
                "  annotations:\n    kubernetes.io/ingress.class: other\n  labels: {}\n",
                "  labels: {}\n",
            ),
        ] {
            assert_eq!(without_class(before), after, "{before}");
        }
    }
}
