//! `import`: the same reading as an audit, written down as a spec. Without one nothing says which cluster of the account is read;
//! so the account is surveyed first, and its section is the spec by which the rest is read as ever.

mod buckets;
mod networks;
mod survey;

use super::ended::Ended;
use super::filling::fill;
use super::input::numbered;
use super::live;
use super::target::{Place, TargetChoice, Watch, Way};
use crate::collect::cluster::Wanted;
use crate::collect::snapshot::SnapshotReader;
use crate::collect::sources::Sources;
use crate::collect::specs;
use envcheck_core::import::{self, From, Imported, Learnt, Seen, Told};
use envcheck_core::inventory::{Feed, Inventory, InventoryBuilder};
use envcheck_core::policy::{Needed, PolicyIds};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{self, Spec};
use envcheck_core::value::{Value, ValueExt};
use jiff::Timestamp;
use networks::Networks;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use survey::{outline, survey};
use tokio_util::sync::CancellationToken;

/// Read of the account together with the cluster; the rest is surveyed before.
const WITH_THE_CLUSTER: [&str; 4] = [
    "digitalocean.load_balancers",
    "digitalocean.spaces_keys",
    "spaces.buckets",
    "spaces.versionings",
];

/// What is to be imported, and how it is reached.
#[derive(Debug, Clone)]
pub struct ToImport {
    /// How the environment shall be called.
    pub name: String,
    /// What the command line says of reaching it; the account's cluster when it says nothing.
    pub target: TargetChoice,
    /// Where its spec goes, or would.
    pub file: PathBuf,
    /// The name of its cluster in the account.
    pub cluster: Option<String>,
    /// The real time at the start.
    pub started: Timestamp,
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

/// A spec as it was written, and what is wrong with it: names that a spec cannot have.
#[derive(Debug)]
pub struct Draft {
    /// The text, and what could not be seen.
    pub imported: Imported,
    /// What does not pass the checks of specs.
    pub problems: Vec<Diagnostic>,
}

/// Reads an environment and writes its spec. `watch` is given the counter before a cluster is read.
pub fn import(wanted: &ToImport, watch: Watch<'_>) -> Result<Draft, Ended> {
    let imported = match wanted.target.place(None)? {
        Place::Snapshot(snapshot) => of_snapshot(wanted, *snapshot)?,
        Place::Cluster(way) => of_cluster(wanted, &way, watch)?,
    };
    let problems = loaded(&wanted.name, &imported.text).err().unwrap_or_default();
    Ok(Draft { imported, problems })
}

/// A text as a spec.
fn loaded(name: &str, text: &str) -> Result<Spec, Vec<Diagnostic>> {
    spec::load(&format!("{name}.yaml"), &mut |_| Ok(text.as_bytes().to_vec()))
}

fn of_snapshot(wanted: &ToImport, snapshot: SnapshotReader) -> Result<Imported, Ended> {
    let mut inventory = InventoryBuilder::new(false);
    let format = snapshot.format();
    let captured = format.cluster.as_ref().and_then(|cluster| cluster.id.clone());
    let sources = Sources::new(None, Some(snapshot));
    sources.describe(&mut inventory);
    let feed: Arc<dyn Feed> = Arc::new(numbered(Arc::new(sources)));
    let mut network = Networks::of(None);
    let learnt = network.absorb(&mut inventory, &*feed);
    let inventory = inventory.build();
    let clusters = rows(&inventory, "digitalocean.kubernetes_clusters");
    let told = Told {
        nodes: Seen::node_droplets(&inventory),
        id: captured,
    };
    let cluster = import::whose(clusters, &told, wanted.cluster.as_deref())?;
    network.cluster_subnets(&subnets(&inventory, cluster));
    Ok(written(
        wanted,
        From::Snapshot,
        &inventory,
        (network, &learnt),
        cluster,
        Unasked {
            account: None,
            buckets: Some("a capture holds the buckets that were declared"),
        },
    ))
}

fn of_cluster(wanted: &ToImport, way: &Way, watch: Watch<'_>) -> Result<Imported, Ended> {
    let survey = survey(wanted, way)?;
    let (account, why) = match survey {
        Ok(rows) => (rows, None),
        Err(why) => (BTreeMap::new(), Some(why)),
    };
    let no_rows = Vec::new();
    let clusters = account
        .get("digitalocean.kubernetes_clusters")
        .unwrap_or(&no_rows);
    let nodes = match way {
        Way::Own(_) if clusters.len() > 1 && wanted.cluster.is_none() => nodes(wanted, way)?,
        _ => BTreeSet::new(),
    };
    let told = Told { nodes, id: None };
    let cluster = import::whose(clusters, &told, wanted.cluster.as_deref())?;
    let from = match (&wanted.target.context, way) {
        (_, Way::FromDigitalOcean | Way::FromDigitalOceanOr(_)) => From::DigitalOcean,
        (Some(context), Way::Own(_)) => From::Context(context),
        (None, Way::Own(_)) => From::Kubeconfig,
    };
    if !matches!(way, Way::Own(_)) && cluster.is_none() {
        return Err(Diagnostic::new("the account has no cluster")
            .hint("name the context of the cluster with --context, or use a token of the account that has it")
            .into());
    }
    let outline = cluster
        .map(|_| outline(wanted, from, &account, cluster))
        .transpose()?;
    let needed = Needed {
        collections: WITH_THE_CLUSTER
            .map(|name| (name.to_owned(), PolicyIds::new()))
            .into(),
        ..Needed::of_kinds(import::kinds())
    };
    let Read {
        mut inventory,
        network,
        learnt,
        buckets,
    } = read(wanted, way, outline.as_ref(), &needed, watch)?;
    for (name, rows) in &account {
        inventory.learn_collection(name, rows.clone());
    }
    Ok(written(
        wanted,
        from,
        &inventory,
        (network, &learnt),
        cluster,
        Unasked {
            account: why.as_deref(),
            buckets: buckets.as_deref(),
        },
    ))
}

/// What was read of a running environment.
struct Read {
    inventory: Inventory,
    network: Networks,
    learnt: Learnt,
    /// Why buckets beside the declared ones are not known, where they are not.
    buckets: Option<String>,
}

/// What nobody was asked for, with the reason; nothing where all was.
#[derive(Debug, Clone, Copy)]
struct Unasked<'a> {
    account: Option<&'a str>,
    buckets: Option<&'a str>,
}

