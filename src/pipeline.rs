//! Each whole flow on one screen: read → judge objects → join → judge the environment → conclude.

use crate::collect::fixture::Fixture;
use crate::collect::manifests::Manifests;
use crate::collect::snapshot::SnapshotReader;
use crate::collect::sources::Sources;
use envcheck_core::evaluate::{
    Conclusion, EvaluationPlan, Limits, Loader, Run, conclude, judge_environment, judge_objects,
};
use envcheck_core::findings::{Assessment, FailOn, Gate, Heading, Reading, Verb};
use envcheck_core::inventory::{Inventory, InventoryBuilder, ResourceRef};
use envcheck_core::network::{Gatherer, Network};
use envcheck_core::path::FieldPath;
use envcheck_core::policy::{Catalogue, Policy};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a run judges by, whatever it reads.
#[derive(Debug)]
pub struct Judging {
    /// The environment.
    pub spec: Option<Spec>,
    /// All policies at hand.
    pub catalogue: Arc<Catalogue>,
    /// The selected ones.
    pub selected: Vec<Policy>,
    /// Parameters from the command line: policy → name → value.
    pub parameters: BTreeMap<String, BTreeMap<String, Value>>,
    /// What decides the exit code.
    pub gate: GateOptions,
    /// How long evaluation may take.
    pub limits: Limits,
    /// The time as which policies see the run, when the user says so.
    pub now: Option<Timestamp>,
    /// The real time at the start.
    pub started: Timestamp,
    /// What the user is told besides.
    pub warnings: Vec<String>,
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

/// Judges manifests; with `on`, as if they were applied over a snapshot.
pub fn check(
    judging: Judging,
    paths: &[String],
    complete: bool,
    on: Option<SnapshotReader>,
) -> Result<Assessment, Vec<Diagnostic>> {
    let manifests = Manifests::find(paths)?;
    let complete = complete || on.is_some();
    let reading = Reading {
        kind: "manifests".to_owned(),
        from: paths.to_vec(),
        files: manifests.files,
        skipped: manifests.skipped.clone(),
        ..Reading::default()
    };
    judge(
        judging,
        Verb::Check,
        complete,
        Input::of(Sources::new(Some(manifests), on)),
        reading,
    )
}

/// Judges a snapshot of a cluster and its account.
pub fn audit(judging: Judging, snapshot: SnapshotReader) -> Result<Assessment, Vec<Diagnostic>> {
    let reading = Reading {
        kind: "snapshot".to_owned(),
        from: vec![snapshot.dir().display().to_string()],
        ..Reading::default()
    };
    judge(
        judging,
        Verb::Audit,
        true,
        Input::of(Sources::new(None, Some(snapshot))),
        reading,
    )
}

/// Judges a fixture, as `audit` or as `check` would.
pub fn fixture(judging: Judging, fixture: Fixture) -> Result<Assessment, Vec<Diagnostic>> {
    let Fixture {
        manifests,
        complete,
        loaded,
        ..
    } = fixture;
    let verb = if manifests { Verb::Check } else { Verb::Audit };
    let input = Input {
        units: 1,
        loader: Arc::new(move |_| loaded.clone()),
        describe: Box::new(|_| ()),
        captured: None,
        version: None,
    };
    judge(
        judging,
        verb,
        complete,
        input,
        Reading {
            kind: "fixture".to_owned(),
            ..Reading::default()
        },
    )
}

/// What is read, and what is known of it before.
struct Input {
    units: usize,
    loader: Arc<Loader>,
    describe: Box<dyn FnOnce(&mut InventoryBuilder)>,
    captured: Option<Timestamp>,
    version: Option<String>,
}

impl Input {
    fn of(sources: Sources) -> Self {
        let sources = Arc::new(sources);
        let described = Arc::clone(&sources);
        Self {
            units: sources.len(),
            captured: sources.captured_at(),
            version: sources.cluster_version(),
            describe: Box::new(move |inventory| described.describe(inventory)),
            loader: Arc::new(move |unit| sources.load(unit)),
        }
    }
}

fn judge(
    judging: Judging,
    verb: Verb,
    complete: bool,
    input: Input,
    mut reading: Reading,
) -> Result<Assessment, Vec<Diagnostic>> {
    let spec = judging.spec.as_ref();
    let now = judging.now.or(input.captured).unwrap_or(judging.started);
    let run = Run {
        verb,
        complete,
        environment: spec.map(|spec| spec.value.clone()),
        now,
        parameters: judging.parameters,
        limits: judging.limits,
    };
    let plan = EvaluationPlan::new(&judging.selected, &run);
    let mut heading = heading(spec);
    heading.version = input.version;

    let mut inventory = InventoryBuilder::new(plan.needs_whole_objects());
    (input.describe)(&mut inventory);
    let mut network = gatherer(spec, false);
    let mut gather = |_: &ResourceRef, object: &Value| network.absorb(object);
    let objects = judge_objects(
        &judging.catalogue,
        &plan,
        &run,
        input.units,
        input.loader,
        &mut inventory,
        plan.needs_view().then_some(&mut gather),
    )
    .map_err(failed)?;
    let inventory = inventory.build(heading.cluster.as_deref());
    let (network, network_gaps) = network.build();
    let facts = network.facts();
    let environment =
        judge_environment(&judging.catalogue, &plan, &run, &inventory, &facts).map_err(failed)?;

    reading.objects = inventory.objects;
    reading.not_kubernetes = objects.not_kubernetes;
    let place = |path: &FieldPath| spec.and_then(|spec| spec.place(path));
    let kubernetes_objects = objects.objects;
    let conclusion = conclude(&plan, &run, &inventory, objects, environment, &place);
    let gate = gate(judging.gate, &conclusion, kubernetes_objects, &inventory);
    let mut warnings = judging.warnings;
    warnings.extend(network_gaps);
    warnings.extend(conclusion.warnings);
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
        warnings,
        coverage: conclusion.coverage,
        gate,
    })
}

