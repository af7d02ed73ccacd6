//! What of an account goes when an environment is destroyed, in the order in which it can go.
//!
//! The rule: only what a mark, a tag or a journal proves to have been made for this environment. Everything else stays and is
//! told: what is declared and merely adopted, what others use too, and what holds data, unless it is named. In a cluster that stays
//! the same holds for objects, by their label.

mod again;
mod along;
mod balancers;
#[cfg(test)]
mod balancers_tests;
mod buckets;
mod clusters;
mod draft;
mod firewalls;
mod held;
mod keys;
mod leftovers;
mod marked;
#[cfg(test)]
mod marked_tests;
mod network;
mod project;
mod registry;
mod tagged;
#[cfg(test)]
mod tests;
mod urns;

pub use again::{is_going, is_still, members, row_of, state_of};
pub use along::{deletion, takes_bound};
pub use held::Held;
pub use marked::{Marked, stays};

use super::account::{Account, is_marked, mark, other_mark};
use super::objects::{DesiredObject, INSTALLED, MADE};
use super::proofs::Proofs;
use super::provenance;
use super::steps::of_account;
use crate::plan::{Conflict, Deed, Removing, Step};
use crate::spec::{DigitalOcean, Spec};
use crate::value::{Value, ValueExt};
use draft::Draft;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The lists that have to be read before anything is planned: nothing is removed on a partial view.
pub const COLLECTIONS: [&str; 10] = [
    "digitalocean.projects",
    "digitalocean.vpcs",
    "digitalocean.registries",
    "digitalocean.kubernetes_clusters",
    "digitalocean.firewalls",
    "digitalocean.spaces_keys",
    "digitalocean.load_balancers",
    "digitalocean.volumes",
    "digitalocean.snapshots",
    "digitalocean.droplets",
];
/// What is asked of single things: of those that [`looked_into`] names.
pub const INSIDE: [&str; 3] = [
    "digitalocean.kubernetes_associated_resources",
    "digitalocean.vpc_members",
    "digitalocean.project_resources",
];

/// Where the secret of a key for buckets is kept.
const OF_KEYS: &str = "v1/Secret";

/// What is in a bucket, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// There is no such bucket.
    Absent,
    /// Nothing is in it.
    Empty,
    /// Something is.
    Objects,
}

/// What was read of an account.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    /// The rows.
    pub account: Account,
    /// The buckets, or why it is not known what is in them.
    pub buckets: BTreeMap<String, Result<Contents, String>>,
    /// What other environments declare: kind and name → whose ([`declared_by`]).
    pub elsewhere: BTreeMap<(&'static str, String), String>,
    /// What is in the cluster where that stays; `None` where none does, `Err` where it cannot be looked into.
    pub marked: Option<Result<Marked, String>>,
}

/// What environments declare in the account, by kind and name.
pub fn declared_by<'s>(
    environments: impl IntoIterator<Item = &'s Spec>,
) -> BTreeMap<(&'static str, String), String> {
    let mut all = BTreeMap::new();
    for spec in environments {
        let named = provenance::declared(spec).into_iter();
        all.extend(named.map(|one| (one, spec.name().to_owned())));
    }
    all
}

/// What the user chose beside what goes anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The steps that remove data, or what could be shared, by id.
    pub named: Vec<String>,
    /// Also what is only adopted.
    pub adopted: bool,
    /// What of the named was agreed to, once a run does it: what is left of it keeps the consent, though its id is another.
    pub agreed: Vec<Deed>,
}

impl Choice {
    /// Whether what this deed does was named: by its id, or as the rest of what was agreed to.
    pub fn names(&self, deed: &Deed) -> bool {
        let rest_of = |agreed: &Deed| {
            let [own, other] = [&agreed.target, &deed.target];
            agreed.action == deed.action
                && (&own.kind, &own.namespace, &own.name, &own.id)
                    == (&other.kind, &other.namespace, &other.name, &other.id)
                && is_still(agreed, deed)
        };
        self.named.contains(&Step::id_of(deed)) || self.agreed.iter().any(rest_of)
    }

    /// The same for the run that does this plan.
    #[must_use]
    pub fn agreeing(&self, plan: &Removing) -> Self {
        let steps = plan.steps.iter().map(|one| &one.step);
        let named = steps.filter(|step| self.named.contains(&step.id));
        Self {
            agreed: named.map(|step| step.deed.clone()).collect(),
            ..self.clone()
        }
    }
}

