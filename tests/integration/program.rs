//! The program as its users start it: in a folder of its own, with nothing of the caller's environment, and for no longer
//! than a minute.

use envcheck_core::inventory::snapshot::sha256;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nothing here takes a tenth of it; what is still running then hangs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A snapshot or spec of the repository, as an argument.
pub(crate) fn environment(name: &str) -> String {
    root().join("environments").join(name).display().to_string()
}

/// A folder to run the program in.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With a small environment, `stage`: `back` is open to all namespaces, nothing else is declared.
    pub(crate) fn with_stage() -> Self {
        let folder = Self::new();
        folder.write(
            "environments/stage.yaml",
            "apiVersion: envcheck.dev/v1\n\
             kind: Environment\n\
             metadata: {name: stage}\n\
             spec:\n\
             \x20 target: {snapshot: stage/}\n\
             \x20 namespaces:\n\
             \x20   - name: back\n\
             \x20     role: application\n\
             \x20     workloads: [{name: ii, kind: Deployment}]\n\
             \x20     network: {accepts: {fromNamespaces: all}}\n",
        );
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and the folders above it; gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The program, to be started in this folder.
    pub(crate) fn program<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.path());
        command
    }

    /// Runs the program in this folder.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Outcome {
        finish(self.program(arguments), None)
    }

    /// Runs the program in this folder with a standard input.
    pub(crate) fn run_with_input<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Outcome {
        finish(self.program(arguments), Some(input))
    }
}

/// Copies a folder and all below it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a folder with its text.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    fn below(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                below(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    below(folder, "", &mut found);
    found
}

/// Changes the objects of one file of a snapshot, as if they had been captured so.
pub(crate) fn recapture(snapshot: &Path, file: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let path = snapshot.join(file);
    let lines = fs::read_to_string(&path).unwrap();
    let mut objects = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    change(&mut objects);
    let text: String = objects.iter().map(|object| format!("{object}\n")).collect();
    let manifest = snapshot.join("manifest.json");
    let mut listed: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    for entry in listed["files"].as_array_mut().unwrap() {
        if entry["path"] == file {
            entry["count"] = objects.len().into();
            entry["bytes"] = text.len().into();
            entry["sha256"] = sha256(text.as_bytes()).into();
        }
    }
    fs::write(path, text).unwrap();
    fs::write(manifest, listed.to_string()).unwrap();
}

/// Runs the program in the repository, where `demo` is.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Outcome {
    let mut command = program(arguments);
    command.current_dir(root());
    finish(command, None)
}

/// The program with nothing of our environment but the path, and nothing on its standard input.
pub(crate) fn program<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_envcheck"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}

/// Waits for a program, killing it when it hangs.
pub(crate) fn finish(command: Command, input: Option<&[u8]>) -> Outcome {
    finish_within(command, input, PATIENCE)
}

/// The same for a program that has more to do than others.
pub(crate) fn finish_within(command: Command, input: Option<&[u8]>, patience: Duration) -> Outcome {
    let shown = format!("{:?}", command.get_args().collect::<Vec<_>>());
    let mut command = assert_cmd::Command::from_std(command);
    command.timeout(patience);
    if let Some(input) = input {
        command.write_stdin(input);
    }
    let output = command.output().unwrap();
    Outcome {
        shown,
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a program whose standard input and standard error are a terminal, at which somebody has typed these lines already.
pub(crate) fn at_a_terminal(command: Command, typed: &str, patience: Duration) -> Outcome {
    at_a_terminal_with(command, typed, None, patience)
}

/// What happens at a terminal, and to the program of this number.
pub(crate) type Happening = Box<dyn FnOnce(&mut fs::File, u32) + Send>;

/// The same, where something happens once these words are shown.
pub(crate) fn at_a_terminal_with(
    mut command: Command,
    typed: &str,
    mut happens: Option<(&'static str, Happening)>,
    patience: Duration,
) -> Outcome {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::{Read, Write};
    let shown = format!("{:?}", command.get_args().collect::<Vec<_>>());
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
    let terminal = fs::OpenOptions::new().read(true).write(true).open(name).unwrap();
    command.stdin(terminal.try_clone().unwrap()).stderr(terminal);
    command.stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The child alone holds the terminal from here on: when it ends, reading ends.
    drop(command);
    let mut screen = fs::File::from(controller);
    screen.write_all(typed.as_bytes()).unwrap();
    let pid = child.id();
    let seen = std::thread::spawn(move || {
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        // The last reader of a terminal that everybody left is told so by an error.
        while let Ok(number @ 1..) = screen.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..number]);
            let shown = |words: &str| String::from_utf8_lossy(&seen).contains(words);
            if let Some((_, happens)) = happens.take_if(|(words, _)| shown(words)) {
                // Once it waits for the answer.
                std::thread::sleep(Duration::from_millis(300));
                happens(&mut screen, pid);
            }
        }
        String::from_utf8_lossy(&seen).into_owned()
    });
    let mut output = child.stdout.take().unwrap();
    let (done, waited) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        if waited.recv_timeout(patience).is_err() {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    });
    let mut stdout = String::new();
    output.read_to_string(&mut stdout).unwrap();
    let status = child.wait().unwrap();
    let _ = done.send(());
    Outcome {
        shown,
        code: status.code(),
        stdout,
        stderr: seen.join().unwrap(),
    }
}

