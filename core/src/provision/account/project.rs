//! The project, and what is assigned to it.

use super::adoption::shared_by;
use super::{Account, Part, description, is_marked};
use crate::findings::FixAction;
use crate::plan::{Deed, Difference, Standing, Undo, id_of};
use crate::policy::Risk;
use crate::provision::steps::{Steps, of_account};
use crate::spec::{DigitalOcean, ProjectEnvironment, Spec};
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

/// Something declared that has a place in a project.
struct Placed<'d> {
    kind: &'static str,
    name: &'d str,
    /// As what projects know it, once it exists.
    urn: Option<String>,
}

impl Placed<'_> {
    /// `bucket acme`.
    fn words(&self) -> String {
        format!("{} {}", self.kind.to_lowercase(), self.name)
    }

    /// The same with a place for what is not known before it exists.
    fn named(&self) -> String {
        match self.kind {
            "Cluster" => format!("do:kubernetes:{}", id_of("Cluster", self.name)),
            _ => format!("do:space:{}", self.name),
        }
    }
}

fn placed<'d>(declared: &'d DigitalOcean, account: &Account) -> Vec<Placed<'d>> {
    let region = declared.region.as_str();
    let cluster = declared.cluster.iter().map(|cluster| {
        let name = cluster.name.as_str();
        let id = account.id(region, "Cluster", name);
        Placed {
            kind: "Cluster",
            name,
            urn: id.map(|id| format!("do:kubernetes:{id}")),
        }
    });
    let buckets = declared.spaces.iter().flat_map(|spaces| &spaces.buckets);
    let buckets = buckets.map(|bucket| {
        let name = bucket.name.as_str();
        Placed {
            kind: "Bucket",
            name,
            urn: matches!(account.buckets.get(name), Some(Ok(true))).then(|| format!("do:space:{name}")),
        }
    });
    cluster.chain(buckets).collect()
}

/// The project in which something is, as far as the projects were asked.
fn project_of<'a>(account: &'a Account, urn: &str) -> Option<&'a Value> {
    let mut rows = account.rows("project_resources").iter();
    let id = rows
        .find(|row| row.text_at(&["urn"]) == Some(urn))?
        .text_at(&["project_id"])?;
    let mut projects = account.rows("projects").iter();
    projects.find(|row| row.text_at(&["id"]) == Some(id))
}

/// Where the API puts what is new.
fn is_default(project: &Value) -> bool {
    project.field("is_default").is_some_and(ValueExt::is_true)
}

/// Whether something declared that exists is in none of the declared project's rows: then the other projects have to be asked, since
/// what is taken out of one of them is missed there.
pub fn in_no_own_project(spec: &Spec, account: &Account) -> bool {
    let Some(declared) = spec.environment.spec.digitalocean.as_ref() else {
        return false;
    };
    let Some(project) = &declared.project else {
        return false;
    };
    let own = account.id(declared.region.as_str(), "Project", project.name.as_str());
    let things = placed(declared, account);
    let mut urns = things.iter().filter_map(|one| one.urn.as_deref());
    urns.any(|urn| {
        let place = project_of(account, urn).and_then(|row| row.text_at(&["id"]));
        place.is_none() || place != own.as_deref()
    })
}

/// The id of the project out of which a deed takes its target; `None` where it is in the one for what is new, or in none that is known.
pub fn taken_out_of<'a>(deed: &Deed, account: &'a Account) -> Option<&'a str> {
    let urn = (deed.action == FixAction::ProjectAssign).then_some(&deed.target.name)?;
    let place = project_of(account, urn).filter(|row| !is_default(row))?;
    place.text_at(&["id"]).filter(|id| Some(*id) != deed.project())
}

/// Everything that has a place in a project and is declared: what is new is put into the default one by the API. What several
/// environments declare stays where the one that made it, or one of them, has put it: each would take it from the other.
pub(super) fn assign(part: &Part<'_>, steps: &mut Steps) {
    let Some(project) = &part.declared.project else {
        return;
    };
    let name = project.name.as_str();
    let own = part.account.id(part.declared.region.as_str(), "Project", name);
    for one in placed(part.declared, part.account) {
        let place = one.urn.as_deref().and_then(|urn| project_of(part.account, urn));
        if own.is_some() && place.and_then(|row| row.text_at(&["id"])) == own.as_deref() {
            continue;
        }
        let mut standing = steps.standing.iter();
        let standing = standing.find(|it| it.target.kind == one.kind && it.target.name == one.name);
        let created = standing.is_none_or(|it| it.created);
        if let Some(why) = left_to_another(part, &one, standing, place) {
            steps.notes.push(format!(
                "{} is not assigned to project {name}: {why}",
                one.words()
            ));
            continue;
        }
        let elsewhere = place.filter(|row| !is_default(row));
        let out_of = elsewhere.map_or_else(String::new, |row| {
            format!(", out of project {}", row.text_at(&["name"]).unwrap_or_default())
        });
        let found = standing.is_some();
        steps.make(
            FixAction::ProjectAssign,
            of_account("ProjectResource", &one.named(), None),
            object([("project_id", Value::from(id_of("Project", name).as_str()))]),
            &format!("assign {} to project {name}{out_of}", one.words()),
            &[&format!("Project {name}"), &format!("{} {}", one.kind, one.name)],
        );
        let Some(making) = steps.makings.last_mut() else {
            continue;
        };
        if let Some(row) = elsewhere {
            making.step.undo = Undo::None(format!(
                "until then it is in project {} ({}): assign it there again",
                row.text_at(&["name"]).unwrap_or_default(),
                row.text_at(&["id"]).unwrap_or_default()
            ));
        } else if found && place.is_none() {
            making.step.undo =
                Undo::None("in which project it is until then is not known: note it before".to_owned());
        }
        // What others made is in some project already, and somebody may look for it there; so is what somebody has put into one.
        if elsewhere.is_some() || !created {
            making.step.risk = making.step.risk.max(Risk::Disruptive);
        }
    }
}

/// Why something that several environments declare is another one's to assign.
fn left_to_another(
    part: &Part<'_>,
    one: &Placed<'_>,
    standing: Option<&Standing>,
    place: Option<&Value>,
) -> Option<String> {
    let standing = standing?;
    let place = place.and_then(|row| row.text_at(&["name"]));
    let kept = |other: &str| {
        let declares = ("Project", place?);
        let mut all = part.provenance.elsewhere.iter();
        all.any(|(environment, kind, name)| environment == other && (*kind, name.as_str()) == declares)
            .then_some(declares.1)
    };
    let mut others = part.provenance.declaring(one.kind, one.name);
    if let Some((other, project)) = others.find_map(|other| Some((other, kept(other)?))) {
        return Some(format!(
            "it is in project {project} of {other}, which declares it too"
        ));
    }
    let other = (!standing.created).then(|| shared_by(part, standing)).flatten()?;
    Some(format!("it was made for {other}, which declares it too"))
}

pub(super) fn word(environment: ProjectEnvironment) -> &'static str {
    match environment {
        ProjectEnvironment::Development => "Development",
        ProjectEnvironment::Staging => "Staging",
        ProjectEnvironment::Production => "Production",
    }
}
