//! One step after the other: looked at again, tried on the server, journalled, done, verified.

use super::hand::Hand;
use super::plan::Repairing;
use super::site::Site;
use crate::apply::journal::Journal;
use crate::apply::kubernetes::NotMade;
use crate::apply::lease::Lease;
use crate::pipeline::audit_again;
use crate::pipeline::ended::Ended;
use crate::pipeline::live::random_key;
use envcheck_core::findings::{Assessment, Finding, FixAction, Verdict};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::journal::{Head, Intent, Record};
use envcheck_core::plan::{Consent, Deed, Outcome, Plan, Run, Step, Undo, Verified, meaning_hash};
use envcheck_core::remediate::{compare, undo};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, ValueExt};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long a changed workload may take until all its Pods are new.
const ROLLOUT: Duration = Duration::from_mins(5);
/// So much longer may a run take for each step.
const PER_STEP: Duration = Duration::from_mins(8);
/// How long to wait before looking once more.
const PAUSE: Duration = Duration::from_secs(2);
/// How often is looked again whether a row changes after all.
const LOOKS: u32 = 3;
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// On what a run stands.
pub struct Ground<'a> {
    /// Where journals are kept.
    pub journals: PathBuf,
    /// The time when it is asked for.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The run that is taken back, if this one does that.
    pub undoes: Option<String>,
    /// Is told what is about to be done.
    pub tell: &'a dyn Fn(&Step),
}

/// Does the steps of a plan that the consent covers. Nothing is done where the cluster is not the one that the plan is of.
pub fn carry_out(
    repairing: &Repairing,
    plan: &Plan,
    consent: &Consent,
    ground: &Ground<'_>,
) -> Result<Run, Ended> {
    let spec = repairing.spec()?;
    let interrupt = &repairing.judging.interrupt;
    // Beside what reading may take, each step may take its time.
    let mut target = repairing.target.clone();
    target.timeout += PER_STEP * u32::try_from(plan.steps.len()).unwrap_or(u32::MAX / 1000);
    let hand = Hand::open(spec, &target, repairing.judging.started, interrupt)?;
    let result = done(repairing, plan, consent, ground, &hand);
    hand.end();
    result
}

fn done(
    repairing: &Repairing,
    plan: &Plan,
    consent: &Consent,
    ground: &Ground<'_>,
    hand: &Hand,
) -> Result<Run, Ended> {
    if let Some(objection) = hand.objection(&repairing.target) {
        return Err(objection.into());
    }
    if plan.cluster.uid != hand.cluster.uid || plan.cluster.uid.is_none() {
        let problem = match (&plan.cluster.uid, &hand.cluster.uid) {
            (Some(_), Some(_)) => format!("the plan is of another cluster ({})", plan.cluster.name),
            _ => "which cluster this is cannot be told: the UID of Namespace kube-system may not be read"
                .to_owned(),
        };
        let hint = "make a new plan, with credentials that may `get` Namespace kube-system";
        return Err(Diagnostic::new(problem).hint(hint).into());
    }
    let name = run_name((ground.clock)())?;
    let mut run = Run {
        name: name.clone(),
        journal: None,
        steps: Vec::new(),
    };
    let api = hand.objects.api();
    if plan.steps.iter().all(|step| consent.covers(step).is_err()) {
        if let Some(dead) = &ground.undoes {
            // A run that was killed before it changed anything has left its Lease behind.
            let lease = Lease::take(api, &plan.environment, &name, Some(dead), (ground.clock)());
            if let Ok(lease) = hand.wait(lease) {
                hand.wait(lease.release());
            }
        }
        run.steps = plan
            .steps
            .iter()
            .map(|step| (step.clone(), uncovered(step, consent)))
            .collect();
        return Ok(run);
    }
    let mut lease = hand
        .wait(Lease::take(
            api,
            &plan.environment,
            &name,
            ground.undoes.as_deref(),
            (ground.clock)(),
        ))
        .map_err(|error| {
            Diagnostic::new(format!("nothing was changed: {error}")).hint(
                "wait until the other run has ended; a Lease that nobody renews is free after two minutes",
            )
        })?;
    let journal = Journal::begin(
        &ground.journals,
        &Head {
            run: name,
            environment: plan.environment.clone(),
            cluster: hand.cluster.clone(),
            started: (ground.clock)().to_string(),
            undoes: ground.undoes.clone(),
        },
    );
    let outcome = match journal {
        Ok(journal) => {
            run.journal = Some(journal.path().display().to_string());
            let mut walk = Walk {
                repairing,
                hand,
                journal,
                redactor: Redactor::new(random_key()?),
                broken: Vec::new(),
                stopped: None,
                known: known(plan),
                taking_back: ground.undoes.is_some(),
                ground,
            };
            for step in &plan.steps {
                let outcome = walk.step(step, consent, &mut lease);
                run.steps.push((step.clone(), outcome));
            }
            Ok(run)
        }
        Err(error) => Err(Diagnostic::new(format!(
            "nothing was changed: the journal cannot be written below {}: {error}",
            ground.journals.display()
        ))
        .hint("name another place: --journal DIR")
        .into()),
    };
    hand.wait(lease.release());
    outcome
}

