//! What Argo CD delivers: one Application per namespace with applications, and one per chart.
//!
//! An application's directory is `<path>/<namespace>` in the declared repository, where `argocd-source-declared` and
//! `argocd-covers-namespace` expect it.

use super::charts::{Charts, ReadChart};
use super::marks::made;
use super::projects;
use super::{Making, Part};
use crate::inventory::application::destination::OWN_ADDRESS;
use crate::spec::{ArgoCd, Label, Role, Spec};
use crate::value::{Value, array, object};

/// The namespaces whose applications Argo CD delivers: those that are listed, and all of role application
/// (policy `argocd-covers-namespace`).
pub(super) fn delivered(spec: &Spec) -> Vec<&str> {
    let declared = &spec.environment.spec;
    let listed = declared
        .delivery
        .argocd
        .iter()
        .flat_map(|argocd| &argocd.applications);
    let mut names: Vec<&str> = listed.map(Label::as_str).collect();
    for namespace in &declared.namespaces {
        let name = namespace.name.as_str();
        if namespace.role == Role::Application && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

pub(super) fn make(spec: &Spec, home: &str, charts: &Charts<'_>, making: &mut Making<'_>) {
    let Some(argocd) = &spec.environment.spec.delivery.argocd else {
        return;
    };
    let namespaces = delivered(spec);
    for namespace in &namespaces {
        let source = object([
            ("path", Value::from(directory(argocd, namespace))),
            ("repoURL", Value::from(argocd.repository.as_str())),
            ("targetRevision", Value::from(argocd.revision.as_str())),
        ]);
        let project = projects::of_applications(spec);
        making.push(
            Part::Applications,
            application(home, namespace, &project, source, namespace),
        );
    }
    for chart in &charts.list {
        let name = chart.chart.name.as_str();
        // A namespace of the same name has the Application of that name.
        let name = if namespaces.contains(&name) {
            format!("{name}-chart")
        } else {
            name.to_owned()
        };
        making.push(
            Part::Applications,
            application(
                home,
                &name,
                &projects::of_charts(spec),
                source(chart),
                chart.chart.namespace.as_str(),
            ),
        );
    }
}

/// The directory of a namespace's applications, without `.` and needless slashes.
fn directory(argocd: &ArgoCd, namespace: &str) -> String {
    let parts = argocd.path.as_str().split('/');
    let parts = parts.filter(|part| !matches!(*part, "" | "."));
    parts.chain([namespace]).collect::<Vec<_>>().join("/")
}

fn source(read: &ReadChart<'_>) -> Value {
    let chart = read.chart;
    let release = ("releaseName", Value::from(chart.name.as_str()));
    let values = (read.values != Value::Null).then(|| ("valuesObject", read.values.clone()));
    object([
        ("chart", Value::from(chart.name.as_str())),
        ("helm", object(std::iter::once(release).chain(values))),
        (
            "repoURL",
            Value::from(projects::repository(chart.repository.as_str())),
        ),
        ("targetRevision", Value::from(chart.version.as_str())),
    ])
}

fn application(home: &str, name: &str, project: &str, source: Value, namespace: &str) -> Value {
    let destination = object([
        ("namespace", Value::from(namespace)),
        ("server", Value::from(OWN_ADDRESS)),
    ]);
    let spec = object([
        ("destination", destination),
        ("project", Value::from(project)),
        ("source", source),
        ("syncPolicy", sync_policy()),
    ]);
    made(
        "argoproj.io/v1alpha1",
        "Application",
        Some(home),
        name,
        [("spec", spec)],
    )
}

/// By itself, and against changes by hand. Server-side, since definitions of kinds outgrow the annotation that the other way
/// needs. Namespaces are made here, not there. A revision that failed is not tried again unless told so, and at first much
/// fails: what uses a kind may come before the chart that brings it.
fn sync_policy() -> Value {
    let automated = object([("prune", Value::from(true)), ("selfHeal", Value::from(true))]);
    let backoff = object([
        ("duration", Value::from("10s")),
        ("factor", Value::from(2_u64)),
        ("maxDuration", Value::from("5m")),
    ]);
    let retry = object([("backoff", backoff), ("limit", Value::from(10_u64))]);
    object([
        ("automated", automated),
        ("retry", retry),
        ("syncOptions", array([Value::from("ServerSideApply=true")])),
    ])
}
