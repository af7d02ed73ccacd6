//! What has to be made, by a survey of the account; and the account itself, looked at again before each thing.

use super::captured;
use super::closing::{self, Held};
use super::cluster::{Progress, progress};
use super::inside;
use super::install::Missing;
use super::look::{look_for_keys, surroundings};
use super::seen::{self, Entrance, Seen};
use crate::apply::journal::JournalPlace;
use crate::clients::digitalocean::RequestError;
use crate::pipeline::account::NONE_DECLARED;
use crate::pipeline::account_hand::{AccountHand, is_captured};
use crate::pipeline::ended::Ended;
use crate::pipeline::target::TargetChoice;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::identity::is_built_in;
use envcheck_core::inventory::reference::ACCOUNT_API;
use envcheck_core::plan::provisioning::Agreed;
use envcheck_core::plan::{Conflict, Deed, PlannedCluster, Provisioning};
use envcheck_core::provision::account::{COLLECTIONS, PRICES, key_places};
use envcheck_core::provision::elsewhere::is_marked;
use envcheck_core::provision::{self, Provenance};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What is to be provisioned, and how it is reached.
#[derive(Debug, Clone)]
pub struct ToProvision {
    /// The environment.
    pub spec: Spec,
    /// What the command line says of reaching it.
    pub target: TargetChoice,
    /// The real time at the start.
    pub started: Timestamp,
    /// A file that holds Argo CD's manifest.
    pub argocd_manifest: Option<PathBuf>,
    /// Nothing may be fetched beside the account and the cluster.
    pub offline: bool,
    /// Where runs are kept, which say what they made and what they adopted.
    pub journals: JournalPlace,
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

impl ToProvision {
    /// Whether neither the spec nor the command line names a cluster.
    pub fn enters_no_cluster(&self) -> bool {
        let named = self.target.context.is_some() || self.target.kubeconfig.is_some();
        !named && !declares_cluster(&self.spec) && self.spec.value.at(&["target", "kubernetes"]).is_none()
    }
}

/// What has to be made, to look at: also of what a snapshot shows, of which nothing can be made. Whether it is of one.
pub fn plan_environment(wanted: &ToProvision) -> Result<(Provisioning, bool), Ended> {
    if is_captured(&wanted.spec, &wanted.target) {
        return Ok((captured::plan(wanted)?, true));
    }
    let (plan, _) = planned(wanted, true)?;
    Ok((plan, false))
}

/// What has to be made, of what a file agreed to where there is one. Nothing is changed. A cluster that stands and cannot be entered is
/// an error: nothing is made in what nobody looked into.
pub fn plan_provisioning(wanted: &ToProvision, agreed: Option<&Agreed>) -> Result<Provisioning, Ended> {
    let (mut plan, account) = planned(wanted, false)?;
    if let Some(agreed) = agreed {
        let region = region(&wanted.spec);
        let chosen = plan.choose(agreed, &|kind, name| account.id(&region, kind, name));
        chosen.map_err(|why| {
            Diagnostic::new(format!("the plan cannot be carried out: {why}"))
                .hint("make it anew: envcheck plan ENV --out FILE")
        })?;
    }
    Ok(plan)
}

/// What has to be made, and what there is in the account. `to_look_at`: a cluster that cannot be entered is told as not looked at.
fn planned(wanted: &ToProvision, to_look_at: bool) -> Result<(Provisioning, provision::Account), Ended> {
    let mut entrance = Entrance::default();
    let Survey {
        mut plan,
        account,
        provenance,
    } = surveyed(wanted, &mut entrance)?;
    let (desired, missing) = seen::desired(wanted)?;
    let mut runs = match cluster_row(&wanted.spec, &account).map(|row| progress(Some(row))) {
        Some(Progress::Running) => true,
        Some(Progress::Waiting(state) | Progress::Lost(state)) => {
            if !desired.objects.is_empty() || !key_places(&wanted.spec).is_empty() {
                let state = format!("is {state} and was not entered");
                plan.unseen.extend(unseen(&wanted.spec, &state));
            }
            false
        }
        // One that the account is not said to have is there, or nothing can be made in it.
        None => !declares_cluster(&wanted.spec),
    };
    if runs
        && to_look_at
        && declares_cluster(&wanted.spec)
        && !desired.objects.is_empty()
        && let Some(why) = entrance.is_closed(wanted)?
    {
        let state = format!("stands and could not be entered ({why})");
        plan.unseen.extend(unseen(&wanted.spec, &state));
        runs = false;
    }
    let seen = (runs && !desired.objects.is_empty())
        .then(|| seen::seen(wanted, &desired, &mut entrance))
        .transpose()?;
    let (none, nowhere) = (provision::Elsewhere::new(), BTreeSet::new());
    let known = provision::Known {
        live: seen.as_ref().map(|seen| &seen.objects),
        elsewhere: seen.as_ref().map_or(&none, |seen| &seen.elsewhere),
        others: seen.as_ref().and_then(|seen| seen.others.as_ref()),
        idle: seen.as_ref().map_or(&nowhere, |seen| &seen.idle),
    };
    provision::cluster(&wanted.spec, &desired, known, &mut plan);
    provision::keys(&wanted.spec, &account, &mut plan);
    // One that stands and was not entered may serve anything.
    if plan.unseen.is_empty() {
        let served = |target: &ResourceRef| match &seen {
            Some(seen) => !seen.unserved.contains(&seen::kind_of(target)),
            None => is_built_in(target.group()),
        };
        provision::unserved(&served, &way_to_manifest(missing.as_ref()), &mut plan);
    }
    unread(missing, &mut plan);
    if let Some(seen) = seen {
        closing::prove(
            wanted,
            (&wanted.target, None),
            || Ok(Held::of(entrance.hand(wanted)?.callers())),
            &mut plan,
        )?;
        // What bears the mark proves that it is the right one.
        let mut objects = seen.objects.values();
        let bears = objects.any(|one| is_marked(one, wanted.spec.name()));
        if !declares_cluster(&wanted.spec) && !bears {
            plan.notes
                .extend(made_elsewhere(&wanted.spec, &provenance, &seen.cluster));
        }
        entered(seen, &mut plan);
    }
    Ok((plan, account))
}

/// What there is in the account, and what follows. An environment that declares none has its cluster alone.
fn surveyed(wanted: &ToProvision, entrance: &mut Entrance) -> Result<Survey, Ended> {
    if wanted.spec.environment.spec.digitalocean.is_some() {
        let hand = opened(wanted)?;
        let survey = hand.plan(wanted, entrance);
        hand.end();
        return survey;
    }
    let mut account = provision::Account::default();
    let (provenance, notes) = surroundings(wanted, &mut account)?;
    let mut plan = provision::account(&wanted.spec, &account, &provenance, wanted.started);
    plan.notes.push(NONE_DECLARED.to_owned());
    plan.notes.extend(notes);
    Ok(Survey {
        plan,
        account,
        provenance,
    })
}

/// What is said where nobody gave what Argo CD consists of.
pub(super) const NO_MANIFEST: &str =
    "what Argo CD itself consists of is planned when its manifest is given: --argocd-manifest FILE";

/// What brings along the kinds that the manifest of Argo CD would.
fn way_to_manifest(missing: Option<&Missing>) -> String {
    match missing {
        None => "install what brings that kind along: what the plan makes does not".to_owned(),
        Some(Missing::Offline(_)) => {
            "give the manifest that installs it: --argocd-manifest FILE; or let it be fetched, without --offline".to_owned()
        }
        Some(Missing::Undeclared) => {
            "declare the manifest that installs it under delivery.argocd.install, or give it: --argocd-manifest FILE"
                .to_owned()
        }
        Some(Missing::Unreached(why)) => {
            format!(
                "the manifest that installs it could not be fetched: {}; fetch it elsewhere and give it: --argocd-manifest FILE",
                why.message
            )
        }
    }
}

/// Says that nobody has looked at what Argo CD consists of.
fn unread(missing: Option<Missing>, plan: &mut Provisioning) {
    match missing {
        None => {}
        Some(Missing::Unreached(why)) => plan.unseen.push(format!(
            "the manifest of Argo CD could not be fetched: {}; which of what it consists of is missing, or differs, is not known: fetch it \
             elsewhere and give it with --argocd-manifest FILE",
            why.message
        )),
        Some(Missing::Offline(_) | Missing::Undeclared) => plan.notes.push(NO_MANIFEST.to_owned()),
    }
}

/// That by the journals things of the environment were made in another cluster, and none in this one: it may be the wrong one. An
/// account says which one it is.
fn made_elsewhere(spec: &Spec, provenance: &Provenance, here: &PlannedCluster) -> Option<String> {
    let elsewhere = provenance.proofs.only_elsewhere(here);
    if elsewhere.is_empty() {
        return None;
    }
    let names: Vec<String> = elsewhere.into_iter().map(PlannedCluster::named).collect();
    Some(format!(
        "by its journals what was made for {} is in {}, and {} is another cluster, in which nothing was: look whether it is the right one",
        spec.name(),
        names.join(" and "),
        here.named()
    ))
}

/// Adds to a plan which cluster was looked into, and that nothing may be made in it where it may be another than the declared one.
fn entered(seen: Seen, plan: &mut Provisioning) {
    let inside = plan
        .steps
        .iter()
        .any(|one| inside::is_made_inside(&one.step.deed));
    if let (true, Some(objection)) = (inside, seen.objection) {
        plan.conflicts.push(Conflict {
            target: ResourceRef {
                api_version: ACCOUNT_API.to_owned(),
                kind: "Cluster".to_owned(),
                namespace: None,
                name: seen.cluster.name.clone(),
                id: seen.cluster.id.clone(),
            },
            why: objection.message,
            hint: objection.hint.unwrap_or_default(),
        });
    }
    let id = plan.made_for.cluster.take().and_then(|known| known.id);
    plan.made_for.cluster = Some(PlannedCluster {
        id: seen.cluster.id.or(id),
        ..seen.cluster
    });
}

/// That a cluster stands which was not entered; `state`: how that came.
fn unseen(spec: &Spec, state: &str) -> Option<String> {
    let declared = spec.environment.spec.digitalocean.as_ref()?;
    let name = &declared.cluster.as_ref()?.name;
    Some(format!(
        "cluster {name} {state}: which of its objects stand already, maybe under other names, and how they differ is not \
         known, so steps may be missing, or be of what is there"
    ))
}

/// Whether the spec says which cluster of the account it is.
pub(super) fn declares_cluster(spec: &Spec) -> bool {
    let declared = spec.environment.spec.digitalocean.as_ref();
    declared.is_some_and(|declared| declared.cluster.is_some())
}

/// The declared cluster as the account has it.
pub(super) fn cluster_row<'a>(spec: &Spec, account: &'a provision::Account) -> Option<&'a Value> {
    let declared = spec.environment.spec.digitalocean.as_ref()?.cluster.as_ref()?;
    let id = account.id(&region(spec), "Cluster", declared.name.as_str())?;
    let mut rows = account.rows("kubernetes_clusters").iter();
    rows.find(|row| row.text_at(&["id"]) == Some(&id))
}

