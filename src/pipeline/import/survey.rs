//! The account before its cluster is read: what it holds, and its section as a spec.

use super::{ToImport, loaded};
use crate::clients::digitalocean::RequestError;
use crate::clients::runtime;
use crate::collect::account::OpenAccount;
use crate::pipeline::account::{self, Account};
use crate::pipeline::ended::Ended;
use crate::pipeline::target::Way;
use envcheck_core::import::{self, From, Learnt, Seen};
use envcheck_core::inventory::{InventoryBuilder, OwnerIndex};
use envcheck_core::network::Gatherer;
use envcheck_core::policy::Needed;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// Rows by collection.
pub(super) type Rows = BTreeMap<String, Vec<Value>>;

/// What the account holds; or why it cannot be asked, where the cluster can be read without it.
pub(super) fn survey(wanted: &ToImport, way: &Way) -> Result<Result<Rows, String>, Ended> {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: {:?}}}\nspec: {{digitalocean: {{region: fra1}}}}\n",
        wanted.name
    );
    // The region is nobody's: of the lists that are read now none depends on it.
    let nothing = loaded(&wanted.name, &text)?;
    let runtime = runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for asking the account: {error}")))?;
    runtime::watch_signals(runtime.handle(), wanted.interrupt.clone());
    let (target, interrupt) = (&wanted.target, &wanted.interrupt);
    let deadline = Instant::now() + target.timeout;
    let needed = Needed::default();
    let rows = runtime.block_on(async {
        let account = account::open(Some(&nothing), &needed, target, deadline, interrupt).await?;
        match account.opened() {
            Some(open) => surveyed(open).await.map(Ok),
            None => closed(&account, way),
        }
    });
    runtime.shutdown_background();
    rows
}

async fn surveyed(open: &OpenAccount) -> Result<Rows, Ended> {
    open.everything().await.map_err(|error| match error {
        RequestError::Cancelled => Ended::Interrupted(Vec::new()),
        other => open.diagnose(&other).into(),
    })
}

fn closed(account: &Account, way: &Way) -> Result<Result<Rows, String>, Ended> {
    let why = account.why_closed();
    match way {
        Way::FromDigitalOcean | Way::FromDigitalOceanOr(_) => Err(why.into()),
        Way::Own(_) => Ok(Err(why.one_line())),
    }
}

/// The account's section as a spec, by which the rest is read.
pub(super) fn outline(
    wanted: &ToImport,
    from: From<'_>,
    account: &Rows,
    cluster: Option<&Value>,
) -> Result<Spec, Ended> {
    let mut inventory = InventoryBuilder::new(false).build();
    for (name, rows) in account {
        inventory.learn_collection(name, rows.clone());
    }
    let (network, _) = Gatherer::new(false).build(&OwnerIndex::default());
    let text = import::outline_of(&Seen {
        name: &wanted.name,
        from,
        inventory: &inventory,
        network: &network,
        lasting: &network,
        cluster,
        account: None,
        learnt: &Learnt::default(),
        buckets: None,
        beside: &BTreeSet::new(),
    });
    Ok(loaded(&wanted.name, &text)?)
}
