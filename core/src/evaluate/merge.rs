//! From what policies said to what is reported: findings with identity and place, verdicts, coverage.

use super::environment::{EnvironmentJudgments, EnvironmentSaid};
use super::fold::fold;
use super::judge::Said;
use super::objects::ObjectJudgments;
use super::plan::{EvaluationPlan, PlannedPolicy, Run, unread_kinds};
use super::raw::RawFinding;
use crate::findings::{
    Coverage, Draft, EvaluationError, Finding, NotEvaluated, PolicyResult, Suppressed, Verdict,
};
use crate::inventory::{Inventory, Origin, ResourceRef};
use crate::path::FieldPath;
use crate::policy::{Scope, Severity};
use crate::source::Place;
use crate::value::ValueExt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a run concluded, sorted and complete.
#[derive(Debug)]
pub struct Conclusion {
    /// Every selected policy, by id.
    pub policies: Vec<PolicyResult>,
    /// In report order.
    pub findings: Vec<Finding>,
    /// Sorted.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Sorted.
    pub errors: Vec<EvaluationError>,
    /// Sorted.
    pub suppressed: Vec<Suppressed>,
    /// Sorted, each once.
    pub warnings: Vec<String>,
    /// Over all selected, applicable policies.
    pub coverage: Coverage,
    /// True when at least one selected policy was run.
    pub any_ran: bool,
}

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    errors: u64,
    not_evaluated: u64,
    pending: u64,
}

struct Merge<'a> {
    inventory: &'a Inventory,
    place: &'a dyn Fn(&FieldPath) -> Option<Place>,
    environment: Option<Arc<str>>,
    findings: Vec<Finding>,
    not_evaluated: BTreeSet<NotEvaluated>,
    errors: BTreeSet<EvaluationError>,
    suppressed: BTreeSet<Suppressed>,
    warnings: BTreeSet<String>,
}

/// Puts everything together. `place` finds a path of the spec (`exposure[0]`) in its file.
pub fn conclude(
    plan: &EvaluationPlan,
    run: &Run,
    inventory: &Inventory,
    objects: ObjectJudgments,
    environment: EnvironmentJudgments,
    place: &dyn Fn(&FieldPath) -> Option<Place>,
) -> Conclusion {
    let name = run
        .environment
        .as_ref()
        .and_then(|spec| spec.text_at(&["name"]))
        .map(Arc::from);
    let mut merge = Merge {
        inventory,
        place,
        environment: name,
        findings: Vec::new(),
        not_evaluated: BTreeSet::new(),
        errors: BTreeSet::new(),
        suppressed: BTreeSet::new(),
        warnings: BTreeSet::new(),
    };
    let mut tallies: Vec<Tally> = plan.policies.iter().map(|_| Tally::default()).collect();
    merge.objects(plan, objects, &mut tallies);
    for (index, said) in environment.said {
        tallies[index] = merge.environment(&plan.policies[index], said);
    }
    for (index, planned) in plan.policies.iter().enumerate() {
        if planned.not_run.is_none() {
            tallies[index].not_evaluated += merge.unreadable(planned);
        }
    }
    let policies: Vec<PolicyResult> = plan
        .policies
        .iter()
        .zip(&tallies)
        .map(|(planned, tally)| result(planned, tally, plan.clock.is_some() && planned.not_run.is_none()))
        .collect();
    let coverage = Coverage::of_policies(&policies);
    merge.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    Conclusion {
        any_ran: plan.policies.iter().any(|planned| planned.not_run.is_none()),
        policies,
        findings: merge.findings,
        not_evaluated: merge.not_evaluated.into_iter().collect(),
        errors: merge.errors.into_iter().collect(),
        suppressed: merge.suppressed.into_iter().collect(),
        warnings: merge.warnings.into_iter().collect(),
        coverage,
    }
}

