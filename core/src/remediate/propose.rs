//! Each fix becomes a step or a reason why not.

use super::access::Access;
use super::claims::deletes_claims;
use super::{account, contradiction, keeper, managers, order, spaces};
use crate::findings::{Finding, FixAction};
use crate::inventory::ResourceRef;
use crate::inventory::redact::Redactor;
use crate::plan::{
    DRIFT, Deed, Keeper, LeftAlone, NEVER_A_CREDENTIAL, Repaired, Step, Undo, hazard, inverse_is_shown,
    meaning, meaning_hash, preview, rewrites_credential, risk,
};
use crate::policy::Risk;
use crate::value::Value;
use std::collections::BTreeMap;

/// What is known when steps are proposed.
#[derive(Debug)]
pub struct Observed<'a> {
    /// The targets as the server or the account has them now; one that is missing here does not exist.
    pub objects: &'a BTreeMap<ResourceRef, Value>,
    /// Targets that could not be read, and why.
    pub unread: &'a BTreeMap<ResourceRef, String>,
    /// The applications of Argo CD.
    pub applications: &'a [Value],
    /// Who must go on reaching the control plane.
    pub access: Access<'a>,
    /// Makes what is shown and kept harmless.
    pub redactor: &'a Redactor,
}

/// A finding, and whether its policy could look at all that it needs.
#[derive(Debug, Clone, Copy)]
pub struct Proposed<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Everything that its policy needs was read.
    pub complete: bool,
    /// Why its policy proposes no fix, where it says so.
    pub no_fix: Option<&'a str>,
}

/// Steps in their order, and what is left alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// What may be done.
    pub steps: Vec<Step>,
    /// What is left as it is.
    pub left: Vec<LeftAlone>,
    /// What is mended in Git, where a checkout is at hand.
    pub routed: Vec<Routed>,
}

/// A fix of an object that Argo CD delivers: it lasts in Git only.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed {
    /// What would be done to the running object.
    pub step: Step,
    /// The application that delivers it.
    pub application: String,
    /// A step for the running object is in the plan as well: nothing takes that back before the next sync.
    pub live_too: bool,
    /// Why the running object is not changed, where it is not.
    pub why: String,
}

/// The objects of the cluster that fixes of these findings would change or create.
pub fn targets<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<ResourceRef> {
    let mut targets: Vec<ResourceRef> = findings
        .into_iter()
        .filter_map(|finding| Deed::of(finding.fix.as_ref()?, finding.resource()).ok())
        .filter(Deed::in_cluster)
        .map(|deed| deed.target)
        .collect();
    targets.sort();
    targets.dedup();
    targets
}

/// What fixes of these findings would do in the account: one deed for each target.
pub fn in_account<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = findings
        .into_iter()
        .filter_map(|finding| Deed::of(finding.fix.as_ref()?, finding.resource()).ok())
        .filter(|deed| deed.in_account() && risk(deed).is_ok())
        .collect();
    deeds.sort_by(|a, b| a.target.cmp(&b.target));
    deeds.dedup_by(|a, b| a.target == b.target);
    deeds
}

/// Makes steps of the fixes. Two findings with one fix share a step. `trust_foreign`: fixes of policies that the user brought
/// may be done.
pub fn propose(findings: &[Proposed<'_>], observed: &Observed<'_>, trust_foreign: bool) -> Proposal {
    let mut proposal = Proposal::default();
    for proposed in findings {
        let finding = proposed.finding;
        match consider(*proposed, observed, trust_foreign) {
            Ok(Considered { step, route }) => proposal.take(step, route),
            Err(why) => proposal.leave(Repaired::from(finding), why),
        }
    }
    order::sort(&mut proposal.steps);
    chain(&mut proposal, observed);
    proposal.left.sort();
    proposal
}

/// What a finding's fix asks for, once it may be done at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What it does.
    pub deed: Deed,
    /// The higher of the policy's word and our own.
    pub risk: Risk,
    /// One line for people.
    pub summary: String,
}