fn known(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.steps.iter().flat_map(|step| &step.repairs);
    let left = plan.left.iter().map(|left| &left.finding);
    steps.chain(left).map(|one| one.fingerprint.to_string()).collect()
}

fn uncovered(step: &Step, consent: &Consent) -> Outcome {
    Outcome::Skipped(consent.covers(step).err().unwrap_or_default())
}

/// `2026-11-23T03-00-00Z-9f3a`: sorts by time, and two runs of one second differ.
fn run_name(now: Timestamp) -> Result<String, Ended> {
    let key = random_key()?;
    let second = now.strftime("%Y-%m-%dT%H-%M-%SZ");
    Ok(format!("{second}-{:02x}{:02x}", key[0], key[1]))
}

/// What an admission warns of may be a reason not to go on: a level of Pod Security is not enforced while Pods break it.
pub(super) fn acceptable(deed: &Deed, warnings: &[String]) -> Result<(), String> {
    let enforces = deed
        .marks()
        .is_some_and(|(_, marks)| marks.field(ENFORCE).is_some());
    match warnings.first() {
        Some(first) if enforces => Err(format!("Pods that run would break what it enforces: {first}")),
        _ => Ok(()),
    }
}

/// A run under way.
struct Walk<'a> {
    repairing: &'a Repairing,
    hand: &'a Hand,
    journal: Journal,
    redactor: Redactor,
    /// Targets of steps that went wrong: what rests on them is not begun.
    broken: Vec<ResourceRef>,
    /// Why nothing more is begun.
    stopped: Option<String>,
    /// The findings of which the plan knows, by fingerprint.
    known: BTreeSet<String>,
    taking_back: bool,
    ground: &'a Ground<'a>,
}