impl Merge<'_> {
    fn objects(&mut self, plan: &EvaluationPlan, objects: ObjectJudgments, tallies: &mut [Tally]) {
        for (index, judged) in objects.judged.iter().enumerate() {
            tallies[index].passed = *judged;
        }
        let mut owned = Vec::new();
        for kept in objects.said {
            let index = kept.policy;
            let outcome = self.said(
                &plan.policies[index],
                kept.said,
                Some((&kept.resource, &kept.origin)),
            );
            let chain = self.inventory.owners.chain(&kept.resource, kept.owner.as_ref());
            owned.extend(self.findings.drain(..).map(|finding| (finding, chain.clone())));
            if outcome.error {
                tallies[index].passed -= 1;
                tallies[index].errors += 1;
            } else if outcome.failed.is_empty() {
                // Only excuses or warnings: still a pass.
            } else {
                tallies[index].passed -= 1;
                tallies[index].failed += 1;
            }
        }
        self.findings = fold(owned, self.inventory);
        for index in plan.running(Scope::Object) {
            for gap in unread_kinds(&plan.policies[index].policy, self.inventory) {
                tallies[index].not_evaluated += 1;
                self.not_evaluated.insert(NotEvaluated {
                    policy: Arc::clone(&plan.policies[index].policy.id),
                    resource: None,
                    reason: gap.reason,
                    detail: gap.detail,
                    waiver: None,
                });
            }
        }
    }

    fn environment(&mut self, planned: &PlannedPolicy, outcome: EnvironmentSaid) -> Tally {
        let id = &planned.policy.id;
        let mut subjects = outcome.subjects.unwrap_or_else(|| {
            let name = self.environment.as_deref().unwrap_or("-");
            BTreeSet::from([ResourceRef::environment(name)])
        });
        let said = self.said(planned, outcome.said, None);
        if said.error {
            return Tally {
                failed: said.failed.len() as u64,
                errors: 1,
                ..Tally::default()
            };
        }
        let mut not_evaluated = outcome.not_evaluated;
        for subject in &subjects {
            let origins = self.inventory.origins(subject);
            if origins.len() > 1 {
                let places: Vec<String> = origins.iter().map(origin_words).collect();
                not_evaluated.insert((
                    Some(subject.clone()),
                    "duplicate".to_owned(),
                    format!("it stands {} times: {}", places.len(), places.join(", ")),
                ));
            }
        }
        subjects.extend(said.failed.iter().cloned());
        let unseen: BTreeSet<&ResourceRef> = not_evaluated
            .iter()
            .filter_map(|(resource, ..)| resource.as_ref())
            .collect();
        let pending: BTreeSet<&ResourceRef> = outcome.pending.iter().map(|(resource, _)| resource).collect();
        let passed = subjects.iter().filter(|subject| {
            !said.failed.contains(*subject) && !unseen.contains(subject) && !pending.contains(subject)
        });
        let tally = Tally {
            passed: passed.count() as u64,
            failed: said.failed.len() as u64,
            errors: 0,
            not_evaluated: not_evaluated.len() as u64,
            pending: pending.len() as u64,
        };
        for (resource, reason, detail) in not_evaluated {
            self.not_evaluated.insert(NotEvaluated {
                policy: Arc::clone(id),
                resource,
                reason,
                detail,
                waiver: None,
            });
        }
        for (resource, message) in outcome.pending {
            self.suppressed.insert(Suppressed {
                policy: Arc::clone(id),
                resource,
                message,
                by: Suppressed::PENDING.to_owned(),
            });
        }
        tally
    }

    /// A document that cannot be parsed may have held anything: each selected policy could not look at it.
    fn unreadable(&mut self, planned: &PlannedPolicy) -> u64 {
        let mut count = 0;
        for gap in self.inventory.unreadable_documents() {
            count += 1;
            self.not_evaluated.insert(NotEvaluated {
                policy: Arc::clone(&planned.policy.id),
                resource: None,
                reason: gap.reason.clone(),
                detail: gap.detail.clone(),
                waiver: None,
            });
        }
        count
    }

    fn said(
        &mut self,
        planned: &PlannedPolicy,
        said: Said,
        object: Option<(&ResourceRef, &Origin)>,
    ) -> Outcome {
        let id = &planned.policy.id;
        let mut outcome = Outcome::default();
        for (raw, severity) in said.findings {
            match self.finding(planned, raw, severity, object) {
                Ok(finding) => {
                    outcome.failed.insert(finding.resource().clone());
                    self.findings.push(finding);
                }
                Err(message) => {
                    outcome.error = true;
                    self.errors.insert(EvaluationError {
                        policy: Arc::clone(id),
                        resource: object.map(|(resource, _)| resource.clone()),
                        message,
                    });
                }
            }
        }
        for (raw, by) in said.excused {
            if let Some(resource) = raw
                .resource
                .or_else(|| object.map(|(resource, _)| resource.clone()))
            {
                self.suppressed.insert(Suppressed {
                    policy: Arc::clone(id),
                    resource,
                    message: raw.message,
                    by,
                });
            }
        }
        if let Some(message) = said.error {
            outcome.error = true;
            let resource = object.map(|(resource, _)| resource.clone());
            self.errors.insert(EvaluationError {
                policy: Arc::clone(id),
                resource,
                message,
            });
        }
        for warning in said.warnings {
            let subject = object
                .map(|(resource, _)| format!(" on {resource}"))
                .unwrap_or_default();
            self.warnings.insert(format!("{id}{subject}: {warning}"));
        }
        outcome
    }

    fn finding(
        &self,
        planned: &PlannedPolicy,
        raw: RawFinding,
        severity: Severity,
        object: Option<(&ResourceRef, &Origin)>,
    ) -> Result<Finding, String> {
        let resource = match object {
            Some((resource, _)) => Some(resource.clone()),
            None => raw.resource,
        };
        let declared = raw.declared.as_ref().and_then(|path| (self.place)(path));
        let origin = match (object, &resource, &declared) {
            (Some((_, origin)), ..) => origin.clone(),
            (None, Some(resource), declared) => match (self.inventory.origin(resource), declared) {
                (Some(origin), _) => origin.clone(),
                // What is absent is located where it is declared.
                (None, Some(place)) => Origin::Declared(place.clone()),
                (None, None) => Origin::Live,
            },
            _ => Origin::Live,
        };
        // The spec's override replaces the policy's own severity; a finding may only be milder.
        let ceiling = planned.severity;
        let severity =
            if severity == planned.policy.severity || planned.policy.is_foreign() && ceiling < severity {
                ceiling
            } else {
                severity.min(ceiling)
            };
        Finding::new(Draft {
            policy: Arc::clone(&planned.policy.id),
            title: Arc::clone(&planned.policy.title),
            category: Arc::clone(&planned.policy.category),
            severity,
            environment: self.environment.clone(),
            owner: resource
                .as_ref()
                .and_then(|resource| self.inventory.view.owners.get(resource).cloned()),
            resource,
            path: raw.path,
            key: raw.key,
            message: raw.message,
            declared: declared.filter(|_| !matches!(origin, Origin::Declared(_))),
            origin,
            fix: raw.fix,
            foreign: planned.policy.is_foreign(),
        })
        .map_err(|error| error.to_string())
    }
}