/// The deed of a finding's fix; `Err` says why there is none. It holds for running environments and for files.
pub fn wanted(proposed: Proposed<'_>, trust_foreign: bool) -> Result<Wanted, String> {
    let Proposed {
        finding,
        complete,
        no_fix,
    } = proposed;
    let unknown = || match no_fix {
        Some(why) => why.to_owned(),
        None => format!(
            "no fix is known: `envcheck policy explain {}` says how it is mended",
            finding.policy
        ),
    };
    let fix = finding.fix.as_ref().ok_or_else(unknown)?;
    if fix.action == FixAction::Instructions {
        return Err(fix.summary.clone());
    }
    if !complete {
        return Err(
            "its policy could not look at all that it needs, so nothing is changed for it".to_owned(),
        );
    }
    if finding.foreign && !trust_foreign {
        return Err(format!(
            "the fix is of a policy from -p ({}); --trust-fixes lets it be done",
            fix.summary
        ));
    }
    let deed = Deed::of(fix, finding.resource())?;
    let floor = risk(&deed).map_err(|never| never.to_string())?;
    Ok(Wanted {
        deed,
        risk: fix.risk.max(floor),
        summary: fix.summary.clone(),
    })
}

/// A step, and what it takes to make it last.
struct Considered {
    step: Step,
    route: Option<Route>,
}

/// Where Argo CD takes the target from.
struct Route {
    application: String,
    /// Why the running object is left; `None` where it is changed as well.
    alone: Option<String>,
}

fn consider(
    proposed: Proposed<'_>,
    observed: &Observed<'_>,
    trust_foreign: bool,
) -> Result<Considered, String> {
    let finding = proposed.finding;
    let Wanted { deed, risk, summary } = wanted(proposed, trust_foreign)?;
    if !deed.in_cluster() && !deed.in_account() {
        return Err(format!("not done by envcheck: {summary}"));
    }
    if let Some(why) = observed.unread.get(&deed.target) {
        return Err(format!("{} could not be read: {why}", deed.target));
    }
    let before = observed.objects.get(&deed.target);
    let mut cautions = account::cautions(&deed, before, &observed.access)?;
    cautions.extend(spaces::cautions(&deed, before));
    let keeper = match before {
        Some(object) => {
            if let Some(owner) = keeper::controller(object) {
                return Err(format!("{} belongs to {owner}: it is mended there", deed.target));
            }
            if keeper::of_doks(object) {
                return Err(format!("{} is DigitalOcean's own", deed.target));
            }
            keeper::keeper(&deed.target, object, observed.applications)
        }
        None => Keeper::Nobody,
    };
    if before.is_some_and(|live| credential(&deed, live)) {
        return Err(NEVER_A_CREDENTIAL.to_owned());
    }
    let live = before.filter(|_| deed.in_cluster());
    let taken_over = live.and_then(|live| managers::taken_over(&deed, live));
    cautions.extend(
        live.map(|live| managers::cautions(&deed, live, *finding.policy == *DRIFT))
            .unwrap_or_default(),
    );
    let route = match &keeper {
        Keeper::ArgoCd {
            application,
            self_heal,
            ..
        } => {
            let healed = self_heal.then(|| {
                format!("Argo CD application {application} has selfHeal and would take it back within seconds; {summary}: change it in Git")
            });
            let alone = healed.or(taken_over);
            if alone.is_none() {
                cautions.push(format!(
                    "the next sync of application {application} takes it back: change it in Git, too"
                ));
            }
            Some(Route {
                application: application.clone(),
                alone,
            })
        }
        _ if taken_over.is_some() => return Err(taken_over.unwrap_or_default()),
        Keeper::Helm(release) => {
            cautions.push(format!(
                "the next upgrade of release {release} takes it back: change its values, too"
            ));
            None
        }
        Keeper::Nobody => None,
    };
    let after = deed.done_to(before)?;
    let same = match (before, &after) {
        (Some(before), Some(after)) => meaning(before) == meaning(after),
        _ => false,
    };
    if same {
        return Err("it is as it should be by now".to_owned());
    }
    let step = Step {
        id: Step::id_of(&deed),
        risk,
        summary,
        repairs: vec![Repaired::from(finding)],
        keeper,
        cautions,
        before: None,
        preview: Vec::new(),
        undo: Undo::None(String::new()),
        foreign: finding.foreign,
        rehearsed: false,
        causes: Vec::new(),
        after: Vec::new(),
        deed,
    };
    Ok(Considered { step, route })
}

impl Proposal {
    fn leave(&mut self, finding: Repaired, why: String) {
        self.left.push(LeftAlone { finding, why });
    }