impl Walk<'_> {
    fn step(&mut self, step: &Step, consent: &Consent, lease: &mut Lease) -> Outcome {
        if let Err(why) = consent.covers(step) {
            self.broken.push(step.deed.target.clone());
            return Outcome::Skipped(why);
        }
        if let Some(why) = &self.stopped {
            return Outcome::Skipped(why.clone());
        }
        if self.repairing.judging.interrupt.is_cancelled() {
            return Outcome::Skipped("interrupted".to_owned());
        }
        if let Some(broken) = self
            .broken
            .iter()
            .find(|broken| rests_on(&step.deed.target, broken))
        {
            return Outcome::Skipped(format!("it rests on {broken}, of which a step was not done"));
        }
        (self.ground.tell)(step);
        let outcome = self.attempt(step, lease);
        if !outcome.is_well() && !matches!(outcome, Outcome::Done(Verified::CouldNotVerify(_))) {
            self.broken.push(step.deed.target.clone());
        }
        outcome
    }

    fn attempt(&mut self, step: &Step, lease: &mut Lease) -> Outcome {
        if let Err(error) = self.hand.wait(lease.renew((self.ground.clock)())) {
            return Outcome::NotDone(format!("the Lease of this environment was lost: {error}"));
        }
        let deed = &step.deed;
        let site = match Site::of(self.hand, deed) {
            Ok(site) => site,
            Err(why) => return Outcome::NotDone(why),
        };
        let live = match site.read(deed) {
            Ok(live) => live,
            Err(why) => return Outcome::NotDone(why),
        };
        let now = live.as_ref().map(meaning_hash);
        if now != step.before {
            return Outcome::NotDone(changed(step, live.as_ref()));
        }
        let tried = match site.try_out(deed, live.as_ref()) {
            Ok(tried) => tried,
            Err(why) => return Outcome::NotDone(why),
        };
        if let Err(why) = self.still_wanted(step) {
            return Outcome::NotDone(why);
        }
        let after = tried.object.as_ref().map(meaning_hash);
        let intent = Intent {
            step: step.id.clone(),
            summary: step.summary.clone(),
            deed: step.deed.clone(),
            before: now,
            after: after.clone(),
            undo: undo(&step.deed, live.as_ref(), tried.object.as_ref(), &self.redactor),
        };
        // Looking again took its time.
        if let Err(error) = self.hand.wait(lease.renew((self.ground.clock)())) {
            return Outcome::NotDone(format!("the Lease of this environment was lost: {error}"));
        }
        if let Err(error) = self.journal.add(&Record::Intent(Box::new(intent))) {
            return Outcome::NotDone(format!("its undo cannot be kept: {error}"));
        }
        match site.make(deed, live.as_ref()) {
            Ok(object) => self.made(step, object.as_ref()),
            Err(NotMade::Refused(why)) => self.not_made(step, &why),
            Err(NotMade::Cancelled) => self.classify(step, &site, after.as_deref(), "interrupted"),
            Err(NotMade::Unknown(why)) => self.classify(step, &site, after.as_deref(), &why),
        }
    }

    /// No answer came: whether it was done, the object says.
    fn classify(&mut self, step: &Step, site: &Site<'_>, after: Option<&str>, why: &str) -> Outcome {
        let mut looked = site.read(&step.deed);
        // What nobody answered may still be under way.
        for _ in 0..LOOKS {
            let as_before = |live: &Option<Value>| live.as_ref().map(meaning_hash) == step.before;
            if !looked.as_ref().is_ok_and(as_before) {
                break;
            }
            self.hand.pause(PAUSE);
            looked = site.read(&step.deed);
        }
        match looked {
            Ok(live) => {
                let now = live.as_ref().map(meaning_hash);
                let in_account = step.deed.in_account();
                if now.as_deref() == after {
                    self.made(step, live.as_ref())
                } else if now == step.before {
                    self.not_made(step, why)
                } else if in_account && step.deed.seems_done(live.as_ref()) {
                    self.made(step, live.as_ref())
                } else {
                    Outcome::Unknown(format!(
                        "{why}; {} is neither as it was nor as it should be",
                        step.deed.target
                    ))
                }
            }
            Err(again) => Outcome::Unknown(format!("{why}; and afterwards: {again}")),
        }
    }

    fn not_made(&mut self, step: &Step, why: &str) -> Outcome {
        let record = Record::Failed {
            step: step.id.clone(),
            why: why.to_owned(),
        };
        match self.journal.add(&record) {
            Ok(()) => Outcome::NotDone(why.to_owned()),
            Err(error) => Outcome::NotDone(format!("{why}; and the journal does not know of it: {error}")),
        }
    }

    fn made(&mut self, step: &Step, object: Option<&Value>) -> Outcome {
        let record = Record::Done {
            step: step.id.clone(),
            after: object.map(meaning_hash),
            uid: object
                .filter(|_| step.deed.action == FixAction::KubernetesCreate)
                .and_then(|object| object.text_at(&["metadata", "uid"]))
                .map(ToOwned::to_owned),
        };
        let unkept = self.journal.add(&record).err();
        if let Err(why) = self.rolled_out(step) {
            // What does not come up must not be followed by more of it.
            self.stopped = Some(format!("the run was stopped: {why}"));
            return Outcome::Done(Verified::CouldNotVerify(why));
        }
        if let Some(error) = unkept {
            return Outcome::Done(Verified::CouldNotVerify(format!(
                "the journal does not know that it was done: {error}"
            )));
        }
        self.verified(step)
    }

    /// A workload whose template was changed has to come up with it.
    fn rolled_out(&self, step: &Step) -> Result<(), String> {
        let rolls = ["Deployment", "StatefulSet", "DaemonSet"].contains(&step.deed.target.kind.as_str());
        let template = step.deed.operations().unwrap_or_default();
        let template = template
            .iter()
            .any(|operation| operation.path.get(1).is_some_and(|part| part == "template"));
        if !rolls || !template {
            return Ok(());
        }
        let start = (self.ground.clock)();
        let patience = SignedDuration::try_from(ROLLOUT).unwrap_or(SignedDuration::ZERO);
        loop {
            let object = self.hand.wait(self.hand.objects.read(&step.deed.target))?;
            let object = object.ok_or("it is gone")?;
            if has_rolled_out(&object) {
                return Ok(());
            }
            if (self.ground.clock)().duration_since(start) > patience {
                return Err(format!(
                    "{} did not come up within {} s",
                    step.deed.target,
                    ROLLOUT.as_secs()
                ));
            }
            self.hand.pause(PAUSE);
        }
    }

    /// What is deleted from the registry for good is judged once more: since it was planned somebody may have begun to use it.
    fn still_wanted(&self, step: &Step) -> Result<(), String> {
        if step.deed.action != FixAction::RegistryDeleteManifest || self.taking_back {
            return Ok(());
        }
        let assessment = self.judged_again(step)?;
        let same = |finding: &Finding| {
            let fix = finding.fix.as_ref();
            let deed = fix.and_then(|fix| Deed::of(fix, finding.resource()).ok());
            deed.as_ref() == Some(&step.deed)
        };
        if assessment.findings.iter().any(same) {
            Ok(())
        } else {
            Err("its policy would no longer delete exactly these: make a new plan".to_owned())
        }
    }

    fn judged_again(&self, step: &Step) -> Result<Assessment, String> {
        let policies: BTreeSet<_> = step.policies().into_iter().collect();
        let judging = self.repairing.judged_by(|policy| policies.contains(&policy.id));
        if judging.selected.is_empty() {
            return Err("its policy is not at hand".to_owned());
        }
        audit_again(judging, &self.repairing.target).map_err(|ended| match ended {
            Ended::Interrupted(_) => "interrupted".to_owned(),
            Ended::Refused(problems) => problems.first().map(Diagnostic::one_line).unwrap_or_default(),
        })
    }

    /// Its policies judge the environment once more.
    fn verified(&self, step: &Step) -> Outcome {
        if self.taking_back {
            return Outcome::Done(Verified::TakenBack);
        }
        if step.deed.is_estimated() {
            let late = "the registry tells its size later";
            return Outcome::Done(Verified::CouldNotVerify(late.to_owned()));
        }
        let assessment = match self.judged_again(step) {
            Ok(assessment) => assessment,
            Err(why) => return Outcome::Done(Verified::CouldNotVerify(why)),
        };
        let proof = compare(&step.repairs, std::iter::empty(), assessment.open());
        let elsewhere = assessment.open().any(|finding| {
            let new = !self.known.contains(finding.fingerprint().as_str());
            new && step
                .repairs
                .iter()
                .any(|one| one.policy == finding.policy && one.resource == *finding.resource())
        });
        if !proof.remaining.is_empty() || elsewhere {
            return Outcome::Done(Verified::NotFixed);
        }
        let blind = assessment.policies.iter().find(|policy| {
            matches!(policy.verdict, Verdict::Error | Verdict::NotEvaluated)
                || policy.not_evaluated > 0
                || policy.errors > 0
        });
        match blind {
            Some(policy) => Outcome::Done(Verified::CouldNotVerify(format!(
                "{} could not look at everything",
                policy.id
            ))),
            None => Outcome::Done(Verified::Fixed),
        }
    }
}

