//! What is said of things: by the spec, by given manifests, and by what is committed.

use super::kept::Identity;
use crate::collect::manifests::Manifests;
use crate::pipeline::ended::Ended;
use crate::pipeline::provision::read;
use crate::pipeline::repair::Edits;
use envcheck_core::drift::{Said, THE_SPEC, identity};
use envcheck_core::fields::{Compared, Sides, compare};
use envcheck_core::findings::Location;
use envcheck_core::findings::drift::{Committed, NotCompared};
use envcheck_core::inventory::application::Delivery;
use envcheck_core::inventory::identity::Scopes;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::{LoadedObject, ResourceRef};
use envcheck_core::provision::objects::{Desired, objects, without_marks};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt, object};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Things and what one side says of them.
pub(super) type Side = BTreeMap<Identity, (ResourceRef, Said)>;

/// What is said.
#[derive(Debug, Default)]
pub(super) struct Statements {
    /// By the spec and by manifests.
    pub(super) declared: Side,
    /// By Git.
    pub(super) committed: Side,
    /// The applications that were rendered.
    pub(super) rendered: BTreeSet<Committed>,
    /// Whether what Argo CD itself consists of is among what is declared.
    pub(super) of_argocd: bool,
    /// What the spec would have made.
    pub(super) desired: Desired,
    /// What of it could not be read.
    pub(super) less: Vec<NotCompared>,
    pub(super) notes: Vec<String>,
}

impl Statements {
    /// What the spec says of the cluster. Of Argo CD itself only with its manifest.
    pub(super) fn of_spec(
        &mut self,
        spec: &Spec,
        argocd_manifest: Option<&Path>,
        redactor: &Redactor,
        interrupt: &CancellationToken,
    ) -> Result<(), Ended> {
        let material = read(spec, argocd_manifest, true, interrupt)?.material;
        self.of_argocd = material.argocd.is_some();
        if !self.of_argocd && spec.environment.spec.delivery.argocd.is_some() {
            self.notes.push(
                "what Argo CD itself consists of is compared when its manifest is given: --argocd-manifest FILE".to_owned(),
            );
        }
        self.desired = objects(spec, &material)?;
        for one in self.desired.objects.clone() {
            let value = redactor.redacted(&without_marks(&one.value));
            self.declare(one.reference, value, THE_SPEC.to_owned());
        }
        Ok(())
    }

    /// What manifests say.
    pub(super) fn of_manifests(&mut self, paths: &[String], redactor: &Redactor) -> Result<(), Ended> {
        if paths.is_empty() {
            return Ok(());
        }
        let manifests = Manifests::find(paths)?;
        let mut gaps = manifests.gaps.clone();
        let mut loaded: Vec<LoadedObject> = Vec::new();
        for unit in 0..manifests.len() {
            let unit = manifests.load(unit);
            gaps.extend(unit.gaps);
            loaded.extend(unit.objects);
        }
        for gap in gaps {
            self.lacks(gap.subject.to_string(), format!("{}: {}", gap.reason, gap.detail));
        }
        for (path, reason) in &manifests.skipped {
            self.lacks(path.clone(), reason.clone());
        }
        let mut scopes = Scopes::default();
        for object in &loaded {
            scopes.learn(&object.value);
        }
        for object in loaded {
            let place = Location::at(&object.origin, None);
            let place = place.map_or_else(
                || "a manifest".to_owned(),
                |at| format!("{}:{}", at.file, at.line),
            );
            let mut reference = object.reference;
            if object.generated {
                self.lacks(place, format!("{reference} gets its name when it is made"));
                continue;
            }
            scopes.settle(&mut reference);
            self.declare(reference, redactor.redacted(&object.value), place);
        }
        Ok(())
    }

    /// What comes out of the committed files of these applications.
    pub(super) fn of_git(&mut self, edits: &mut Edits, applications: &[Value], redactor: &Redactor) {
        for application in applications {
            let delivery = Delivery::of(application);
            let name = &delivery.application;
            for rendered in edits.rendered(&delivery) {
                let rendered = match rendered {
                    Ok(rendered) => rendered,
                    Err(why) => {
                        self.lacks(format!("what is committed for application {name}"), why);
                        continue;
                    }
                };
                self.rendered.insert(Committed {
                    application: name.clone(),
                    repository: rendered.repository,
                    commit: rendered.commit,
                    objects: rendered.objects.len(),
                });
                for (reference, value) in rendered.objects {
                    let said = Said {
                        value: redactor.redacted(&value),
                        place: format!("application {name}"),
                    };
                    let other = self.committed.get(&identity(&reference));
                    let other = other.filter(|(_, other)| other.value != said.value);
                    if let Some((_, other)) = other {
                        let why = format!(
                            "{reference} comes out of {} too, and otherwise there, by which it is compared",
                            other.place
                        );
                        self.lacks(said.place, why);
                        continue;
                    }
                    self.committed.insert(identity(&reference), (reference, said));
                }
            }
        }
    }

