//! The run that `check`, `audit` and fixtures share.

use super::ended::Ended;
use super::input::{Earlier, Input};
use super::live::{self, Live};
use super::target::{TargetChoice, Way};
use super::waivers::held;
use crate::collect::cluster::Wanted;
use envcheck_core::evaluate::{
    Clock, Conclusion, EvaluationPlan, Limits, Run, conclude, judge_environment, judge_objects,
};
use envcheck_core::findings::waiver::{Noted, Written};
use envcheck_core::findings::{Assessment, FailOn, Gate, Heading, Reading, Verb, WaiverResult};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::{Declared, Inventory, InventoryBuilder, OwnerIndex};
use envcheck_core::network::Gatherer;
use envcheck_core::path::FieldPath;
use envcheck_core::policy::{Catalogue, Needed, Policy};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long evaluation may take, on one thread: 5 s for one rule on one object, and a worker that is stuck in one call
/// for 10 s is abandoned.
pub(super) const LIMITS: Limits = Limits {
    evaluation: Duration::from_secs(5),
    stuck: Duration::from_secs(10),
    jobs: 1,
};

/// What a run judges by, whatever it reads.
#[derive(Debug, Clone)]
pub struct Judging {
    /// The environment.
    pub spec: Option<Spec>,
    /// All policies at hand.
    pub catalogue: Arc<Catalogue>,
    /// The selected ones.
    pub selected: Vec<Policy>,
    /// Parameters from the command line: policy → name → value.
    pub parameters: BTreeMap<String, BTreeMap<String, Value>>,
    /// The waivers of files.
    pub waivers: Vec<Written>,
    /// What decides the exit code.
    pub gate: GateOptions,
    /// Worker threads.
    pub jobs: usize,
    /// The time as which policies see the run, when the user says so.
    pub now: Option<Timestamp>,
    /// By what the time of each policy is measured, where it is asked for.
    pub clock: Option<Clock>,
    /// The real time at the start.
    pub started: Timestamp,
    /// What the user is told besides.
    pub warnings: Vec<String>,
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

/// What decides the exit code.
#[derive(Debug, Clone, Copy)]
pub struct GateOptions {
    /// From which severity on findings fail.
    pub fail_on: FailOn,
    /// The coverage below which a run is incomplete, 0 to 1.
    pub min_coverage: f64,
    /// Zero objects are fine.
    pub allow_empty: bool,
    /// Always 0.
    pub exit_zero: bool,
}

impl GateOptions {
    /// Nothing fails and nothing is missing: for runs whose exit code is not theirs to decide.
    pub const OPEN: Self = Self {
        fail_on: FailOn::Never,
        min_coverage: 0.0,
        allow_empty: true,
        exit_zero: true,
    };
}

/// An environment that nobody judges.
pub fn unjudged(spec: Spec, started: Timestamp) -> Judging {
    let (catalogue, _) = Catalogue::load(&[], &[]);
    Judging {
        spec: Some(spec),
        catalogue: Arc::new(catalogue),
        selected: Vec::new(),
        parameters: BTreeMap::new(),
        waivers: Vec::new(),
        gate: GateOptions::OPEN,
        jobs: 1,
        now: None,
        clock: None,
        started,
        warnings: Vec::new(),
        interrupt: CancellationToken::new(),
    }
}

/// A run that knows its policies and has not read anything yet.
pub(super) struct Session {
    judging: Judging,
    verb: Verb,
    run: Run,
    plan: EvaluationPlan,
    /// What is read besides what the policies need.
    besides: Needed,
}

impl Session {
    pub(super) fn new(mut judging: Judging, verb: Verb, complete: bool) -> Self {
        let run = Run {
            verb,
            complete,
            environment: judging.spec.as_ref().map(|spec| spec.value.clone()),
            now: judging.now.unwrap_or(judging.started),
            parameters: std::mem::take(&mut judging.parameters),
            limits: Limits {
                jobs: judging.jobs,
                ..LIMITS
            },
            clock: judging.clock.take(),
        };
        let plan = EvaluationPlan::new(&judging.selected, &run);
        Self {
            judging,
            verb,
            run,
            plan,
            besides: Needed::default(),
        }
    }

