//! The declared environment: `environments/<name>.yaml`, read, merged, checked and typed.
//!
//! The flow is `files` (the file and those that it extends) → `node` (merged into one tree that remembers where each
//! field was written) → `shape` (what the JSON Schema says) and `rules` (what it cannot say) → `types` → `record`
//! (what policies read). All problems are found in one run. Files come through a function, so nothing here knows a disk.

mod document;
mod files;
mod node;
mod record;
mod rules;
mod scalar;
mod schema;
mod secrecy;
mod setting;
mod shape;
mod types;
mod wording;

#[cfg(test)]
mod tests;

pub use document::{API_VERSION, KIND};
pub use scalar::{
    Address, AllowedObject, BucketName, Cidr, CommandWord, Cron, FilePath, Host, HttpsUrl, ImagePrefix,
    JsonPointer, Key, KubernetesVersion, Label, NamespacedName, ObjectName, Percent, Period, PolicyId, Ports,
    QuantityText, Region, RegistryName, Repository, ResourceName, Sha256, Size, SizeSlug, TimeOfDay,
    TimeZone, Variable, Version, Words, Wrong,
};
pub use schema::json_schema;
pub use setting::extending;
pub use types::*;

use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place};
use crate::value::Value;
use files::Files;
use node::Node;

/// A loaded spec: typed, as policies read it, and with the place where each field was written.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The environment, defaults filled in, paths resolved against the files that wrote them.
    pub environment: Environment,
    /// What policies read as `data.environment`: the `spec:` section with the environment's `name`, defaults filled in,
    /// amounts also as numbers (`storageLimitBytes`, `warnAtRatio`, `maxAgeSeconds`).
    pub value: Value,
    files: Files,
    tree: Node,
}

/// A policy or bundle that the spec names; whether it exists is for the catalogue to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyReference {
    /// The id.
    pub id: String,
    /// Where it stands in the environment, as `policies.disable[0]`.
    pub path: FieldPath,
    /// Where it was written; `None` for defaults.
    pub place: Option<Place>,
}

