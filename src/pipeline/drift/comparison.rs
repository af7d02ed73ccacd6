//! The sides of each thing, put together and compared.

use super::ToCompare;
use super::kept::{Identity, Seen};
use super::said::Statements;
use super::ways_back::ways_back;
use crate::pipeline::ended::Ended;
use envcheck_core::drift::{
    Found, Outcome, Record, Rules, Said, THE_SPEC, Thing, record, unread_rules, unused_rules,
};
use envcheck_core::findings::drift::{Drift, Drifted, Ignored, NotCompared, State};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::provision::declared_of;
use envcheck_core::provision::elsewhere::{differing, told};
use envcheck_core::provision::objects::{ENVIRONMENT_LABEL, MADE, MANAGED_BY_LABEL, delivery_namespace};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

/// By these labels objects are known that were made from a spec.
const MARKS: [&str; 2] = [ENVIRONMENT_LABEL, MANAGED_BY_LABEL];
/// What is not compared where nobody knows who wrote what.
const ADDITIONS: &str = "what somebody added, or nobody declares any more";

/// Fields that are masked, and whose.
#[derive(Default)]
struct Veiled {
    count: usize,
    things: Vec<ResourceRef>,
}

impl Veiled {
    fn add(&mut self, target: &ResourceRef, fields: usize) {
        self.count += fields;
        self.things.extend((fields > 0).then(|| target.clone()));
    }
}

/// A comparison as it comes together.
pub(super) struct Comparison<'w> {
    pub(super) wanted: &'w ToCompare,
    pub(super) spec: &'w Spec,
    pub(super) seen: Seen,
    pub(super) statements: Statements,
    /// A running cluster is compared, which can be asked again.
    live: bool,
    pub(super) redactor: Redactor,
    pub(super) things: Vec<Drifted>,
    pub(super) less: Vec<NotCompared>,
    /// What a capture cannot tell, or objects without a record of who wrote them.
    blind: Vec<NotCompared>,
    pub(super) ignored: BTreeMap<String, usize>,
    notes: Vec<String>,
    /// Of what the account made for an object of the cluster, for which.
    pub(super) halves: BTreeMap<ResourceRef, ResourceRef>,
    /// All that was compared.
    compared: Vec<ResourceRef>,
    /// What of the spec's rules overlooked something.
    used: BTreeSet<(usize, usize)>,
}