    /// The same, reading this as well.
    pub(super) fn reading(self, besides: Needed) -> Self {
        Self { besides, ..self }
    }

    /// Opens a running environment to read what the policies need, or every kind.
    pub(super) fn open(&self, way: &Way, all_kinds: bool, choice: &TargetChoice) -> Result<Live, Ended> {
        let mut needed = self.plan.needed();
        needed.join(&self.besides);
        let wanted = Wanted {
            needed: &needed,
            all_kinds,
        };
        let started = self.judging.started;
        live::open(way, self.spec(), wanted, choice, started, self.interrupt())
    }

    /// Whether some policy needs this collection.
    pub(super) fn needs(&self, collection: &str) -> bool {
        self.plan.needed().collections.contains_key(collection)
    }

    /// What the policies need.
    pub(super) fn needed(&self) -> Needed {
        self.plan.needed()
    }

    /// The real time at the start.
    pub(super) fn started(&self) -> Timestamp {
        self.judging.started
    }

    pub(super) fn spec(&self) -> Option<&Spec> {
        self.judging.spec.as_ref()
    }

    pub(super) fn interrupt(&self) -> &CancellationToken {
        &self.judging.interrupt
    }
}

/// Reads, judges objects as they stream by, joins, judges the environment, and concludes.
pub(super) fn judge(session: Session, input: Input, mut reading: Reading) -> Result<Assessment, Ended> {
    let Session {
        judging,
        verb,
        mut run,
        plan,
        besides: _,
    } = session;
    let spec = judging.spec.as_ref();
    let now = judging.now.or(input.captured).unwrap_or_else(|| match verb {
        // Manifests have no age: judged as of the day, the same manifests give the same bytes all day.
        Verb::Check => start_of_day(judging.started),
        Verb::Audit => judging.started,
    });
    run.now = now;
    let mut heading = heading(spec);
    heading.version = input.version;

    let mut inventory = InventoryBuilder::new(plan.needs_whole_objects())
        .about(spec.map(Declared::of).unwrap_or_default())
        .keeping(plan.kept_rows())
        .masking(Redactor::new(live::random_key()?));
    (input.describe)(&mut inventory);
    let mut network = gatherer(spec, false);
    let mut gather = |object: &Value, owners: &OwnerIndex| network.absorb(object, owners);
    let interrupt = judging.interrupt;
    let stop = || interrupt.is_cancelled();
    let mut objects = judge_objects(
        &judging.catalogue,
        &plan,
        &run,
        input.feed,
        &stop,
        &mut inventory,
        plan.needs_view().then_some(&mut gather),
    )?;
    // Nothing may be learnt of a reading that was broken off.
    if interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    (input.settle)(&mut inventory)?;
    let mut inventory = inventory.build();
    let mut warnings = judging.warnings;
    if let Some(Earlier { mut ledger, answer }) = input.earlier {
        let answers = answer(&mut inventory)?;
        let environment = heading.environment.as_deref().unwrap_or_default();
        ledger.record(environment, judging.started, &answers, &mut inventory);
        warnings.extend(ledger.warnings());
    }
    let (network, network_gaps) = network.build(&inventory.owners);
    let facts = network.facts();
    drop(network);
    let environment = judge_environment(&judging.catalogue, &plan, &run, &inventory, &facts, &stop)?;
    drop(facts);
    inventory.forget_documents();

    let told = (input.account)();
    (reading.cluster, reading.account) = (told.cluster, told.account);
    reading.objects = inventory.objects;
    reading.not_kubernetes = objects.not_kubernetes;
    let place = |path: &FieldPath| spec.and_then(|spec| spec.place(path));
    let kubernetes_objects = objects.objects;
    let mut waivers = judging.waivers;
    waivers.extend(Noted::written(
        std::mem::take(&mut objects.noted),
        &inventory.owners,
    ));
    let mut conclusion = conclude(&plan, &run, &inventory, objects, environment, &place);
    let waivers = held(
        waivers,
        &mut conclusion,
        spec,
        &judging.catalogue,
        &plan,
        &run,
        &inventory,
    );
    // Where no policy asks for Kubernetes objects, none are missing.
    let objects = (!plan.needed().no_kinds()).then_some(kubernetes_objects);
    let gate = gate(judging.gate, &conclusion, objects, &inventory);
    warnings.extend(told.warnings);
    warnings.extend(network_gaps);
    warnings.extend(conclusion.warnings);
    warnings.extend(waivers.iter().flat_map(WaiverResult::warnings));
    Ok(Assessment {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        verb,
        heading,
        reading,
        as_of: now,
        timings: None,
        policies: conclusion.policies,
        findings: conclusion.findings,
        not_evaluated: conclusion.not_evaluated,
        errors: conclusion.errors,
        suppressed: conclusion.suppressed,
        waivers,
        warnings,
        coverage: conclusion.coverage,
        gate,
    })
}

/// Collects what reachability depends on, with the namespaces and address ranges that the spec declares.
pub(super) fn gatherer(spec: Option<&Spec>, by_absent_owner: bool) -> Gatherer {
    let mut network = Gatherer::new(by_absent_owner);
    if let Some(spec) = spec {
        let names = |path: &[&str]| -> Vec<String> {
            spec.value
                .items_at(path)
                .iter()
                .filter_map(|item| {
                    item.text()
                        .or_else(|| item.text_at(&["name"]))
                        .map(ToOwned::to_owned)
                })
                .collect()
        };
        for name in names(&["namespaces"])
            .into_iter()
            .chain(names(&["systemNamespaces", "names"]))
        {
            network.declare_namespace(&name);
        }
        let subnets = [
            ["digitalocean", "cluster", "clusterSubnet"],
            ["digitalocean", "cluster", "serviceSubnet"],
            ["digitalocean", "vpc", "ipRange"],
        ];
        let declared = subnets
            .iter()
            .filter_map(|path| spec.value.text_at(path)?.parse().ok());
        network.cluster_subnets(declared);
    }
    network
}

fn heading(spec: Option<&Spec>) -> Heading {
    let text = |path: &[&str]| {
        spec.and_then(|spec| spec.value.text_at(path))
            .map(ToOwned::to_owned)
    };
    Heading {
        environment: text(&["name"]),
        cluster: text(&["digitalocean", "cluster", "name"]),
        region: text(&["digitalocean", "region"]),
        version: None,
        team: None,
    }
}

/// `objects`: how many were judged, where any were asked for.
fn gate(options: GateOptions, conclusion: &Conclusion, objects: Option<u64>, inventory: &Inventory) -> Gate {
    let mut reasons = Vec::new();
    if objects == Some(0) && !options.allow_empty {
        reasons.push(if inventory.unreadable_documents().next().is_some() {
            "nothing could be read".to_owned()
        } else {
            "there was no Kubernetes object to judge".to_owned()
        });
    } else if !conclusion.any_ran {
        reasons.push("no selected policy could judge what was given".to_owned());
    }
    if conclusion.coverage.waived > 0 && conclusion.coverage.evaluated == 0 {
        reasons.push("nothing was evaluated: waivers accept all of it".to_owned());
    }
    let open = conclusion
        .findings
        .iter()
        .filter(|finding| finding.waiver.is_none());
    let severities = open.map(|finding| finding.severity);
    Gate::decide(
        options.fail_on,
        severities,
        &conclusion.coverage,
        options.min_coverage,
        reasons,
        options.exit_zero,
    )
}

fn start_of_day(time: Timestamp) -> Timestamp {
    let into_the_day = time.as_second().rem_euclid(86_400);
    Timestamp::from_second(time.as_second() - into_the_day).unwrap_or(time)
}
