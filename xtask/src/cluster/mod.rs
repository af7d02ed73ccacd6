//! `cargo xtask cluster`: builds the test cluster's servers, runs one cluster that outlives the command, and fills it.

mod connection;
mod load;
mod mixture;
mod objects;
mod pods;
mod workloads;

pub(crate) use connection::Connection;
pub(crate) use load::{RESOURCES, collection, fill};

use crate::tool;
use envcheck_test_cluster::{Binaries, Cluster, Options, Standing};
use std::path::{Path, PathBuf};

/// Why there are no programs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// They can neither be found nor built on this machine: what lacks, and how to get it.
    Here(String),
    /// Building them did not work.
    Broken(String),
}

impl From<Missing> for String {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Here(reason) | Missing::Broken(reason) => reason,
        }
    }
}

/// Finds the servers' programs, or builds them where Go is.
pub(crate) fn programs(root: &Path) -> Result<Binaries, Missing> {
    let reason = match Binaries::find(root) {
        Ok(found) => return Ok(found),
        Err(reason) => reason,
    };
    let chosen = std::env::var_os("KUBEBUILDER_ASSETS").is_some_and(|folder| !folder.is_empty());
    if chosen || tool::find("go").is_none() {
        return Err(Missing::Here(reason));
    }
    build(root).map_err(Missing::Broken)
}

fn build(root: &Path) -> Result<Binaries, String> {
    Binaries::build(root, &mut |words| println!("{words}"))
}

/// Runs one of `build`, `up`, `load`, `down`, `status`.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    match options {
        ["build"] => {
            let built = build(root)?;
            let folder = built.etcd.parent().unwrap_or(root);
            println!("the test cluster's servers are in {}", folder.display());
            Ok(())
        }
        ["up"] => up(root, true),
        ["up", "--no-controllers"] => up(root, false),
        ["load", number] => fill(&running(root)?.kubeconfig(), count(number)?),
        ["load", number, "--kubeconfig", file] => fill(Path::new(file), count(number)?),
        ["down"] => down(root),
        ["status"] => status(root),
        _ => Err(
            "cluster takes one of: build, up [--no-controllers], load NUMBER [--kubeconfig FILE], down, status".into(),
        ),
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("load takes a number of objects, not {text}"))
}

/// Where the cluster of `up` keeps everything.
fn folder(root: &Path) -> PathBuf {
    root.join("target/cluster/run")
}

fn up(root: &Path, controllers: bool) -> Result<(), String> {
    if let Some(standing) = Standing::find(&folder(root)) {
        if standing.is_alive() {
            println!("the cluster runs already");
            tell(&standing);
            return Ok(());
        }
        println!("removing what is left of a cluster that died");
        standing.stop()?;
    }
    let binaries = programs(root)?;
    let options = Options {
        controller_manager: controllers && binaries.kube_controller_manager.is_some(),
        directory: Some(folder(root)),
        ..Options::default()
    };
    let standing = Cluster::start_with(&binaries, &options)?.leave_running()?;
    if controllers && !options.controller_manager {
        println!("KUBEBUILDER_ASSETS has no kube-controller-manager: Deployments stay without Pods");
    }
    tell(&standing);
    Ok(())
}

fn tell(standing: &Standing) {
    println!("{}", standing.url().unwrap_or_default());
    println!("export KUBECONFIG={}", standing.kubeconfig().display());
}

fn down(root: &Path) -> Result<(), String> {
    match Standing::find(&folder(root)) {
        Some(standing) => {
            let word = if standing.is_alive() {
                "stopped"
            } else {
                "removed, it was dead"
            };
            standing.stop()?;
            println!("the cluster is {word}");
        }
        None => println!("no cluster runs"),
    }
    Ok(())
}

fn status(root: &Path) -> Result<(), String> {
    let standing = running(root)?;
    for (name, pid) in standing.processes() {
        println!("{name} runs as process {pid}");
    }
    tell(&standing);
    Ok(())
}

fn running(root: &Path) -> Result<Standing, String> {
    match Standing::find(&folder(root)) {
        Some(standing) if standing.is_alive() => Ok(standing),
        Some(_) => Err("the cluster died; `cargo xtask cluster up` starts another".into()),
        None => Err("no cluster runs; `cargo xtask cluster up` starts one".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_cluster_status_is_an_error_and_down_is_not() {
        let empty = std::env::temp_dir().join("envcheck-no-such-repository");
        assert!(status(&empty).unwrap_err().contains("cluster up"));
        assert_eq!(down(&empty), Ok(()));
        assert!(run(&empty, &["load", "10"]).unwrap_err().contains("cluster up"));
        assert!(
            run(&empty, &["load", "many", "--kubeconfig", "f"])
                .unwrap_err()
                .contains("many")
        );
        assert!(run(&empty, &["sideways"]).unwrap_err().contains("build, up"));
    }
}
