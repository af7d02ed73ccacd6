//! The manifest that installs Argo CD, as `kubectl apply -n NAMESPACE` would send it.
//!
//! One thing is done beyond that: bindings name the namespace of their ServiceAccounts, which Argo CD's own manifest takes to be
//! `argocd`. They follow their accounts, as Kustomize lets them.

use super::Part;
use super::marks::{path, put};
use crate::inventory::identity::Scopes;
use crate::inventory::{Content, ResourceRef, content, identify};
use crate::source::{Diagnostic, SourceText};
use crate::value::{Value, ValueExt, array};
use crate::yaml::{self, Document, Limits};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The objects of a manifest in its order, those with a namespace in `namespace`. All that is wrong is reported at once.
pub(super) fn read(source: &Arc<SourceText>, namespace: &str) -> Result<Vec<(Part, Value)>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for document in yaml::documents(source, &Limits::default()) {
        let document = match document {
            Ok(document) => document,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        match objects_of(&document) {
            Ok(objects) => found.extend(objects),
            Err(problem) => problems.push(problem),
        }
    }
    if found.is_empty() && problems.is_empty() {
        problems.push(
            Diagnostic::new(format!("{} holds no Kubernetes object", source.name))
                .hint("the manifest of a release is manifests/install.yaml of its tag"),
        );
    }
    let mut scopes = Scopes::default();
    let mut accounts = BTreeSet::new();
    for (_, reference, value) in &found {
        match reference.kind.as_str() {
            "CustomResourceDefinition" => scopes.learn(value),
            "ServiceAccount" => {
                accounts.insert(reference.name.clone());
            }
            _ => {}
        }
    }
    let mut placed = Vec::with_capacity(found.len());
    for (document, reference, mut value) in found {
        // Ours is made already, with the labels that the spec asks for.
        if reference.kind == "Namespace" && reference.name == namespace {
            continue;
        }
        // Of a kind that nobody knows the namespace is taken to matter, as it does for nearly all.
        if scopes.namespaced(reference.group(), &reference.kind) != Some(false) {
            if let Some(other) = reference.namespace.as_deref().filter(|other| *other != namespace) {
                problems.push(elsewhere(&document, &reference, other, namespace));
                continue;
            }
            let _ = put(&mut value, &["metadata", "namespace"], Value::from(namespace));
        }
        if reference.kind.ends_with("RoleBinding") {
            follow_accounts(&mut value, &accounts, namespace);
        }
        let part = match reference.kind.as_str() {
            "CustomResourceDefinition" => Part::CustomKinds,
            _ => Part::ArgoCd,
        };
        placed.push((part, value));
    }
    if problems.is_empty() {
        Ok(placed)
    } else {
        Err(problems)
    }
}

type Found = (Arc<Document>, ResourceRef, Value);

fn objects_of(document: &Document) -> Result<Vec<Found>, Diagnostic> {
    let wrong = |words: String, keys: &[&str]| {
        Diagnostic::new(words)
            .at(document.locate(&path(keys)))
            .hint("give the manifest of a release as it is, with nothing added to it")
    };
    let Content::Objects(objects) = content(document.value.clone()) else {
        return Err(wrong("this is no Kubernetes object".to_owned(), &[]));
    };
    let shared = Arc::new(document.clone());
    objects
        .into_iter()
        .map(|(_, value)| {
            let (reference, generated) = identify(&value).map_err(|words| wrong(words, &[]))?;
            if generated {
                let words = format!("the {} has no name of its own", reference.kind);
                return Err(wrong(words, &["metadata"]));
            }
            let labels = value.at(&["metadata", "labels"]);
            if labels.is_some_and(|labels| !matches!(labels, Value::Object(_) | Value::Null)) {
                let words = format!(
                    "the labels of {} {} are no mapping",
                    reference.kind, reference.name
                );
                return Err(wrong(words, &["metadata", "labels"]));
            }
            Ok((Arc::clone(&shared), reference, value))
        })
        .collect()
}

fn elsewhere(document: &Document, reference: &ResourceRef, other: &str, namespace: &str) -> Diagnostic {
    Diagnostic::new(format!(
        "{} {} is for namespace {other}, and Argo CD is declared in {namespace}",
        reference.kind, reference.name
    ))
    .at(document.locate(&path(&["metadata", "namespace"])))
    .hint(format!(
        "give a manifest that names no namespace, or declare {other} with role delivery"
    ))
}

/// Lets the subjects of a binding that are ServiceAccounts of the manifest be in its namespace.
fn follow_accounts(binding: &mut Value, accounts: &BTreeSet<String>, namespace: &str) {
    let subjects = binding.items_at(&["subjects"]);
    if subjects.is_empty() {
        return;
    }
    let followed = array(subjects.iter().map(|subject| {
        let mut subject = subject.clone();
        let own = subject.text_at(&["kind"]) == Some("ServiceAccount")
            && subject
                .text_at(&["name"])
                .is_some_and(|name| accounts.contains(name));
        // Without a namespace it is the binding's own already.
        if own && subject.text_at(&["namespace"]).is_some() {
            let _ = put(&mut subject, &["namespace"], Value::from(namespace));
        }
        subject
    }));
    let _ = put(binding, &["subjects"], followed);
}
