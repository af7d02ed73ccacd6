//! `cargo xtask playground`: the environment `stage` (and of `dev`, which shares its registry, the cluster), to be audited as
//! `environments/stage.yaml` says: two API servers, a fake of DigitalOcean's API and an S3 server that outlive the command,
//! for the tutorial and for trying things out.

mod controller;
mod serve;

use crate::{cluster, tool};
use envcheck_test_cluster::{Binaries, Cluster, Options, Standing, Supervisor, User};
use envcheck_test_fakes::{Moto, Prism, Spaces, furnish, settle};
use serde_json::{Value, json};
use std::fs::Permissions;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the servers may take until they serve.
const LIMIT: Duration = Duration::from_mins(1);
/// What the fake's process writes when it serves, into its folder.
const SERVING: &str = "serving.json";
/// What it reads when it starts.
const GIVEN: &str = "given.json";
/// The clusters of STAGE and of DEV: folder and context, as the specs in `environments` name it.
const CLUSTERS: [(&str, &str); 2] = [("cluster", "do-fra1-stage"), ("dev", "do-fra1-dev")];
/// What DEV runs.
const DEV: &str = "tests/fixtures/stage-live/dev.yaml";

/// Runs one of `build`, `up`, `down`, `status`; `serve` is what `up` starts.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    match options {
        ["build"] => prepare(root),
        ["up"] => up(root),
        ["down"] => down(root),
        ["status"] => status(root),
        ["serve"] => serve::run(Path::new(GIVEN), Path::new(SERVING)),
        _ => Err("playground takes one of: build, up, down, status".into()),
    }
}

/// Installs what the doubles need and this machine can have.
pub(crate) fn prepare(root: &Path) -> Result<(), String> {
    let mut say = |words: &str| println!("{words}");
    let prism = Prism::install(root, &mut say).map(drop);
    let moto = Moto::install(root, &mut say).map(drop);
    prism.and(moto)
}

/// Where everything of `up` is.
fn folder(root: &Path) -> PathBuf {
    root.join("target/playground")
}

fn up(root: &Path) -> Result<(), String> {
    if is_up(root) {
        println!("the playground is up already");
        return tell(root);
    }
    down(root)?;
    let mut say = |words: &str| println!("{words}");
    let moto = Moto::install(root, &mut say)?;
    let binaries = cluster::programs(root)?;
    let [stage, dev] = CLUSTERS.map(|cluster| start_cluster(root, &binaries, cluster));
    let (stage, dev) = (stage?, dev?);
    furnish(&stage)?;
    if binaries.kube_controller_manager.is_some() {
        settle(&stage)?;
    }
    dev.apply(&tool::read(&root.join(DEV))?)?;
    let kubeconfigs = [&stage, &dev].map(Cluster::kubeconfig);
    let given = json!({
        "server": stage.url(),
        "ca": stage.ca_pem(),
        "token": stage.token("playground")?,
        "kubeconfigs": kubeconfigs,
    });
    start_servers(root, &moto, &given)?;
    stage.leave_running()?;
    dev.leave_running()?;
    tell(root)
}

fn start_cluster(root: &Path, binaries: &Binaries, (own, context): (&str, &str)) -> Result<Cluster, String> {
    let options = Options {
        controller_manager: binaries.kube_controller_manager.is_some(),
        directory: Some(folder(root).join(own)),
        users: vec![User::new("playground", &["system:masters"])],
        context: Some(context.to_owned()),
        ..Options::default()
    };
    Cluster::start_with(binaries, &options)
}