/// Reads the cluster, and of the account and Spaces what the outline declares.
fn read(
    wanted: &ToImport,
    way: &Way,
    outline: Option<&Spec>,
    needed: &Needed,
    watch: Watch<'_>,
) -> Result<Read, Ended> {
    let reads = Wanted {
        needed,
        all_kinds: false,
    };
    let (target, interrupt) = (&wanted.target, &wanted.interrupt);
    let live = live::open(way, outline, reads, target, wanted.started, interrupt)?;
    watch(live.meter());
    let listed = buckets::listed(&live, outline);
    // What writes to which bucket is found while objects stream by.
    let mut inventory = InventoryBuilder::new(false).about(buckets::known(&listed));
    live.describe(&mut inventory);
    let feed = live.feed(&Arc::default())?;
    let mut network = Networks::of(outline);
    let learnt = network.absorb(&mut inventory, &*feed);
    live.over(interrupt)?;
    let mut inventory = inventory.build();
    let unlisted = match listed {
        Ok(rows) => {
            buckets::learn(&mut inventory, rows);
            None
        }
        Err(why) => Some(why),
    };
    Ok(Read {
        inventory,
        network,
        learnt,
        buckets: unlisted,
    })
}

/// The Droplets of the API server's Nodes.
fn nodes(wanted: &ToImport, way: &Way) -> Result<BTreeSet<u64>, Ended> {
    let needed = Needed::of_kinds(["v1/Node"]);
    let reads = Wanted {
        needed: &needed,
        all_kinds: false,
    };
    let (target, interrupt) = (&wanted.target, &wanted.interrupt);
    let live = live::open(way, None, reads, target, wanted.started, interrupt)?;
    let mut inventory = InventoryBuilder::new(false);
    let feed = live.feed(&Arc::default())?;
    fill(&mut inventory, &*feed);
    live.over(interrupt)?;
    Ok(Seen::node_droplets(&inventory.build()))
}

fn written(
    wanted: &ToImport,
    from: From<'_>,
    inventory: &Inventory,
    (networks, learnt): (Networks, &Learnt),
    cluster: Option<&Value>,
    unasked: Unasked<'_>,
) -> Imported {
    let Networks { mut all, mut lasting } = networks;
    for pod in import::newcomers(inventory) {
        all.absorb(&pod, &inventory.owners);
    }
    for pod in import::newcomers_everywhere(inventory) {
        lasting.absorb(&pod, &inventory.owners);
    }
    let (network, unread) = all.build(&inventory.owners);
    let (lasting, _) = lasting.build(&inventory.owners);
    // A capture holds what those use of the registry that it was shared with.
    let mut beside = specs::beside_of(&wanted.file);
    let uses = rows(inventory, "digitalocean.registry_uses").iter();
    beside.extend(uses.filter_map(|row| row.text_at(&["environment"]).map(ToOwned::to_owned)));
    let mut imported = import::spec_of(&Seen {
        name: &wanted.name,
        from,
        inventory,
        network: &network,
        lasting: &lasting,
        cluster,
        account: unasked.account,
        learnt,
        buckets: unasked.buckets,
        beside: &beside,
    });
    imported.notes.extend(unread);
    imported
}

fn rows<'i>(inventory: &'i Inventory, collection: &str) -> &'i [Value] {
    let rows = inventory.collections.get(collection);
    rows.map_or(&[], Vec::as_slice)
}

/// The addresses of the cluster itself: its Pods', its Services' and its network's.
fn subnets(inventory: &Inventory, cluster: Option<&Value>) -> Vec<ipnet::IpNet> {
    let own = |key| cluster.and_then(|row| row.text_at(&[key]));
    let mut vpcs = rows(inventory, "digitalocean.vpcs").iter();
    let vpc = vpcs.find(|row| own("vpc_uuid").is_some() && row.text_at(&["id"]) == own("vpc_uuid"));
    let ranges = [
        own("cluster_subnet"),
        own("service_subnet"),
        vpc.and_then(|row| row.text_at(&["ip_range"])),
    ];
    ranges
        .into_iter()
        .flatten()
        .filter_map(|range| range.parse().ok())
        .collect()
}
