//! What the cluster should hold, as a directory that Kustomize builds and Git keeps.
//!
//! ```text
//! kustomization.yaml                          namespaces, then argocd
//! namespaces/kustomization.yaml               the objects in the order in which they are applied
//! namespaces/back/namespace.yaml              one file per object
//! argocd/kustomization.yaml
//! argocd/install.yaml                         Argo CD itself, in its namespace
//! argocd/appproject-stage.yaml
//! argocd/application-back.yaml
//! ```
//!
//! The same input gives the same bytes. Each file says who wrote it, and only such files are ever overwritten.

use super::objects::{Desired, DesiredObject, ENVIRONMENT_LABEL, MANAGED_BY_LABEL, MANAGER, Part};
use crate::value::{Value, array, object};
use crate::yaml::edit::whole;

/// How the first line of every file begins; the environment's name and a full stop follow.
const FIRST: &str = "# Rendered by envcheck from environment ";
const SECOND: &str = "# Changes belong into the spec: the next rendering overwrites this file.";
const KUSTOMIZATION: &str = "kustomization.yaml";

/// A file of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its path below the directory, with `/` on every system.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Where Argo CD's own objects come from that are not among the desired ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote<'s> {
    /// The address of the manifest, which Kustomize fetches.
    pub url: &'s str,
    /// The namespace that its objects belong into.
    pub namespace: &'s str,
}

/// The environment that a file was rendered from; `None` for files that are not ours.
pub fn rendered_from(text: &str) -> Option<&str> {
    let first = text.strip_prefix(FIRST)?.lines().next()?;
    first.strip_suffix('.').filter(|name| !name.is_empty())
}

/// The files of the directory, sorted by path.
pub fn files(environment: &str, desired: &Desired, remote: Option<Remote<'_>>) -> Vec<RenderedFile> {
    let mut directory = Directory {
        environment,
        files: Vec::new(),
    };
    let (delivery, own): (Vec<_>, Vec<_>) = desired
        .objects
        .iter()
        .partition(|object| object.part.is_delivery());
    let mut bases = Vec::new();
    if !own.is_empty() {
        bases.push("namespaces");
        let names: Vec<String> = own.iter().map(|object| directory.namespaced(object)).collect();
        directory.kustomization("namespaces/", &names, []);
    }
    if !delivery.is_empty() || remote.is_some() {
        bases.push("argocd");
        directory.delivery(&delivery, environment, remote);
    }
    // As they are listed: Kustomize's own order knows nothing of ways that have to be open before others close.
    let order = ("sortOptions", object([("order", Value::from("fifo"))]));
    directory.kustomization("", &bases, [order]);
    let mut files = directory.files;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

struct Directory<'s> {
    environment: &'s str,
    files: Vec<RenderedFile>,
}

impl Directory<'_> {
    fn write(&mut self, path: String, body: &str) {
        let text = format!("{FIRST}{}.\n{SECOND}\n{body}", self.environment);
        self.files.push(RenderedFile { path, text });
    }

    /// Writes an object of a namespace; gives its path as the kustomization of the namespaces names it.
    fn namespaced(&mut self, object: &DesiredObject) -> String {
        let reference = &object.reference;
        let path = match &reference.namespace {
            Some(namespace) => format!("{namespace}/{}", file_name(object)),
            None => format!("{}/namespace.yaml", reference.name),
        };
        self.write(format!("namespaces/{path}"), &whole(&object.value));
        path
    }

    /// Writes Argo CD and what it delivers.
    fn delivery(&mut self, objects: &[&DesiredObject], environment: &str, remote: Option<Remote<'_>>) {
        let (installed, own): (Vec<&DesiredObject>, Vec<&DesiredObject>) = objects
            .iter()
            .copied()
            .partition(|object| object.part < Part::Projects);
        let mut names = Vec::new();
        if !installed.is_empty() {
            let documents: Vec<String> = installed.iter().map(|object| whole(&object.value)).collect();
            self.write("argocd/install.yaml".to_owned(), &documents.join("---\n"));
            names.push("install.yaml".to_owned());
        }
        names.extend(remote.map(|remote| remote.url.to_owned()));
        for object in own {
            let name = file_name(object);
            self.write(format!("argocd/{name}"), &whole(&object.value));
            names.push(name);
        }
        match remote {
            // What the other objects carry already, Kustomize gives to the fetched ones.
            Some(remote) => {
                let pairs = object([
                    (ENVIRONMENT_LABEL, Value::from(environment)),
                    (MANAGED_BY_LABEL, Value::from(MANAGER)),
                ]);
                let labels = array([object([("pairs", pairs)])]);
                let namespace = Value::from(remote.namespace);
                self.kustomization("argocd/", &names, [("labels", labels), ("namespace", namespace)]);
            }
            None => self.kustomization("argocd/", &names, []),
        }
    }

    fn kustomization<const N: usize>(
        &mut self,
        below: &str,
        names: &[impl AsRef<str>],
        more: [(&str, Value); N],
    ) {
        let resources = array(names.iter().map(|name| Value::from(name.as_ref())));
        let head = [
            ("apiVersion", Value::from("kustomize.config.k8s.io/v1beta1")),
            ("kind", Value::from("Kustomization")),
            ("resources", resources),
        ];
        let value = object(head.into_iter().chain(more));
        self.write(format!("{below}{KUSTOMIZATION}"), &whole(&value));
    }
}

/// `networkpolicy-default-deny.yaml`: kind and name, which together are unique in a namespace among what we make.
fn file_name(object: &DesiredObject) -> String {
    let reference = &object.reference;
    format!("{}-{}.yaml", reference.kind.to_ascii_lowercase(), reference.name)
}