/// How a run ended and what it said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    shown: String,
    /// None when a signal ended it: a crash, or our patience.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Holds the run to its exit code, and to having ended in an orderly way.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{} ended so (no code: killed, after {PATIENCE:?} by us)\nstdout: {:.3000}\nstderr: {:.3000}",
            self.shown,
            self.stdout,
            self.stderr
        );
        assert!(
            !self.stderr.contains("panicked"),
            "{} panicked: {}",
            self.shown,
            self.stderr
        );
        self
    }

    /// Holds a refusal to its words: exit 2, nothing on standard output, `error:` and every one of `words`.
    #[track_caller]
    pub(crate) fn refuses(self, words: &[&str]) -> Self {
        let outcome = self.exits(2);
        assert_eq!(outcome.stdout, "", "a refusal writes no data");
        assert!(outcome.stderr.starts_with("error"), "{}", outcome.stderr);
        outcome.says(words)
    }

    /// Every one of `words` is on standard error.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in what {} said: {}",
                self.shown,
                self.stderr
            );
        }
        self
    }

    /// Every one of `words` is on standard output.
    #[track_caller]
    pub(crate) fn shows(self, words: &[&str]) -> Self {
        self.has(words);
        self
    }

    /// The same, for a run that is asked more than once.
    #[track_caller]
    pub(crate) fn has(&self, words: &[&str]) {
        for word in words {
            assert!(
                self.stdout.contains(word),
                "{word:?} is not in what {} shows: {:.5000}",
                self.shown,
                self.stdout
            );
        }
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:.3000}{:.3000}", self.stdout, self.stderr))
    }

    /// Standard output as a report.
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        Report(self.json())
    }
}

/// A JSON report, asked for what tests ask.
pub(crate) struct Report(pub Value);

impl Report {
    /// Each finding as `policy severity namespace/name[Kind]`, with its message, sorted.
    pub(crate) fn messages_by_finding(&self) -> Vec<(String, String)> {
        let mut findings: Vec<(String, String)> = self
            .list("findings")
            .iter()
            .map(|finding| {
                let (policy, severity) = (text(&finding["policy"]), text(&finding["severity"]));
                (
                    format!("{policy} {severity} {}", resource(&finding["resource"])),
                    text(&finding["message"]).to_owned(),
                )
            })
            .collect();
        findings.sort();
        findings
    }

    /// Each finding as `policy severity namespace/name[Kind]`, sorted.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.messages_by_finding()
            .into_iter()
            .map(|(finding, _)| finding)
            .collect()
    }

    /// The messages of all findings, sorted.
    pub(crate) fn messages(&self) -> Vec<String> {
        let mut messages: Vec<String> = self
            .messages_by_finding()
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        messages.sort();
        messages
    }

    /// The place of each finding, as `file:line:column`, in order.
    pub(crate) fn places(&self) -> Vec<String> {
        self.list("findings")
            .iter()
            .map(|finding| {
                let location = &finding["location"];
                format!(
                    "{}:{}:{}",
                    text(&location["file"]),
                    location["line"],
                    location["column"]
                )
            })
            .collect()
    }

    /// What was not evaluated: `policy: reason: detail`.
    pub(crate) fn not_evaluated(&self) -> Vec<String> {
        self.list("notEvaluated")
            .iter()
            .map(|entry| {
                format!(
                    "{}: {}: {}",
                    text(&entry["policy"]),
                    text(&entry["reason"]),
                    text(&entry["detail"])
                )
            })
            .collect()
    }

    /// What failed to run: `policy: message`.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.list("errors")
            .iter()
            .map(|entry| format!("{}: {}", text(&entry["policy"]), text(&entry["message"])))
            .collect()
    }

    /// The verdict on a policy.
    #[track_caller]
    pub(crate) fn verdict(&self, policy: &str) -> &str {
        let found = self.list("policies").iter().find(|row| row["id"] == policy);
        text(&found.unwrap_or_else(|| panic!("{policy} is not in the report"))["verdict"])
    }

    /// How many Kubernetes objects were read.
    pub(crate) fn objects(&self) -> u64 {
        self.0["source"]["objects"].as_u64().unwrap()
    }

    /// The exit code that the report claims.
    pub(crate) fn exit_code(&self) -> i64 {
        self.0["gate"]["exitCode"].as_i64().unwrap()
    }

    #[track_caller]
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().unwrap()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn resource(value: &Value) -> String {
    let name = text(&value["name"]);
    let kind = text(&value["kind"]);
    match value["namespace"].as_str() {
        Some(namespace) => format!("{namespace}/{name}[{kind}]"),
        None => format!("{name}[{kind}]"),
    }
}
