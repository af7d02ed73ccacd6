//! `provision --render`: the cluster's side of an environment as a directory for Git.

use super::install::{self, Install, Missing};
use crate::apply::directory::{self, Survey};
use crate::collect::texts;
use crate::pipeline::Ended;
use envcheck_core::provision::objects::{DesiredObject, Material, delivery_namespace, objects};
use envcheck_core::provision::rendered::{Remote, RenderedFile, files, rendered_from};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{FilePath, Spec};
use envcheck_core::yaml;
use std::io;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// What is wanted of a rendering.
#[derive(Debug, Clone, Copy)]
pub struct RenderChoice<'c> {
    /// The directory: new, empty, or rendered before.
    pub directory: &'c Path,
    /// A file that holds Argo CD's manifest.
    pub argocd_manifest: Option<&'c Path>,
    /// Nothing may be fetched.
    pub offline: bool,
}

/// What became of the directory; paths are below it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Files that were not there.
    pub created: Vec<String>,
    /// Files that held something else.
    pub changed: Vec<String>,
    /// Files of an earlier rendering that the spec no longer asks for.
    pub removed: Vec<String>,
    /// How many files stayed as they were.
    pub unchanged: usize,
    /// What people have to see to themselves.
    pub notes: Vec<String>,
}

/// The objects of a spec with the manifest of Argo CD in this file, else in the declared file; none where there is neither.
pub(in crate::pipeline) fn made_by_file(
    spec: &Spec,
    argocd_manifest: Option<&Path>,
) -> Result<Vec<DesiredObject>, Ended> {
    let declared = || {
        let argocd = spec.environment.spec.delivery.argocd.as_ref()?;
        argocd.install.as_ref()?.file.as_ref()
    };
    if argocd_manifest.is_none() && declared().is_none() {
        return Ok(Vec::new());
    }
    let read = read(spec, argocd_manifest, true, &CancellationToken::new())?;
    Ok(objects(spec, &read.material)?.objects)
}

/// Renders the spec. Nothing is written before everything is known to be in order.
pub fn render(
    spec: &Spec,
    choice: RenderChoice<'_>,
    interrupt: &CancellationToken,
) -> Result<Rendered, Ended> {
    let before = surveyed(spec.name(), choice.directory)?;
    let Read { material, missing } = read(spec, choice.argocd_manifest, choice.offline, interrupt)?;
    let (url, note) = match missing {
        None => (None, None),
        Some(Missing::Unreached(problem)) => {
            return Err(problem
                .hint("fetch it elsewhere and give it with --argocd-manifest FILE, or leave it to Kustomize with --offline")
                .into());
        }
        // Whoever builds the directory fetches it.
        Some(Missing::Offline(url)) => {
            let note = format!(
                "nothing is fetched with --offline: argocd/kustomization.yaml refers to {url}, whose sum Kustomize does not check; with \
                 --argocd-manifest FILE it would be part of the directory"
            );
            (Some(url), Some(note))
        }
        Some(Missing::Undeclared) => (
            None,
            Some(
                "delivery.argocd.install declares no manifest: what installs Argo CD is not rendered; declare it, or give it with \
                 --argocd-manifest FILE"
                    .to_owned(),
            ),
        ),
    };
    let remote = url.as_deref().zip(delivery_namespace(spec));
    let remote = remote.map(|(url, namespace)| Remote { url, namespace });
    let desired = objects(spec, &material)?;
    let mut rendered = written(choice.directory, &before, &files(spec.name(), &desired, remote))?;
    rendered.notes = desired.notes;
    rendered.notes.extend(note);
    Ok(rendered)
}

/// The texts that a spec only names.
pub(in crate::pipeline) struct Read {
    pub(in crate::pipeline) material: Material,
    /// Why Argo CD's manifest was not read, where there is to be one.
    pub(super) missing: Option<Missing>,
}

