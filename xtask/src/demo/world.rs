//! The world that a demo snapshot is taken of: Kubernetes objects, the account and Spaces, which faults can change.

use super::account;
use envcheck_core::inventory::snapshot::{
    Cluster, FORMAT, FORMAT_FILE, Format, MANIFEST_FILE, Manifest, Row, Subject, Tool, VERSION, sha256,
    write_file,
};
pub(super) use envcheck_test_fakes::{World as Account, id_of as uid};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The time of the capture; every age in the demo counts from here.
pub(super) const CAPTURED_AT: &str = "2026-11-23T03:00:00Z";
/// The cluster's id at DigitalOcean.
pub(super) const CLUSTER_ID: &str = Account::STAGE_CLUSTER;

/// A worker: Node name, Droplet id, private address, public address, pods' prefix, first pod's last octet.
pub(super) struct Worker {
    pub(super) name: &'static str,
    pub(super) droplet: u64,
    pub(super) private: &'static str,
    pub(super) public: &'static str,
    pub(super) pod_cidr: &'static str,
    pods: (&'static str, u32),
}

/// The three workers of pool `general`.
pub(super) const WORKERS: [Worker; 3] = [
    worker(0, "10.120.0.0/25", ("10.120.0", 10)),
    worker(1, "10.120.0.128/25", ("10.120.0", 138)),
    worker(2, "10.120.1.0/25", ("10.120.1", 10)),
];

/// A worker as the account has it, with the addresses of its Pods.
const fn worker(position: usize, pod_cidr: &'static str, pods: (&'static str, u32)) -> Worker {
    let (name, droplet, private, public) = Account::STAGE_NODES[position];
    Worker {
        name,
        droplet,
        private,
        public,
        pod_cidr,
        pods,
    }
}

/// Everything that a snapshot shows.
pub(super) struct World {
    objects: Vec<Value>,
    /// The account as the fake holds it.
    pub(super) account: Account,
    /// Rows of `data.digitalocean` that do not come from the API.
    beside: BTreeMap<&'static str, Vec<Value>>,
    spaces: BTreeMap<&'static str, Vec<Value>>,
    scheduled: usize,
    pods: [u32; WORKERS.len()],
    services: u32,
}

impl World {
    /// Nothing but the account.
    pub(super) fn new() -> Self {
        Self {
            objects: Vec::new(),
            account: account::new(),
            beside: BTreeMap::new(),
            spaces: BTreeMap::new(),
            scheduled: 0,
            pods: [0; WORKERS.len()],
            services: 0,
        }
    }

    /// Adds an object.
    pub(super) fn add(&mut self, object: Value) {
        self.objects.push(object);
    }

    /// Adds a row to a collection that belongs to the account and does not come from the API.
    pub(super) fn add_beside(&mut self, collection: &'static str, row: Value) {
        self.beside.entry(collection).or_default().push(row);
    }

    /// Says that such a collection was read, if only to find it empty.
    pub(super) fn read_beside(&mut self, collection: &'static str) {
        self.beside.entry(collection).or_default();
    }

    /// Adds a row to a collection of Spaces.
    pub(super) fn add_spaces(&mut self, collection: &'static str, row: Value) {
        self.spaces.entry(collection).or_default().push(row);
    }

    /// A row of Spaces about this bucket, to be changed.
    pub(super) fn bucket(&mut self, collection: &str, bucket: &str) -> Result<&mut Value, String> {
        self.spaces
            .get_mut(collection)
            .and_then(|rows| rows.iter_mut().find(|row| row["bucket"] == bucket))
            .ok_or_else(|| format!("the demo's Spaces have no {bucket} in {collection}"))
    }

    /// The row of the account with this name, to be changed.
    pub(super) fn named(&mut self, collection: &str, name: &str) -> Result<&mut Value, String> {
        self.account
            .rows_mut(collection)
            .iter_mut()
            .find(|row| row["name"] == name)
            .ok_or_else(|| format!("the demo's account has no {name} in {collection}"))
    }

    /// Lets the cloud controller see the Services: load balancers and open ports are as it makes them.
    pub(super) fn cloud_controller(&mut self) {
        let services: Vec<Value> = self
            .objects
            .iter()
            .filter(|object| object["kind"] == "Service")
            .cloned()
            .collect();
        self.account.services(CLUSTER_ID, &services);
    }

    /// All objects.
    pub(super) fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// An object, to be changed.
    pub(super) fn object(&mut self, kind: &str, namespace: &str, name: &str) -> Result<&mut Value, String> {
        self.objects
            .iter_mut()
            .find(|object| {
                object["kind"] == kind
                    && text(&object["metadata"]["namespace"]) == namespace
                    && object["metadata"]["name"] == name
            })
            .ok_or_else(|| format!("the demo has no {kind} {namespace}/{name}"))
    }

    /// Removes the objects of which this is true.
    pub(super) fn remove(&mut self, which: &dyn Fn(&Value) -> bool) {
        self.objects.retain(|object| !which(object));
    }

    /// The worker on which the next Pod runs: they take turns.
    pub(super) fn next_worker(&mut self) -> usize {
        self.scheduled += 1;
        self.scheduled % WORKERS.len()
    }

    /// The next free Pod address on a worker.
    pub(super) fn next_pod_ip(&mut self, worker: usize) -> String {
        let (prefix, first) = WORKERS[worker].pods;
        self.pods[worker] += 1;
        format!("{prefix}.{}", first + self.pods[worker])
    }

    /// The next free address of the Service subnet.
    pub(super) fn next_cluster_ip(&mut self) -> String {
        self.services += 1;
        format!(
            "10.121.{}.{}",
            1 + self.services / 7,
            17 + self.services * 31 % 211
        )
    }

