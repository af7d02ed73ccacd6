//! Who delivers an object: Argo CD, Helm, or whoever wrote it last; and whether DOKS says that it does.
//!
//! Everything here is what the object says of itself and can be forged by whoever may write it.

use super::record::Record;
use crate::inventory::reference::ResourceRef;
use crate::value::{Value, ValueExt, object, text_or_null};
use std::collections::BTreeSet;

/// The label by which Argo CD tracked objects before it used an annotation. Helm's charts set it as well.
const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";
const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// Field managers of the cluster's own machinery: they fill in what others have written. `kubectl` is a person's hand.
const MACHINERY: [&str; 8] = [
    "before-first-apply",
    "cloud-controller-manager",
    "digitalocean-cloud-controller-manager",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kubelet",
];

/// DOKS marks what it manages with three labels and writes it as field manager `c3`.
pub(super) fn doks_marks(value: &Value, managers: &[&str]) -> Value {
    let label = |key: &str| value.text_at(&["metadata", "labels", key]);
    let labelled = label("doks.digitalocean.com/managed") == Some("true")
        && label("c3.doks.digitalocean.com/component").is_some()
        && label("c3.doks.digitalocean.com/plane").is_some();
    object([
        ("labelled", Value::from(labelled)),
        ("fieldManager", Value::from(managers.contains(&"c3"))),
    ])
}

/// Who delivers the object: Argo CD by its tracking id, Helm by its annotations or labels, else the last field manager.
pub fn manager(reference: &ResourceRef, value: &Value) -> Value {
    let annotation = |key: &str| value.text_at(&["metadata", "annotations", key]);
    let label = |key: &str| value.text_at(&["metadata", "labels", key]);
    if let Some(application) = tracking_application(reference, value) {
        named("argocd", Some(application))
    } else if let Some(release) = annotation(HELM_RELEASE) {
        named("helm", Some(release))
    } else if label("app.kubernetes.io/managed-by") == Some("Helm") {
        named("helm", label(INSTANCE_LABEL).or_else(|| label("release")))
    } else if let Some(writer) = last_writer(value) {
        named("fieldManager", Some(writer))
    } else {
        object([("type", Value::Null), ("name", Value::Null)])
    }
}

fn named(kind: &str, name: Option<&str>) -> Value {
    object([("type", Value::from(kind)), ("name", text_or_null(name))])
}

/// The Argo CD application in `<application>:<group>/<kind>:<namespace>/<name>`. Argo CD ignores an id that names another
/// object (it came along when the object was copied), and so do we. For cluster-scoped objects the id holds any namespace.
fn tracking_application<'v>(reference: &ResourceRef, value: &'v Value) -> Option<&'v str> {
    let id = value.text_at(&["metadata", "annotations", "argocd.argoproj.io/tracking-id"])?;
    let mut parts = id.splitn(3, ':');
    let application = parts.next().filter(|name| !name.is_empty())?;
    let (group, kind) = parts.next()?.split_once('/')?;
    let (namespace, name) = parts.next()?.split_once('/')?;
    let here = value
        .text_at(&["metadata", "namespace"])
        .is_none_or(|own| own == namespace);
    (here && group == reference.group() && kind == reference.kind && name == reference.name)
        .then_some(application)
}

/// The manager of the latest entry in `managedFields` that is neither for a subresource (status, scale) nor of the
/// cluster's machinery nor `kubectl`'s.
fn last_writer(value: &Value) -> Option<&str> {
    let passed_over = |manager: &str| MACHINERY.contains(&manager) || manager.starts_with("kubectl-");
    value
        .items_at(&["metadata", "managedFields"])
        .iter()
        .filter(|entry| entry.text_at(&["subresource"]).unwrap_or_default().is_empty())
        .filter_map(|entry| {
            let manager = entry
                .text_at(&["manager"])
                .filter(|name| !name.is_empty() && !passed_over(name))?;
            // RFC 3339 in UTC and whole seconds, as the API server writes it: the order of texts is that of times.
            Some((entry.text_at(&["time"]).unwrap_or_default(), manager))
        })
        .max()
        .map(|(_, manager)| manager)
}

/// Argo CD's other method, by label: told from Helm's use of the same label only where Argo CD is set to it and an
/// application has that name.
#[derive(Debug, Default)]
pub(super) struct TrackingByLabel {
    /// The labels by which some Argo CD here tracks.
    labels: BTreeSet<String>,
    /// Names of applications, as labels hold them.
    applications: BTreeSet<String>,
}

impl TrackingByLabel {
    /// Looks for Argo CD's settings and applications among all objects.
    pub(super) fn learn(&mut self, reference: &ResourceRef, value: &Value) {
        match (reference.group(), reference.kind.as_str()) {
            ("", "ConfigMap") if reference.name == "argocd-cm" => {
                let setting = |key: &str| value.text_at(&["data", key]).filter(|text| !text.is_empty());
                if setting("application.resourceTrackingMethod") == Some("label") {
                    let label = setting("application.instanceLabelKey").unwrap_or(INSTANCE_LABEL);
                    self.labels.insert(label.to_owned());
                }
            }
            ("argoproj.io", "Application") => {
                self.applications.insert(reference.name.clone());
                // So those outside Argo CD's own namespace are named.
                if let Some(namespace) = &reference.namespace {
                    self.applications
                        .insert(format!("{namespace}_{}", reference.name));
                }
            }
            _ => {}
        }
    }

    /// Names Argo CD as the manager of a record that is tracked by label. What Helm itself installed says so in an
    /// annotation, which charts rendered by Argo CD have not.
    pub(super) fn settle(&self, record: &mut Record) {
        let Some(application) = self.application(record) else {
            return;
        };
        record.set("manager", named("argocd", Some(&application)));
    }

    fn application(&self, record: &Record) -> Option<String> {
        if self.labels.is_empty()
            || record.get("manager")?.text_at(&["type"]) == Some("argocd")
            || record.get("annotations")?.text_at(&[HELM_RELEASE]).is_some()
        {
            return None;
        }
        let labels = record.get("labels")?;
        self.labels
            .iter()
            .filter_map(|key| labels.text_at(&[key]))
            .find(|name| self.applications.contains(*name))
            .map(ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests;