/// Starts the fake and the S3 server so that they stay, and waits until both serve.
fn start_servers(root: &Path, moto: &Moto, given: &Value) -> Result<(), String> {
    let own = folder(root).join("servers");
    tool::write(&own.join(GIVEN), "")?;
    // Credentials of the cluster lie in it.
    std::fs::set_permissions(&own, Permissions::from_mode(0o700))
        .map_err(|error| format!("cannot protect {}: {error}", own.display()))?;
    let port = free_port()?;
    let mut given = given.clone();
    given["spaces"] = json!(format!("http://127.0.0.1:{port}"));
    tool::write(&own.join(GIVEN), &given.to_string())?;
    let mut supervisor = Supervisor::new(&own)?;
    supervisor.start("moto", moto.program(), &Moto::flags(port))?;
    let this = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    supervisor.start("fake", &this, &["playground", "serve"].map(str::to_owned))?;
    let begun = Instant::now();
    while !own.join(SERVING).is_file() || !listens(&given["spaces"]) {
        for name in ["moto", "fake"] {
            if let Some(code) = supervisor.ended(name) {
                let log = tool::read(&own.join(format!("{name}.log"))).unwrap_or_default();
                return Err(format!("{name} ended (exit code {code})\n{log}"));
            }
        }
        if begun.elapsed() > LIMIT {
            return Err("the playground's servers do not serve after a minute".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Spaces::stock(given["spaces"].as_str().unwrap_or_default())?;
    supervisor.stay()
}

fn free_port() -> Result<u16, String> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

/// Whether somebody listens at a URL.
fn listens(url: &Value) -> bool {
    url.as_str()
        .and_then(|url| url.strip_prefix("http://")?.parse::<SocketAddr>().ok())
        .is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok())
}

/// What the fake's process said when it served.
fn serving(root: &Path) -> Option<Value> {
    let text = tool::read(&folder(root).join("servers").join(SERVING)).ok()?;
    serde_json::from_str(&text).ok()
}

fn is_up(root: &Path) -> bool {
    let lives = |own: &str| Standing::find(&folder(root).join(own)).is_some_and(|found| found.is_alive());
    CLUSTERS.iter().all(|(own, _)| lives(own))
        && serving(root).is_some_and(|urls| listens(&urls["api"]) && listens(&urls["spaces"]))
}

/// Prints the variables to export.
fn tell(root: &Path) -> Result<(), String> {
    let urls = serving(root).ok_or("the playground ended as it was left")?;
    let text = |name: &str| urls[name].as_str().unwrap_or_default();
    println!("export DIGITALOCEAN_API_URL={}", text("api"));
    println!("export DIGITALOCEAN_REGISTRY_URL={}", text("registry"));
    println!("export DIGITALOCEAN_TOKEN={}", text("token"));
    println!("export SPACES_ENDPOINT_URL={}", text("spaces"));
    println!("export SPACES_ACCESS_KEY_ID={}", Spaces::ACCESS_KEY_ID);
    println!("export SPACES_SECRET_ACCESS_KEY={}", Spaces::SECRET_ACCESS_KEY);
    let files = urls["kubeconfigs"].as_array().into_iter().flatten();
    let files: Vec<&str> = files.filter_map(Value::as_str).collect();
    println!("export KUBECONFIG={}", files.join(":"));
    println!("# faults, time and requests of the fake: {}", text("control"));
    Ok(())
}

fn down(root: &Path) -> Result<(), String> {
    let mut found = false;
    for part in std::iter::once("servers").chain(CLUSTERS.map(|(own, _)| own)) {
        let own = folder(root).join(part);
        match Standing::find(&own) {
            Some(standing) => {
                standing.stop()?;
                found = true;
            }
            None if own.exists() => std::fs::remove_dir_all(&own)
                .map_err(|error| format!("cannot remove {}: {error}", own.display()))?,
            None => {}
        }
    }
    if found {
        println!("the playground is stopped");
    }
    Ok(())
}

fn status(root: &Path) -> Result<(), String> {
    if is_up(root) {
        return tell(root);
    }
    Err("no playground runs; `cargo xtask playground up` starts one".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_playground_status_is_an_error_and_down_is_not() {
        let empty = std::env::temp_dir().join("envcheck-no-such-repository");
        assert!(status(&empty).unwrap_err().contains("playground up"));
        assert_eq!(down(&empty), Ok(()));
        assert!(run(&empty, &["sideways"]).unwrap_err().contains("build, up"));
        assert!(!listens(&json!("http://127.0.0.1:1")) && !listens(&Value::Null));
    }
}
