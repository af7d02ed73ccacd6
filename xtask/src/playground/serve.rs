//! The process that the fake of the playground lives in.

use super::controller::Controller;
use crate::tool;
use envcheck_test_fakes::{Credentials, Fake, Spaces, World};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How often the cluster is looked at.
const PAUSE: Duration = Duration::from_secs(2);
/// How much sooner things happen than in the service: a cluster that takes five minutes is there after ten seconds.
const PACE: f64 = 30.0;

/// Serves until the process is ended. Both files are in the working folder.
pub(super) fn run(given: &Path, serving: &Path) -> Result<(), String> {
    let text = tool::read(given)?;
    let given: Value = serde_json::from_str(&text)
        .map_err(|error| format!("cannot read what `playground up` gave: {error}"))?;
    let word = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let mut world = World::stage_and_dev();
    world.reach_cluster(
        World::STAGE_CLUSTER,
        Credentials {
            server: word("server"),
            ca_pem: word("ca"),
            token: word("token"),
        },
    );
    world.become_present();
    world.run_clock(1.0);
    world.hurry(PACE);
    let mut fake = Fake::start(world)?;
    let control = fake.open_control(0)?;
    let urls = json!({
        "api": fake.url(),
        "registry": fake.registry_url(),
        "control": control,
        "token": fake.token(),
        "spaces": given["spaces"],
        "kubeconfigs": given["kubeconfigs"],
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start a runtime: {error}"))?;
    let files: Vec<&str> = given["kubeconfigs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    runtime.block_on(async {
        let mut controllers = Vec::new();
        for (id, file) in [World::STAGE_CLUSTER, World::DEV_CLUSTER].into_iter().zip(files) {
            controllers.push(Controller::new(id, Path::new(file)).await?);
        }
        let (mut told, mut buckets) = (false, Vec::new());
        loop {
            for controller in &controllers {
                if let Err(error) = controller.look(&fake).await {
                    eprintln!("{error}");
                }
            }
            if let Err(error) = forget_buckets(&fake, &word("spaces"), &mut buckets).await {
                eprintln!("{error}");
            }
            // Not before: whoever audits at once finds the clusters with their Nodes.
            if !told {
                tell(serving, &urls)?;
                told = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
}

/// What was deleted in Spaces, the account hears of. `seen` are the buckets that there were a moment ago.
async fn forget_buckets(fake: &Fake, spaces: &str, seen: &mut Vec<String>) -> Result<(), String> {
    let url = spaces.to_owned();
    let there = tokio::task::spawn_blocking(move || Spaces::names(&url)).await;
    let there = there.map_err(|error| format!("the buckets were not listed: {error}"))??;
    for name in seen.iter().filter(|name| !there.contains(name)) {
        fake.with(|world| world.bucket_gone(name));
    }
    *seen = there;
    Ok(())
}

/// Says where everything is. Written aside first: whoever finds the file finds all of it.
fn tell(serving: &Path, urls: &Value) -> Result<(), String> {
    let aside = serving.with_extension("new");
    tool::write(&aside, &urls.to_string())?;
    std::fs::rename(&aside, serving).map_err(|error| format!("cannot write {}: {error}", serving.display()))
}
