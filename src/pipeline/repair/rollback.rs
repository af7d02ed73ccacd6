//! Taking a run back: its journal is read, what it did is compared with what is there now, and becomes a plan of its own.

use super::hand::Hand;
use super::plan::Repairing;
use super::reachability::{Scales, arrange_back};
use super::site::Site;
use crate::apply::journal::{GoesOn, JournalPlace};
use crate::pipeline::ended::Ended;
use crate::pipeline::journals::{opened, threads};
use crate::pipeline::live::random_key;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::plan::journal::{Ended as StepEnded, Journal, Recorded, read};
use envcheck_core::plan::{
    Keeper, Plan, PlannedCluster, Proof, Step, TakenBack, Undo, meaning_hash, preview, taking_back,
};
use envcheck_core::remediate::{cautions_of_taking_back, healed, keeper};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::Value;

/// A run, as its journal remembers it.
#[derive(Debug)]
pub struct Remembered {
    /// Its name.
    pub name: String,
    /// Its journal, or why that cannot be read.
    pub journal: Result<Journal, String>,
    /// Whether it still goes on.
    pub goes_on: GoesOn,
}

/// All runs, oldest first.
pub fn runs(place: &JournalPlace) -> Result<Vec<Remembered>, Diagnostic> {
    let journals = opened(place)?;
    threads()?.block_on(async {
        let names = journals.runs().await.map_err(|error| {
            Diagnostic::new(format!("the journals below {place} cannot be read: {error}"))
                .hint("name their place: --journal PLACE")
        })?;
        let mut runs = Vec::with_capacity(names.len());
        for name in names {
            // Asked first: of a run that has ended by then, the journal is whole.
            let goes_on = journals.goes_on(&name);
            let text = journals.text(&name).await;
            let text = text.and_then(|text| text.ok_or_else(|| "it is gone".to_owned()));
            runs.push(Remembered {
                name,
                journal: text.and_then(|text| read(&text)),
                goes_on,
            });
        }
        Ok(runs)
    })
}

/// What takes a run back, and what of it cannot be: pairs of what the run did and why it stays.
pub fn plan_rollback(
    repairing: &Repairing,
    place: &JournalPlace,
    run: &str,
) -> Result<(Plan, Vec<(String, String)>), Ended> {
    let journals = opened(place)?;
    let hint = "`envcheck runs` lists the runs; --journal PLACE names another place";
    let text = threads()?.block_on(journals.text(run)).map_err(|error| {
        Diagnostic::new(format!("the journal of run {run} cannot be read: {error}")).hint(hint)
    })?;
    let text = text.ok_or_else(|| Diagnostic::new(format!("there is no run {run} in {place}")).hint(hint))?;
    let journal = read(&text)
        .map_err(|why| Diagnostic::new(format!("the journal of run {run} cannot be read: {why}")))?;
    if journals.goes_on(run) == GoesOn::Yes {
        let problem = format!("run {run} still goes on");
        return Err(Diagnostic::new(problem)
            .hint("stop it first, or wait until it has ended")
            .into());
    }
    let spec = repairing.spec()?;
    if journal.head.environment != spec.name() {
        let problem = format!(
            "run {run} changed {}, not {}",
            journal.head.environment,
            spec.name()
        );
        return Err(Diagnostic::new(problem)
            .hint("name its environment: envcheck rollback RUN -e ENV")
            .into());
    }
    // What was created in an account before there was a cluster: nothing of it is taken back, and nobody has to be asked.
    let kept = |one: &Recorded| matches!(one.intent.undo, Undo::None(_)) && one.intent.deed.in_account();
    if journal.head.cluster == PlannedCluster::default() && journal.steps.iter().all(kept) {
        return Ok((
            empty(repairing, &journal, PlannedCluster::default()),
            staying(&journal),
        ));
    }
    let interrupt = &repairing.judging.interrupt;
    let hand = Hand::open(spec, &repairing.target, repairing.judging.started, interrupt)?;
    let result = planned(repairing, &journal, &hand);
    hand.end();
    result
}

fn planned(
    repairing: &Repairing,
    journal: &Journal,
    hand: &Hand,
) -> Result<(Plan, Vec<(String, String)>), Ended> {
    if !journal.head.cluster.is(&hand.cluster) {
        let problem = format!(
            "run {} changed another cluster ({})",
            journal.head.run, journal.head.cluster.name
        );
        return Err(Diagnostic::new(problem)
            .hint("name that cluster: --context")
            .into());
    }
    let applications = hand.applications().map_err(|why| {
        Diagnostic::new(format!(
            "who delivers the objects is not known: the applications of Argo CD could not be read: {why}"
        ))
        .hint("grant the credentials `list` on applications.argoproj.io")
    })?;
    let mut plan = empty(repairing, journal, hand.cluster.clone());
    let mut stays = Vec::new();
    // What later steps will have undone by then.
    let mut expected: Vec<Undone> = Vec::new();
    for (place, recorded) in journal.steps.iter().enumerate().rev() {
        let target = &recorded.intent.deed.target;
        let until = journal.steps.iter().take(place + 1).map(|step| &step.intent);
        let befores: Vec<Option<&str>> = until
            .filter(|intent| intent.deed.target == *target)
            .map(|intent| intent.before.as_deref())
            .collect();
        match undone(recorded, &befores, (hand, &applications), &mut expected) {
            Ok(Some(step)) => plan.steps.push(step),
            Ok(None) => {}
            Err(why) => stays.push((recorded.intent.summary.clone(), why)),
        }
    }
    let mut scales = Scales::new(repairing, None);
    arrange_back(&mut scales, &mut plan);
    Ok((plan, stays))
}

