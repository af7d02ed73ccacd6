//! All that was observed in one run, gathered object by object.

use super::by_reference::ByReference;
use super::declared::Declared;
use super::gap::{Gap, GapSubject};
use super::identity::Scopes;
use super::kept_rows::KeptRows;
use super::origin::Origin;
use super::owner::{Lineage, OwnerIndex};
use super::redact::Redactor;
use super::reference::ResourceRef;
use super::view::account::{account_reference, has_place};
use super::view::{Section, Unread, View, ViewBuilder};
use crate::value::{Value, ValueExt, array, object};
use std::collections::{BTreeMap, BTreeSet};

/// Gathers what was read. Objects are absorbed and dropped; only what policies across objects need is kept.
#[derive(Debug, Default)]
pub struct InventoryBuilder {
    view: ViewBuilder,
    owners: OwnerIndex,
    scopes: Scopes,
    origins: ByReference<Origins>,
    generated: BTreeMap<ResourceRef, usize>,
    collections: BTreeMap<String, Vec<Value>>,
    kept_rows: KeptRows,
    read_collections: BTreeSet<String>,
    whole: Option<BTreeMap<ResourceRef, Value>>,
    kinds: Option<BTreeSet<String>>,
    only_some_kinds: bool,
    gaps: Vec<Gap>,
    objects: u64,
    redactor: Option<Redactor>,
}

/// What was observed.
#[derive(Debug)]
pub struct Inventory {
    /// `data.view` and the owners in it.
    pub view: View,
    /// The workloads that can own others, whether a view was asked for or not.
    pub owners: OwnerIndex,
    /// Whole objects in Gatekeeper's layout, when a policy asked for them.
    pub whole: Option<Value>,
    /// `digitalocean.<collection>` and `spaces.<collection>` → the API's own objects, of collections whose rows are kept.
    pub collections: BTreeMap<String, Vec<Value>>,
    /// The collections that were read.
    read_collections: BTreeSet<String>,
    /// Where each thing was read; several places for an identity that occurs more than once.
    origins: ByReference<Origins>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// The kinds that were read completely, as `group/version/Kind` without version distinction; `None` = all.
    kinds: Option<BTreeSet<String>>,
    /// True when kinds that nobody asked for may exist and were not read.
    only_some_kinds: bool,
    /// Kubernetes and account objects read.
    pub objects: u64,
}

/// The name of a kind where versions do not matter: `Deployment.apps`, `Service`.
fn kind_key(group: &str, kind: &str) -> String {
    if group.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}.{group}")
    }
}

/// Group and kind of a kind as METADATA writes it: `v1/Service`, `apps/v1/Deployment`.
pub fn split_kind(text: &str) -> (&str, &str) {
    let mut parts = text.rsplitn(2, '/');
    let kind = parts.next().unwrap_or_default();
    let group = parts
        .next()
        .unwrap_or_default()
        .rsplit_once('/')
        .map_or("", |(group, _)| group);
    (group, kind)
}

/// Mostly one place, which then needs no list.
#[derive(Debug)]
enum Origins {
    One([Origin; 1]),
    Many(Vec<Origin>),
}

impl Origins {
    fn all(&self) -> &[Origin] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

impl InventoryBuilder {
    fn came_from(&mut self, reference: &ResourceRef, origin: Origin) {
        let earlier = self.origins.remove(reference);
        let all = match earlier {
            None => Origins::One([origin]),
            Some(Origins::One([first])) => Origins::Many(vec![first, origin]),
            Some(Origins::Many(mut many)) => {
                many.push(origin);
                Origins::Many(many)
            }
        };
        self.origins.insert(reference, all);
    }

    /// An empty one. `keep_whole` keeps the objects themselves for policies that read `data.inventory`.
    pub fn new(keep_whole: bool) -> Self {
        Self {
            whole: keep_whole.then(BTreeMap::new),
            ..Self::default()
        }
    }

    /// With what is declared, which observed things are joined with. To be said before anything is taken in.
    #[must_use]
    pub fn about(mut self, declared: Declared) -> Self {
        self.view.declare(declared);
        self
    }

    /// With the rows of these collections and the lists of these parts of the view only; all are kept where nothing is said.
    /// Joins see every row.
    #[must_use]
    pub fn keeping(mut self, rows: KeptRows) -> Self {
        self.view.keep(&rows);
        self.kept_rows = rows;
        self
    }

    /// With what makes manifests safe where the view tells what is in them. What a cluster or a snapshot holds was made safe
    /// when it was read; nothing is masked where nothing is said.
    #[must_use]
    pub fn masking(mut self, redactor: Redactor) -> Self {
        self.redactor = Some(redactor);
        self
    }

    /// Learns a CustomResourceDefinition before its objects are settled.
    pub fn learn(&mut self, definition: &Value) {
        self.scopes.learn(definition);
    }

    /// The identity under which an object is known here: the namespace an API server would use, and an ordinal after a
    /// generated name.
    pub fn settle(&mut self, mut reference: ResourceRef, generated: bool) -> ResourceRef {
        self.scopes.settle(&mut reference);
        if generated {
            let ordinal = self.generated.entry(reference.clone()).or_default();
            *ordinal += 1;
            reference.name = format!("{}{ordinal}", reference.name);
        }
        reference
    }

