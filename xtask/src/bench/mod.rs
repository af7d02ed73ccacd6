//! `cargo xtask bench`: the same policies over the same objects by envcheck and by conftest, in turns, after checking
//! that both find the same; then start-up, and the network analysis.

mod contender;
mod inputs;
mod listing;
mod live;
mod measure;

use crate::tool;
pub(crate) use inputs::one_in;

use contender::{Contender, compare};
use measure::{Measured, Meter, median};
use std::collections::BTreeMap;
use std::path::Path;

/// Objects in a file, and how often it is judged by each program.
const SIZES: [(usize, usize); 3] = [(1, 21), (1_000, 9), (10_000, 5)];

/// Runs everything that needs no cluster, or the part that is named.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    match options {
        ["cluster", rest @ ..] => return live::run(root, rest),
        ["cluster-raw", rest @ ..] => return listing::run(&listing::parse(rest)?),
        _ => {}
    }
    let (runs, install) = parse(options)?;
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    if install {
        contender::install_conftest(root)?;
    }
    let mut contenders = vec![contender::envcheck(root)?];
    match contender::conftest(root) {
        Some(conftest) => contenders.push(conftest),
        None => println!(
            "conftest is not there: nothing to compare with; `cargo xtask bench --install-conftest` builds it\n"
        ),
    }
    let meter = Meter::find(root)?;
    println!("8 policies; medians of alternating runs after a warm-up\n");
    header("objects");
    for (objects, usual) in SIZES {
        let file = folder.join(format!("objects-{objects}.yaml"));
        tool::write(&file, &inputs::manifests(objects))?;
        let work = |contender: &Contender| contender.judging(&file);
        let label = objects.to_string();
        let answers = race(root, &meter, &contenders, &label, runs.unwrap_or(usual), &work)?;
        let total: usize = answers.first().map_or(0, |counts| counts.values().sum());
        if let [ours, theirs] = &answers[..] {
            compare((contenders[0].name, ours), (contenders[1].name, theirs))?;
            println!("{:>8}  {total} findings, the same number by rule\n", "");
        } else {
            println!("{:>8}  {total} findings\n", "");
        }
    }
    header("start");
    let starting = |contender: &Contender| contender.starting();
    alternate(
        root,
        &meter,
        &contenders,
        "version",
        runs.unwrap_or(21),
        &starting,
    )?;
    network(root)
}

fn parse(options: &[&str]) -> Result<(Option<usize>, bool), String> {
    let (mut runs, mut install) = (None, false);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match *option {
            "--install-conftest" => install = true,
            "--runs" => {
                let number = rest
                    .next()
                    .and_then(|number| number.parse().ok())
                    .filter(|number| *number > 0);
                runs = Some(number.ok_or("--runs takes a number from 1")?);
            }
            unknown => return Err(format!("unknown option of bench: {unknown}")),
        }
    }
    Ok((runs, install))
}

fn header(first: &str) {
    println!(
        "{first:>8}  {:<9} {:>11} {:>11} {:>11}",
        "program", "wall", "processor", "peak memory"
    );
}

/// Measures a task and answers what each program found.
fn race(
    root: &Path,
    meter: &Meter,
    contenders: &[Contender],
    label: &str,
    runs: usize,
    work: &dyn Fn(&Contender) -> Vec<String>,
) -> Result<Vec<BTreeMap<String, usize>>, String> {
    alternate(root, meter, contenders, label, runs, work)?;
    contenders
        .iter()
        .map(|contender| contender.findings(&tool::read(&output_of(root, contender))?))
        .collect()
}

/// Runs the programs in turns and prints the medians and, for two, their ratio.
fn alternate(
    root: &Path,
    meter: &Meter,
    contenders: &[Contender],
    label: &str,
    runs: usize,
    work: &dyn Fn(&Contender) -> Vec<String>,
) -> Result<(), String> {
    let mut measured: Vec<Vec<Measured>> = vec![Vec::new(); contenders.len()];
    for round in 0..=runs {
        for (contender, own) in contenders.iter().zip(&mut measured) {
            let run = meter.run(root, &work(contender), &output_of(root, contender))?;
            // The first round warms the caches.
            if round > 0 {
                own.push(run);
            }
        }
    }
    let medians: Vec<Measured> = measured.iter().filter_map(|runs| median(runs)).collect();
    for (contender, median) in contenders.iter().zip(&medians) {
        line(label, contender.name, median);
    }
    if let [ours, theirs] = medians[..] {
        println!(
            "{label:>8}  {:<9} {:>10.1}× {:>10} {:>10.1}×",
            "ratio",
            theirs.wall.as_secs_f64() / ours.wall.as_secs_f64().max(1e-9),
            // Hundredths of a second say nothing about a few milliseconds.
            if ours.cpu >= 0.05 {
                format!("{:.1}×", theirs.cpu / ours.cpu)
            } else {
                "-".to_owned()
            },
            mebibytes(theirs.memory) / mebibytes(ours.memory.max(1))
        );
    }
    Ok(())
}

/// A row below [`header`].
fn line(label: &str, name: &str, median: &Measured) {
    println!(
        "{label:>8}  {name:<9} {:>8.1} ms {:>8.0} ms {:>7.1} MiB",
        median.wall.as_secs_f64() * 1e3,
        median.cpu * 1e3,
        mebibytes(median.memory)
    );
}

fn mebibytes(kibibytes: u64) -> f64 {
    f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
}

fn output_of(root: &Path, contender: &Contender) -> std::path::PathBuf {
    root.join(format!("target/bench/{}.json", contender.name))
}

/// The network analysis has a benchmark of its own, an example of the core crate: what, workloads, policies.
const NETWORK: [[&str; 3]; 2] = [["pairs", "1000", "200"], ["accepts", "10000", "2000"]];

fn network(root: &Path) -> Result<(), String> {
    println!("\nnetwork analysis: what, workloads, policies");
    for what in NETWORK {
        println!("{}", what.join(" "));
        let mut command = tool::cargo(root, &["run", "--quiet", "--profile", "dist", "--locked"]);
        command
            .args(["--package", "envcheck-core", "--example", "netbench", "--"])
            .args(what);
        tool::run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&["--runs", "3", "--install-conftest"]), Ok((Some(3), true)));
        assert!(parse(&["--runs", "0"]).is_err());
        assert!(parse(&["--fast"]).unwrap_err().contains("--fast"));
    }
}
