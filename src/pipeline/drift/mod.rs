//! Drift: what is declared and committed → one reading, judged and kept → a closer look at what differs → how it differs, who wrote
//! it, and whether a policy minds. Nothing is changed.

mod account;
mod again;
mod closer;
mod comparison;
mod elsewhere;
mod kept;
mod said;
mod ways_back;

pub(super) use kept::{Keeping, Kept};

use super::account::NONE_DECLARED;
use super::audit_keeping;
use super::ended::Ended;
use super::input::numbered;
use super::judge::Judging;
use super::live::random_key;
use super::repair::hand::Hand;
use super::repair::{Edits, GitChoice};
use super::target::{Place, TargetChoice, Watch};
use crate::collect::sources::Sources;
use comparison::Comparison;
use envcheck_core::drift::matters;
use envcheck_core::findings::drift::Drift;
use envcheck_core::findings::{Assessment, WaiverResult};
use envcheck_core::inventory::Feed;
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::policy::{Kinds, Needed, NeededKind, PolicyIds};
use envcheck_core::provision::objects::{ENVIRONMENT_LABEL, MADE};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use kept::Identity;
use said::Statements;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What is compared, and how it is reached.
#[derive(Debug, Clone)]
pub struct ToCompare {
    /// The environment, and the policies whose view is told.
    pub judging: Judging,
    /// Where the environment is.
    pub target: TargetChoice,
    /// Manifests that say what should be as well.
    pub manifests: Vec<String>,
    /// Where what Argo CD delivers is checked out.
    pub git: GitChoice,
    /// Only what is in these namespaces; everything when there are none.
    pub namespaces: Vec<String>,
    /// A file that holds Argo CD's manifest.
    pub argocd_manifest: Option<PathBuf>,
}

/// Compares. `watch` is given the counter before a cluster is read.
pub fn drift(wanted: &ToCompare, watch: Watch<'_>) -> Result<Drift, Ended> {
    let judging = &wanted.judging;
    let missing = || Ended::from(Diagnostic::new("no environment is named"));
    let spec = judging.spec.as_ref().ok_or_else(missing)?;
    let key = random_key()?;
    let redactor = Redactor::new(key);
    let mut statements = Statements::default();
    statements.of_spec(
        spec,
        wanted.argocd_manifest.as_deref(),
        &redactor,
        &judging.interrupt,
    )?;
    statements.of_manifests(&wanted.manifests, &redactor)?;
    if let Some(mut edits) = Edits::open(&wanted.git, &judging.interrupt)? {
        let applications = applications(wanted, spec)?;
        statements.of_git(&mut edits, &applications, &redactor);
        if judging.interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
    }
    let kept = Arc::new(Kept::new(
        key,
        wanted_objects(spec, &statements),
        (ENVIRONMENT_LABEL.to_owned(), spec.name().to_owned()),
        needed(spec, &statements),
    ));
    let assessment = audit_keeping(judging.clone(), &wanted.target, watch, &kept)?;
    let live = assessment.reading.kind == "cluster";
    let mut comparison = Comparison::new(wanted, spec, kept.seen(), statements, redactor, live);
    comparison.objects()?;
    account::compare(&mut comparison);
    comparison.undeclared();
    let halves = std::mem::take(&mut comparison.halves);
    let mut drift = comparison.told();
    spec.name().clone_into(&mut drift.environment);
    drift.as_of = assessment.as_of;
    drift.kind.clone_from(&assessment.reading.kind);
    drift.from.clone_from(&assessment.reading.from);
    if live && spec.environment.spec.digitalocean.is_none() {
        drift.notes.push(NONE_DECLARED.to_owned());
    }
    drift.notes.extend(warnings(&assessment));
    // Of datastores and proxies NetworkPolicies are one matter among others.
    let by_network = judging.selected.iter().filter(|policy| {
        &*policy.category == "network"
            && matches!(policy.kinds, Kinds::Only(_))
            && policy.kinds.matches("networking.k8s.io/v1", "NetworkPolicy")
    });
    let by_network = by_network.map(|policy| Arc::clone(&policy.id)).collect();
    matters(&mut drift, &assessment.findings, &halves, &by_network);
    Ok(drift)
}

/// What is told of the reading, and of policies that could not look; what becomes of waivers is an audit's to tell.
fn warnings(assessment: &Assessment) -> Vec<String> {
    let of_waivers: BTreeSet<String> = assessment
        .waivers
        .iter()
        .flat_map(WaiverResult::warnings)
        .collect();
    let own = assessment
        .warnings
        .iter()
        .filter(|warning| !of_waivers.contains(*warning));
    let mut warnings: Vec<String> = own.cloned().collect();
    let blind = assessment
        .policies
        .iter()
        .filter(|policy| policy.not_evaluated + policy.errors > 0)
        .count();
    if blind > 0 {
        let noun = if blind == 1 { "policy" } else { "policies" };
        warnings.push(format!(
            "{blind} {noun} could not look at everything, which envcheck audit lists: that none minds is not certain"
        ));
    }
    warnings
}

/// The applications of Argo CD, known before anything else is read: they say what is committed for whom.
fn applications(wanted: &ToCompare, spec: &Spec) -> Result<Vec<Value>, Ended> {
    let interrupt = &wanted.judging.interrupt;
    if let Place::Snapshot(snapshot) = wanted.target.place(Some(spec))? {
        let feed = numbered(Arc::new(Sources::new(None, Some(*snapshot))));
        let mut found = Vec::new();
        while let Some(unit) = feed.next() {
            let objects = unit().objects.into_iter();
            let own = objects.filter(|object| {
                object.reference.kind == "Application" && object.reference.group() == "argoproj.io"
            });
            found.extend(own.map(|object| object.value));
        }
        return Ok(found);
    }
    let hand = Hand::open(spec, &wanted.target, wanted.judging.started, interrupt)?;
    let found = hand.applications();
    hand.end();
    if interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    found.map_err(|why| {
        Diagnostic::new(format!(
            "what is committed for whom is not known: the applications of Argo CD could not be read: {why}"
        ))
        .hint("grant the credentials `list` on applications.argoproj.io, or compare without --repo")
        .into()
    })
}

/// Everything of which somebody says something, and the Services that are to be exposed.
fn wanted_objects(spec: &Spec, statements: &Statements) -> BTreeSet<Identity> {
    let said = statements.declared.keys().chain(statements.committed.keys());
    let exposed = spec.environment.spec.exposure.iter().map(|exposure| {
        let (namespace, name) = exposure.service.meaning();
        (
            String::new(),
            "Service".to_owned(),
            Some(namespace.clone()),
            name.clone(),
        )
    });
    said.cloned().chain(exposed).collect()
}

/// What has to be read, whatever the policies need.
fn needed(spec: &Spec, statements: &Statements) -> Needed {
    let besides = ["v1/Service", "autoscaling/v2/HorizontalPodAutoscaler"];
    let mut needed = Needed::of_kinds(besides.into_iter().chain(MADE));
    let said = statements.declared.keys().chain(statements.committed.keys());
    for (group, kind, ..) in said {
        needed.kinds.insert(NeededKind::of(group, kind), PolicyIds::new());
    }
    if spec.environment.spec.digitalocean.is_some() {
        needed.collections = account::collections(spec);
    }
    needed
}