/// Reads, merges and checks the spec at `path`. Files come through `read`, which gets paths as the user would write them
/// and answers with bytes or the reason why it cannot. All problems are reported at once, in the order of the files.
pub fn load(
    path: &str,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Spec, Vec<Diagnostic>> {
    let files = Files::read(path, read)?;
    let mut tree = node::merged(&files);
    let mut found = shape::check(&files, &mut tree);
    rules::check(&files, &tree, &mut found);
    if found.problems.is_empty() {
        if let Some((environment, value)) = typed(&tree) {
            return Ok(Spec {
                environment,
                value,
                files,
                tree,
            });
        }
        found.problems.push(
            Diagnostic::new(format!("{path} passed all checks and yet cannot be read"))
                .at(files.value_place(&tree.origin))
                .hint("this is a defect of envcheck: please report it with the spec"),
        );
    }
    let mut problems = found.problems;
    files.conceal(&mut problems, &found.secrets);
    problems.sort_by_key(|problem| {
        let place = problem.place.as_ref();
        let file = place.map(|place| (place.source.name != path, place.source.name.clone()));
        (file, place.map(|place| place.span.start), problem.message.clone())
    });
    problems.dedup();
    Err(problems)
}

/// The typed environment and the record of it.
fn typed(tree: &Node) -> Option<(Environment, Value)> {
    let mut environment: Environment = serde_json::from_value(tree.plain()).ok()?;
    record::fill(&mut environment);
    let value = record::record(&environment)?;
    Some((environment, value))
}

impl Spec {
    /// The environment's name.
    pub fn name(&self) -> &str {
        self.environment.metadata.name.as_str()
    }

    /// The paths of the files that it was read from: its own, then those that it extends.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.paths()
    }

    /// Where the field at `path` was written, through `extends`: a path in [`Spec::value`], or one from the file's root
    /// (`spec…`, `metadata…`). `None` for what nobody wrote: defaults.
    pub fn place(&self, path: &FieldPath) -> Option<Place> {
        let (node, complete) = self.find(path);
        complete.then(|| self.files.value_place(&node.origin))
    }

    /// As [`Spec::place`], but of the key that names the field; for an item of a list, of its name.
    pub fn key_place(&self, path: &FieldPath) -> Option<Place> {
        let (node, complete) = self.find(path);
        let item = !matches!(path.0.last(), Some(PathElement::Key(_)));
        complete.then(|| match node.get("name").filter(|_| item) {
            Some(name) => self.files.value_place(&name.origin),
            None => self.files.key_place(&node.origin),
        })
    }

    /// The place of the field or, when nobody wrote it, of the key of the deepest section above it that somebody did.
    pub fn nearest_place(&self, path: &FieldPath) -> Place {
        let (node, complete) = self.find(path);
        if complete {
            self.files.value_place(&node.origin)
        } else {
            self.files.key_place(&node.origin)
        }
    }

    /// The node at a path, else the deepest above it, and whether it is the one asked for. What an amount means stands
    /// where the amount does.
    fn find(&self, path: &FieldPath) -> (&Node, bool) {
        let mut path = rooted(path);
        let found = self.tree.find(&path);
        if let (false, Some(PathElement::Key(last))) = (found.1, path.0.last_mut())
            && let Some(amount) = record::DERIVED
                .iter()
                .find_map(|suffix| last.strip_suffix(suffix))
        {
            *last = amount.to_owned();
            return self.tree.find(&path);
        }
        found
    }

    /// The declared namespace of this name.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.environment
            .spec
            .namespaces
            .iter()
            .find(|namespace| namespace.name.as_str() == name)
    }

    /// The declared workload `name` of `namespace`.
    pub fn workload(&self, namespace: &str, name: &str) -> Option<&Workload> {
        self.namespace(namespace)?
            .workloads
            .iter()
            .flatten()
            .find(|workload| workload.name.as_str() == name)
    }

    /// The policies and bundles that the spec names under `policies` and `remediation`, for the catalogue to check.
    pub fn policy_references(&self) -> Vec<PolicyReference> {
        let mut references = Vec::new();
        let policies = &self.environment.spec.policies;
        let mut add = |id: &str, keys: &[&str], last: PathElement| {
            let mut elements: Vec<PathElement> = keys
                .iter()
                .map(|key| PathElement::Key((*key).to_owned()))
                .collect();
            elements.push(last);
            let path = FieldPath(elements);
            references.push(PolicyReference {
                id: id.to_owned(),
                place: self.key_place(&path),
                path,
            });
        };
        let inline: &[PolicyId] = match &policies.inline_waivers {
            InlineWaivers::Ids(ids) => ids,
            InlineWaivers::Word(_) => &[],
        };
        let lists: [(&[&str], &[PolicyId]); 4] = [
            (&["policies", "disable"], &policies.disable),
            (&["policies", "bundles"], &policies.bundles),
            (&["policies", "inlineWaivers"], inline),
            (
                &["remediation", "policies"],
                &self.environment.spec.remediation.policies,
            ),
        ];
        for (keys, ids) in lists {
            for (index, id) in ids.iter().enumerate() {
                add(id.as_str(), keys, PathElement::Index(index));
            }
        }
        for id in policies.severity.keys() {
            add(id, &["policies", "severity"], PathElement::Key(id.clone()));
        }
        for id in policies.parameters.keys() {
            add(id, &["policies", "parameters"], PathElement::Key(id.clone()));
        }
        references
    }
}

/// A path in the record as a path from the file's root.
fn rooted(path: &FieldPath) -> FieldPath {
    let first = path.0.first();
    let is = |name: &str| matches!(first, Some(PathElement::Key(key)) if key == name);
    let mut elements = Vec::with_capacity(path.0.len() + 1);
    if is("name") && path.0.len() == 1 {
        elements.push(PathElement::Key("metadata".to_owned()));
    } else if !["apiVersion", "kind", "metadata", "spec", "extends"]
        .into_iter()
        .any(is)
    {
        elements.push(PathElement::Key("spec".to_owned()));
    }
    elements.extend(path.0.iter().cloned());
    FieldPath(elements)
}