/// Reads the texts that a spec only names.
pub(in crate::pipeline) fn read(
    spec: &Spec,
    argocd_manifest: Option<&Path>,
    offline: bool,
    interrupt: &CancellationToken,
) -> Result<Read, Ended> {
    let mut read = Read {
        material: values(spec)?,
        missing: None,
    };
    if let (Some(argocd), Some(_)) = (&spec.environment.spec.delivery.argocd, delivery_namespace(spec)) {
        match install::manifest(spec, argocd, argocd_manifest, offline, interrupt)? {
            Install::Text(source) => read.material.argocd = Some(source),
            Install::Missing(why) => read.missing = Some(why),
        }
    }
    Ok(read)
}

/// What the directory holds, if all of it was rendered from this environment.
fn surveyed(environment: &str, root: &Path) -> Result<Survey, Ended> {
    let shown = root.display();
    let ours = |bytes: &[u8]| rendered_from(&String::from_utf8_lossy(bytes)).is_some();
    let survey = directory::survey(root, &ours).map_err(|error| unwritable(root, "", &error))?;
    if !survey.strange.is_empty() {
        return Err(Diagnostic::new(format!(
            "{shown} holds what envcheck did not write: {}",
            survey.strange.join(", ")
        ))
        .hint("render into a new or empty directory; what else belongs to it can build on it from outside")
        .into());
    }
    let other = survey.files.iter().find_map(|(path, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        let from = rendered_from(&text)?;
        (from != environment).then(|| (path.clone(), from.to_owned()))
    });
    if let Some((path, other)) = other {
        return Err(Diagnostic::new(format!(
            "{shown} was rendered from environment {other}, not {environment}: see {path}"
        ))
        .hint("give each environment a directory of its own")
        .into());
    }
    Ok(survey)
}

/// The values files of the charts; all that cannot be read at once.
fn values(spec: &Spec) -> Result<Material, Ended> {
    let mut material = Material::default();
    let mut problems = Vec::new();
    if delivery_namespace(spec).is_none() {
        return Ok(material);
    }
    for chart in &spec.environment.spec.delivery.charts {
        let Some(file) = chart.values.as_ref().map(FilePath::as_str) else {
            continue;
        };
        let unreadable = |words: &str| {
            let message = format!(
                "cannot read the values of chart {} in {file}: {words}",
                chart.name
            );
            Diagnostic::new(message).hint("the path is relative to the spec that names it")
        };
        match texts::read(Path::new(file)) {
            Ok(Some(bytes)) => match yaml::decode(file, &bytes) {
                Ok(source) => {
                    material.values.insert(file.to_owned(), source);
                }
                Err(problem) => problems.push(problem),
            },
            Ok(None) => problems.push(unreadable("it does not exist")),
            Err(error) => problems.push(unreadable(&error.to_string())),
        }
    }
    if problems.is_empty() {
        Ok(material)
    } else {
        Err(problems.into())
    }
}

/// Makes the directory hold these files: first what they list, then the lists, then what is listed no more.
fn written(root: &Path, before: &Survey, files: &[RenderedFile]) -> Result<Rendered, Ended> {
    let mut rendered = Rendered::default();
    let is_list = |file: &&RenderedFile| file.path.ends_with("kustomization.yaml");
    let (lists, listed): (Vec<_>, Vec<_>) = files.iter().partition(is_list);
    // The root's list last.
    for file in listed.into_iter().chain(lists.into_iter().rev()) {
        let told = match before.files.get(&file.path) {
            Some(bytes) if bytes == file.text.as_bytes() => {
                rendered.unchanged += 1;
                continue;
            }
            Some(_) => &mut rendered.changed,
            None => &mut rendered.created,
        };
        told.push(file.path.clone());
        directory::write(root, &file.path, file.text.as_bytes())
            .map_err(|error| unwritable(root, &file.path, &error))?;
    }
    for path in before.files.keys() {
        if !files.iter().any(|file| file.path == *path) {
            directory::remove(root, path).map_err(|error| unwritable(root, path, &error))?;
            rendered.removed.push(path.clone());
        }
    }
    rendered.created.sort();
    rendered.changed.sort();
    Ok(rendered)
}

fn unwritable(root: &Path, path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!(
        "cannot render into {}: {error}",
        root.join(path).display()
    ))
    .hint("--render names a directory that may be written, or one that does not exist yet")
}