/// Things whose inside has to be known, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inside {
    /// What hangs on clusters.
    pub clusters: Vec<String>,
    /// What is in networks.
    pub vpcs: Vec<String>,
    /// What is in projects.
    pub projects: Vec<String>,
}

/// Whose a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    /// It was made for this environment; what says so.
    Ours(String),
    /// It is declared or was adopted, in this run if one is known, and nothing says who made it.
    Adopted(Option<String>),
    /// Something says that it is another's; what.
    Others(String),
}

/// What all parts look at.
struct Part<'a> {
    environment: &'a str,
    declared: Option<&'a DigitalOcean>,
    stock: &'a Stock,
    proofs: &'a Proofs,
    choice: &'a Choice,
    /// The clusters that go, by id.
    going: BTreeSet<String>,
}

impl Part<'_> {
    fn rows(&self, collection: &str) -> &[Value] {
        self.stock.account.rows(collection)
    }

    /// Whose a row is; `None` when this environment has nothing to do with it.
    fn whose(&self, kind: &str, id: &str, row: &Value, declared: bool) -> Option<Whose> {
        let name = row.text_at(&["name"]).unwrap_or_default();
        let journalled = self.journalled(kind, id, name);
        let marked = is_marked(row, self.environment);
        let adopted = self.adopted(kind, id, name);
        if !marked && journalled.is_none() && adopted.is_none() && !declared {
            return None;
        }
        let elsewhere = self.stock.elsewhere.iter();
        let mut elsewhere = elsewhere.filter(|((of, called), _)| *of == kind && called == name);
        if let Some((_, other)) = elsewhere.next() {
            return Some(Whose::Others(format!("environment {other} declares it")));
        }
        if let Some(other) = other_mark(row, self.environment) {
            return Some(Whose::Others(format!("it is marked {other} as well")));
        }
        if marked {
            return Some(Whose::Ours(format!("marked {}", mark(self.environment))));
        }
        Some(journalled.unwrap_or(Whose::Adopted(adopted)))
    }

    /// The run that was told to use a thing that was there before. That proves nothing.
    fn adopted(&self, kind: &str, id: &str, name: &str) -> Option<String> {
        self.proofs.adopted(kind, id, name).map(ToOwned::to_owned)
    }

    /// What a journal says of a thing that is called so.
    fn journalled(&self, kind: &str, id: &str, name: &str) -> Option<Whose> {
        let (run, made_as) = self.proofs.created(kind, id)?;
        Some(if made_as == name {
            Whose::Ours(format!("made by run {run}"))
        } else {
            // Journals are files, and an id is soon copied.
            Whose::Others(format!(
                "run {run} made it as {made_as}, and it is called otherwise: look whose it is"
            ))
        })
    }

    fn is_declared(&self, kind: &str, row: &Value) -> bool {
        let Some(declared) = self.declared else {
            return false;
        };
        let name = row.text_at(&["name"]);
        let region = row.text_at(&["region"]) == Some(declared.region.as_str());
        match kind {
            "Project" => declared.project.as_ref().map(|one| one.name.as_str()) == name,
            "VPC" => region && declared.vpc.as_ref().map(|one| one.name.as_str()) == name,
            "Cluster" => region && declared.cluster.as_ref().map(|one| one.name.as_str()) == name,
            "Firewall" => declared
                .firewalls
                .iter()
                .any(|one| Some(one.name.as_str()) == name),
            "SpacesKey" => {
                let keys = declared.spaces.iter().flat_map(|spaces| &spaces.keys);
                keys.into_iter().any(|one| Some(one.name.as_str()) == name)
            }
            _ => false,
        }
    }

    /// The rows of a collection that this environment has something to do with, with their ids and whose they are.
    fn own<'r>(
        &'r self,
        collection: &str,
        kind: &'r str,
    ) -> impl Iterator<Item = (&'r Value, &'r str, Whose)> {
        let id = if kind == "SpacesKey" { "access_key" } else { "id" };
        self.rows(collection).iter().filter_map(move |row| {
            let id = row.text_at(&[id]).filter(|id| !id.is_empty())?;
            let whose = self.whose(kind, id, row, self.is_declared(kind, row))?;
            Some((row, id, whose))
        })
    }

    /// The cluster that exists, stays, and has a tag in this row.
    fn of_another_cluster<'r>(&self, row: &'r Value) -> Option<&'r str> {
        self.clusters_of(row).next()
    }

    /// The clusters that exist, stay, and have a tag in this row.
    fn clusters_of<'r>(&self, row: &'r Value) -> impl Iterator<Item = &'r str> {
        let tags = row.items_at(&["tags"]).iter();
        let ids = tags.filter_map(|tag| tag.text()?.strip_prefix("k8s:"));
        ids.filter(|id| {
            let mut clusters = self.rows("kubernetes_clusters").iter();
            !self.going.contains(*id) && clusters.any(|row| row.text_at(&["id"]) == Some(id))
        })
    }
}