    /// Takes in an object under its settled identity.
    pub fn absorb(&mut self, reference: &ResourceRef, value: &Value, origin: Origin) {
        self.objects += 1;
        if let Some(lineage) = Lineage::of(reference, value) {
            self.owners.learn(reference, lineage);
        }
        let safe = self.safe(reference, value, &origin);
        self.view
            .absorb(reference, safe.as_ref().unwrap_or(value), &self.owners);
        if let Some(whole) = &mut self.whole {
            whole.insert(reference.clone(), value.clone());
        }
        self.came_from(reference, origin);
    }

    /// A manifest made safe; `None` for what needs it not.
    fn safe(&self, reference: &ResourceRef, value: &Value, origin: &Origin) -> Option<Value> {
        let redactor = self.redactor.as_ref()?;
        let wanted = matches!(origin, Origin::Manifest { .. }) && self.view.tells_contents(reference);
        wanted.then(|| {
            let mut safe = value.clone();
            redactor.redact(&mut safe);
            safe
        })
    }

    /// The workloads taken in so far that can own others.
    pub fn owners(&self) -> &OwnerIndex {
        &self.owners
    }

    /// True when an object of this identity was taken in.
    pub fn contains(&self, reference: &ResourceRef) -> bool {
        self.origins.contains(reference)
    }

    /// Takes in a workload of which nothing but its owners and its place are needed.
    pub fn learn_owner(&mut self, reference: &ResourceRef, lineage: Lineage, origin: Origin) {
        // Pods own nothing; of all others a finding may have to be told in their name.
        if reference.kind != "Pod" {
            self.owners.learn(reference, lineage);
            self.came_from(reference, origin);
        }
    }

    /// Counts an object that nothing but object policies needed.
    pub fn count(&mut self) {
        self.objects += 1;
    }

    /// Takes in an account or Spaces object; `collection` is `digitalocean.load_balancers` and the like.
    pub fn absorb_collection(&mut self, collection: &str, value: Value, origin: Origin) {
        self.objects += 1;
        self.view.absorb_account(collection, &value);
        let name = collection.split_once('.').map_or(collection, |(_, name)| name);
        if has_place(name) {
            self.came_from(&account_reference(name, &value), origin);
        }
        self.read_collection(collection);
        if let Some(rows) = self.collections.get_mut(collection) {
            rows.push(value);
        }
    }

    /// Says that a collection was read, if only to find it empty.
    pub fn read_collection(&mut self, collection: &str) {
        if self.read_collections.contains(collection) {
            return;
        }
        self.read_collections.insert(collection.to_owned());
        if self.kept_rows.has(collection) {
            self.collections.insert(collection.to_owned(), Vec::new());
        }
    }

    /// Says that a kind was read completely. Before the first call every kind counts as read.
    pub fn read_kind(&mut self, group: &str, kind: &str) {
        self.kinds.get_or_insert_default().insert(kind_key(group, kind));
    }

    /// Says that only kinds named by [`Self::read_kind`] were read. `all`: they are all that there are.
    pub fn only_named_kinds(&mut self, all: bool) {
        self.kinds.get_or_insert_default();
        self.only_some_kinds = !all;
    }

    /// Records something that could not be read.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Closes the inventory: what belongs together is joined.
    pub fn build(mut self) -> Inventory {
        self.gaps.sort();
        self.gaps.dedup();
        let mut inventory = Inventory {
            view: View::default(),
            owners: self.owners,
            whole: self.whole.map(gatekeeper_layout),
            collections: self.collections,
            read_collections: self.read_collections,
            origins: self.origins,
            gaps: self.gaps,
            kinds: self.kinds,
            only_some_kinds: self.only_some_kinds,
            objects: self.objects,
        };
        let unread = inventory.unread();
        inventory.view = self.view.build(&inventory.owners, &unread);
        inventory
    }
}

impl Inventory {
    /// Lets go of what only policies read, once they have judged.
    pub fn forget_documents(&mut self) {
        self.view.document = Value::Null;
        self.collections.clear();
        self.whole = None;
    }

