//! The declared charts with their values, and what envcheck knows of some: which kinds outside namespaces they make, where
//! else they write, and which Service is theirs.

use super::Material;
use super::exposure;
use super::marks::path;
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::spec::{Chart, Spec};
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Document, Limits};
use std::sync::Arc;

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// What is known of a chart.
struct Known {
    chart: &'static str,
    /// Group and kind of what it makes outside namespaces.
    kinds: &'static [(&'static str, &'static str)],
    /// Namespaces that it writes to beside its own.
    beyond: &'static [&'static str],
}

/// By the charts' templates at the versions that the project's own environments declare.
const KNOWN: [Known; 2] = [
    Known {
        chart: "ingress-nginx",
        kinds: &[
            (ADMISSION, "ValidatingWebhookConfiguration"),
            ("networking.k8s.io", "IngressClass"),
            (RBAC, "ClusterRole"),
            (RBAC, "ClusterRoleBinding"),
        ],
        beyond: &[],
    },
    Known {
        chart: "kube-prometheus-stack",
        kinds: &[
            (ADMISSION, "MutatingWebhookConfiguration"),
            (ADMISSION, "ValidatingWebhookConfiguration"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            (RBAC, "ClusterRole"),
            (RBAC, "ClusterRoleBinding"),
        ],
        // Services by which Prometheus finds the control plane's parts.
        beyond: &["kube-system"],
    },
];

/// What charts make outside namespaces more often than not.
const USUAL: [(&str, &str); 5] = [
    (ADMISSION, "MutatingWebhookConfiguration"),
    (ADMISSION, "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    (RBAC, "ClusterRole"),
    (RBAC, "ClusterRoleBinding"),
];

/// The declared charts.
#[derive(Default)]
pub(super) struct Charts<'s> {
    /// In the order of the spec.
    pub(super) list: Vec<ReadChart<'s>>,
    /// What people have to know of them.
    pub(super) notes: Vec<String>,
}

/// A chart with its values.
pub(super) struct ReadChart<'s> {
    pub(super) chart: &'s Chart,
    /// What the values file says, and what the spec adds; null when neither says anything.
    pub(super) values: Value,
    document: Option<Document>,
}

impl<'s> Charts<'s> {
    /// Reads the values, and adds the annotations of the load balancers that belong to charts.
    pub(super) fn read(spec: &'s Spec, material: &Material) -> Result<Self, Vec<Diagnostic>> {
        let mut charts = Self::default();
        let mut problems = Vec::new();
        for (index, chart) in spec.environment.spec.delivery.charts.iter().enumerate() {
            match values(chart, material) {
                Ok(document) => charts.list.push(ReadChart {
                    chart,
                    values: document
                        .as_ref()
                        .map_or(Value::Null, |document| document.value.clone()),
                    document,
                }),
                Err(Unread::Missing(words)) => {
                    let charts = path(&["delivery", "charts"]).0;
                    let values = [PathElement::Index(index), PathElement::Key("values".to_owned())];
                    let place = spec.place(&FieldPath(charts.into_iter().chain(values).collect()));
                    let problem =
                        Diagnostic::new(words).hint("the path is relative to the spec that names it");
                    problems.push(match place {
                        Some(place) => problem.at(place),
                        None => problem,
                    });
                }
                Err(Unread::Wrong(problem)) => problems.push(*problem),
            }
            if known(chart).is_none() {
                charts.notes.push(format!(
                    "chart {} is not known to envcheck: its project admits the kinds that charts usually make outside namespaces; \
                     when it makes others, Argo CD names them and does not make them",
                    chart.name
                ));
            }
        }
        if problems.is_empty()
            && let Err(found) = exposure::into_charts(spec, &mut charts)
        {
            problems.extend(found);
        }
        if problems.is_empty() {
            Ok(charts)
        } else {
            Err(problems)
        }
    }
}

impl ReadChart<'_> {
    /// The group and kind of everything that it may make outside namespaces.
    pub(super) fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        known(self.chart).map_or(&USUAL, |known| known.kinds)
    }

    /// Namespaces that it writes to beside its own.
    pub(super) fn beyond(&self) -> &'static [&'static str] {
        known(self.chart).map_or(&[], |known| known.beyond)
    }

    /// The name of its Service with a load balancer, by its templates, and where its values hold that Service's annotations;
    /// `None` for charts of which this is not known.
    pub(super) fn exposed_service(&self) -> Option<(String, &'static [&'static str])> {
        let chart = self.chart.name.as_str();
        if chart != "ingress-nginx" {
            return None;
        }
        let said = |path: &[&str]| self.values.text_at(path).filter(|text| !text.is_empty());
        let whole = match (said(&["fullnameOverride"]), said(&["nameOverride"])) {
            (Some(whole), _) => whole.to_owned(),
            (None, Some(name)) if !chart.contains(name) => format!("{chart}-{name}"),
            (None, _) => chart.to_owned(),
        };
        let controller = said(&["controller", "name"]).unwrap_or("controller");
        Some((
            format!("{whole}-{controller}"),
            &["controller", "service", "annotations"],
        ))
    }

    /// Where the values say something, or the nearest place above it.
    pub(super) fn place(&self, keys: &[&str]) -> Option<Place> {
        let document = self.document.as_ref()?;
        Some(document.locate(&path(keys)))
    }

    /// How the values file is called.
    pub(super) fn file(&self) -> &str {
        self.document
            .as_ref()
            .map_or("the chart's values", |document| document.source.name.as_str())
    }
}

fn known(chart: &Chart) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.chart == chart.name.as_str())
}

enum Unread {
    Missing(String),
    Wrong(Box<Diagnostic>),
}

/// The values of a chart: one mapping, or nothing.
fn values(chart: &Chart, material: &Material) -> Result<Option<Document>, Unread> {
    let Some(file) = &chart.values else {
        return Ok(None);
    };
    let Some(source) = material.values.get(file.as_str()) else {
        return Err(Unread::Missing(format!(
            "the values of chart {} in {file} were not read",
            chart.name
        )));
    };
    mapping(source).map_err(|problem| Unread::Wrong(Box::new(problem)))
}

fn mapping(source: &Arc<SourceText>) -> Result<Option<Document>, Diagnostic> {
    let mut documents = Vec::new();
    for document in yaml::documents(source, &Limits::default()) {
        documents.push(document?);
    }
    let hint = "write the values as Helm reads them: one mapping of names to values";
    if let Some(second) = documents.get(1) {
        return Err(
            Diagnostic::new("values are one document, and this is a second one")
                .at(second.locate(&path(&[])))
                .hint(hint),
        );
    }
    let Some(document) = documents.pop() else {
        return Ok(None);
    };
    if matches!(document.value, Value::Object(_)) {
        return Ok(Some(document));
    }
    Err(Diagnostic::new("the values of a chart are no mapping")
        .at(document.locate(&path(&[])))
        .hint(hint))
}