    /// Puts a step where it belongs; two findings with one fix share it.
    fn take(&mut self, step: Step, route: Option<Route>) {
        let only_in_git = route.as_ref().is_some_and(|route| route.alone.is_some());
        let steps = self.steps.iter_mut().filter(|_| !only_in_git);
        let routed = self.routed.iter_mut().map(|routed| &mut routed.step);
        let mut same: Vec<&mut Step> = steps.chain(routed).filter(|other| other.id == step.id).collect();
        if !same.is_empty() {
            for other in &mut same {
                other.risk = other.risk.max(step.risk);
                other.repairs.extend(step.repairs.iter().cloned());
                other.repairs.sort();
                if other.deed.estimated_bytes().is_none() {
                    other.deed = step.deed.clone();
                }
            }
            return;
        }
        let mut others = self
            .steps
            .iter()
            .chain(self.routed.iter().map(|routed| &routed.step));
        let contradicted = others.find_map(|other| {
            let place = contradiction::between(&other.deed, &step.deed)?;
            Some((other.summary.clone(), place))
        });
        if let Some((other, place)) = contradicted {
            let why = format!("it contradicts another step, {other}, at {place}: only a person can choose");
            for finding in step.repairs {
                self.leave(finding, why.clone());
            }
            return;
        }
        if let Some(Route { application, alone }) = route {
            self.routed.push(Routed {
                step: step.clone(),
                application,
                live_too: alone.is_none(),
                why: alone.unwrap_or_default(),
            });
        }
        if !only_in_git {
            self.steps.push(step);
        }
    }
}

/// Why this deed is not done to this object, whatever it is for: it changes what another manager applied, rewrites a
/// credential, or deletes claims. Asked when it is planned, and once more when its turn comes. What is taken back goes to what was
/// there beside the same file: only what somebody applied on the server since stays.
pub fn untouchable(deed: &Deed, live: &Value, taking_back: bool) -> Option<String> {
    if !deed.in_cluster() {
        return None;
    }
    if credential(deed, live) {
        return Some(NEVER_A_CREDENTIAL.to_owned());
    }
    let applied = || {
        if taking_back {
            managers::applied_on_the_server(deed, live)
        } else {
            managers::taken_over(deed, live)
        }
    };
    deletes_claims(deed, live).or_else(applied)
}

fn credential(deed: &Deed, live: &Value) -> bool {
    deed.in_cluster() && rewrites_credential(deed, live)
}

/// Works out, step after step, what each finds and leaves behind: several may change one object.
fn chain(proposal: &mut Proposal, observed: &Observed<'_>) {
    let mut objects: BTreeMap<ResourceRef, Option<Value>> = BTreeMap::new();
    let namespaces: Vec<String> = proposal
        .steps
        .iter()
        .filter_map(|step| order::creates_namespace(&step.deed).map(ToOwned::to_owned))
        .collect();
    let mut kept = Vec::new();
    for mut step in std::mem::take(&mut proposal.steps) {
        let target = &step.deed.target;
        let before = objects
            .get(target)
            .cloned()
            .unwrap_or_else(|| observed.objects.get(target).cloned());
        match step.deed.done_to(before.as_ref()) {
            Ok(after) => {
                if let Some(namespace) = target.namespace.as_ref().filter(|name| namespaces.contains(name)) {
                    step.cautions
                        .push(format!("needs Namespace {namespace}, which another step creates"));
                }
                step.before = before.as_ref().map(meaning_hash);
                step.risk = step.risk.max(hazard(&step.deed, before.as_ref()));
                let harmless = |value: Option<&Value>| value.map(|value| observed.redactor.redacted(value));
                let (shown, shown_after) = (harmless(before.as_ref()), harmless(after.as_ref()));
                step.preview = preview(shown.as_ref(), shown_after.as_ref());
                step.undo = undo(&step.deed, before.as_ref(), after.as_ref(), observed.redactor);
                // What a Namespace is for comes into it afterwards: made anew it harms nobody.
                if matches!(step.undo, Undo::None(_)) && order::creates_namespace(&step.deed).is_none() {
                    step.risk = step.risk.max(Risk::Disruptive);
                }
                objects.insert(target.clone(), after);
                kept.push(step);
            }
            Err(why) => {
                let left = step.repairs.iter().map(|finding| LeftAlone {
                    finding: finding.clone(),
                    why: format!("it cannot be done after the steps before it: {why}"),
                });
                proposal.left.extend(left);
            }
        }
    }
    proposal.steps = kept;
}

/// What undoes it, unless that would keep a credential.
pub fn undo(deed: &Deed, before: Option<&Value>, after: Option<&Value>, redactor: &Redactor) -> Undo {
    let undo = deed.undo(before, after);
    let (Undo::Patch(_), Some(before), Some(after)) = (&undo, before, after) else {
        return undo;
    };
    let (shown, shown_before) = (redactor.redacted(after), redactor.redacted(before));
    if inverse_is_shown(after, before, &shown, &shown_before) {
        undo
    } else {
        Undo::None("what it replaces looks like a credential, which no journal keeps".to_owned())
    }
}