#[derive(Default)]
struct Outcome {
    failed: BTreeSet<ResourceRef>,
    error: bool,
}

fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::Manifest { document, .. } => {
            format!(
                "{}:{}",
                document.source.name,
                document.source.position(document.range.start).line
            )
        }
        Origin::Snapshot { file, line } => format!("{file}:{line}"),
        Origin::Declared(place) => format!("{}:{}", place.source.name, place.start().line),
        Origin::Live => "the API server".to_owned(),
    }
}

fn result(planned: &PlannedPolicy, tally: &Tally, timed: bool) -> PolicyResult {
    let policy = &planned.policy;
    let nothing = "nothing here for it to judge".to_owned();
    let young = "all that it judges is younger than its grace time".to_owned();
    let (verdict, reason) = match tally {
        _ if planned.not_run.is_some() => (Verdict::NotApplicable, planned.not_run.clone()),
        Tally { failed: 1.., .. } => (Verdict::Fail, None),
        Tally { errors: 1.., .. } => (Verdict::Error, None),
        Tally {
            not_evaluated: 1.., ..
        } => (Verdict::NotEvaluated, None),
        Tally { passed: 1.., .. } => (Verdict::Pass, None),
        // It was judged, and what there is to be said of it is listed.
        Tally { pending: 1.., .. } => (Verdict::Pass, Some(young)),
        _ => (Verdict::NotApplicable, Some(nothing)),
    };
    PolicyResult {
        id: Arc::clone(&policy.id),
        title: Arc::clone(&policy.title),
        description: Arc::clone(&policy.description),
        remediation: Arc::clone(&policy.remediation),
        category: Arc::clone(&policy.category),
        severity: planned.severity,
        scope: policy.scope.as_str(),
        source: policy.source.name.clone(),
        foreign: policy.is_foreign(),
        verdict,
        reason,
        passed: tally.passed,
        failed: tally.failed,
        errors: tally.errors,
        not_evaluated: tally.not_evaluated,
        waived: 0,
        milliseconds: timed.then(|| planned.spent.milliseconds()),
    }
}
