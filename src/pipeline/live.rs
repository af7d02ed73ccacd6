//! A running environment, opened: its cluster, its account and its Spaces, with the threads that read them.

use super::account::{self, Account};
use super::ended::Ended;
use super::filling::fill;
use super::target::{TargetChoice, Way};
use super::uses::Uses;
use super::ways::{Ways, neither, ways};
use crate::clients::kubernetes::{self, Access, Budget, ConnectError};
use crate::clients::runtime;
use crate::collect::cluster::{self, OpenCluster, Refusal, Wanted};
use crate::collect::meter::Meter;
use crate::collect::units::{self, Units};
use envcheck_core::findings::{AccountReading, ClusterReading};
use envcheck_core::inventory::declared_cluster::DeclaredCluster;
use envcheck_core::inventory::{Declared, Inventory, InventoryBuilder, Memory};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// The part of the time that may go by until the account has said which Droplets the cluster consists of.
const FOR_PROOF: u32 = 4;

/// What is read of a running environment.
pub(super) struct Live {
    pub(super) cluster: OpenCluster,
    pub(super) account: Account,
    uses: Option<Uses>,
    pub(super) runtime: Runtime,
    started: Timestamp,
    /// The key of digests, where somebody has things to compare with what is read; else one is drawn.
    pub(super) key: Option<[u8; 32]>,
}

/// Connects, finds out whose cluster it is, and plans what to read.
pub(super) fn open(
    way: &Way,
    spec: Option<&Spec>,
    wanted: Wanted<'_>,
    choice: &TargetChoice,
    started: Timestamp,
    interrupt: &CancellationToken,
) -> Result<Live, Ended> {
    let runtime = runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for reading the cluster: {error}")))?;
    runtime::watch_signals(runtime.handle(), interrupt.clone());
    let deadline = Instant::now() + choice.timeout;
    let opened = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupt.cancelled() => Err(Ended::Interrupted(Vec::new())),
            opened = connected(way, spec, wanted, choice, deadline, interrupt) => opened,
        }
    });
    match opened {
        Ok((cluster, account)) => Ok(Live {
            cluster,
            account,
            uses: spec.and_then(|spec| Uses::of(spec, wanted.needed, choice, interrupt)),
            runtime,
            started,
            key: None,
        }),
        Err(ended) => {
            // Whatever still waits for an answer is not waited for.
            runtime.shutdown_background();
            Err(ended)
        }
    }
}

async fn connected(
    way: &Way,
    spec: Option<&Spec>,
    wanted: Wanted<'_>,
    choice: &TargetChoice,
    deadline: Instant,
    interrupt: &CancellationToken,
) -> Result<(OpenCluster, Account), Ended> {
    let account = account::open(spec, wanted.needed, choice, deadline, interrupt).await?;
    let mut declared = spec.and_then(|spec| DeclaredCluster::of(&spec.value));
    let ways = ways(way, &account, declared.as_ref(), choice).await?;
    if let Some(declared) = &mut declared {
        // An account that does not answer must not take the time in which the cluster could be judged.
        declared.droplets = account.droplets(choice.timeout / FOR_PROOF).await;
    }
    let budget = Budget::until(deadline, interrupt.clone());
    let enter = async |access: &Access| {
        let api = kubernetes::connect(access, budget.clone())
            .await
            .map_err(|error| match error {
                ConnectError::Cancelled => Ended::Interrupted(Vec::new()),
                failed @ ConnectError::Failed { .. } => Diagnostic::from(failed).into(),
            })?;
        cluster::open(api, declared.as_ref(), wanted)
            .await
            .map_err(refused)
    };
    let cluster = match ways {
        Ways::One(access) => enter(&access).await?,
        Ways::Two(granted, own) => {
            let patience = choice.timeout / FOR_PROOF;
            let first = match granted {
                // A server that lets nobody through must not take all the time.
                Ok(access) => timeout(patience, enter(&access)).await.unwrap_or_else(|_| {
                    let words = format!("it did not let anybody in within {} s", patience.as_secs());
                    Err(Diagnostic::new(words).into())
                }),
                Err(why) => Err(why.into()),
            };
            match first {
                Err(Ended::Refused(first)) => {
                    enter(&own).await.map_err(|second| neither(first, &own, second))?
                }
                other => other?,
            }
        }
    };
    Ok((cluster, account))
}

fn refused(refusal: Refusal) -> Ended {
    match refusal {
        Refusal::Interrupted => Ended::Interrupted(Vec::new()),
        Refusal::Problem(problem) => problem.into(),
    }
}

/// A key for digests of this run.
pub(super) fn random_key() -> Result<[u8; 32], Ended> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Diagnostic::new(format!("the system gives no random bytes: {error}")))?;
    Ok(key)
}

impl Live {
    /// Begins to read. What earlier runs learnt is in `memory`, where this one's is added.
    pub(super) fn feed(&self, memory: &Arc<Memory>) -> Result<Arc<Units>, Ended> {
        let key = self.key.map_or_else(random_key, Ok)?;
        let (sender, units) = units::queue();
        let meter = self.cluster.meter();
        let handle = self.runtime.handle();
        self.account.start(handle, self.started, memory, &meter, &sender);
        if let Some(uses) = &self.uses {
            uses.start(&meter, sender.clone())?;
        }
        self.cluster.start(handle, key, sender);
        Ok(units)
    }

    /// Reads once more, from the beginning, these kinds of the cluster and these collections of the account.
    pub(super) fn again(
        &self,
        kinds: &[&str],
        collections: &[&str],
        declared: Declared,
    ) -> Result<Inventory, Ended> {
        let (cluster, account) = (self.cluster.again(kinds), self.account.again(collections));
        let mut inventory = InventoryBuilder::new(false).about(declared);
        cluster.describe(&mut inventory);
        inventory.unverified(cluster.unverified());
        account.describe(&mut inventory);
        let (sender, units) = units::queue();
        let handle = self.runtime.handle();
        account.start(handle, self.started, &Arc::default(), &Arc::default(), &sender);
        cluster.start(handle, random_key()?, sender);
        fill(&mut inventory, &*units);
        Ok(inventory.build())
    }

    /// Tells the inventory what is known before reading.
    pub(super) fn describe(&self, inventory: &mut InventoryBuilder) {
        self.cluster.describe(inventory);
        self.account.describe(inventory);
    }

    /// Once everything was read: an account that took its time has said by now whose Droplets the Nodes have to be. What was
    /// read of another cluster is refused.
    pub(super) fn settle(&self) -> Result<(), Ended> {
        if self.cluster.unverified().is_none() {
            return Ok(());
        }
        match self.account.droplets_by_now() {
            Some(droplets) => self.cluster.compare(droplets).map_err(refused),
            None => Ok(()),
        }
    }

    /// Ends a reading of which nothing is told but what was read.
    pub(super) fn over(self, interrupt: &CancellationToken) -> Result<(), Ended> {
        let settled = self.settle();
        let unfinished = self.end();
        if interrupt.is_cancelled() {
            return Err(Ended::Interrupted(unfinished));
        }
        settled
    }

    /// How the reading went, once it is over.
    pub(super) fn readings(&self) -> (ClusterReading, Option<AccountReading>) {
        (self.cluster.reading(), self.account.reading())
    }

    /// Counts what is read.
    pub(super) fn meter(&self) -> Arc<Meter> {
        self.cluster.meter()
    }

    /// Ends the threads without waiting for whatever still waits for an answer; what was not read to its end.
    pub(super) fn end(self) -> Vec<String> {
        self.runtime.shutdown_background();
        self.cluster.meter().unfinished()
    }
}
