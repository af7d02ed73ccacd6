//! The environment STAGE as a team has it: its cluster on a real API server, its account in the fake, its buckets in an S3
//! server, and beside it the cluster of DEV, which shares the registry.

use crate::live::{binaries_with_controllers, skip, start};
use crate::program::{Folder, Outcome, PATIENCE, root};
use envcheck_test_cluster::{Cluster, Options, User};
use envcheck_test_fakes::{Contract, Fake, Guarded, Moto, Prism, Spaces, World, furnish, settle};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// What DEV runs.
pub(super) const DEV: &str = include_str!("../../fixtures/stage-live/dev.yaml");
/// Who reads with credentials from the account.
pub(super) const MODEST: &str = "wants-to-read";
/// The annotation by which a Service knows its load balancer.
const ID: &str = "kubernetes.digitalocean.com/load-balancer-id";
/// What the passwords and keys in the clusters' Secrets begin with.
const CANARY: &str = "canary-of-";

/// An audit that tells all it can.
pub(super) const AUDIT: [&str; 9] = [
    "audit",
    "stage",
    "-o",
    "json",
    "-o",
    "table=table.txt",
    "-o",
    "sarif=sarif.json",
    "--verbose",
];

/// A cluster of an environment with the Nodes that the account says it has.
fn cluster(context: &str, id: &str) -> Option<Cluster> {
    let binaries = binaries_with_controllers()?;
    let options = Options {
        controller_manager: context == "do-fra1-stage",
        users: vec![User::new(MODEST, &["system:masters"])],
        context: Some(context.to_owned()),
        ..Options::default()
    };
    let cluster = start(&binaries, &options);
    let nodes: Vec<String> = World::stage_and_dev()
        .nodes(id)
        .iter()
        .map(Value::to_string)
        .collect();
    cluster.apply(&nodes.join("\n---\n")).unwrap();
    Some(cluster)
}

/// STAGE's cluster for a test that changes it.
pub(super) fn stage_cluster() -> Option<Cluster> {
    let cluster = cluster("do-fra1-stage", World::STAGE_CLUSTER)?;
    furnish(&cluster).unwrap();
    settle(&cluster).unwrap();
    Some(cluster)
}

/// DEV's cluster for a test that changes it.
pub(super) fn dev_cluster() -> Option<Cluster> {
    let cluster = cluster("do-fra1-dev", World::DEV_CLUSTER)?;
    cluster.apply(DEV).unwrap();
    Some(cluster)
}

/// Both for tests that only read. None: the reason was said.
pub(super) fn clusters() -> Option<&'static [Cluster; 2]> {
    static SHARED: OnceLock<Option<[Cluster; 2]>> = OnceLock::new();
    let made = SHARED.get_or_init(|| Some([stage_cluster()?, dev_cluster()?]));
    made.as_ref()
}

/// The published description before the fake: one Prism for all tests.
fn contract() -> Option<&'static Contract> {
    static CONTRACT: OnceLock<Result<Contract, String>> = OnceLock::new();
    let started = CONTRACT.get_or_init(|| {
        let file = Contract::file()?;
        let prism = Prism::find(root())?;
        Ok(Contract::start(&prism, &file).unwrap())
    });
    started
        .as_ref()
        .map_err(|reason| skip("api-contract", reason))
        .ok()
}

/// An S3 server with STAGE's buckets.
pub(super) fn spaces() -> Option<Spaces> {
    let spaces = bare_spaces()?;
    Spaces::stock(&spaces.url()).unwrap();
    Some(spaces)
}

/// An S3 server without any bucket.
pub(super) fn bare_spaces() -> Option<Spaces> {
    let moto = Moto::find(root())
        .map_err(|reason| skip("spaces", &reason))
        .ok()?;
    Some(Spaces::start(&moto).unwrap())
}

/// The same for tests that only read.
pub(super) fn shared_spaces() -> Option<&'static Spaces> {
    static SHARED: OnceLock<Option<Spaces>> = OnceLock::new();
    SHARED.get_or_init(spaces).as_ref()
}