/// The region of everything that has one.
pub(super) fn region(spec: &Spec) -> String {
    let declared = spec.environment.spec.digitalocean.as_ref();
    declared.map_or_else(String::new, |declared| declared.region.to_string())
}

/// What was found, and what follows.
pub(super) struct Survey {
    /// What has to be made.
    pub(super) plan: Provisioning,
    /// What there is.
    pub(super) account: provision::Account,
    /// By what it is known whose that is.
    pub(super) provenance: Provenance,
}

impl AccountHand {
    /// What there is, and what is to be made of it.
    pub(super) fn plan(&self, wanted: &ToProvision, entrance: &mut Entrance) -> Result<Survey, Ended> {
        let open = self.open_account()?;
        let whose = self.answered(open.whose())?;
        let mut account = provision::Account {
            id: whose.id,
            ..provision::Account::default()
        };
        account.may_have(whose.droplet_limit);
        self.answered(open.survey(&mut account.rows, &COLLECTIONS))?;
        let mut unpriced = Vec::new();
        for prices in PRICES {
            // Without them the bill has gaps, and no more.
            match self.wait(open.survey(&mut account.rows, &[prices])) {
                Ok(()) => {}
                Err(RequestError::Cancelled) => return Err(Ended::Interrupted(Vec::new())),
                Err(why) => unpriced.push(format!(
                    "not all prices are known: {prices} could not be read: {why}"
                )),
            }
        }
        let spec = &wanted.spec;
        let declared = spec.environment.spec.digitalocean.as_ref();
        let spaces = declared.and_then(|declared| declared.spaces.as_ref());
        let buckets = spaces.into_iter().flat_map(|spaces| &spaces.buckets);
        for bucket in buckets {
            self.look_for(bucket.name.as_str(), &mut account);
        }
        self.look_in_projects(spec, &mut account)?;
        let (provenance, notes) = surroundings(wanted, &mut account)?;
        self.age_of_buckets(wanted, &provenance, &mut account)?;
        look_for_keys(wanted, &mut account, entrance)?;
        let mut plan = provision::account(spec, &account, &provenance, wanted.started);
        plan.notes.extend(notes.into_iter().chain(unpriced));
        Ok(Survey {
            plan,
            account,
            provenance,
        })
    }

