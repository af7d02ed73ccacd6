mod files;
mod inline;
mod made;
mod states;

use super::{WaiverResult, Waiving, Written, read, waive};
use crate::findings::{Draft, Finding, NotEvaluated, PolicyResult};
use crate::inventory::{Origin, ResourceRef};
use crate::policy::Severity;
use crate::spec::{InlineWaivers, InlineWaiversWord, PolicyId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The policies of these tests.
const KNOWN: [&str; 2] = ["image-from-declared-registry", "dedicated-load-balancer"];

fn policies() -> Vec<PolicyResult> {
    vec![
        made::policy(KNOWN[0], Severity::High),
        made::policy(KNOWN[1], Severity::Critical),
    ]
}

/// A run over two findings: of the Deployment `back/ii`, high, and of `back/web`, critical.
struct Run {
    waivers: Vec<Written>,
    inline: InlineWaivers,
    now: &'static str,
    whole: bool,
    findings: Vec<Finding>,
    not_evaluated: Vec<NotEvaluated>,
    policies: Vec<PolicyResult>,
    results: Vec<WaiverResult>,
}

impl Run {
    fn new(waivers: Vec<Written>) -> Self {
        let policies = policies();
        let finding = |policy: usize, name: &str| {
            let draft = made::draft(&policies[policy], made::deployment(name));
            Finding::new(draft).unwrap()
        };
        Self {
            waivers,
            inline: InlineWaivers::default(),
            now: "2026-11-23T03:00:00Z",
            whole: true,
            findings: vec![finding(0, "ii"), finding(1, "web")],
            not_evaluated: Vec::new(),
            policies,
            results: Vec::new(),
        }
    }

    fn of_file(yaml: &str) -> Self {
        Self::new(read("waivers.yaml", yaml.as_bytes()).unwrap())
    }

    fn on(mut self, now: &'static str) -> Self {
        self.now = now;
        self
    }

    fn allowing(mut self, ids: &[&str]) -> Self {
        self.inline = InlineWaivers::Ids(
            ids.iter()
                .map(|id| PolicyId::try_from((*id).to_owned()).unwrap())
                .collect(),
        );
        self
    }

    fn allowing_none(mut self) -> Self {
        self.inline = InlineWaivers::Word(InlineWaiversWord::None);
        self
    }

    fn finding(mut self, draft: Draft) -> Self {
        self.findings.push(Finding::new(draft).unwrap());
        self
    }

    fn unseen(mut self, policy: usize, resource: Option<ResourceRef>) -> Self {
        self.policies[policy].not_evaluated += 1;
        self.not_evaluated.push(NotEvaluated {
            policy: Arc::clone(&self.policies[policy].id),
            resource,
            reason: "permission denied".to_owned(),
            detail: "list services".to_owned(),
            waiver: None,
        });
        self
    }

    fn judged(mut self) -> Self {
        let waiving = Waiving {
            waivers: std::mem::take(&mut self.waivers),
            inline: &self.inline,
            now: self.now.parse().unwrap(),
            whole: self.whole,
            ran: &self
                .policies
                .iter()
                .map(|policy| Arc::clone(&policy.id))
                .collect::<BTreeSet<_>>(),
            known: Some(&KNOWN),
            origin: &|_| Some(Origin::Live),
        };
        self.results = waive(
            &waiving,
            &mut self.findings,
            &mut self.not_evaluated,
            &mut self.policies,
        );
        self
    }

    /// `back/ii until 2026-12-31 from waivers.yaml:1:3` for each waived finding.
    fn waived(&self) -> Vec<String> {
        let waived = self.findings.iter().filter_map(|finding| {
            let waiver = finding.waiver.as_ref()?;
            let name = finding.resource().qualified_name();
            Some(format!(
                "{name} until {} from {}",
                waiver.terms.expires, waiver.place
            ))
        });
        waived.collect()
    }

    fn states(&self) -> Vec<&'static str> {
        self.results.iter().map(|result| result.state.as_str()).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.results.iter().flat_map(WaiverResult::warnings).collect()
    }
}

/// A waiver of `back/ii` that ends on a day.
fn until(day: &str) -> String {
    format!(
        "- {{policy: {}, resources: [back/ii (Deployment)], reason: r, owner: o, expires: {day}}}\n",
        KNOWN[0]
    )
}