impl<'w> Comparison<'w> {
    pub(super) fn new(
        wanted: &'w ToCompare,
        spec: &'w Spec,
        seen: Seen,
        statements: Statements,
        redactor: Redactor,
        live: bool,
    ) -> Self {
        Self {
            wanted,
            spec,
            seen,
            statements,
            live,
            redactor,
            things: Vec::new(),
            less: Vec::new(),
            blind: Vec::new(),
            ignored: BTreeMap::new(),
            notes: Vec::new(),
            halves: BTreeMap::new(),
            compared: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Objects of the cluster.
    pub(super) fn objects(&mut self) -> Result<(), Ended> {
        let keys = self
            .statements
            .declared
            .keys()
            .chain(self.statements.committed.keys());
        let keys: BTreeSet<Identity> = keys.cloned().collect();
        let mut things: Vec<Thing> = keys.iter().filter_map(|key| self.thing(key)).collect();
        let elsewhere = self.elsewhere(&things)?;
        self.notes.extend(told(&elsewhere));
        self.notes.extend(differing(&elsewhere));
        things.retain(|thing| !elsewhere.contains_key(&thing.target));
        let mut applications: Vec<Value> = self.all_of("Application");
        applications.retain(|one| {
            one.text_at(&["apiVersion"])
                .is_some_and(|version| version.starts_with("argoproj.io/"))
        });
        self.notes.extend(unread_rules(&applications));
        let scaled = scaled(&self.all_of("HorizontalPodAutoscaler"));
        let rules = Rules {
            declared: &self.spec.environment.spec.drift.ignore_differences,
            applications: &applications,
            scaled: &scaled,
            marks: &MARKS,
            one_key: self.live,
        };
        if self.live {
            self.closer(&mut things, &rules)?;
        }
        let mut unread: BTreeMap<(String, String), Vec<ResourceRef>> = BTreeMap::new();
        let (mut veiled, mut named) = (Veiled::default(), Veiled::default());
        let (mut unrecorded, mut captured) = (Vec::new(), Vec::new());
        for thing in &things {
            if let Found::Unread(why) = &thing.live {
                let named = self.live
                    || self
                        .seen
                        .inventory
                        .kind_gaps(&kind_name(&thing.target))
                        .is_empty();
                let what = if named {
                    thing.target.to_string()
                } else {
                    kind_name(&thing.target)
                };
                let things = unread.entry((what, why.clone())).or_default();
                things.push(thing.target.clone());
                continue;
            }
            if let Found::There(live) = &thing.live {
                let target = thing.target.clone();
                match record(live) {
                    Record::None if self.live => unrecorded.push(target),
                    found if !self.live && found != Record::Read => captured.push(target),
                    _ => {}
                }
            }
            let outcome = thing.compared(&rules);
            // A spec holds no credential: what is masked there is only called like one.
            if thing.committed.is_none() && thing.declared.as_ref().is_some_and(|said| said.place == THE_SPEC)
            {
                named.add(&thing.target, outcome.veiled);
            } else {
                veiled.add(&thing.target, outcome.veiled);
            }
            self.take(thing, outcome);
        }
        // No other reading would tell more: that is no fault of this one.
        if !unrecorded.is_empty() {
            self.blind.push(NotCompared {
                what: ADDITIONS.to_owned(),
                why: "the server keeps no record of who wrote these objects".to_owned(),
                count: unrecorded.len(),
                things: unrecorded,
            });
        }
        self.less
            .extend(unread.into_iter().map(|((what, why), things)| NotCompared {
                what,
                why,
                count: things.len(),
                things,
            }));
        if !captured.is_empty() {
            self.blind.push(NotCompared {
                what: ADDITIONS.to_owned(),
                why: "the snapshot holds no record of who wrote which field of these: compare with the running cluster for that".to_owned(),
                count: captured.len(),
                things: captured,
            });
        }
        for (told, Veiled { count, things }) in [(&mut self.less, veiled), (&mut self.blind, named)] {
            if count > 0 {
                told.push(NotCompared {
                    what: "credentials".to_owned(),
                    why: "a snapshot holds digests of them under a key that nobody has: whether they are the declared ones cannot be told"
                        .to_owned(),
                    count,
                    things,
                });
            }
        }
        Ok(())
    }

    /// What became of comparing a thing.
    pub(super) fn take(&mut self, thing: &Thing, outcome: Outcome) {
        self.compared.push(thing.target.clone());
        self.things.extend(outcome.drifted);
        self.used.extend(outcome.used);
        for (rule, count) in outcome.ignored {
            *self.ignored.entry(rule).or_default() += count;
        }
    }

    /// Something is there, and not declared.
    pub(super) fn left_over(&mut self, target: ResourceRef) {
        self.compared.push(target.clone());
        self.things.push(Drifted {
            target,
            state: State::Undeclared,
            declared: None,
            committed: None,
            differences: Vec::new(),
            matters: Vec::new(),
        });
    }

    fn thing(&self, key: &Identity) -> Option<Thing> {
        let declared = self.statements.declared.get(key);
        let committed = self.statements.committed.get(key);
        let (target, _) = declared.or(committed)?;
        if !self.is_wanted(target) {
            return None;
        }
        let live = match self.seen.objects.get(key) {
            Some((seen, _)) if seen.api_version != target.api_version => Found::Unread(format!(
                "it is said in {} and was read in {}",
                target.api_version, seen.api_version
            )),
            Some((_, object)) => Found::There(object.clone()),
            None => match self.seen.inventory.kind_gaps(&kind_name(target)).first() {
                Some(gap) => Found::Unread(format!("{}: {}", gap.reason, gap.detail)),
                None => Found::Absent,
            },
        };
        let declared = declared.map(|(_, said)| match &live {
            // Of what others made the spec says less.
            Found::There(there) if said.place == THE_SPEC => Said {
                value: declared_of(&said.value, there, self.spec.name()).into_owned(),
                place: said.place.clone(),
            },
            _ => said.clone(),
        });
        Some(Thing {
            target: target.clone(),
            declared,
            committed: committed.map(|(_, said)| said.clone()),
            live,
            applied: None,
        })
    }

    /// Whether the command line asks for it.
    fn is_wanted(&self, target: &ResourceRef) -> bool {
        let namespaces = &self.wanted.namespaces;
        namespaces.is_empty()
            || target
                .namespace
                .as_ref()
                .is_some_and(|own| namespaces.contains(own))
            || target.kind == "Namespace" && namespaces.contains(&target.name)
    }

    fn all_of(&self, kind: &str) -> Vec<Value> {
        let objects = self.seen.objects.values();
        let own = objects.filter(|(reference, _)| reference.kind == kind);
        own.map(|(_, object)| object.clone()).collect()
    }

    /// What was made for the environment and is declared no more.
    pub(super) fn undeclared(&mut self) {
        let home = delivery_namespace(self.spec);
        let left: Vec<ResourceRef> = self
            .seen
            .objects
            .iter()
            .filter(|(key, (reference, object))| {
                let marked =
                    object.text_at(&["metadata", "labels", ENVIRONMENT_LABEL]) == Some(self.spec.name());
                // Argo CD brings NetworkPolicies of its own, which are declared only by its manifest.
                let brought = reference.kind == "NetworkPolicy"
                    && reference.namespace.as_deref() == home
                    && !self.statements.of_argocd;
                marked
                    && MADE.contains(&kind_name(reference).as_str())
                    && !brought
                    && !self.statements.declared.contains_key(key)
                    && self.is_wanted(reference)
            })
            .map(|(_, (reference, _))| reference.clone())
            .collect();
        for target in left {
            self.left_over(target);
        }
        for kind in MADE {
            let Some(gap) = self.seen.inventory.kind_gaps(kind).into_iter().next() else {
                continue;
            };
            let what = format!("what was made of {kind} and is declared no more");
            let why = format!("{}: {}", gap.reason, gap.detail);
            // A capture may hold no more than policies read, and is no worse for that.
            if self.live {
                self.less.push(NotCompared {
                    what,
                    why,
                    count: 1,
                    things: Vec::new(),
                });
            } else {
                self.notes.push(format!("{what} is not looked for: {why}"));
            }
        }
    }

    pub(super) fn told(mut self) -> Drift {
        self.less.append(&mut self.statements.less);
        self.less.sort();
        self.less.dedup();
        self.things.sort_by(|one, other| one.target.cmp(&other.target));
        let mut notes = self.statements.notes;
        notes.extend(ways_back(self.spec, &self.things, &self.seen.objects));
        notes.extend(self.notes);
        notes.extend(unused_rules(
            self.spec,
            &self.used,
            &self.compared,
            &self.wanted.namespaces,
        ));
        Drift {
            environment: String::new(),
            as_of: self.wanted.judging.started,
            kind: String::new(),
            from: Vec::new(),
            compared: self.compared.len(),
            things: self.things,
            not_compared: self.less,
            not_looked_for: self.blind,
            ignored: self
                .ignored
                .into_iter()
                .map(|(rule, count)| Ignored { rule, count })
                .collect(),
            committed: self.statements.rendered.into_iter().collect(),
            notes,
        }
    }
}

/// A kind as METADATA writes it.
fn kind_name(target: &ResourceRef) -> String {
    format!("{}/{}", target.api_version, target.kind)
}

/// Whose replicas an autoscaler sets.
fn scaled(autoscalers: &[Value]) -> BTreeMap<(String, String, String), String> {
    let one = |scaler: &Value| {
        let namespace = scaler.text_at(&["metadata", "namespace"])?.to_owned();
        let own = |path: &[&str]| scaler.text_at(path).map(ToOwned::to_owned);
        let name = own(&["metadata", "name"])?;
        let key = (
            own(&["spec", "scaleTargetRef", "kind"])?,
            namespace.clone(),
            own(&["spec", "scaleTargetRef", "name"])?,
        );
        Some((key, format!("HorizontalPodAutoscaler {namespace}/{name}")))
    };
    autoscalers.iter().filter_map(one).collect()
}
