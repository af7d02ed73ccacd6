//! One fix in one source of an application: in the manifest, in the kustomization, or in the values of the chart.

use crate::collect::checkout::{Checkout, KUSTOMIZATIONS, Made};
use crate::pipeline::repair::rendering::Proof;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::application::{Delivery, Source};
use envcheck_core::inventory::redact::held;
use envcheck_core::inventory::{LoadedObject, ResourceRef, identify};
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{Way, candidates, changes, laid_over, set, translate};
use envcheck_core::remediate::{edited, spot};
use envcheck_core::value::patch::{self, Operation};
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::edit::{edit_without_repeating, marked_as};
use envcheck_core::yaml::{self, Document, Limits};
use tokio::runtime::Runtime;

/// So many keys of a chart's values are tried for one field.
const MOST_TRIES: usize = 40;

/// One fix in one source.
pub(super) struct Work<'a> {
    pub(super) checkout: &'a mut Checkout,
    pub(super) runtime: &'a Runtime,
    pub(super) delivery: &'a Delivery,
    pub(super) path: &'a str,
    pub(super) source: &'a Source,
    pub(super) deed: &'a Deed,
    pub(super) live: &'a Value,
}

impl Work<'_> {
    /// Edits the copy. Returns what was edited, in words.
    pub(super) fn done(mut self) -> Result<String, String> {
        match self.checkout.made(self.path)? {
            Made::Plain => self.plain(),
            Made::Kustomize => self.kustomized(),
            Made::Helm => self.templated(),
        }
    }

    fn is_target(&self, reference: &ResourceRef) -> bool {
        let target = &self.deed.target;
        let named = reference
            .namespace
            .as_deref()
            .or(self.delivery.namespace.as_deref());
        reference.group() == target.group()
            && reference.kind == target.kind
            && reference.name == target.name
            && (target.namespace.is_none() || named.or(Some("default")) == target.namespace.as_deref())
    }

    fn stands_nowhere(&self) -> String {
        format!(
            "{} does not come out of {} of its repository",
            self.deed.target, self.path
        )
    }

    fn plain(&mut self) -> Result<String, String> {
        let objects = self.checkout.objects(self.path, self.source.recurse)?;
        let mut found = objects
            .iter()
            .filter(|(_, object)| !object.generated && self.is_target(&object.reference));
        let (file, object) = found.next().ok_or_else(|| self.stands_nowhere())?;
        if let Some((other, _)) = found.next() {
            return Err(format!(
                "it stands in {file} and in {other}: only a person can choose"
            ));
        }
        let operations = changes(self.deed, self.live, &object.value, Way::ToGit)
            .map_err(|differs| differs.to_string())?;
        self.edit_object(file, object, &operations)?;
        Ok(format!("edits {file}"))
    }

    fn edit_object(
        &mut self,
        file: &str,
        object: &LoadedObject,
        operations: &[Operation],
    ) -> Result<(), String> {
        let (_, spot) = spot(&object.origin).ok_or("it does not stand in a file")?;
        let text = self.checkout.text(file)?;
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            // In a base it may be called otherwise than where it runs.
            target: object.reference.clone(),
            data: patch::to_value(operations),
        };
        let after = edited(file, &text, spot, &deed).map_err(|not| not.why)?;
        self.checkout.write(file, &after)
    }

    /// Where the target is among what was rendered.
    fn among(&self, rendered: &[Value]) -> Result<usize, String> {
        let is_it = |object: &&Value| {
            let read = identify(object);
            read.is_ok_and(|(reference, generated)| !generated && self.is_target(&reference))
        };
        let mut found = rendered.iter().enumerate().filter(|(_, object)| is_it(object));
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(index),
            (None, _) => Err(self.stands_nowhere()),
            _ => Err(format!("{} comes out of {} twice", self.deed.target, self.path)),
        }
    }

    fn kustomized(&mut self) -> Result<String, String> {
        if let Some(field) = &self.source.kustomize {
            return Err(format!(
                "application {} changes what Kustomize renders (spec.source.kustomize.{field}): what an edit brings about \
                 cannot be shown",
                self.delivery.application
            ));
        }
        let before = self.render_kustomize()?;
        let proof = self.proof(before)?;
        // In the file itself, where it belongs to this folder alone.
        if let Some((file, text)) = self.own_file(&proof)? {
            if self.proved_by_kustomize(&proof).unwrap_or(false) {
                return Ok(format!("edits {file}"));
            }
            self.checkout.write(&file, &text)?;
        }
        let file = self
            .checkout
            .first_of(self.path, &KUSTOMIZATIONS)
            .ok_or("its kustomization is gone")?;
        let text = self.checkout.text(&file)?;
        let after = proof.with_patch(&file, &text, |after| {
            self.checkout.write(&file, after)?;
            self.render_kustomize()
        });
        if after.is_err() {
            self.checkout.write(&file, &text)?;
        }
        after.map(|_| format!("adds a patch to {file}"))
    }

    fn proof(&self, before: Vec<Value>) -> Result<Proof, String> {
        let index = self.among(&before)?;
        Proof::of(before, index, self.deed, (self.live, Way::ToGit)).map_err(|differs| differs.to_string())
    }

    /// Edits the object in a file below the folder, if it stands in one. Returns the file and its text before.
    fn own_file(&mut self, proof: &Proof) -> Result<Option<(String, String)>, String> {
        let name = proof.rendered.text_at(&["metadata", "name"]).unwrap_or_default();
        let objects = self.checkout.objects(self.path, true).unwrap_or_default();
        let kind = &self.deed.target.kind;
        let mut found = objects.iter().filter(|(_, object)| {
            let own = &object.reference;
            !object.generated
                && own.kind == *kind
                && own.group() == self.deed.target.group()
                && name.contains(own.name.as_str())
        });
        let (Some((file, object)), None) = (found.next(), found.next()) else {
            return Ok(None);
        };
        let Ok(own) = translate(&proof.operations, &proof.rendered, &object.value, Way::ToGit) else {
            return Ok(None);
        };
        let text = self.checkout.text(file)?;
        Ok(self
            .edit_object(file, object, &own)
            .is_ok()
            .then(|| (file.clone(), text)))
    }

    fn render_kustomize(&self) -> Result<Vec<Value>, String> {
        self.runtime.block_on(self.checkout.kustomized(self.path))
    }

    fn proved_by_kustomize(&self, proof: &Proof) -> Result<bool, String> {
        Ok(proof.holds(&self.render_kustomize()?))
    }

    fn templated(&mut self) -> Result<String, String> {
        let before = self.render_helm()?;
        let proof = self.proof(before)?;
        let mut files = self.checkout.value_files(self.path, &self.source.helm)?;
        files.splice(0..0, self.checkout.first_of(self.path, &["values.yaml"]));
        let Some(last) = files.last().cloned() else {
            return Err("its chart has no file of values".to_owned());
        };
        let mut all = Value::new_object();
        for file in &files {
            all = laid_over(&all, &self.values(file)?.value);
        }
        for candidate in candidates(&proof.operations, &proof.rendered, &all)
            .into_iter()
            .take(MOST_TRIES)
        {
            // Where it is set already, else where the environment's own values are.
            let sets = |file: &&String| {
                let values = self.values(file).ok();
                values.is_some_and(|values| patch::find(&values.value, &candidate.path).is_some())
            };
            let file = files.iter().rev().find(sets).unwrap_or(&last).clone();
            let text = self.checkout.text(&file)?;
            let document = self.values(&file)?;
            let change = [set(&document.value, &candidate)];
            let Ok(after) = edit_without_repeating(&document, &change, &held(&document.value)) else {
                continue;
            };
            self.checkout.write(&file, &marked_as(&text, after))?;
            if self.render_helm().is_ok_and(|after| proof.holds(&after)) {
                return Ok(format!("sets {} in {file}", candidate.path.join(".")));
            }
            self.checkout.write(&file, &text)?;
        }
        let elsewhere = self.source.helm.values.is_some()
            || self.source.helm.values_text.is_some()
            || !self.source.helm.parameters.is_empty();
        Err(format!(
            "no key of the values in {last} makes exactly this of it{}",
            if elsewhere {
                format!(
                    "; application {} has values of its own",
                    self.delivery.application
                )
            } else {
                String::new()
            }
        ))
    }

    fn values(&self, file: &str) -> Result<Document, String> {
        let text = self.checkout.text(file)?;
        let source = yaml::decode(file, text.as_bytes()).map_err(|problem| problem.one_line())?;
        let limits = Limits::default();
        let first = yaml::documents(&source, &limits).next();
        let document = first.ok_or_else(|| format!("{file} is empty"))?;
        document.map_err(|problem| problem.one_line())
    }

    fn render_helm(&self) -> Result<Vec<Value>, String> {
        let helm = &self.source.helm;
        let release = helm.release.as_deref().unwrap_or(&self.delivery.application);
        let namespace = self.delivery.namespace.as_deref();
        self.runtime
            .block_on(self.checkout.templated(self.path, release, namespace, helm))
    }
}
