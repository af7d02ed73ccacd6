//! Starts servers so that they cannot outlive their owner: below a small shell that ends them when the pipe to it closes.
//! The system closes the pipe of a process that dies, whatever killed it.

use std::io::Write;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

const SCRIPT: &str = include_str!("supervisor.sh");

/// The shell that owns the servers of one folder. Dropping it ends them, waits for their end and removes the folder.
#[derive(Debug)]
pub struct Supervisor {
    folder: PathBuf,
    shell: Child,
    /// None once closed.
    line: Option<ChildStdin>,
}

impl Supervisor {
    /// Starts the shell. From here on the folder is removed with it, whatever happens.
    ///
    /// # Errors
    /// The folder cannot be written, or there is no `sh`.
    pub fn new(folder: &Path) -> Result<Self, String> {
        let script = folder.join("supervisor.sh");
        std::fs::write(&script, SCRIPT)
            .map_err(|error| format!("cannot write {}: {error}", script.display()))?;
        let mut shell = Command::new("sh")
            .arg(&script)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the owner alone; the shell must live to tidy up.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start sh: {error}"))?;
        let line = shell.stdin.take();
        let supervisor = Self {
            folder: folder.to_owned(),
            shell,
            line,
        };
        supervisor.note("supervisor.pid", &format!("{}\n", supervisor.shell.id()))?;
        Ok(supervisor)
    }

    fn note(&self, name: &str, text: &str) -> Result<(), String> {
        let file = self.folder.join(name);
        std::fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
    }

    /// Starts a server with the folder as its working folder; its output goes to `NAME.log` there.
    ///
    /// # Errors
    /// The folder or the shell is gone.
    pub fn start(&mut self, name: &str, program: &Path, flags: &[String]) -> Result<(), String> {
        let words: Vec<String> = std::iter::once(program.to_string_lossy().into_owned())
            .chain(flags.iter().cloned())
            .map(|word| quoted(&word))
            .collect();
        self.note(
            &format!("{name}.sh"),
            &format!("exec {}\n", words.join(" \\\n  ")),
        )?;
        self.say(name)
    }

    /// Lets the servers outlive this process: they end when a file `stop` appears in the folder, or it is removed.
    ///
    /// # Errors
    /// The shell is gone.
    pub fn stay(mut self) -> Result<(), String> {
        self.say("stay")?;
        self.line = None;
        Ok(())
    }

    fn say(&mut self, word: &str) -> Result<(), String> {
        let line = self.line.as_mut().ok_or("the servers were stopped")?;
        line.write_all(format!("{word}\n").as_bytes())
            .map_err(|error| format!("the supervisor of the servers is gone: {error}"))
    }

    /// The exit code of a server that ended.
    pub fn ended(&self, name: &str) -> Option<String> {
        let code = std::fs::read_to_string(self.folder.join(format!("{name}.ended"))).ok()?;
        Some(code.trim().to_owned())
    }

    /// Sends a signal, by its name without `SIG`, to a server.
    pub(crate) fn signal(&self, name: &str, signal: &str) -> Result<(), String> {
        if let Some(code) = self.ended(name) {
            return Err(format!("{name} has ended already (exit code {code})"));
        }
        let file = self.folder.join(format!("{name}.pid"));
        let pid = std::fs::read_to_string(&file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        if send(signal, pid.trim()) {
            Ok(())
        } else {
            Err(format!("cannot send {signal} to {name} (process {})", pid.trim()))
        }
    }
}

/// Sends a signal, by its name without `SIG` or 0, to a process; whether it was there. The shell knows `kill` where no
/// program of that name is installed.
pub(crate) fn send(signal: &str, pid: &str) -> bool {
    Command::new("sh")
        .args(["-c", "kill -\"$1\" \"$2\"", "sh", signal, pid])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if self.line.take().is_some() {
            // Nobody is left to tell about a failure here.
            let _ = self.shell.wait();
        }
    }
}

/// A word that a shell reads as it stands.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn until(what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(20), "waited for: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn alive(pid: &str) -> bool {
        send("0", pid)
    }

    fn sleeper(folder: &Path) -> (Supervisor, String) {
        let mut supervisor = Supervisor::new(folder).unwrap();
        let flags = ["-c".to_owned(), "echo \"it's me\"; exec sleep 1000".to_owned()];
        supervisor.start("sleeper", Path::new("sh"), &flags).unwrap();
        let pid = folder.join("sleeper.pid");
        until("the process id", || {
            std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))
        });
        let pid = std::fs::read_to_string(pid).unwrap().trim().to_owned();
        (supervisor, pid)
    }

    #[test]
    fn dropping_ends_the_servers_and_removes_the_folder() {
        let folder = tempfile::tempdir().unwrap().keep();
        let (supervisor, pid) = sleeper(&folder);
        assert!(alive(&pid));
        supervisor.signal("sleeper", "STOP").unwrap();
        drop(supervisor);
        assert!(!alive(&pid));
        assert!(!folder.exists());
    }

    #[test]
    fn the_end_of_a_server_is_seen() {
        let folder = tempfile::tempdir().unwrap().keep();
        let (supervisor, _) = sleeper(&folder);
        assert_eq!(supervisor.ended("sleeper"), None);
        supervisor.signal("sleeper", "KILL").unwrap();
        until("the end", || supervisor.ended("sleeper").is_some());
        assert_eq!(supervisor.ended("sleeper").unwrap(), "137");
        assert!(supervisor.signal("sleeper", "KILL").unwrap_err().contains("137"));
    }

    #[test]
    fn what_stays_ends_when_its_folder_is_removed() {
        let folder = tempfile::tempdir().unwrap().keep();
        let (supervisor, pid) = sleeper(&folder);
        supervisor.stay().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert!(alive(&pid));
        std::fs::remove_dir_all(&folder).unwrap();
        until("the end of what stayed", || !alive(&pid));
    }

    #[test]
    fn words_reach_the_program_as_they_are() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
