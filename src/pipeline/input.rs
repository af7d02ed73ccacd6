//! What a run reads, wherever it is: its pieces, what is known of it before and after, what earlier runs know.

use super::account;
use super::ended::Ended;
use super::judge::Session;
use super::ledger::Ledger;
use super::live::Live;
use super::second_look;
use super::target::TargetChoice;
use crate::clients::runtime;
use crate::collect::sources::Sources;
use crate::collect::units;
use envcheck_core::findings::{AccountReading, ClusterReading};
use envcheck_core::inventory::observation::{Answers, answers};
use envcheck_core::inventory::{Declared, Feed, Inventory, InventoryBuilder, Numbered};
use envcheck_core::source::Diagnostic;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::time::Instant;

/// Of these it is told who has one, and who is left over.
const LOAD_BALANCERS: &str = "digitalocean.load_balancers";

/// What is read, and what is known of it before and after.
pub(super) struct Input {
    pub(super) feed: Arc<dyn Feed>,
    /// Tells the inventory what is known before anything is read.
    pub(super) describe: Box<dyn FnOnce(&mut InventoryBuilder)>,
    /// The time as which it is judged, when it has one of its own.
    pub(super) captured: Option<Timestamp>,
    pub(super) version: Option<String>,
    /// What earlier runs know; a capture brings its own observations.
    pub(super) earlier: Option<Earlier>,
    /// Tells the inventory, once everything was read, whether it is known that this is the declared cluster; refuses what it
    /// turned out to be instead.
    pub(super) settle: Settling,
    /// Says, once everything was read, how the reading went.
    pub(super) account: Box<dyn FnOnce() -> Told>,
}

/// What earlier runs know, and what this one has to tell them.
pub(super) struct Earlier {
    pub(super) ledger: Ledger,
    /// Answers, once everything was read, what earlier runs answered as well.
    pub(super) answer: Answering,
}

/// Settles which cluster was read.
type Settling = Box<dyn FnOnce(&mut InventoryBuilder) -> Result<(), Ended>>;

/// Works out the answers of a finished inventory.
type Answering = Box<dyn FnOnce(&mut Inventory) -> Result<Answers, Ended>>;

/// What is told of a reading once it is over.
#[derive(Default)]
pub(super) struct Told {
    pub(super) cluster: Option<ClusterReading>,
    pub(super) account: Option<AccountReading>,
    pub(super) warnings: Vec<String>,
}

impl Input {
    pub(super) fn of(sources: Sources, environment: Option<&str>) -> Self {
        let warnings = sources.warnings(environment);
        let sources = Arc::new(sources);
        let (described, accounted) = (Arc::clone(&sources), Arc::clone(&sources));
        Self {
            captured: sources.captured_at(),
            version: sources.cluster_version(),
            earlier: None,
            describe: Box::new(move |inventory| described.describe(inventory)),
            settle: Box::new(|_| Ok(())),
            account: Box::new(move || Told {
                cluster: accounted.cluster_reading(),
                warnings,
                ..Told::default()
            }),
            feed: Arc::new(numbered(sources)),
        }
    }

    /// What the policies need of the account and of Spaces, with no cluster beside it; reading begins at once.
    pub(super) fn of_account(session: &Session, choice: &TargetChoice) -> Result<Self, Ended> {
        let runtime = runtime::start().map_err(|error| {
            Diagnostic::new(format!("cannot start threads for asking the account: {error}"))
        })?;
        let interrupt = session.interrupt();
        runtime::watch_signals(runtime.handle(), interrupt.clone());
        let deadline = Instant::now() + choice.timeout;
        let needed = session.needed();
        let opening = account::open(session.spec(), &needed, choice, deadline, interrupt);
        let account = runtime.block_on(opening)?;
        let (sender, units) = units::queue();
        let handle = runtime.handle();
        account.start(
            handle,
            session.started(),
            &Arc::default(),
            &Arc::default(),
            &sender,
        );
        drop(sender);
        let account = Arc::new(account);
        let described = Arc::clone(&account);
        Ok(Self {
            feed: units,
            captured: None,
            version: None,
            earlier: None,
            describe: Box::new(move |inventory| described.describe(inventory)),
            settle: Box::new(|_| Ok(())),
            account: Box::new(move || {
                let account = account.reading();
                runtime.shutdown_background();
                Told {
                    account,
                    ..Told::default()
                }
            }),
        })
    }

    /// A cluster; reading begins at once.
    pub(super) fn live(live: Live, ledger: Ledger, session: &Session) -> Result<Self, Ended> {
        let feed = live.feed(&ledger.memory)?;
        let live = Arc::new(live);
        let (described, asked) = (Arc::clone(&live), Arc::clone(&live));
        let settled = Arc::clone(&live);
        let declared = session.spec().map(Declared::of).unwrap_or_default();
        let interrupt = session.interrupt().clone();
        // Where nobody judges by it, the first look is good enough.
        let twice = session.needs(LOAD_BALANCERS);
        let answer = Box::new(move |inventory: &mut Inventory| {
            if twice {
                second_look::look(inventory, &asked, declared, &interrupt)
            } else {
                Ok(answers(inventory))
            }
        });
        Ok(Self {
            feed,
            captured: None,
            version: live.cluster.version().map(ToOwned::to_owned),
            earlier: Some(Earlier { ledger, answer }),
            describe: Box::new(move |inventory| described.describe(inventory)),
            settle: Box::new(move |inventory| {
                settled.settle()?;
                inventory.unverified(settled.cluster.unverified());
                Ok(())
            }),
            account: Box::new(move || {
                let (cluster, account) = live.readings();
                let told = Told {
                    cluster: Some(cluster),
                    account,
                    warnings: live.cluster.warnings(),
                };
                if let Some(live) = Arc::into_inner(live) {
                    live.end();
                }
                told
            }),
        })
    }
}

/// The pieces of sources that are known by number.
pub(super) fn numbered(sources: Arc<Sources>) -> impl Feed + 'static {
    // Manifests are small and many; a share of a snapshot weighs as much as a page of a cluster.
    let ahead = if sources.captured_at().is_some() { 2 } else { 16 };
    Numbered::new(sources.len(), move |unit| sources.load(unit)).with_ahead(ahead)
}
