//! Programs of the user (git, kustomize, helm) run as clients: no terminal, no questions, an end of patience, and errors in
//! their own words.

use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// More than this no program has to say.
const MOST_OUTPUT: u64 = 512 << 20;
/// Of what it says on standard error.
const MOST_WORDS: u64 = 64 << 10;

/// What such a program needs to know of the world. Tokens and keys of ours are none of its business, and where a repository is
/// we say ourselves: a hook that started us has set that to its own.
const PASSED_ON: [&str; 25] = [
    "ALL_PROXY",
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LOGNAME",
    "NO_PROXY",
    "PATH",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "USER",
];

fn is_passed_on(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let proxy = upper.ends_with("_PROXY") && PASSED_ON.contains(&upper.as_str());
    proxy || PASSED_ON.contains(&name) || name.starts_with("XDG_")
}

/// Of its last words, so many characters are told.
const MOST_CHARACTERS: usize = 600;

/// One call of a program.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) program: &'a str,
    pub(super) arguments: Vec<OsString>,
    pub(super) folder: Option<&'a Path>,
    pub(super) variables: Vec<(&'a str, OsString)>,
    pub(super) input: Vec<u8>,
    pub(super) patience: Duration,
}

/// Why a program did not do what it was called for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// It is not on this machine.
    #[error("{0} is not on the PATH")]
    Missing(String),
    /// It failed; in its own words.
    #[error("{program}: {words}")]
    Failed {
        /// Its name.
        program: String,
        /// Its last words, without credentials.
        words: String,
    },
    /// The user does not want to wait any longer.
    #[error("interrupted")]
    Interrupted,
}

impl ProgramError {
    fn failed(call: &Call<'_>, words: impl Into<String>) -> Self {
        Self::Failed {
            program: call.program.to_owned(),
            words: words.into(),
        }
    }
}

/// Runs it to its end, and returns what it printed.
pub(super) async fn run(call: Call<'_>, interrupt: &CancellationToken) -> Result<Vec<u8>, ProgramError> {
    let mut command = Command::new(call.program);
    command
        .args(&call.arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_passed_on)))
        .envs(call.variables.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(folder) = call.folder {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => ProgramError::Missing(call.program.to_owned()),
        _ => ProgramError::failed(&call, format!("cannot be run: {error}")),
    })?;
    let mut group = Group::of(&child);
    let (input, output, words) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(output), Some(words)) = (input, output, words) else {
        return Err(ProgramError::failed(&call, "has no output"));
    };
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let talk = async {
        let write = async {
            // Who does not want to hear more ends by itself.
            let _ = input.write_all(&call.input).await;
            drop(input);
        };
        let (mut output, mut words) = (output.take(MOST_OUTPUT + 1), words.take(MOST_WORDS));
        let ((), read, heard) = tokio::join!(
            write,
            output.read_to_end(&mut printed),
            words.read_to_end(&mut said)
        );
        read.and(heard)?;
        child.wait().await
    };
    let ended = tokio::select! {
        biased;
        () = interrupt.cancelled() => return Err(ProgramError::Interrupted),
        ended = tokio::time::timeout(call.patience, talk) => ended,
    };
    let status = match ended {
        Err(_) => {
            let words = format!("did not finish within {} s", call.patience.as_secs());
            return Err(ProgramError::failed(&call, words));
        }
        Ok(Err(error)) => return Err(ProgramError::failed(&call, error.to_string())),
        Ok(Ok(status)) => status,
    };
    group.0 = None;
    if printed.len() as u64 > MOST_OUTPUT {
        return Err(ProgramError::failed(&call, "printed more than 512 MiB"));
    }
    if status.success() {
        return Ok(printed);
    }
    let words = last_words(&String::from_utf8_lossy(&said));
    Err(ProgramError::failed(
        &call,
        if words.is_empty() {
            format!("failed with {status}")
        } else {
            words
        },
    ))
}

/// The last lines, on one, without the credentials that addresses may hold.
fn last_words(said: &str) -> String {
    const FEW: usize = 3;
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = lines.get(lines.len().saturating_sub(FEW)..).unwrap_or_default();
    let words: Vec<String> = last
        .iter()
        .map(|line| without_credentials(&of_no_run(unlogged(line))))
        .collect();
    let mut words = words.join("; ");
    words.retain(|char| !char.is_control());
    // Warnings of some programs hold the texts that they are about.
    match words.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{} …", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// A line without what a log says of the time and the process (`E1128 09:30:00.123456   12345 main.go:12] …`, `2026/11/28 09:30:00 …`):
/// the same trouble is told in the same words each time.
fn unlogged(line: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = |text: &str, of: &[char]| text.split(of).all(digits);
    let klog = || {
        let (head, words) = line
            .split_once("] ")
            .or_else(|| line.strip_suffix(']').map(|head| (head, "")))?;
        let parts: Vec<&str> = head.split_whitespace().collect();
        let [day, time, process, place] = parts[..] else {
            return None;
        };
        let day = day
            .strip_prefix(['I', 'W', 'E', 'F'])
            .filter(|day| day.len() == 4 && digits(day));
        let place = place.rsplit_once(':').filter(|(_, line)| digits(line));
        (day.is_some() && place.is_some() && numbers(time, &[':', '.']) && digits(process)).then_some(words)
    };
    let plain = || {
        let mut parts = line.splitn(3, ' ');
        let (day, time, words) = (parts.next()?, parts.next()?, parts.next()?);
        (day.len() == 10 && numbers(day, &['/']) && numbers(time, &[':', '.']) && time.contains(':'))
            .then_some(words)
    };
    klog().or_else(plain).unwrap_or(line)
}

/// Folders that Kustomize makes for one run are called by a number that is another each time.
fn of_no_run(line: &str) -> String {
    const FOLDER: &str = "/kustomize-";
    let mut parts = line.split(FOLDER);
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit());
        words.push_str(FOLDER);
        if rest.len() < part.len() {
            words.push('…');
        }
        words.push_str(rest);
    }
    words
}

