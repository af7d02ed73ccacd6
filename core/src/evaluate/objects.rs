//! Object scope: each object is judged while it streams by, then handed on and dropped.

use super::data;
use super::judge::{Said, Seat, seats};
use super::plan::{EvaluationPlan, Run};
use super::pool::{self, Conditions, LeftOut, Step, Stopped, Work};
use crate::findings::waiver::{self, Noted};
use crate::inventory::{
    Feed, InventoryBuilder, Lineage, Loaded, LoadedObject, Origin, OwnerIndex, OwnerReference, ResourceRef,
    Unit,
};
use crate::policy::{Catalogue, Scope};
use crate::value::{Value, ValueExt};
use crate::yaml::Document;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the object policies said, and how much there was.
#[derive(Debug, Default)]
pub struct ObjectJudgments {
    /// For each planned policy: objects judged.
    pub(crate) judged: Vec<u64>,
    /// What was worth keeping.
    pub(crate) said: Vec<Kept>,
    /// Objects that have something to say of waivers.
    pub noted: Vec<Noted>,
    /// Kubernetes objects read, those aside over which manifests are laid.
    pub objects: u64,
    /// Documents that are none.
    pub not_kubernetes: u64,
}

/// What one policy said of one object.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Index into the plan.
    pub policy: usize,
    pub resource: ResourceRef,
    pub origin: Origin,
    /// The owner that the object named; only in an audit.
    pub owner: Option<OwnerReference>,
    pub said: Said,
}

struct Judging {
    plan: Arc<EvaluationPlan>,
    seats: Vec<Seat>,
    keep_values: bool,
    /// Findings will be told of top owners: what each workload says of its owners is kept.
    folds: bool,
    /// For each seat how often it ran out of time: after some times it is not tried again, or a run over thousands of
    /// objects would never end.
    strikes: Vec<AtomicU32>,
}

impl Judging {
    /// What a manifest can ask for, where it says more: the API server passes over a status that comes with an object, and
    /// nobody can create what is being deleted. Policies that the user brought see what is written.
    fn wish(&self, object: &LoadedObject) -> Option<Value> {
        let written = matches!(object.origin, Origin::Manifest { .. });
        let metadata = object.value.field("metadata");
        let deleted = metadata.is_some_and(|metadata| metadata.field(DELETED).is_some());
        if self.folds || !written || (object.value.field("status").is_none() && !deleted) {
            return None;
        }
        let mut wish = object.value.clone();
        let members = wish.as_object_mut().ok()?;
        members.remove(&Value::from("status"));
        if let Some(metadata) = members.get_mut(&Value::from("metadata"))
            && let Ok(metadata) = metadata.as_object_mut()
        {
            metadata.remove(&Value::from(DELETED));
        }
        Some(wish)
    }

    /// An API server gives objects in the version that it prefers. Policies that were written for another cannot judge them,
    /// and must not look as if there were none.
    fn unlike(&self, policies: &[usize], resource: &ResourceRef) -> Vec<(usize, Option<Said>)> {
        let (version, kind) = (resource.api_version.as_str(), resource.kind.as_str());
        let kinds = |index: usize| &self.plan.policies[index].policy.kinds;
        let unlike = policies
            .iter()
            .copied()
            .filter(|index| kinds(*index).of_another_version(version, kind));
        unlike
            .map(|index| {
                let words =
                    format!("it was read as {version}, and the policy names another version of {kind}");
                let said = Said {
                    error: Some(words),
                    ..Said::default()
                };
                (index, Some(said))
            })
            .collect()
    }
}

const DELETED: &str = "deletionTimestamp";
/// So often may a package run out of time.
const MOST_STRIKES: u32 = 3;

struct UnitJudged {
    loaded: Loaded,
    /// Per object: which policies judged it, and what they said when it was worth keeping.
    judged: Vec<Vec<(usize, Option<Said>)>>,
    lineages: Vec<Option<Lineage>>,
    /// Per object: what it says of waivers.
    notes: Vec<Note>,
}

/// What an object says of waivers: policy and text of its annotations, and whether comments beside it may.
#[derive(Default)]
struct Note {
    annotations: Vec<(Arc<str>, Arc<str>)>,
    comments: bool,
}

impl Work for Judging {
    type Own = Vec<Seat>;
    type Unit = Arc<Unit>;
    type Output = UnitJudged;

    fn own(&self) -> Self::Own {
        self.seats.clone()
    }

