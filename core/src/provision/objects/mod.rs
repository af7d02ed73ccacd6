//! What the cluster should hold by the spec: Namespaces, their limits, their NetworkPolicies, and Argo CD with all that
//! it delivers.
//!
//! What runs in the namespaces comes from Git and from charts: that is Argo CD's to bring. The order of the objects is the
//! one in which they can be applied; what opens a way comes before what closes the others.

mod applications;
mod charts;
mod exposure;
mod limits;
mod manifest;
mod marks;
mod namespaces;
mod network;
mod projects;

#[cfg(test)]
mod tests;

pub use marks::{ENVIRONMENT_LABEL, MANAGED_BY_LABEL, MANAGER, without_marks};

use crate::inventory::{ResourceRef, identify};
use crate::source::{Diagnostic, SourceText};
use crate::spec::Spec;
use crate::value::Value;
use charts::Charts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds that the spec makes, as METADATA writes them; what a manifest of Argo CD holds is of other kinds besides.
pub const MADE: [&str; 6] = [
    "argoproj.io/v1alpha1/AppProject",
    "argoproj.io/v1alpha1/Application",
    "networking.k8s.io/v1/NetworkPolicy",
    "v1/LimitRange",
    "v1/Namespace",
    "v1/ResourceQuota",
];

/// The kinds of which the manifests of Argo CD's releases are made (`install.yaml`, also of `ha`, `core` and `namespace`), in the same
/// way. One that somebody has added to may hold others.
pub const INSTALLED: [&str; 12] = [
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "networking.k8s.io/v1/NetworkPolicy",
    "rbac.authorization.k8s.io/v1/ClusterRole",
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
    "rbac.authorization.k8s.io/v1/Role",
    "rbac.authorization.k8s.io/v1/RoleBinding",
    "v1/ConfigMap",
    "v1/Secret",
    "v1/Service",
    "v1/ServiceAccount",
];

/// Texts that the spec only names, read by whoever calls.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// The manifest that installs Argo CD. Without it everything else is made, and what would hold Argo CD itself is not.
    pub argocd: Option<Arc<SourceText>>,
    /// The values files of charts, by their path as [`crate::spec::Chart::values`] has it.
    pub values: BTreeMap<String, Arc<SourceText>>,
}

/// What the cluster should hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Desired {
    /// The objects in the order in which they are applied.
    pub objects: Vec<DesiredObject>,
    /// What people have to see to themselves: one sentence each, some with lines to copy below it.
    pub notes: Vec<String>,
}

/// An object and when its turn is.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredObject {
    /// When its turn is.
    pub part: Part,
    /// Who it is.
    pub reference: ResourceRef,
    /// The object itself.
    pub value: Value,
}

/// The parts of an environment, in the order in which they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The namespaces.
    Namespaces,
    /// Their quotas and limits, before anything runs in them.
    Limits,
    /// NetworkPolicies that let in, and out, what is declared.
    Allowing,
    /// NetworkPolicies that close the rest: never before the ways that stay open are.
    Denying,
    /// The kinds that Argo CD brings along.
    CustomKinds,
    /// Argo CD itself.
    ArgoCd,
    /// What Argo CD may deliver, and where to.
    Projects,
    /// What Argo CD delivers.
    Applications,
}

impl Part {
    /// True for what lies in Argo CD's namespace.
    pub fn is_delivery(self) -> bool {
        self >= Self::CustomKinds
    }
}

/// What the cluster should hold by the spec. All problems of the texts are reported at once.
pub fn objects(spec: &Spec, material: &Material) -> Result<Desired, Vec<Diagnostic>> {
    let mut making = Making::new(spec);
    namespaces::make(spec, &mut making);
    limits::make(spec, &mut making);
    network::make(spec, &mut making);
    let mut problems = Vec::new();
    match delivery_namespace(spec) {
        Some(home) => {
            let charts = Charts::read(spec, material).unwrap_or_else(|found| {
                problems.extend(found);
                Charts::default()
            });
            if let Some(text) = &material.argocd {
                match manifest::read(text, home) {
                    Ok(objects) => making.extend(objects),
                    Err(found) => problems.extend(found),
                }
            }
            projects::make(spec, home, &charts, &mut making);
            applications::make(spec, home, &charts, &mut making);
            making.notes.extend(charts.notes);
        }
        None => exposure::without_charts(spec, &mut making.notes),
    }
    if problems.is_empty() {
        Ok(making.done())
    } else {
        Err(problems)
    }
}

/// Of these, what the spec alone says: namespaces, their limits and their NetworkPolicies.
pub fn own(spec: &Spec) -> Vec<DesiredObject> {
    let mut making = Making::new(spec);
    namespaces::make(spec, &mut making);
    limits::make(spec, &mut making);
    network::make(spec, &mut making);
    making.done().objects
}

/// Where Argo CD runs; `None` when none is declared. A loaded spec has a namespace for every Argo CD.
pub fn delivery_namespace(spec: &Spec) -> Option<&str> {
    use crate::spec::Role;
    let declared = &spec.environment.spec;
    declared.delivery.argocd.as_ref()?;
    let mut homes = declared
        .namespaces
        .iter()
        .filter(|namespace| namespace.role == Role::Delivery);
    homes.next().map(|namespace| namespace.name.as_str())
}

/// Objects as they are made.
struct Making<'s> {
    environment: &'s str,
    objects: Vec<DesiredObject>,
    notes: Vec<String>,
}

impl<'s> Making<'s> {
    fn new(spec: &'s Spec) -> Self {
        Self {
            environment: spec.name(),
            objects: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Takes an object, with the labels that say whose it is.
    fn push(&mut self, part: Part, mut value: Value) {
        marks::mark(&mut value, self.environment);
        // Without kind or name it would be no object; nothing here makes such a thing.
        if let Ok((reference, _)) = identify(&value) {
            self.objects.push(DesiredObject {
                part,
                reference,
                value,
            });
        }
    }

    fn extend(&mut self, objects: Vec<(Part, Value)>) {
        for (part, value) in objects {
            self.push(part, value);
        }
    }

    fn done(mut self) -> Desired {
        // A stable sort: within a part the order is the spec's, or the manifest's.
        self.objects.sort_by_key(|object| object.part);
        Desired {
            objects: self.objects,
            notes: self.notes,
        }
    }
}