/// `https://user:secret@host/` without what stands before the `@`.
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (lead, tail) = rest.split_at(at + 3);
        clean.push_str(lead);
        let authority = tail.find(['/', ' ', '\'', '"']).unwrap_or(tail.len());
        rest = match tail.get(..authority).and_then(|authority| authority.rfind('@')) {
            Some(mark) => tail.get(mark + 1..).unwrap_or_default(),
            None => tail,
        };
    }
    clean.push_str(rest);
    clean
}

/// A program that failed and all that it started: a shell's children outlive it, and hold what it was told.
pub(super) struct Group(pub(super) Option<Pid>);

impl Group {
    pub(super) fn of(leader: &Child) -> Self {
        let id = leader.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Nobody left is as good.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn call<'a>(script: &str, input: &[u8]) -> Call<'a> {
        Call {
            program: "sh",
            arguments: vec!["-c".into(), script.into()],
            folder: None,
            variables: Vec::new(),
            input: input.to_vec(),
            patience: Duration::from_secs(30),
        }
    }

    #[tokio::test]
    async fn programs_are_heard_and_fail_in_their_own_words() {
        let never = CancellationToken::new();
        assert_eq!(run(call("cat", b"abc"), &never).await.unwrap(), b"abc");
        let failed = run(
            call(
                "echo one >&2; echo 'no https://me:hunter2@host/x' >&2; exit 3",
                b"",
            ),
            &never,
        )
        .await;
        let words = failed.unwrap_err().to_string();
        assert_eq!(words, "sh: one; no https://host/x");
        let mut missing = call("", b"");
        missing.program = "no-such-program-anywhere";
        assert_eq!(
            run(missing, &never).await.unwrap_err().to_string(),
            "no-such-program-anywhere is not on the PATH"
        );
        // A program that reads nothing does not block us.
        run(call("exit 0", &vec![0; 1 << 20]), &never).await.unwrap();
    }

    /// The same trouble gives the same words, whenever it is and in whatever process.
    #[test]
    fn logs_are_told_without_their_clock() {
        for (said, told) in [
            (
                "E1128 09:30:00.123456   12345 memcache.go:265] \"Unhandled Error\" err=\"no [a] b\"",
                "\"Unhandled Error\" err=\"no [a] b\"",
            ),
            (
                "W0102 01:02:03.000001       7 warnings.go:70] unknown field",
                "unknown field",
            ),
            ("I0102 01:02:03.000001       7 a.go:70]", ""),
            ("2026/11/28 09:30:00 well-defined vars: a", "well-defined vars: a"),
            (
                "error: no '/tmp/kustomize-1299373/a' in '/x/kustomize-base/b'",
                "error: no '/tmp/kustomize-…/a' in '/x/kustomize-base/b'",
            ),
            // What only looks a little like it stays.
            ("E1128 is [a] code", "E1128 is [a] code"),
            ("1/2 a b] c", "1/2 a b] c"),
            ("Error: in [a.go:12] x", "Error: in [a.go:12] x"),
            ("2026/11/28 is a day", "2026/11/28 is a day"),
        ] {
            assert_eq!(last_words(said), told, "{said}");
        }
    }

    #[test]
    fn neither_our_secrets_nor_where_a_repository_is_are_passed_on() {
        for name in ["PATH", "HOME", "https_proxy", "GIT_SSH_COMMAND", "XDG_CACHE_HOME"] {
            assert!(is_passed_on(name), "{name}");
        }
        for name in [
            "DIGITALOCEAN_TOKEN",
            "SPACES_SECRET_ACCESS_KEY",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "KUBECONFIG",
            "home",
        ] {
            assert!(!is_passed_on(name), "{name}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_forever() {
        let started = Instant::now();
        let mut slow = call("sleep 60 & sleep 60", b"");
        slow.patience = Duration::from_millis(100);
        let words = run(slow, &CancellationToken::new())
            .await
            .unwrap_err()
            .to_string();
        assert!(words.contains("did not finish"), "{words}");
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(
            run(call("sleep 60", b""), &stop).await,
            Err(ProgramError::Interrupted)
        );
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
