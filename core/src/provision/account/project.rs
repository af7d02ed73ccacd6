//! The project, and what is assigned to it.

use super::{Part, description, is_marked};
use crate::findings::FixAction;
use crate::plan::{Difference, id_of};
use crate::provision::steps::{Steps, of_account};
use crate::spec::ProjectEnvironment;
use crate::value::{Value, ValueExt, object};

/// What the API wants to know of a new project.
const PURPOSE: &str = "Service or API";

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    let Some(declared) = &part.declared.project else {
        return;
    };
    let name = declared.name.as_str();
    let mut found = part.account.named("projects", name);
    if let Some(row) = found.next() {
        let target = of_account("Project", name, row.text_at(&["id"]));
        if found.next().is_some() {
            steps.conflicts(
                target,
                format!("the account has several projects called {name}"),
                "rename all but one of them: the name is all by which the spec knows it",
            );
            return;
        }
        let wanted = declared.environment.map(word);
        let is = row.text_at(&["environment"]);
        let differs = wanted.filter(|wanted| Some(*wanted) != is).map(|wanted| {
            Difference::by_hand(format!(
                "its environment is {}, declared is {wanted}",
                is.unwrap_or("not set")
            ))
        });
        steps.stands(
            target,
            is_marked(row, part.environment),
            differs.into_iter().collect(),
        );
        return;
    }
    let mut data = vec![
        ("description", Value::from(description(part.environment).as_str())),
        ("name", Value::from(name)),
        ("purpose", Value::from(PURPOSE)),
    ];
    data.extend(
        declared
            .environment
            .map(|environment| ("environment", Value::from(word(environment)))),
    );
    steps.make(
        FixAction::ProjectCreate,
        of_account("Project", name, None),
        object(data),
        &format!("create project {name}"),
        &[],
    );
}

/// Everything that has a place in a project and is declared: what is new is put into the default one by the API.
pub(super) fn assign(part: &Part<'_>, steps: &mut Steps) {
    let Some(project) = &part.declared.project else {
        return;
    };
    let region = part.declared.region.as_str();
    let name = project.name.as_str();
    let project_id = part.account.id(region, "Project", name);
    let cluster = part.declared.cluster.as_ref().map(|cluster| {
        let name = cluster.name.as_str();
        let id = part.account.id(region, "Cluster", name);
        let id = id.unwrap_or_else(|| id_of("Cluster", name));
        (
            format!("Cluster {name}"),
            format!("do:kubernetes:{id}"),
            format!("cluster {name}"),
        )
    });
    let buckets = part
        .declared
        .spaces
        .iter()
        .flat_map(|spaces| &spaces.buckets)
        .map(|bucket| {
            let name = bucket.name.as_str();
            (
                format!("Bucket {name}"),
                format!("do:space:{name}"),
                format!("bucket {name}"),
            )
        });
    for (thing, urn, words) in cluster.into_iter().chain(buckets) {
        let rows = part.account.rows("project_resources").iter();
        let mut own = rows.filter(|row| row.text_at(&["urn"]) == Some(&urn));
        if project_id.is_some() && own.any(|row| row.text_at(&["project_id"]) == project_id.as_deref()) {
            continue;
        }
        let project_id = project_id.clone().unwrap_or_else(|| id_of("Project", name));
        steps.make(
            FixAction::ProjectAssign,
            of_account("ProjectResource", &urn, None),
            object([("project_id", Value::from(project_id.as_str()))]),
            &format!("assign {words} to project {name}"),
            &[&format!("Project {name}"), &thing],
        );
    }
}

pub(super) fn word(environment: ProjectEnvironment) -> &'static str {
    match environment {
        ProjectEnvironment::Development => "Development",
        ProjectEnvironment::Staging => "Staging",
        ProjectEnvironment::Production => "Production",
    }
}
