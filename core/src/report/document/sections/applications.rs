//! A schema for each application: how traffic arrives, what runs, and what that reads, keeps and uses.

mod schema;

use super::super::model::{Block, Drawing, Section, slug};
use super::super::observed::{Observed, text};
use super::told;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The kinds without which a schema is not whole.
const SHOWS: [&str; 5] = [
    "v1/Service",
    "networking.k8s.io/v1/Ingress",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "apps/v1/DaemonSet",
];

/// A declared workload.
#[derive(Debug, Clone, Copy)]
struct Declared<'a> {
    namespace: &'a str,
    workload: &'a Value,
}

impl<'a> Declared<'a> {
    fn name(&self) -> &'a str {
        text(self.workload, "name")
    }

    fn kind(&self) -> &'a str {
        text(self.workload, "kind")
    }

    fn role(&self) -> Option<&'a str> {
        self.workload.text_at(&["role"])
    }

    /// An application of its own: it runs on, and it is neither what keeps another's data nor what stands before it.
    fn is_application(&self) -> bool {
        self.role().is_none() && !matches!(self.kind(), "Job" | "CronJob")
    }
}

/// Every declared workload of the namespaces with this role.
fn declared<'a>(observed: &Observed<'a>, role: Option<&str>) -> Vec<Declared<'a>> {
    let namespaces = observed.spec.items_at(&["namespaces"]).iter();
    let namespaces = namespaces.filter(|one| role.is_none() || one.text_at(&["role"]) == role);
    let workloads = namespaces.flat_map(|namespace| {
        let name = text(namespace, "name");
        let workloads = namespace.items_at(&["workloads"]).iter();
        workloads.map(move |workload| Declared {
            namespace: name,
            workload,
        })
    });
    workloads.collect()
}

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let mut blocks = told(observed.unread(&SHOWS));
    let applications = declared(observed, Some("application"));
    let applications = applications.into_iter().filter(Declared::is_application);
    let mut names = BTreeSet::new();
    for application in applications {
        let title = format!("{}/{}", application.namespace, application.name());
        let mut name = slug(&title);
        // Names that differ in nothing that a file name can show.
        while !names.insert(name.clone()) {
            name.push_str("-2");
        }
        blocks.push(Block::Heading(title.clone()));
        blocks.push(Block::Drawing(Drawing {
            name,
            title: format!("Objects of {title}"),
            graph: schema::draw(observed, application),
        }));
    }
    if names.is_empty() {
        let words = "The spec declares no workloads in namespaces with the role application.";
        blocks.push(Block::Say(words.to_owned()));
    }
    Section {
        id: "applications",
        title: "Applications",
        blocks,
    }
}
