//! Runs a program and says what it took: wall time, processor time, peak memory.
//!
//! Wall time is taken here; the rest is asked of GNU time, or of Python's `wait4` where that is missing.

use crate::tool;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took, or the median of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    /// From start to end.
    pub(crate) wall: Duration,
    /// Processor time of all threads, in seconds; GNU time counts hundredths.
    pub(crate) cpu: f64,
    /// Peak resident memory in KiB.
    pub(crate) memory: u64,
}

/// A way to measure programs on this machine.
pub(crate) enum Meter {
    /// GNU time at this path.
    Gnu(PathBuf),
    /// This Python.
    Python(PathBuf),
}

const WAIT4: &str = "import os,sys
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
open(sys.argv[1], 'w').write(f'{usage.ru_utime} {usage.ru_stime} {usage.ru_maxrss}')
sys.exit(os.waitstatus_to_exitcode(status))";

impl Meter {
    /// The best meter there is.
    pub(crate) fn find(root: &Path) -> Result<Self, String> {
        if let Some(time) = tool::find("time")
            && tool::works(tool::program(root, &time).args(["-f", "%M", "true"]))
        {
            return Ok(Self::Gnu(time));
        }
        tool::find("python3")
            .map(Self::Python)
            .ok_or_else(|| "measuring needs GNU time (package `time`) or python3 in PATH".into())
    }

    /// Runs `words` with standard output going to `output`; exit codes other than 0 and 1 are errors.
    pub(crate) fn run(&self, root: &Path, words: &[String], output: &Path) -> Result<Measured, String> {
        let notes = output.with_extension("usage");
        let mut command = match self {
            Self::Gnu(time) => {
                let mut command = tool::program(root, time);
                command
                    .args(["--quiet", "-f", "%U %S %M", "-o"])
                    .arg(&notes)
                    .arg("--");
                command
            }
            Self::Python(python) => {
                let mut command = tool::program(root, python);
                command.args(["-S", "-c", WAIT4]).arg(&notes);
                command
            }
        };
        command.args(words);
        let wall = timed(&mut command, output)?;
        let usage = tool::read(&notes)?;
        let (cpu, memory) =
            parse(&usage).ok_or_else(|| format!("cannot understand the usage `{}`", usage.trim()))?;
        Ok(Measured { wall, cpu, memory })
    }
}

fn timed(command: &mut Command, output: &Path) -> Result<Duration, String> {
    let file = File::create(output).map_err(|error| format!("cannot write {}: {error}", output.display()))?;
    let errors = output.with_extension("stderr");
    let error_file =
        File::create(&errors).map_err(|error| format!("cannot write {}: {error}", errors.display()))?;
    command.stdin(Stdio::null()).stdout(file).stderr(error_file);
    let begun = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", tool::shown(command)))?;
    let wall = begun.elapsed();
    if matches!(status.code(), Some(0 | 1)) {
        return Ok(wall);
    }
    let words = tool::read(&errors).unwrap_or_default();
    Err(format!(
        "`{}` failed ({status}): {}",
        tool::shown(command),
        words.trim()
    ))
}

fn parse(usage: &str) -> Option<(f64, u64)> {
    let numbers: Vec<f64> = usage
        .lines()
        .last()?
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [user, system, _] = numbers[..] else {
        return None;
    };
    let memory = usage.split_whitespace().last()?.parse().ok()?;
    Some((user + system, memory))
}

/// The median of each quantity.
pub(crate) fn median(runs: &[Measured]) -> Option<Measured> {
    let middle = runs.len() / 2;
    let mut walls: Vec<Duration> = runs.iter().map(|run| run.wall).collect();
    let mut cpus: Vec<f64> = runs.iter().map(|run| run.cpu).collect();
    let mut memories: Vec<u64> = runs.iter().map(|run| run.memory).collect();
    walls.sort();
    cpus.sort_by(f64::total_cmp);
    memories.sort_unstable();
    Some(Measured {
        wall: *walls.get(middle)?,
        cpu: *cpus.get(middle)?,
        memory: *memories.get(middle)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_and_medians_are_taken_apart() {
        assert_eq!(
            parse("Command exited with non-zero status 1\n0.25 0.05 1234\n"),
            Some((0.3, 1234))
        );
        assert_eq!(parse("nothing"), None);
        let run = |wall, cpu, memory| Measured {
            wall: Duration::from_millis(wall),
            cpu,
            memory,
        };
        let runs = [run(3, 0.1, 30), run(1, 0.3, 20), run(2, 0.2, 10)];
        assert_eq!(median(&runs), Some(run(2, 0.2, 20)));
        assert_eq!(median(&[]), None);
    }
}