    fn declare(&mut self, reference: ResourceRef, value: Value, place: String) {
        let own = identity(&reference);
        if let Some((_, said)) = self.declared.get_mut(&own) {
            let before = said.place.clone();
            let against = contradictions(&said.value, &value);
            // The spec says of it a part, and the manifest all: where they agree, both hold.
            if before == THE_SPEC && against.is_empty() {
                *said = Said {
                    value: completed(&value, &said.value),
                    place: format!("{place} and {THE_SPEC}"),
                };
                return;
            }
            // Twice the same is as good as once.
            if differences(&value, &said.value).is_empty() {
                return;
            }
            let words = match against.as_slice() {
                [] => String::new(),
                some => format!(", and they do not agree on {}", some.join(", ")),
            };
            let why = format!("{reference} is declared in {before} already, by which it is compared{words}");
            return self.lacks(place, why);
        }
        self.declared.insert(own, (reference, Said { value, place }));
    }

    fn lacks(&mut self, what: String, why: String) {
        self.less.push(NotCompared {
            what,
            why,
            count: 1,
            things: Vec::new(),
        });
    }
}

/// The fields of which one says something that the other does not.
fn differences(one: &Value, other: &Value) -> Vec<Compared> {
    compare(Sides {
        declared: Some(one),
        committed: None,
        live: other,
    })
}

/// The fields of which both say something, and not the same.
fn contradictions(spec: &Value, manifest: &Value) -> Vec<String> {
    let all = differences(spec, manifest).into_iter();
    let both = all.filter(|one| !matches!(one.live, Value::Null | Value::Undefined));
    both.map(|one| one.path.to_string()).collect()
}

/// An object with what another one says of members that it does not have.
fn completed(whole: &Value, more: &Value) -> Value {
    if !matches!((whole, more), (Value::Object(_), Value::Object(_))) {
        return whole.clone();
    }
    let own = whole.members().map(|(key, value)| match more.field(key) {
        Some(more) => (key, completed(value, more)),
        None => (key, value.clone()),
    });
    let rest = more.members().filter(|(key, _)| whole.field(key).is_none());
    object(own.chain(rest.map(|(key, value)| (key, value.clone()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(manifests: &[&str]) -> Statements {
        let mut statements = Statements::default();
        let spec = r#"{"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "back", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}"#;
        let all = [(THE_SPEC, spec)].into_iter();
        for (place, text) in all.chain(manifests.iter().map(|text| ("a.yaml:1", *text))) {
            let value = Value::from_json_str(text).unwrap();
            let (reference, _) = envcheck_core::inventory::identify(&value).unwrap();
            statements.declare(reference, value, place.to_owned());
        }
        statements
    }

    #[test]
    fn what_the_spec_and_a_manifest_say_alike_is_compared_by_both() {
        let manifest = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "back", "labels": {"team": "x"}}}"#;
        let both = declared(&[manifest, manifest]);
        assert!(both.less.is_empty(), "{:?}", both.less);
        let (_, said) = both.declared.values().next().unwrap();
        assert_eq!(said.place, "a.yaml:1 and the spec");
        let labels = said.value.at(&["metadata", "labels"]).unwrap();
        assert_eq!(labels.members().count(), 2);
    }

    #[test]
    fn where_they_contradict_one_another_the_spec_holds_and_that_is_told() {
        let other = r#"{"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "back", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}"#;
        let both = declared(&[other]);
        let (_, said) = both.declared.values().next().unwrap();
        assert_eq!(said.place, THE_SPEC);
        assert_eq!(
            both.less[0].why,
            "back (Namespace) is declared in the spec already, by which it is compared, and they do not agree on \
             metadata.labels[\"pod-security.kubernetes.io/enforce\"]"
        );
    }
}