/// A plan without steps.
fn empty(repairing: &Repairing, journal: &Journal, cluster: PlannedCluster) -> Plan {
    Plan {
        environment: journal.head.environment.clone(),
        cluster,
        made: repairing.judging.started,
        inputs: None,
        steps: Vec::new(),
        in_git: Vec::new(),
        left: Vec::new(),
        proof: Proof::default(),
    }
}

/// What was done and has no inverse, and why.
fn staying(journal: &Journal) -> Vec<(String, String)> {
    let done = journal.steps.iter().rev();
    let done = done.filter(|one| !matches!(one.ended, Some(StepEnded::Failed(_))));
    let made = done.filter_map(|one| match &one.intent.undo {
        Undo::None(why) => Some((one.intent.summary.clone(), why.clone())),
        _ => None,
    });
    let adopted = journal.adopted.iter().map(|target| {
        let why = "it stays adopted, which changed nothing of it";
        (format!("adopt {} {}", target.kind, target.name), why.to_owned())
    });
    made.chain(adopted).collect()
}

/// A target once a later step on it was taken back.
struct Undone {
    target: ResourceRef,
    /// The digest of what it means then, as the journal says.
    meaning: Option<String>,
    /// What it is then, as far as that can be worked out: to be shown.
    shown: Option<Value>,
}

/// The step that takes a recorded one back; `None` when there is nothing to take back. `befores`: what the target meant before
/// this step, and before each earlier one on it; `None` where it was not there.
fn undone(
    recorded: &Recorded,
    befores: &[Option<&str>],
    (hand, applications): (&Hand, &[Value]),
    expected: &mut Vec<Undone>,
) -> Result<Option<Step>, String> {
    let intent = &recorded.intent;
    let target = &intent.deed.target;
    let failed = matches!(recorded.ended, Some(StepEnded::Failed(_)));
    if let (true, Undo::None(why)) = (intent.deed.in_account(), &intent.undo) {
        return if failed { Ok(None) } else { Err(why.clone()) };
    }
    let live = Site::of(hand, &intent.deed)?.read(&intent.deed)?;
    let earlier = expected.iter().rev().find(|earlier| earlier.target == *target);
    let first = earlier.is_none();
    let before = earlier.map_or_else(|| live.clone(), |earlier| earlier.shown.clone());
    let now = earlier.map_or_else(
        || live.as_ref().map(meaning_hash),
        |earlier| earlier.meaning.clone(),
    );
    // It was taken back before, with those that came after it: by a run that was stopped, or by all of one.
    if first && befores.contains(&now.as_deref()) {
        return Ok(None);
    }
    let after = match &recorded.ended {
        Some(StepEnded::Done { after, .. }) => after.clone(),
        // The run ended before it could say what became of it: the object says it.
        _ => intent.after.clone(),
    };
    // No answer came, and it was not done when it was looked at: it may have been done later.
    if now == intent.before || failed && now != after {
        return Ok(None);
    }
    if let Undo::None(why) = &intent.undo {
        return Err(why.clone());
    }
    if now != after {
        return Err(format!(
            "{target} was changed since: what is there now is not taken away"
        ));
    }
    let kept = live.as_ref().filter(|_| intent.deed.in_cluster());
    if let Some(why) = kept.and_then(|live| healed(target, live, applications)) {
        return Err(why);
    }
    let keeper = kept.map_or(Keeper::Nobody, |live| keeper(target, live, applications));
    let TakenBack { deed, risk, caution } = taking_back(recorded, live.as_ref(), before.as_ref())?;
    let redactor = Redactor::new(random_key().map_err(|_| "the system gives no random bytes")?);
    let harmless = |value: Option<&Value>| value.map(|value| redactor.redacted(value));
    let afterwards = deed.done_to(before.as_ref()).ok().flatten();
    expected.push(Undone {
        target: target.clone(),
        meaning: intent.before.clone(),
        shown: afterwards.clone(),
    });
    Ok(Some(Step {
        id: Step::id_of(&deed),
        risk,
        summary: format!("take back: {}", intent.summary),
        repairs: Vec::new(),
        keeper,
        cautions: cautions_of_taking_back(&deed, live.as_ref())
            .into_iter()
            .chain(caution)
            .collect(),
        before: after,
        preview: preview(
            harmless(before.as_ref()).as_ref(),
            harmless(afterwards.as_ref()).as_ref(),
        ),
        undo: Undo::None(String::new()),
        foreign: false,
        rehearsed: true,
        causes: Vec::new(),
        after: Vec::new(),
        deed,
    }))
}
