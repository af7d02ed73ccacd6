//! `cargo xtask bench cluster`: a real API server with many objects, and what reading them takes.

use super::header;
use super::measure::{Measured, Meter, median};
use crate::{cluster, tool};
use envcheck_test_cluster::Cluster;
use std::path::Path;

/// Objects in the cluster when the command line names no number.
const OBJECTS: usize = 10_000;
/// Measured runs when the command line names no number.
const RUNS: usize = 5;

/// What is audited.
const ENVIRONMENT: &str = "benches/cluster/environment.yaml";
/// The policies of the comparison with conftest.
const POLICIES: &str = "benches/conftest/policy";

/// A program that reads the cluster.
struct Reader {
    name: &'static str,
    words: Vec<String>,
}

/// Starts a cluster, fills it, and measures every reader in turns.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let (objects, runs) = parse(options)?;
    let meter = Meter::find(root)?;
    tool::run(&mut tool::cargo(
        root,
        &[
            "build",
            "--quiet",
            "--profile",
            "dist",
            "--locked",
            "--package",
            "xtask",
            "--package",
            "envcheck",
        ],
    ))?;
    let binaries = cluster::programs(root)?;
    let cluster = Cluster::start(&binaries)?;
    cluster::fill(&cluster.kubeconfig(), objects)?;
    println!("\nmedians of {runs} alternating runs after a warm-up\n");
    header("objects");
    measure(root, &meter, &readers(root, &cluster), objects, runs)
}

fn parse(options: &[&str]) -> Result<(usize, usize), String> {
    let (mut objects, mut runs) = (OBJECTS, RUNS);
    for pair in options.chunks(2) {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| format!("{} takes a number from 1", pair[0]))
        };
        match pair {
            ["--objects", text] => objects = number(text)?,
            ["--runs", text] => runs = number(text)?,
            _ => {
                return Err(format!(
                    "unknown or incomplete option of bench cluster: {}",
                    pair.join(" ")
                ));
            }
        }
    }
    Ok((objects, runs))
}

/// Everything that is compared; the first is what the others cannot be quicker than.
fn readers(root: &Path, cluster: &Cluster) -> Vec<Reader> {
    let program = tool::built(root, "dist").join("xtask");
    let kubeconfig = cluster.kubeconfig();
    let raw = [
        program.to_string_lossy(),
        "bench".into(),
        "cluster-raw".into(),
        "--kubeconfig".into(),
        kubeconfig.to_string_lossy(),
    ];
    let raw_at_once = raw.clone().into_iter().chain(["--at-once".into(), "4".into()]);
    let program = tool::built(root, "dist").join("envcheck");
    let audit = [
        program.to_string_lossy(),
        "audit".into(),
        ENVIRONMENT.into(),
        "--kubeconfig".into(),
        kubeconfig.to_string_lossy(),
        "--exit-zero".into(),
        "-o".into(),
        "json".into(),
    ];
    let with_conftest = audit.clone().into_iter().chain(["-p".into(), POLICIES.into()]);
    let own = |words: &mut dyn Iterator<Item = std::borrow::Cow<'_, str>>| -> Vec<String> {
        words.map(std::borrow::Cow::into_owned).collect()
    };
    vec![
        Reader {
            name: "raw list",
            words: own(&mut raw.into_iter()),
        },
        Reader {
            name: "raw, 4 lists at once",
            words: own(&mut raw_at_once.into_iter()),
        },
        Reader {
            name: "audit",
            words: own(&mut audit.into_iter()),
        },
        Reader {
            name: "audit, conftest's too",
            words: own(&mut with_conftest.into_iter()),
        },
    ]
}

fn measure(
    root: &Path,
    meter: &Meter,
    readers: &[Reader],
    objects: usize,
    runs: usize,
) -> Result<(), String> {
    let output = root.join("target/bench/cluster.out");
    tool::write(&output, "")?;
    let mut measured: Vec<Vec<Measured>> = readers.iter().map(|_| Vec::new()).collect();
    for round in 0..=runs {
        for (reader, own) in readers.iter().zip(&mut measured) {
            let run = meter.run(root, &reader.words, &output)?;
            // The first round warms the server's caches.
            if round > 0 {
                own.push(run);
            }
        }
    }
    for (reader, runs) in readers.iter().zip(&measured) {
        if let Some(median) = median(runs) {
            super::line(&objects.to_string(), reader.name, &median);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&[]), Ok((10_000, 5)));
        assert_eq!(parse(&["--objects", "100000", "--runs", "3"]), Ok((100_000, 3)));
        assert!(parse(&["--objects", "0"]).unwrap_err().contains("--objects"));
        assert!(parse(&["--runs"]).is_err());
    }
}