/// Where an audit finds everything, and the folder that it runs in.
pub(super) struct Team {
    pub(super) fake: Fake,
    pub(super) spaces: String,
    pub(super) folder: Folder,
    /// Whose token is shown: the fake's own, unless a test takes another.
    pub(super) token: String,
    /// Where the API is: the fake's own place, unless a test takes another.
    pub(super) api: Option<String>,
    kubeconfig: OsString,
    guarded: Option<Guarded>,
}

impl Team {
    /// An account of its own beside the clusters of STAGE and DEV, at the present time.
    pub(super) fn new(clusters: [&Cluster; 2], spaces: &Spaces, mut world: World) -> Self {
        world.become_present();
        world.run_clock(1.0);
        let fake = Fake::start(world).unwrap();
        let files = clusters.map(Cluster::kubeconfig);
        let team = Self {
            token: fake.token(),
            api: None,
            fake,
            spaces: spaces.url(),
            folder: Folder::new(),
            kubeconfig: std::env::join_paths(files).unwrap(),
            guarded: None,
        };
        team.copy_environments();
        team.doks(clusters[0]);
        team
    }

    /// An account in which nothing has been made yet, whose time passes this much faster.
    pub(super) fn beginning(spaces: &Spaces, mut world: World, speed: f64) -> Self {
        world.become_present();
        world.run_clock(speed);
        let fake = Fake::start(world).unwrap();
        let team = Self {
            token: fake.token(),
            api: None,
            fake,
            spaces: spaces.url(),
            folder: Folder::new(),
            kubeconfig: OsString::new(),
            guarded: None,
        };
        team.copy_environments();
        team
    }

    /// For tests that only read. `None`: what lacks was said.
    pub(super) fn reading() -> Option<Self> {
        let [stage, dev] = clusters()?;
        Some(Self::new([stage, dev], shared_spaces()?, World::stage_and_dev()))
    }

    /// With the contract between the client and the fake. `None`: what lacks was said.
    pub(super) fn under_contract(mut self) -> Option<Self> {
        self.guarded = Some(contract()?.before(&self.fake).unwrap());
        Some(self)
    }

    /// The specs of the repository and what they name, so that a test can change them.
    fn copy_environments(&self) {
        for folder in ["environments", "environments/charts"] {
            for entry in fs::read_dir(root().join(folder)).unwrap() {
                let file = entry.unwrap().path();
                if file.extension().is_some_and(|extension| extension == "yaml") {
                    let name = file.file_name().unwrap().to_string_lossy().into_owned();
                    let text = fs::read_to_string(&file).unwrap();
                    self.folder.write(&format!("{folder}/{name}"), text);
                }
            }
        }
    }

    /// Changes the spec of an environment.
    pub(super) fn respecify(&self, environment: &str, from: &str, to: &str) {
        let file = format!("environments/{environment}.yaml");
        let text = self.folder.read(&file);
        let changed = text.replace(from, to);
        assert_ne!(text, changed, "{from} is not in the spec");
        self.folder.write(&file, changed);
    }

    /// What DOKS does: load balancers for Services, and their ids and addresses into them.
    pub(super) fn doks(&self, cluster: &Cluster) {
        self.doks_of(World::STAGE_CLUSTER, cluster);
    }