    fn run(
        &self,
        seats: &mut Vec<Seat>,
        unit: Arc<Unit>,
        left_out: &LeftOut,
        announce: &mut dyn FnMut(Step),
    ) -> UnitJudged {
        let mut loaded = unit();
        let mut judged = Vec::with_capacity(loaded.objects.len());
        let mut lineages = Vec::with_capacity(loaded.objects.len());
        let mut notes = Vec::with_capacity(loaded.objects.len());
        let mut document = None;
        for (item, object) in loaded.objects.iter_mut().enumerate() {
            let mut verdicts = Vec::new();
            let seats = if loaded.below {
                &mut []
            } else {
                seats.as_mut_slice()
            };
            let wish = self.wish(object);
            for (position, seat) in seats.iter_mut().enumerate() {
                announce((item, position));
                let applies = |index: usize| {
                    self.plan.policies[index]
                        .policy
                        .kinds
                        .matches(&object.reference.api_version, &object.reference.kind)
                };
                let exhausted = self.strikes[position].load(Ordering::Relaxed) >= MOST_STRIKES;
                let given_up =
                    exhausted.then(|| format!("not tried again: it ran out of time {MOST_STRIKES} times"));
                if left_out.contains_key(&(item, position)) {
                    self.strikes[position].fetch_add(1, Ordering::Relaxed);
                }
                if let Some(words) = left_out.get(&(item, position)).or(given_up.as_ref()) {
                    verdicts.extend(seat.policies.iter().copied().filter(|index| applies(*index)).map(
                        |index| {
                            (
                                index,
                                Some(Said {
                                    error: Some(words.clone()),
                                    ..Said::default()
                                }),
                            )
                        },
                    ));
                    continue;
                }
                if self.folds {
                    verdicts.extend(self.unlike(&seat.policies, &object.reference));
                }
                let foreign = self.plan.policies[seat.policies[0]].policy.is_foreign();
                let input = wish.as_ref().filter(|_| !foreign).unwrap_or(&object.value);
                for (index, said) in seat.run(&self.plan, input, &applies) {
                    if said
                        .error
                        .as_deref()
                        .is_some_and(|words| words.contains("took longer than"))
                    {
                        self.strikes[position].fetch_add(1, Ordering::Relaxed);
                    }
                    verdicts.push((index, (said != Said::default()).then_some(said)));
                }
            }
            judged.push(verdicts);
            if let Some(wish) = wish {
                object.value = wish;
            }
            let lineage = self.folds.then(|| Lineage::of(&object.reference, &object.value));
            lineages.push(lineage.flatten());
            notes.push(Note {
                annotations: waiver::annotations(&object.value),
                // A document of many objects is searched once.
                comments: is_next(&object.origin, &mut document) && waiver::mentions(&object.origin),
            });
            if !self.keep_values {
                object.value = Value::Undefined;
            }
        }
        UnitJudged {
            loaded,
            judged,
            lineages,
            notes,
        }
    }
}

/// True for the first object of a document.
fn is_next(origin: &Origin, last: &mut Option<Arc<Document>>) -> bool {
    let Origin::Manifest { document, .. } = origin else {
        return false;
    };
    let known = last.as_ref().is_some_and(|last| Arc::ptr_eq(last, document));
    *last = Some(Arc::clone(document));
    !known
}

/// Sees each object before it is dropped, with the owners known so far.
pub(crate) type Also<'a> = &'a mut dyn FnMut(&Value, &OwnerIndex);

/// Reads all of the feed, judges its objects by the planned object policies, and gathers them in `inventory`.
///
/// `also` sees each object before it is dropped (the network builder); pass `None` when
/// nothing needs the objects, and they are dropped in the workers. `stop` is asked now and then whether to give up.
pub fn judge_objects(
    catalogue: &Catalogue,
    plan: &EvaluationPlan,
    run: &Run,
    feed: Arc<dyn Feed>,
    stop: &dyn Fn() -> bool,
    inventory: &mut InventoryBuilder,
    mut also: Option<Also<'_>>,
) -> Result<ObjectJudgments, Stopped> {
    let documents = |policy: &crate::policy::Policy| data::common(run, policy);
    let object_seats = seats(catalogue, plan, plan.running(Scope::Object), run, &documents);
    let judging = Judging {
        strikes: object_seats.iter().map(|_| AtomicU32::new(0)).collect(),
        plan: Arc::new(plan.clone()),
        seats: object_seats,
        keep_values: also.is_some(),
        folds: run.folds(),
    };
    let mut judgments = ObjectJudgments {
        judged: vec![0; plan.policies.len()],
        ..ObjectJudgments::default()
    };
    let conditions = Conditions {
        jobs: run.limits.jobs.min(feed.total().unwrap_or(usize::MAX)),
        ahead: feed.ahead(),
        stuck: run.limits.stuck,
        stop,
    };
    pool::run(
        judging,
        Box::new(move || feed.next()),
        &conditions,
        &mut |unit: UnitJudged| {
            let UnitJudged {
                loaded,
                judged,
                lineages,
                notes,
            } = unit;
            judgments.not_kubernetes += loaded.not_kubernetes;
            for gap in loaded.gaps {
                inventory.gap(gap);
            }
            for (group, kind) in &loaded.read_kinds {
                inventory.read_kind(group, kind);
            }
            for collection in &loaded.read_collections {
                inventory.read_collection(collection);
            }
            for (collection, value, origin) in loaded.collections {
                inventory.absorb_collection(&collection, value, origin);
            }
            let read = loaded.objects.into_iter().zip(judged).zip(lineages);
            for (((object, verdicts), lineage), note) in read.zip(notes) {
                let LoadedObject {
                    reference,
                    generated,
                    value,
                    origin,
                } = object;
                if reference.kind == "CustomResourceDefinition" {
                    inventory.learn(&value);
                }
                let reference = inventory.settle(reference, generated);
                if loaded.below && inventory.contains(&reference) {
                    continue;
                }
                judgments.objects += u64::from(!loaded.below);
                if !note.annotations.is_empty() || note.comments {
                    judgments.noted.push(Noted {
                        resource: reference.clone(),
                        owner: lineage.as_ref().and_then(|lineage| lineage.owner.clone()),
                        origin: origin.clone(),
                        annotations: note.annotations,
                        comments: note.comments,
                    });
                }
                for (index, said) in verdicts {
                    judgments.judged[index] += 1;
                    if let Some(said) = said {
                        judgments.said.push(Kept {
                            policy: index,
                            resource: reference.clone(),
                            origin: origin.clone(),
                            owner: lineage.as_ref().and_then(|lineage| lineage.owner.clone()),
                            said,
                        });
                    }
                }
                if let Some(also) = &mut also {
                    inventory.absorb(&reference, &value, origin);
                    also(&value, inventory.owners());
                } else {
                    if let Some(lineage) = lineage {
                        inventory.learn_owner(&reference, lineage, origin);
                    }
                    inventory.count();
                }
            }
        },
    )?;
    Ok(judgments)
}
