//! An open account with its Spaces, for runs in which no cluster has to be open.

use super::account::{self, Account};
use super::ended::Ended;
use super::pauses;
use super::target::TargetChoice;
use crate::apply::kubernetes::NotMade;
use crate::apply::{account as account_rows, spaces};
use crate::clients::digitalocean::RequestError;
use crate::clients::runtime;
use crate::collect::account::OpenAccount;
use crate::collect::spaces::Buckets;
use envcheck_core::plan::Deed;
use envcheck_core::policy::Needed;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Clusters take minutes to come up and to go, and a run does several things one after the other.
const PATIENCE: Duration = Duration::from_hours(3);

/// An open account, with its Spaces.
pub(super) struct AccountHand {
    runtime: Runtime,
    account: Account,
    buckets: Result<Buckets, String>,
}

/// Whether an environment is read from a capture, of which nothing can be made or removed.
pub(super) fn is_captured(spec: &Spec, target: &TargetChoice) -> bool {
    let named = target.context.is_some() || target.kubeconfig.is_some();
    target.snapshot.is_some() || !named && spec.value.at(&["target", "snapshot"]).is_some()
}

/// That an environment declares no account, where something is to be done in one.
pub(super) fn undeclared(spec: &Spec) -> Diagnostic {
    Diagnostic::new(format!("{} declares no account", spec.name()))
        .hint("declare what it has at DigitalOcean under spec.digitalocean")
}

impl AccountHand {
    pub(super) fn open(
        spec: &Spec,
        target: &TargetChoice,
        interrupt: &CancellationToken,
    ) -> Result<Self, Ended> {
        if spec.environment.spec.digitalocean.is_none() {
            return Err(undeclared(spec).into());
        }
        Self::open_if_declared(spec, target, interrupt)
    }

    /// The same, and of an environment that declares no account a hand that asks none: what it has is in its cluster.
    pub(super) fn open_if_declared(
        spec: &Spec,
        target: &TargetChoice,
        interrupt: &CancellationToken,
    ) -> Result<Self, Ended> {
        let runtime = runtime::start().map_err(|error| {
            Diagnostic::new(format!("cannot start threads for asking the account: {error}"))
        })?;
        runtime::watch_signals(runtime.handle(), interrupt.clone());
        let needed = Needed::default();
        let deadline = Instant::now() + PATIENCE;
        let opening = account::open(Some(spec), &needed, target, deadline, interrupt);
        let account = runtime.block_on(opening)?;
        if account.opened().is_none() && spec.environment.spec.digitalocean.is_some() {
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

    /// Waits for an answer of the account.
    pub(super) fn answered<T>(
        &self,
        asked: impl Future<Output = Result<T, RequestError>>,
    ) -> Result<T, Ended> {
        let open = self.open_account()?;
        self.wait(asked).map_err(|error| match error {
            RequestError::Cancelled => Ended::Interrupted(Vec::new()),
            other => open.diagnose(&other).into(),
        })
    }

    /// The declared buckets.
    pub(super) fn buckets(&self) -> Result<&Buckets, String> {
        self.buckets.as_ref().map_err(Clone::clone)
    }

    /// Does what a deed does in the account or in Spaces. `row`: what it is done to, where there is something.
    pub(super) fn send(&self, deed: &Deed, row: Option<&Value>) -> Result<(), NotMade> {
        if deed.in_spaces() {
            let buckets = self.buckets().map_err(NotMade::Refused)?;
            return self.wait(spaces::make(buckets.spaces(), deed, row));
        }
        let open = self.open_account();
        let open = open.map_err(|why| NotMade::Refused(why.words()))?;
        self.wait(account_rows::make(open.api(), deed, row))
    }

    /// Waits for something on the account's threads.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Lets time pass, unless the user wants the run to stop.
    pub(super) fn pause(&self, time: Duration, interrupt: &CancellationToken) {
        self.wait(pauses::pause(time, interrupt));
    }

    /// Ends its threads.
    pub(super) fn end(self) {
        self.runtime.shutdown_background();
    }
}
