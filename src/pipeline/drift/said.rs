//! What is said of things: by the spec, by given manifests, and by what is committed.

use super::kept::Identity;
use crate::collect::manifests::Manifests;
use crate::pipeline::ended::Ended;
use crate::pipeline::provision::read;
use crate::pipeline::repair::Edits;
use envcheck_core::drift::{Said, THE_SPEC, identity};
use envcheck_core::findings::Location;
use envcheck_core::findings::drift::{Committed, NotCompared};
use envcheck_core::inventory::application::Delivery;
use envcheck_core::inventory::identity::Scopes;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::{LoadedObject, ResourceRef};
use envcheck_core::provision::objects::{Desired, objects, without_marks};
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
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
        if material.argocd.is_none() && spec.environment.spec.delivery.argocd.is_some() {
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
                    self.committed.insert(identity(&reference), (reference, said));
                }
            }
        }
    }

    fn declare(&mut self, reference: ResourceRef, value: Value, place: String) {
        let own = identity(&reference);
        if let Some((_, said)) = self.declared.get(&own) {
            let why = format!(
                "{reference} is declared in {} already, by which it is compared",
                said.place
            );
            return self.lacks(place, why);
        }
        self.declared.insert(own, (reference, Said { value, place }));
    }

    fn lacks(&mut self, what: String, why: String) {
        self.less.push(NotCompared { what, why, count: 1 });
    }
}
