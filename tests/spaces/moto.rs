//! moto's S3 server: from `moto_server` in `$MOTO_SERVER`, else from a virtual environment below `target/`, which is made
//! with `python3 -m venv` and `pip install` the first time. Where that is not possible, the tests say that they are skipped.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::CreateBucketConfiguration;
use aws_smithy_http_client::Builder;
use envcheck::clients::http::Variables;
use envcheck::clients::spaces::{Access, Budget, Key, Spaces, connect};
use envcheck::collect::meter::Meter;
use envcheck::collect::spaces::SpacesPlan;
use envcheck::collect::units::queue;
use envcheck_core::inventory::{Feed, Loaded};
use envcheck_core::policy::{Needed, PolicyIds};
use envcheck_core::spec;
use jiff::Timestamp;
use secrecy::SecretString;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What is installed when nothing is there.
const PACKAGE: &str = "moto[s3,server]==5.2.5";

/// A running server, ended when dropped.
pub struct Moto {
    child: Child,
    pub url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    /// Starts one; `None` where there is none to start.
    pub fn start() -> Option<Self> {
        let program = match program() {
            Ok(program) => program,
            Err(reason) => {
                println!("skipped: s3-server: {reason}");
                return None;
            }
        };
        // Somebody else may take the port meanwhile: then this server does not answer, and another port is tried.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let child = Command::new(program)
                .args(["-H", "127.0.0.1", "-p", &port.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut moto = Self {
                child,
                url: format!("http://127.0.0.1:{port}"),
            };
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_mins(1) && moto.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(moto);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        panic!("{} does not answer", program.display());
    }

    /// Whoever fills the buckets.
    pub fn owner(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .endpoint_url(&self.url)
            .region(Region::new("fra1"))
            .credentials_provider(Credentials::new("DO00OWNER", "secret", None, None, "test"))
            .force_path_style(true)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Makes a bucket in the region that is asked.
    pub async fn bucket(&self, name: &str) {
        let here = CreateBucketConfiguration::builder()
            .location_constraint("fra1".into())
            .build();
        let made = self
            .owner()
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(here);
        made.send().await.unwrap();
    }

    /// Spaces as the auditor asks it.
    pub fn spaces(&self) -> Spaces {
        spaces(&self.url)
    }

    /// All rows of these collections as JSON, and the calls that they took.
    pub async fn rows(
        &self,
        spaces_section: &str,
        collections: &[&str],
    ) -> (Vec<(String, serde_json::Value)>, u64) {
        let text = format!(
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  digitalocean:\n    region: fra1\n    spaces:\n{spaces_section}\n"
        );
        let read = spec::load("stage.yaml", &mut |_| Ok(text.clone().into_bytes()));
        let spec = read.unwrap_or_else(|problems| panic!("{}", problems[0]));
        let needed = Needed {
            collections: collections
                .iter()
                .map(|name| ((*name).to_owned(), PolicyIds::new()))
                .collect(),
            ..Needed::default()
        };
        let plan = SpacesPlan::of(&spec, &needed).unwrap();
        let spaces = self.spaces();
        let runtime = tokio::runtime::Handle::current();
        let (sender, feed) = queue();
        plan.start(
            &runtime,
            spaces.clone(),
            Timestamp::now(),
            Arc::new(Meter::default()),
            sender,
        );
        let units = tokio::task::spawn_blocking(move || {
            std::iter::from_fn(|| feed.next()).map(|unit| unit()).collect()
        });
        let units: Vec<Loaded> = units.await.unwrap();
        assert!(units.iter().all(|unit| unit.gaps.is_empty()), "{units:?}");
        let rows = units.into_iter().flat_map(|unit| unit.collections);
        let rows =
            rows.map(|(name, row, _)| (name, serde_json::from_str(&row.to_json_str().unwrap()).unwrap()));
        (rows.collect(), spaces.calls())
    }
}

/// Spaces at a URL.
pub fn spaces(url: &str) -> Spaces {
    let access = Access {
        region: "fra1".to_owned(),
        endpoint: Some(url.to_owned()),
        key: Key {
            id: SecretString::from("DO00AUDITOR"),
            secret: SecretString::from("secret"),
        },
    };
    let deadline = tokio::time::Instant::now() + Duration::from_mins(2);
    let budget = Budget::until(deadline, CancellationToken::new());
    connect(&access, budget, &Variables::default()).unwrap()
}

/// The server's program, made once, or why there is none.
fn program() -> &'static Result<PathBuf, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(given) = std::env::var_os("MOTO_SERVER") {
            return Ok(PathBuf::from(given));
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
        let home = target.unwrap_or(Path::new("target")).join("moto");
        let program = home.join("bin/moto_server");
        if !program.is_file() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
            run(Command::new(home.join("bin/pip")).args(["install", "--quiet", PACKAGE]))?;
        }
        Ok(program)
    })
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!(
            "moto_server is neither named by MOTO_SERVER nor can be installed: {command:?}: {other:?}"
        )),
    }
}
