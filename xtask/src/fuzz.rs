//! `cargo xtask fuzz`: runs the fuzz targets for some seconds each. Their corpora are replayed by the ordinary tests.

use crate::tool;
use std::path::Path;

/// Seconds for each target when none are given.
const SECONDS: u32 = 60;

/// Runs the named targets, or all of them.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let (seconds, named) = match options.split_first() {
        Some((first, rest)) if first.parse::<u32>().is_ok() => (first.parse().unwrap_or(SECONDS), rest),
        _ => (SECONDS, options),
    };
    if !root.join("fuzz/Cargo.toml").is_file() {
        return Err("there are no fuzz targets: fuzz/Cargo.toml is not there".into());
    }
    if tool::find("cargo-fuzz").is_none() {
        return Err("cargo-fuzz is not installed: `cargo install cargo-fuzz --locked`".into());
    }
    let nightly = || {
        let mut command = tool::program(root, "rustup");
        command
            .args(["run", "nightly", "cargo"])
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO");
        command
    };
    if !tool::works(nightly().arg("--version")) {
        return Err("fuzzing needs a nightly toolchain: `rustup toolchain install nightly`".into());
    }
    let (listed, _) = tool::output(nightly().args(["fuzz", "list"]))?;
    let targets: Vec<&str> = listed
        .lines()
        .filter(|target| named.is_empty() || named.contains(target))
        .collect();
    if let Some(unknown) = named.iter().find(|name| !targets.contains(name)) {
        return Err(format!(
            "there is no fuzz target {unknown}; there are: {}",
            listed.replace('\n', " ")
        ));
    }
    for target in targets {
        println!("== fuzz {target}: {seconds} s");
        let limit = format!("-max_total_time={seconds}");
        // New inputs go to the first folder; the committed seeds are only read.
        let corpus = format!("fuzz/corpus/{target}");
        let seeds = format!("fuzz/seeds/{target}");
        std::fs::create_dir_all(root.join(&corpus))
            .map_err(|error| format!("cannot make {corpus}: {error}"))?;
        let mut command = nightly();
        command.args(["fuzz", "run", target, &corpus]);
        if root.join(&seeds).is_dir() {
            command.arg(&seeds);
        }
        tool::run(command.args(["--", &limit]))?;
    }
    Ok(())
}
