//! The account on which something is made, surveyed anew each time.

use crate::clients::digitalocean::RequestError;
use crate::clients::runtime;
use crate::collect::account::OpenAccount;
use crate::collect::spaces::Buckets;
use crate::pipeline::account::{self, Account};
use crate::pipeline::ended::Ended;
use crate::pipeline::target::TargetChoice;
use envcheck_core::plan::{Deed, Provisioning};
use envcheck_core::policy::Needed;
use envcheck_core::provision;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use jiff::Timestamp;
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
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

/// What has to be made. Nothing is changed.
pub fn plan_provisioning(wanted: &ToProvision) -> Result<Provisioning, Ended> {
    let ground = Ground::open(wanted)?;
    let plan = ground.plan(wanted);
    ground.end();
    plan.map(|(plan, _)| plan)
}

/// An open account.
pub(super) struct Ground {
    runtime: Runtime,
    account: Account,
    buckets: Result<Buckets, String>,
}

impl Ground {
    pub(super) fn open(wanted: &ToProvision) -> Result<Self, Ended> {
        let spec = &wanted.spec;
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
        let surveyed = self.wait(open.survey());
        let mut surveyed = surveyed.map_err(|error| match error {
            RequestError::Cancelled => Ended::Interrupted(Vec::new()),
            other => open.diagnose(&other).into(),
        })?;
        self.look_for_buckets(&wanted.spec, &mut surveyed);
        let plan = provision::account(&wanted.spec, &surveyed, wanted.started);
        Ok((plan, surveyed))
    }

    fn look_for_buckets(&self, spec: &Spec, surveyed: &mut provision::Account) {
        let declared = spec.environment.spec.digitalocean.as_ref();
        let spaces = declared.and_then(|declared| declared.spaces.as_ref());
        let names = spaces.into_iter().flat_map(|spaces| &spaces.buckets);
        let buckets = match &self.buckets {
            Ok(buckets) => buckets,
            Err(why) => {
                surveyed.no_spaces = Some(why.clone());
                return;
            }
        };
        let mut existing = Vec::new();
        for bucket in names {
            match self.wait(buckets.exists(bucket.name.as_str())) {
                Ok(true) => existing.push(bucket.name.to_string()),
                Ok(false) => {}
                Err(why) => {
                    surveyed.no_spaces = Some(why);
                    return;
                }
            }
        }
        surveyed.buckets = Some(existing);
    }

    /// The declared buckets.
    pub(super) fn buckets(&self, _: &Deed) -> Result<&Buckets, String> {
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
