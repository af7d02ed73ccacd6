//! What Argo CD may deliver, and where to: AppProjects that name everything (policy `argocd-project-scope`).
//!
//! There are two, since applications and charts need different things: whoever may commit to the applications' repository
//! shall not make ClusterRoleBindings because a chart has to.

use super::applications::delivered;
use super::charts::Charts;
use super::marks::made;
use super::{Making, Part};
use crate::inventory::application::destination::OWN_ADDRESS;
use crate::spec::Spec;
use crate::value::{Value, array, object};
use std::collections::BTreeSet;

/// The project of the applications.
pub(super) fn of_applications(spec: &Spec) -> String {
    spec.name().to_owned()
}

/// The project of the charts.
pub(super) fn of_charts(spec: &Spec) -> String {
    format!("{}-charts", spec.name())
}

pub(super) fn make(spec: &Spec, home: &str, charts: &Charts<'_>, making: &mut Making<'_>) {
    let namespaces: BTreeSet<&str> = delivered(spec).into_iter().collect();
    if let Some(argocd) = &spec.environment.spec.delivery.argocd
        && !namespaces.is_empty()
    {
        let project = Project {
            name: of_applications(spec),
            description: format!("The applications of environment {}", spec.name()),
            repositories: BTreeSet::from([argocd.repository.as_str().to_owned()]),
            namespaces,
            kinds: BTreeSet::new(),
        };
        making.push(Part::Projects, project.object(home));
    }
    if !charts.list.is_empty() {
        let list = &charts.list;
        let project = Project {
            name: of_charts(spec),
            description: format!("The charts of environment {}", spec.name()),
            repositories: list
                .iter()
                .map(|one| repository(one.chart.repository.as_str()).to_owned())
                .collect(),
            namespaces: list
                .iter()
                .flat_map(|one| {
                    std::iter::once(one.chart.namespace.as_str()).chain(one.beyond().iter().copied())
                })
                .collect(),
            kinds: list.iter().flat_map(|one| one.kinds().iter().copied()).collect(),
        };
        making.push(Part::Projects, project.object(home));
    }
}

/// The repository of a chart as Argo CD has it: a registry without its scheme.
pub(super) fn repository(address: &str) -> &str {
    address
        .strip_prefix("oci://")
        .unwrap_or(address)
        .trim_end_matches('/')
}

struct Project<'s> {
    name: String,
    description: String,
    repositories: BTreeSet<String>,
    namespaces: BTreeSet<&'s str>,
    kinds: BTreeSet<(&'s str, &'s str)>,
}

impl Project<'_> {
    fn object(&self, home: &str) -> Value {
        let destination = |namespace: &&str| {
            object([
                ("namespace", Value::from(*namespace)),
                ("server", Value::from(OWN_ADDRESS)),
            ])
        };
        let kind = |(group, kind): &(&str, &str)| {
            object([("group", Value::from(*group)), ("kind", Value::from(*kind))])
        };
        let repositories = self
            .repositories
            .iter()
            .map(|address| Value::from(address.as_str()));
        let said = [
            ("description", Value::from(self.description.as_str())),
            ("destinations", array(self.namespaces.iter().map(destination))),
            ("sourceRepos", array(repositories)),
        ];
        // Without the list no kind outside namespaces is admitted.
        let kinds = (!self.kinds.is_empty())
            .then(|| ("clusterResourceWhitelist", array(self.kinds.iter().map(kind))));
        let spec = object(said.into_iter().chain(kinds));
        made(
            "argoproj.io/v1alpha1",
            "AppProject",
            Some(home),
            &self.name,
            [("spec", spec)],
        )
    }
}
