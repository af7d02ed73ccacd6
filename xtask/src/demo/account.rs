//! The DigitalOcean account: the fake's, which the tests use too, read by envcheck's own code. So the rows are those that
//! `envcheck snapshot` would write, and there is no second list of them.
//!
//! Two collections do not come from the API and are kept beside it: `registry_uses` (what runs in other clusters) and
//! `observations` (what earlier runs saw). Nor do the rows of Spaces (see `storage`): the S3 server that the tests use needs
//! Python and dates objects by the wall clock. Buckets and keys have their names from the fake all the same.

use super::world::Account;
use envcheck::clients::digitalocean::{self, Api, Budget};
use envcheck::clients::http::Variables;
use envcheck::clients::registry::{self, Registry};
use envcheck::collect::account::{COLLECTIONS, DeclaredAccount, OpenAccount};
use envcheck::collect::meter::Meter;
use envcheck::collect::units::queue;
use envcheck_core::inventory::Feed as _;
use envcheck_core::source::Diagnostic;
use envcheck_core::value::Value;
use envcheck_test_fakes::Fake;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The one registry.
pub(super) const REGISTRY: &str = "acme";
/// When the service last added up what the registry stores.
const MEASURED: &str = "2026-11-23T00:00:00Z";
/// How long reading may take; it takes a second.
const PATIENCE: Duration = Duration::from_mins(2);

/// Rows by collection, as `digitalocean.vpcs`; a collection without rows was read and is empty.
pub(super) type Rows = BTreeMap<String, Vec<Value>>;

/// The account of `stage`, and of `dev` beside it.
pub(super) fn new() -> Account {
    Account::stage_and_dev()
}

/// Reads all of an account as it is at `now`.
pub(super) fn read(mut account: Account, now: &str) -> Result<Rows, String> {
    let at = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    let now = at(now)?;
    account.set_time(at(MEASURED)?);
    account.measure(REGISTRY);
    account.set_time(now);

    let fake = Fake::start(account)?;
    let runtime = Runtime::new().map_err(|error| format!("cannot start tokio: {error}"))?;
    let names: Vec<String> = COLLECTIONS
        .into_iter()
        .chain(["droplets"])
        .map(|name| format!("digitalocean.{name}"))
        .collect();
    let (sender, feed) = queue();
    {
        let _inside = runtime.enter();
        let open = open(&fake, &names).map_err(|problem| problem.to_string())?;
        let (memory, meter) = (Arc::default(), Arc::new(Meter::default()));
        open.start(runtime.handle(), now, &memory, &meter, sender);
    }
    let mut rows = Rows::new();
    let mut complete = Vec::new();
    while let Some(unit) = feed.next() {
        let loaded = unit();
        if let Some(gap) = loaded.gaps.first() {
            return Err(format!("{} was not read: {}", gap.subject, gap.detail));
        }
        for (collection, row, _) in loaded.collections {
            rows.entry(collection).or_default().push(row);
        }
        complete.extend(loaded.read_collections);
    }
    if let Some(lost) = names.iter().find(|name| !complete.contains(name)) {
        return Err(format!("{lost} was not read to its end"));
    }
    for collection in complete {
        // Pages come in any order.
        rows.entry(collection).or_default().sort();
    }
    Ok(rows)
}

fn open(fake: &Fake, names: &[String]) -> Result<OpenAccount, Diagnostic> {
    let budget = Budget::until(Instant::now() + PATIENCE, CancellationToken::new());
    // No variables: neither a proxy nor a certificate of this machine has a say.
    let access = digitalocean::Access {
        address: Some(fake.url()),
        token: fake.token().into(),
        variables: Variables::default(),
    };
    let api = Api::open(&access, budget.clone())?;
    let access = registry::Access {
        address: Some(fake.registry_url()),
        token: fake.token().into(),
        variables: Variables::default(),
    };
    let registry = Registry::open(&access, budget)?;
    Ok(OpenAccount::new(
        api,
        registry,
        declared(),
        Some(Account::AUDITOR_KEY.into()),
        names.iter().map(String::as_str),
    ))
}

/// What `environments/demo.yaml` declares.
fn declared() -> DeclaredAccount {
    let stage = || Some("stage".to_owned());
    DeclaredAccount {
        region: Some("fra1".to_owned()),
        cluster: stage(),
        vpc: stage(),
        project: stage(),
        registry: Some(REGISTRY.to_owned()),
        buckets: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{CAPTURED_AT, text};
    use super::*;
    use envcheck_core::value::ValueExt;

    #[test]
    fn cluster_and_account_of_the_clean_demo_belong_together() {
        let world = super::super::clean();
        let volumes: Vec<(String, String)> = world
            .objects()
            .iter()
            .filter(|object| object["kind"] == "PersistentVolume")
            .map(|object| {
                let handle = text(&object["spec"]["csi"]["volumeHandle"]).to_owned();
                (handle, text(&object["metadata"]["name"]).to_owned())
            })
            .collect();
        assert!(!volumes.is_empty());
        for (handle, name) in volumes {
            let row = world.account.row("volumes", &handle);
            assert_eq!(row.unwrap()["name"], name.as_str());
        }
        // The controller finds its Service's load balancer and makes no other.
        let balancers = world.account.rows("load_balancers");
        assert_eq!(balancers.len(), 1);
        assert_eq!(balancers[0]["id"], Account::STAGE_BALANCER);
    }

    #[test]
    fn the_whole_account_is_read_and_nothing_of_it_hangs_on_the_machine() {
        let rows = read(new(), CAPTURED_AT).unwrap();
        assert_eq!(rows.len(), COLLECTIONS.len() + 1);
        let keys = &rows["digitalocean.spaces_keys"];
        let auditors = keys.iter().filter(|row| row.field("auditor").is_some());
        assert_eq!(auditors.count(), 1);
        assert!(read(new(), CAPTURED_AT).unwrap() == rows, "twice the same");
        let shown = format!("{rows:?}");
        assert!(!shown.contains("127.0.0.1") && !shown.contains("localhost"));
    }
}