/// A step on the same thing, or on something in a Namespace that a step was to create.
fn rests_on(target: &ResourceRef, broken: &ResourceRef) -> bool {
    target == broken
        || broken.kind == "Namespace" && target.namespace.as_deref() == Some(broken.name.as_str())
}

fn changed(step: &Step, live: Option<&Value>) -> String {
    let target = &step.deed.target;
    match (live, &step.before) {
        (None, _) => format!("{target} does not exist any more"),
        (Some(_), None) => format!("{target} exists by now"),
        (Some(live), Some(_)) => {
            let last = live
                .items_at(&["metadata", "managedFields"])
                .iter()
                .filter(|entry| entry.text_at(&["subresource"]).unwrap_or_default().is_empty())
                .max_by_key(|entry| entry.text_at(&["time"]).unwrap_or_default().to_owned());
            let by = last
                .and_then(|entry| entry.text_at(&["manager"]))
                .unwrap_or("somebody");
            format!("{target} was changed by {by} since it was planned")
        }
    }
}

fn has_rolled_out(object: &Value) -> bool {
    let number = |path: &[&str]| object.at(path).and_then(ValueExt::int).unwrap_or(0);
    let observed = number(&["status", "observedGeneration"]) >= number(&["metadata", "generation"]);
    if object.text_at(&["kind"]) == Some("DaemonSet") {
        let wanted = number(&["status", "desiredNumberScheduled"]);
        return observed
            && number(&["status", "updatedNumberScheduled"]) == wanted
            && number(&["status", "numberAvailable"]) == wanted;
    }
    let wanted = object
        .at(&["spec", "replicas"])
        .and_then(ValueExt::int)
        .unwrap_or(1);
    observed
        && number(&["status", "updatedReplicas"]) == wanted
        && number(&["status", "replicas"]) == wanted
        && number(&["status", "availableReplicas"]) == wanted
}

/// The deed that takes another back, where there is one.
pub(super) fn taking_back(intent: &Intent) -> Result<Deed, String> {
    let (action, data) = match &intent.undo {
        Undo::Delete => (FixAction::KubernetesDelete, Value::new_object()),
        Undo::Patch(operations) => (
            FixAction::KubernetesPatch,
            envcheck_core::value::patch::to_value(operations),
        ),
        Undo::Deed(deed) => return Ok(Deed::clone(deed)),
        Undo::None(why) => return Err(why.clone()),
    };
    Ok(Deed {
        action,
        target: intent.deed.target.clone(),
        data,
    })
}