    /// The files of a snapshot of this world, by path.
    pub(super) fn capture(self, environment: &str) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let mut rows: BTreeMap<Subject, Vec<Row>> = BTreeMap::new();
        for kind in READ_AND_EMPTY {
            rows.insert(subject(kind)?, Vec::new());
        }
        for object in &self.objects {
            let of = Subject::of(text(&object["apiVersion"]), text(&object["kind"]))
                .ok_or_else(|| format!("no kind in {object}"))?;
            rows.entry(of).or_default().push(Row {
                namespace: text(&object["metadata"]["namespace"]).to_owned(),
                name: text(&object["metadata"]["name"]).to_owned(),
                json: object.to_string(),
            });
        }
        for (collection, values) in account::read(self.account, CAPTURED_AT)? {
            let of = subject(&collection)?;
            let read: Result<Vec<Row>, String> = values
                .iter()
                .map(|value| Row::of(&of, value).map_err(|fault| format!("{of}: {fault}")))
                .collect();
            rows.insert(of, read?);
        }
        let beside = self
            .beside
            .iter()
            .map(|(name, rows)| ("digitalocean", name, rows));
        let spaces = self.spaces.iter().map(|(name, rows)| ("spaces", name, rows));
        for (root, collection, objects) in beside.chain(spaces) {
            let of = subject(&format!("{root}.{collection}"))?;
            let own: &mut Vec<Row> = rows.entry(of.clone()).or_default();
            for object in objects {
                let json = object.to_string();
                let value =
                    envcheck_core::value::Value::from_json_str(&json).map_err(|error| error.to_string())?;
                let row = Row::of(&of, &value).map_err(|fault| format!("{of}: {fault}"))?;
                own.push(row);
            }
        }

        let format = Format {
            format: FORMAT.to_owned(),
            version: VERSION,
            captured_at: CAPTURED_AT
                .parse()
                .map_err(|error| format!("{CAPTURED_AT}: {error}"))?,
            environment: environment.to_owned(),
            cluster: Some(Cluster {
                uid: uid("Namespace", "", "kube-system"),
                id: Some(CLUSTER_ID.to_owned()),
                name: Some("stage".to_owned()),
                version: Some("v1.35.6".to_owned()),
                unverified: None,
            }),
            tool: Tool {
                name: "envcheck".to_owned(),
                version: "0.1.0".to_owned(),
            },
        };
        let mut files = BTreeMap::from([(FORMAT_FILE.to_owned(), format.to_bytes())]);
        let mut manifest = Manifest {
            all_kinds: true,
            format_sha256: sha256(&format.to_bytes()),
            not_served: NOT_SERVED.into_iter().map(subject).collect::<Result<_, _>>()?,
            ..Manifest::default()
        };
        for (subject, rows) in rows {
            let (entry, bytes) = write_file(&subject, rows);
            files.insert(entry.path.clone(), bytes);
            manifest.files.push(entry);
        }
        manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
        files.insert(MANIFEST_FILE.to_owned(), manifest.to_bytes());
        Ok(files)
    }
}

/// Kinds that the cluster serves and of which it has no object.
const READ_AND_EMPTY: [&str; 18] = [
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
    "argoproj.io/v1alpha1/ApplicationSet",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "cilium.io/v2/CiliumClusterwideNetworkPolicy",
    "cilium.io/v2/CiliumNetworkPolicy",
    "gateway.networking.k8s.io/v1/GRPCRoute",
    "gateway.networking.k8s.io/v1/Gateway",
    "gateway.networking.k8s.io/v1/HTTPRoute",
    "gateway.networking.k8s.io/v1beta1/ReferenceGrant",
    "monitoring.coreos.com/v1/PodMonitor",
    "snapshot.storage.k8s.io/v1/VolumeSnapshot",
    "snapshot.storage.k8s.io/v1/VolumeSnapshotContent",
    "v1/LimitRange",
    "v1/PodTemplate",
    "v1/ReplicationController",
    "v1/ResourceQuota",
];

/// Kinds that were asked for and that the cluster does not serve.
const NOT_SERVED: [&str; 8] = [
    "cert-manager.io/v1/Certificate",
    "crd.projectcalico.org/v1/GlobalNetworkPolicy",
    "crd.projectcalico.org/v1/NetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy",
    "policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy",
    "projectcalico.org/v3/GlobalNetworkPolicy",
    "projectcalico.org/v3/NetworkPolicy",
];

fn subject(text: &str) -> Result<Subject, String> {
    text.parse().map_err(|fault| format!("{fault}"))
}

/// A value as text; empty when it is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A number below `limit` that depends on nothing but `seed`.
pub(super) fn number(seed: &str, limit: u64) -> u64 {
    u64::from_str_radix(&sha256(seed.as_bytes())[..12], 16).unwrap_or_default() % limit
}

/// As many letters as Kubernetes appends to generated names, from its alphabet.
pub(super) fn suffix(seed: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..length)
        .map(|position| {
            let index = number(&format!("{seed}#{position}"), ALPHABET.len() as u64);
            char::from(ALPHABET[usize::try_from(index).unwrap_or_default()])
        })
        .collect()
}

/// Adds the members of `more` to `base`; objects are merged, everything else is replaced, null removes.
pub(super) fn merge(base: &mut Value, more: &Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                if value.is_null() {
                    base.shift_remove(key);
                } else {
                    merge(base.entry(key.clone()).or_insert_with(|| json!({})), value);
                }
            }
        }
        (base, more) => base.clone_from(more),
    }
}

/// `base` with the members of `more`.
pub(super) fn with(mut base: Value, more: &Value) -> Value {
    merge(&mut base, more);
    base
}