    /// The same once more, as far as it hangs on what a deed makes; of everything else is believed what is known.
    pub(super) fn plan_again(
        &self,
        wanted: &ToProvision,
        deed: &Deed,
        account: &mut provision::Account,
        provenance: &Provenance,
    ) -> Result<Provisioning, Ended> {
        if deed.in_spaces() {
            self.look_for(&deed.target.name, account);
        } else {
            let open = self.open_account()?;
            self.answered(open.survey(&mut account.rows, deed.collections()))?;
            if deed.action == FixAction::ProjectAssign {
                self.look_in_projects(&wanted.spec, account)?;
            }
        }
        Ok(provision::account(
            &wanted.spec,
            account,
            provenance,
            wanted.started,
        ))
    }

    /// How the clusters are now.
    pub(super) fn clusters_again(&self, account: &mut provision::Account) -> Result<(), Ended> {
        let open = self.open_account()?;
        self.answered(open.survey(&mut account.rows, &["digitalocean.kubernetes_clusters"]))
    }
}

/// The account, opened to make things in it.
pub(super) fn opened(wanted: &ToProvision) -> Result<AccountHand, Ended> {
    let spec = &wanted.spec;
    if is_captured(spec, &wanted.target) {
        return Err(Diagnostic::new(format!("{} is read from a snapshot, and nothing of that can be made", spec.name()))
            .hint("name a running environment in the spec, target: {kubernetes: …}; provision ENV --render DIR needs none")
            .into());
    }
    AccountHand::open(spec, &wanted.target, &wanted.interrupt)
}