    /// The same for a cluster with this id.
    pub(super) fn doks_of(&self, id: &str, cluster: &Cluster) {
        let text = cluster.answer(&["get", "services", "-A", "-o", "json"]).unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let services = list["items"].as_array().unwrap();
        let attached = self.fake.with(|world| world.services(id, services));
        for own in attached {
            let service = services
                .iter()
                .find(|service| {
                    service["metadata"]["name"] == own.name
                        && service["metadata"]["namespace"] == own.namespace
                })
                .unwrap();
            let patch = |more: &[&str], value: &Value| {
                let value = value.to_string();
                let words = [
                    "patch",
                    "service",
                    &own.name,
                    "-n",
                    &own.namespace,
                    "--type=merge",
                    "-p",
                    &value,
                ];
                cluster.answer(&[&words, more].concat()).unwrap();
            };
            if service["metadata"]["annotations"][ID] != own.balancer {
                patch(&[], &json!({"metadata": {"annotations": {ID: own.balancer}}}));
            }
            let Some(ip) = own.ip else { continue };
            if service["status"]["loadBalancer"]["ingress"][0]["ip"] != ip {
                let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": ip}]}}});
                patch(&["--subresource=status"], &status);
            }
        }
    }

    /// Runs `audit stage`, and looks for secrets in everything that it left behind.
    pub(super) fn audit(&self, more: &[&str]) -> Outcome {
        self.run(&[&AUDIT, more].concat())
    }

    /// Runs the program beside the environment, and looks for secrets in everything that it left behind.
    pub(super) fn run(&self, words: &[&str]) -> Outcome {
        self.run_within(words, PATIENCE)
    }

    /// The same where there is more to do than elsewhere.
    pub(super) fn run_within(&self, words: &[&str], patience: Duration) -> Outcome {
        let outcome = crate::program::finish_within(self.command(words), None, patience);
        self.betrays_nothing(&outcome);
        outcome
    }

    /// Takes a run back: what is destructive by its name.
    pub(super) fn take_back(&self, run: &str) -> Outcome {
        let words = ["rollback", run, "-e", "stage", "--journal", "journal"];
        let of = |more: &[&str]| self.run_within(&[&words, more].concat(), PATIENCE * 4);
        super::super::repairing::named(&of(&["--dry-run"]), of)
    }

    /// The program beside the environment, not yet started.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let guarded = self.guarded.as_ref().map(Guarded::url);
        let api = self.api.clone().or(guarded).unwrap_or_else(|| self.fake.url());
        let mut command = self.folder.program(words);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("DIGITALOCEAN_API_URL", api)
            .env("DIGITALOCEAN_REGISTRY_URL", self.fake.registry_url())
            .env("DIGITALOCEAN_TOKEN", &self.token)
            .env("SPACES_ENDPOINT_URL", &self.spaces)
            .env("SPACES_ACCESS_KEY_ID", Spaces::ACCESS_KEY_ID)
            .env("SPACES_SECRET_ACCESS_KEY", Spaces::SECRET_ACCESS_KEY);
        command
    }

    /// The runs of `--journal journal`, in the order in which they began.
    pub(super) fn runs(&self) -> Vec<String> {
        crate::live::repairing::runs(&self.folder)
    }

    /// Makes what earlier runs saw a day older than it is.
    pub(super) fn remember_a_day(&self) {
        let file = self.folder.path().join("reports/out/envcheck.sqlite");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            for change in [
                "UPDATE observation SET since = since - 90000",
                "UPDATE question SET answered = answered - 90000",
            ] {
                sqlx::query(change).execute(&mut connection).await.unwrap();
            }
            sqlx::Connection::close(connection).await.unwrap();
        });
    }

    /// Neither what was printed nor any file holds a token or a secret key.
    fn betrays_nothing(&self, outcome: &Outcome) {
        for secret in [&self.token, &self.fake.token(), Spaces::SECRET_ACCESS_KEY, CANARY] {
            self.hides(outcome, secret);
        }
    }

    /// The same for one more secret.
    pub(super) fn hides(&self, outcome: &Outcome, secret: &str) {
        let mut texts = vec![
            ("standard output".to_owned(), outcome.stdout.clone().into_bytes()),
            ("standard error".to_owned(), outcome.stderr.clone().into_bytes()),
        ];
        for file in files_below(self.folder.path()) {
            texts.push((file.display().to_string(), fs::read(&file).unwrap()));
        }
        for (place, bytes) in &texts {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{place} holds a secret");
        }
    }
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}