    /// Why a kind named as in METADATA was not read completely; empty when it was. `*/Deployment` is a kind of any group,
    /// `*/*` every kind.
    pub fn kind_gaps(&self, name: &str) -> Vec<Gap> {
        let (group, kind) = if let Some(kind) = name.strip_prefix("*/") {
            (None, kind)
        } else {
            let (group, kind) = split_kind(name);
            (Some(group), kind)
        };
        let of_group = |own: &str| group.is_none_or(|group| group == own);
        let known: Vec<Gap> = self
            .gaps
            .iter()
            .filter(|gap| match &gap.subject {
                GapSubject::Kind(subject) => {
                    let (own_group, own_kind) = split_kind(subject);
                    of_group(own_group) && (kind == "*" || kind == own_kind)
                }
                // Whether a kind named alone may be in it is judged where the kinds to read are planned.
                GapSubject::Group(own_group) => of_group(own_group) && (group.is_some() || kind == "*"),
                _ => false,
            })
            .cloned()
            .collect();
        if !known.is_empty() {
            return known;
        }
        if kind == "*" {
            return self
                .only_some_kinds
                .then(|| Gap {
                    subject: GapSubject::Kind(name.to_owned()),
                    reason: "not read".to_owned(),
                    detail: "only the kinds that other policies need are in what was read".to_owned(),
                })
                .into_iter()
                .collect();
        }
        let of_any_group = format!("{kind}.");
        let read = self.kinds.as_ref().is_none_or(|kinds| {
            if let Some(group) = group {
                return kinds.contains(&kind_key(group, kind));
            }
            let next = kinds.range(of_any_group.clone()..).next();
            kinds.contains(kind) || next.is_some_and(|key| key.starts_with(&of_any_group))
        });
        if read {
            return Vec::new();
        }
        vec![Gap {
            detail: format!("{name} is not in what was read"),
            subject: GapSubject::Kind(name.to_owned()),
            reason: "not read".to_owned(),
        }]
    }

    /// Why a collection named in METADATA was not read; `None` when it was.
    pub fn collection_gap(&self, collection: &str) -> Option<Gap> {
        let known = self
            .gaps
            .iter()
            .find(|gap| matches!(&gap.subject, GapSubject::Collection(name) if name == collection));
        if known.is_some() {
            return known.cloned();
        }
        (!self.read_collections.contains(collection)).then(|| Gap {
            subject: GapSubject::Collection(collection.to_owned()),
            reason: "not read".to_owned(),
            detail: format!("{collection} is not in what was read"),
        })
    }

    /// Adds a collection that is known only once all others were read.
    pub fn learn_collection(&mut self, collection: &str, rows: Vec<Value>) {
        self.collections.insert(collection.to_owned(), rows);
        self.read_collections.insert(collection.to_owned());
    }

    /// Takes note of a collection that could not be read after all.
    pub fn lose_collection(&mut self, collection: &str, reason: &str, detail: String) {
        self.collections.remove(collection);
        self.gaps.push(Gap {
            subject: GapSubject::Collection(collection.to_owned()),
            reason: reason.to_owned(),
            detail,
        });
        self.gaps.sort();
    }

    /// What joins have to know that they have not seen.
    fn unread(&self) -> Unread {
        let kinds = Section::kinds("workloads").unwrap_or_default();
        let missing = kinds.iter().flat_map(|kind| self.kind_gaps(kind));
        let mut workloads: Vec<String> = missing
            .chain(self.unreadable_documents().cloned())
            .map(|gap| format!("{}: {}", gap.subject, gap.reason))
            .collect();
        workloads.dedup();
        let collections = Unread::COLLECTIONS.into_iter().filter_map(|name| {
            let gap = self.collection_gap(name)?;
            Some((name, format!("{}: {}", gap.subject, gap.reason)))
        });
        Unread {
            workloads,
            collections: collections.collect(),
        }
    }

    /// Documents and files that could not be read at all.
    pub fn unreadable_documents(&self) -> impl Iterator<Item = &Gap> {
        self.gaps
            .iter()
            .filter(|gap| matches!(gap.subject, GapSubject::Document { .. }))
    }

    /// Where a thing was first read.
    pub fn origin(&self, reference: &ResourceRef) -> Option<&Origin> {
        // Policies may name another served version of the same object.
        self.origins
            .of_any_version(reference)
            .and_then(|origins| origins.all().first())
    }

    /// Where a thing was read, each place of an identity that occurs more than once; under this very version.
    pub fn origins(&self, reference: &ResourceRef) -> &[Origin] {
        self.origins.get(reference).map_or(&[], Origins::all)
    }

    /// `data.digitalocean` or `data.spaces`.
    pub fn document(&self, prefix: &str) -> Value {
        object(self.collections.iter().filter_map(|(name, items)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('.')?;
            Some((name, array(items.iter().cloned())))
        }))
    }
}

/// `namespace[ns][apiVersion][kind][name]` and `cluster[apiVersion][kind][name]`.
fn gatekeeper_layout(objects: BTreeMap<ResourceRef, Value>) -> Value {
    let mut root = Value::new_object();
    for (reference, value) in objects {
        let mut path = match &reference.namespace {
            Some(namespace) => vec!["namespace", namespace.as_str()],
            None => vec!["cluster"],
        };
        path.extend([
            reference.api_version.as_str(),
            reference.kind.as_str(),
            reference.name.as_str(),
        ]);
        insert_at(&mut root, &path, value);
    }
    for key in ["namespace", "cluster"] {
        if root.field(key).is_none() {
            insert_at(&mut root, &[key], Value::new_object());
        }
    }
    root
}

fn insert_at(root: &mut Value, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *root = value;
        return;
    };
    if root.as_object().is_err() {
        *root = Value::new_object();
    }
    if let Ok(members) = root.as_object_mut() {
        let child = members.get_or_insert_with(Value::from(*key), Value::new_object);
        insert_at(child, rest, value);
    }
}

#[cfg(test)]
mod tests;