/// The things whose inside has to be known before it can be said whether they go.
pub fn looked_into(spec: &Spec, stock: &Stock, proofs: &Proofs) -> Inside {
    let choice = Choice::default();
    let part = part(spec, stock, proofs, &choice);
    let ids = |collection: &str, kind: &str| -> Vec<String> {
        part.own(collection, kind)
            .map(|(_, id, _)| id.to_owned())
            .collect()
    };
    Inside {
        clusters: ids("kubernetes_clusters", "Cluster"),
        vpcs: ids("vpcs", "VPC"),
        projects: ids("projects", "Project"),
    }
}

/// Group and kind of what is removed in a cluster that stays, which is what envcheck makes there: what the spec says, the Secrets of keys,
/// what installs Argo CD by its releases, and whatever is among these objects besides.
pub fn kinds(made: &[DesiredObject]) -> BTreeSet<(String, String)> {
    let known = MADE.iter().chain(&INSTALLED).chain(&[OF_KEYS]);
    let kinds = known.map(|kind| {
        let (version, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        (group.to_owned(), kind.to_owned())
    });
    let made = made.iter().map(|one| &one.reference);
    kinds
        .chain(made.map(|one| (one.group().to_owned(), one.kind.clone())))
        .collect()
}

/// The names of the buckets that have to be looked at: those that are declared, and those that were made.
pub fn bucket_names(spec: &Spec, proofs: &Proofs) -> BTreeSet<String> {
    let declared = spec.environment.spec.digitalocean.as_ref();
    let spaces = declared.and_then(|declared| declared.spaces.as_ref());
    let declared = spaces.into_iter().flat_map(|spaces| &spaces.buckets);
    let declared = declared.map(|bucket| bucket.name.to_string());
    declared.chain(proofs.buckets()).collect()
}

/// What goes and what stays.
pub fn removal(spec: &Spec, stock: &Stock, proofs: &Proofs, choice: &Choice, now: Timestamp) -> Removing {
    let mut part = part(spec, stock, proofs, choice);
    let mut draft = Draft::default();
    for collection in COLLECTIONS.iter().chain(&INSIDE) {
        // A list that was not read looks as if it were empty, and what is on it would be forgotten. Without an account there is none.
        if part.declared.is_some() && !stock.account.rows.contains_key(*collection) {
            draft.conflicts.push(Conflict {
                target: of_account("Account", collection, None),
                why: format!("{collection} was not read: what there is of it is not known"),
                hint: "nothing is removed on a partial view".to_owned(),
            });
        }
    }
    part.going = clusters::going(&part);
    clusters::plan(&part, &mut draft);
    leftovers::plan(&part, &mut draft);
    firewalls::plan(&part, &mut draft);
    keys::plan(&part, &mut draft);
    marked::plan(&part, &mut draft);
    balancers::left(&part, &mut draft);
    buckets::plan(&part, &mut draft);
    registry::plan(&part, &mut draft);
    network::plan(&part, &mut draft);
    project::plan(&part, &mut draft);
    tagged::plan(&part, &mut draft);
    // What is ours, or may be, has been told by now.
    leftovers::idle_balancers(&part, &mut draft);
    draft.staying.sort();
    Removing {
        environment: spec.name().to_owned(),
        planned: now,
        steps: draft.steps,
        staying: draft.staying,
        conflicts: draft.conflicts,
        notes: Vec::new(),
    }
}

fn part<'a>(spec: &'a Spec, stock: &'a Stock, proofs: &'a Proofs, choice: &'a Choice) -> Part<'a> {
    Part {
        environment: spec.name(),
        declared: spec.environment.spec.digitalocean.as_ref(),
        stock,
        proofs,
        choice,
        going: BTreeSet::new(),
    }
}
