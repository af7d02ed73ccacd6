//! The clusters that tests share or start, and the sentence of a test that has none.

mod account;
mod audit;
mod believed;
mod claims;
mod connecting;
mod deeds;
mod discovery;
mod every_fix;
mod faults;
mod git_route;
mod interruption;
mod labels;
mod least_privilege;
mod pages;
mod planned;
mod proxy;
mod putting_back;
mod rendering;
mod repair;
mod repairing;
mod safety;
mod secrets;
mod servers;
mod set_back;
mod stage;
mod terminal;
mod weather;

use envcheck_test_cluster::{Binaries, Cluster, Options};
use std::io::Write as _;
use std::path::Path;
use std::sync::Once;

/// The servers' programs. None: the reason was said, and the test has nothing to do.
pub(crate) fn binaries() -> Option<Binaries> {
    match Binaries::find(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        Ok(binaries) => Some(binaries),
        Err(reason) => {
            skip("cluster", &reason);
            None
        }
    }
}

/// The same where a test needs the controllers too, which envtest's assets lack.
pub(crate) fn binaries_with_controllers() -> Option<Binaries> {
    let binaries = binaries()?;
    if binaries.kube_controller_manager.is_none() {
        skip(
            "cluster-controllers",
            "KUBEBUILDER_ASSETS has no kube-controller-manager: unset it to use the servers of `cargo xtask cluster build`",
        );
        return None;
    }
    Some(binaries)
}

/// The same where a test renders charts, too.
pub(crate) fn binaries_with_helm() -> Option<Binaries> {
    let binaries = binaries_with_controllers()?;
    if binaries.helm.is_none() {
        skip(
            "cluster-helm",
            "there is no Helm: run `cargo xtask cluster build`",
        );
        return None;
    }
    Some(binaries)
}

/// Starts a cluster of the test's own.
pub(crate) fn start(binaries: &Binaries, options: &Options) -> Cluster {
    Cluster::start_with(binaries, options).unwrap_or_else(|error| panic!("{error}"))
}

/// Says that this test is skipped: to the suite, which reads the output of tests, and once to a person, from whom that
/// output is hidden as long as tests pass.
fn skip(part: &str, reason: &str) {
    static SAID: Once = Once::new();
    println!("skipped: {part}: {reason}");
    SAID.call_once(|| {
        let words = format!("\nskipped: {part}: {reason}\n");
        std::io::stderr().write_all(words.as_bytes()).unwrap();
    });
}
