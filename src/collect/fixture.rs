//! Fixtures beside policies: one file is a whole small environment and what a policy must say of it
//! (`docs/policy-input.md`, "Fixtures").

use envcheck_core::inventory::observed::split_kind;
use envcheck_core::inventory::{Content, Gap, GapSubject, Loaded, LoadedObject, Origin, content, identify};
use envcheck_core::source::{Diagnostic, SourceText};
use envcheck_core::spec::{self, Spec};
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits};
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fixture as it was read.
#[derive(Debug)]
pub struct Fixture {
    /// Its environment.
    pub spec: Option<Spec>,
    /// The run's time.
    pub now: Timestamp,
    /// True when it is judged as `check` judges manifests.
    pub manifests: bool,
    /// True when everything was read.
    pub complete: bool,
    /// Objects, account objects, gaps.
    pub loaded: Loaded,
    /// What the policy must say.
    pub expected: Value,
}

/// The fixtures beside the policy file `policy`, in name order.
pub fn beside(policy: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(policy.with_file_name("fixtures"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect();
    files.sort();
    files
}

/// The fixtures beside the policy file `policy` as they are written: file name and text. What cannot be read is left out.
pub fn texts_beside(policy: &Path) -> Vec<(String, String)> {
    beside(policy)
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some((name, fs::read_to_string(&path).ok()?))
        })
        .collect()
}

/// Reads a fixture; `Err` says what is wrong with it.
pub fn read(path: &Path) -> Result<Fixture, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let bytes =
        fs::read(path).map_err(|error| vec![Diagnostic::new(format!("cannot read {name}: {error}"))])?;
    let source = yaml::decode(&name, &bytes).map_err(|problem| vec![problem])?;
    let mut head = None;
    let mut loaded = Loaded::default();
    for document in yaml::documents(&source, &Limits::default()) {
        let mut document = document.map_err(|problem| vec![problem])?;
        if head.is_none() && document.value.text_at(&["kind"]) == Some("Fixture") {
            head = Some(document.value);
            continue;
        }
        let value = std::mem::replace(&mut document.value, Value::Null);
        let document = Arc::new(document);
        if let Content::Objects(objects) = content(value) {
            for (item, value) in objects {
                let (reference, generated) =
                    identify(&value).map_err(|words| vec![at(&source, &document, words)])?;
                let origin = if value.field("facts").is_some() {
                    // Facts stand in Secrets of snapshots, which were made safe where they were read.
                    Origin::Live
                } else {
                    Origin::Manifest {
                        document: Arc::clone(&document),
                        item,
                    }
                };
                loaded.objects.push(LoadedObject {
                    reference,
                    generated,
                    value,
                    origin,
                });
            }
        }
    }
    let Some(head) = head else {
        return Err(vec![Diagnostic::new(format!(
            "{name} does not begin with a document of kind Fixture"
        ))]);
    };
    for (section, root) in [("account", "digitalocean"), ("spaces", "spaces")] {
        for (collection, items) in head.field(section).into_iter().flat_map(ValueExt::members) {
            let collection = format!("{root}.{collection}");
            loaded.collections.extend(
                items
                    .items()
                    .iter()
                    .map(|item| (collection.clone(), item.clone(), Origin::Live)),
            );
            loaded.read_collections.push(collection);
        }
    }
    for kind in head.items_at(&["unread"]).iter().filter_map(ValueExt::text) {
        let (_, short) = split_kind(kind);
        let subject = if kind.starts_with("digitalocean.") || kind.starts_with("spaces.") {
            GapSubject::Collection(kind.to_owned())
        } else {
            GapSubject::Kind(kind.to_owned())
        };
        loaded.gaps.push(Gap {
            subject,
            reason: "not read".to_owned(),
            detail: format!("{short} was not read"),
        });
    }
    let spec = head
        .field("environment")
        .map(|environment| environment_of(&name, environment))
        .transpose()?;
    let now = head
        .text_at(&["now"])
        .unwrap_or("2026-11-23T03:00:00Z")
        .parse()
        .map_err(|error| vec![Diagnostic::new(format!("{name}: now is no time: {error}"))])?;
    Ok(Fixture {
        spec,
        now,
        manifests: head.text_at(&["verb"]) == Some("check"),
        complete: head.field("complete").is_none_or(ValueExt::is_true),
        loaded,
        expected: head.field("expect").cloned().unwrap_or_else(Value::new_object),
    })
}

/// The environment of a fixture, loaded like any other.
fn environment_of(name: &str, environment: &Value) -> Result<Spec, Vec<Diagnostic>> {
    let text = environment
        .to_json_str()
        .map_err(|error| vec![Diagnostic::new(error.to_string())])?;
    spec::load(&format!("{name}#environment"), &mut |_| {
        Ok(text.clone().into_bytes())
    })
}

fn at(source: &Arc<SourceText>, document: &yaml::Document, words: String) -> Diagnostic {
    Diagnostic::new(words).at(envcheck_core::source::Place::new(source, document.range.clone()))
}