/// Works out what NetworkPolicies allow, for `reach`. The second part names what could not be read.
pub fn reach(
    spec: Option<&Spec>,
    manifests: Option<Manifests>,
    snapshot: Option<SnapshotReader>,
) -> (Network, Vec<String>) {
    let sources = Sources::new(manifests, snapshot);
    let mut network = gatherer(spec, true);
    let mut inventory = InventoryBuilder::new(false);
    sources.describe(&mut inventory);
    for unit in 0..sources.len() {
        let loaded = sources.load(unit);
        for gap in loaded.gaps {
            inventory.gap(gap);
        }
        for object in loaded.objects {
            network.absorb(&object.value);
        }
    }
    let (network, mut gaps) = network.build();
    gaps.extend(
        inventory
            .build(None)
            .gaps
            .into_iter()
            .map(|gap| format!("{}: {}", gap.reason, gap.detail)),
    );
    (network, gaps)
}

fn gatherer(spec: Option<&Spec>, by_absent_owner: bool) -> Gatherer {
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
        network.cluster_subnets(spec.cluster_subnets());
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

fn gate(options: GateOptions, conclusion: &Conclusion, objects: u64, inventory: &Inventory) -> Gate {
    let mut reasons = Vec::new();
    if objects == 0 && !options.allow_empty {
        reasons.push(if inventory.unreadable_documents().next().is_some() {
            "nothing could be read".to_owned()
        } else {
            "there was no Kubernetes object to judge".to_owned()
        });
    } else if !conclusion.any_ran {
        reasons.push("no selected policy could judge what was given".to_owned());
    }
    let severities = conclusion.findings.iter().map(|finding| finding.severity);
    let minimum = if objects == 0 && options.allow_empty && conclusion.not_evaluated.is_empty() {
        0.0
    } else {
        options.min_coverage
    };
    Gate::decide(
        options.fail_on,
        severities,
        &conclusion.coverage,
        minimum,
        reasons,
        options.exit_zero,
    )
}

fn failed(words: String) -> Vec<Diagnostic> {
    vec![Diagnostic::new(words)]
}
