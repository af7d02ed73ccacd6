//! What has to be made, by a survey of the account; and the account itself, looked at again before each thing.

use super::cluster::{Progress, progress};
use super::inside;
use crate::clients::digitalocean::RequestError;
use crate::clients::runtime;
use crate::collect::account::OpenAccount;
use crate::collect::spaces::Buckets;
use crate::collect::specs;
use crate::pipeline::account::{self, Account};
use crate::pipeline::ended::Ended;
use crate::pipeline::target::TargetChoice;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::provisioning::Agreed;
use envcheck_core::plan::{Deed, Provisioning};
use envcheck_core::policy::Needed;
use envcheck_core::provision;
use envcheck_core::provision::account::{COLLECTIONS, PRICES, addresses_of_others};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Clusters take minutes to come up, and a run makes several things one after the other.
const PATIENCE: Duration = Duration::from_hours(3);

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
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

/// What has to be made, of what a file agreed to where there is one. Nothing is changed.
pub fn plan_provisioning(wanted: &ToProvision, agreed: Option<&Agreed>) -> Result<Provisioning, Ended> {
    let hand = AccountHand::open(wanted)?;
    let plan = hand.plan(wanted);
    hand.end();
    let (mut plan, account) = plan?;
    let desired = inside::desired(wanted)?;
    let live = match cluster_row(&wanted.spec, &account).map(|row| progress(Some(row))) {
        Some(Progress::Running) if !desired.objects.is_empty() => Some(inside::standing(wanted, &desired)?),
        _ => None,
    };
    provision::cluster(&wanted.spec, &desired, live.as_ref(), &mut plan);
    provision::keys(&wanted.spec, &account, &mut plan);
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

/// An open account, with its Spaces.
pub(super) struct AccountHand {
    runtime: Runtime,
    account: Account,
    buckets: Result<Buckets, String>,
}

impl AccountHand {
    pub(super) fn open(wanted: &ToProvision) -> Result<Self, Ended> {
        let spec = &wanted.spec;
        let named = wanted.target.context.is_some() || wanted.target.kubeconfig.is_some();
        let captured = spec.value.at(&["target", "snapshot"]).is_some() && !named;
        if captured || wanted.target.snapshot.is_some() {
            return Err(Diagnostic::new(format!("{} is read from a snapshot, and nothing of that can be made", spec.name()))
                .hint("name a running environment in the spec, target: {kubernetes: …}; provision ENV --render DIR needs none")
                .into());
        }
        if spec.environment.spec.digitalocean.is_none() {
            return Err(Diagnostic::new(format!("{} declares no account", spec.name()))
                .hint("declare what it has at DigitalOcean under spec.digitalocean")
                .into());
        }
        let runtime = runtime::start().map_err(|error| {
            Diagnostic::new(format!("cannot start threads for asking the account: {error}"))
        })?;
        runtime::watch_signals(runtime.handle(), wanted.interrupt.clone());
        let needed = Needed::default();
        let deadline = Instant::now() + PATIENCE;
        let opening = account::open(Some(spec), &needed, &wanted.target, deadline, &wanted.interrupt);
        let account = runtime.block_on(opening)?;
        if account.opened().is_none() {
            let why = account.why_closed();
            runtime.shutdown_background();
            return Err(why.into());
        }
        Ok(Self {
            buckets: account.buckets(spec),
            account,
            runtime,
        })
    }

    /// The account itself.
    pub(super) fn open_account(&self) -> Result<&OpenAccount, Ended> {
        self.account
            .opened()
            .ok_or_else(|| self.account.why_closed().into())
    }

    /// What there is, and what is to be made of it.
    pub(super) fn plan(&self, wanted: &ToProvision) -> Result<(Provisioning, provision::Account), Ended> {
        let open = self.open_account()?;
        let mut account = provision::Account::default();
        self.answered(open.survey(&mut account.rows, &COLLECTIONS))?;
        for prices in PRICES {
            // Without them the bill has gaps, and no more.
            let listed = self.wait(open.survey(&mut account.rows, &[prices]));
            if let Err(RequestError::Cancelled) = listed {
                return Err(Ended::Interrupted(Vec::new()));
            }
        }
        let spec = &wanted.spec;
        let declared = spec.environment.spec.digitalocean.as_ref();
        let spaces = declared.and_then(|declared| declared.spaces.as_ref());
        let buckets = spaces.into_iter().flat_map(|spaces| &spaces.buckets);
        for bucket in buckets {
            self.look_for(bucket.name.as_str(), &mut account);
        }
        let (others, unread) = specs::beside(spec);
        // What a spec that shows a snapshot declares, nobody makes.
        let others = others
            .iter()
            .filter(|other| other.name() != spec.name() && other.value.at(&["target", "snapshot"]).is_none());
        account.declared_by_others = addresses_of_others(others);
        let mut plan = provision::account(spec, &account, wanted.started);
        plan.notes.extend(
            unread.iter().map(|file| {
                format!("{file} cannot be read as a spec: what addresses it declares is not known")
            }),
        );
        Ok((plan, account))
    }

    /// The same once more, as far as it hangs on what a deed makes; of everything else is believed what is known.
    pub(super) fn plan_again(
        &self,
        wanted: &ToProvision,
        deed: &Deed,
        account: &mut provision::Account,
    ) -> Result<Provisioning, Ended> {
        if deed.action == FixAction::BucketCreate {
            self.look_for(&deed.target.name, account);
        } else {
            let open = self.open_account()?;
            self.answered(open.survey(&mut account.rows, deed.collections()))?;
        }
        Ok(provision::account(&wanted.spec, account, wanted.started))
    }

    /// How the clusters are now.
    pub(super) fn clusters_again(&self, account: &mut provision::Account) -> Result<(), Ended> {
        let open = self.open_account()?;
        self.answered(open.survey(&mut account.rows, &["digitalocean.kubernetes_clusters"]))
    }

    fn answered<T>(&self, asked: impl Future<Output = Result<T, RequestError>>) -> Result<T, Ended> {
        let open = self.open_account()?;
        self.wait(asked).map_err(|error| match error {
            RequestError::Cancelled => Ended::Interrupted(Vec::new()),
            other => open.diagnose(&other).into(),
        })
    }

    /// Whether a bucket exists.
    fn look_for(&self, bucket: &str, account: &mut provision::Account) {
        let exists = match &self.buckets {
            Ok(buckets) => self.wait(buckets.exists(bucket)),
            Err(why) => Err(why.clone()),
        };
        account.buckets.insert(bucket.to_owned(), exists);
    }

    /// The declared buckets.
    pub(super) fn buckets(&self) -> Result<&Buckets, String> {
        self.buckets.as_ref().map_err(Clone::clone)
    }

    /// Waits for something on the account's threads.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Lets time pass, unless the user wants the run to stop.
    pub(super) fn pause(&self, time: Duration, interrupt: &CancellationToken) {
        self.wait(async {
            tokio::select! {
                () = interrupt.cancelled() => {}
                () = tokio::time::sleep(time) => {}
            }
        });
    }

    /// Ends its threads.
    pub(super) fn end(self) {
        self.runtime.shutdown_background();
    }
}
