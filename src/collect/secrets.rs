//! The secrets that a spec refers to: from a reference to its value, which is never shown.
//!
//! A value is one line of text, since all of them become parts of HTTP headers or signatures. Messages name the reference,
//! and of a command only its program: neither what it was given nor what it said.

use crate::clients::http::Variables;
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::{Command, CommandWord, SecretRef, Spec};
use secrecy::SecretString;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process;
use tokio::time::timeout;

/// How long a file or a command may take to give a secret: it may ask a slow service, but it may not ask a person.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest secret, in bytes, with the white space around it.
const LONGEST: u64 = 64 << 10;

/// Resolves references to secrets. Its `Debug` shows no values.
#[derive(Debug)]
pub struct Secrets {
    variables: Variables,
    commands: bool,
    patience: Duration,
}

/// Why there is no secret: one line that names the reference, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SecretError {
    message: String,
    hint: String,
}

impl SecretError {
    /// In these words.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl From<SecretError> for Diagnostic {
    fn from(error: SecretError) -> Self {
        Diagnostic::new(error.message).hint(error.hint)
    }
}

impl Secrets {
    /// With these environment variables; commands run only when `commands` says so (`--allow-commands`).
    pub fn new(variables: Variables, commands: bool) -> Self {
        Self {
            variables,
            commands,
            patience: PATIENCE,
        }
    }

    /// The value of a reference. `beside` is the file that holds the reference: paths are relative to its directory.
    pub async fn resolve(&self, reference: &SecretRef, beside: &Path) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) => self.set(name.as_str()),
            SecretRef::File(path) => self.file(path.as_str(), beside).await,
            SecretRef::Command(command) => self.output(command).await,
        }
    }

    /// The value of the first of these variables that is set and not empty; for what a spec leaves to convention.
    pub fn first_set(&self, names: &[&str]) -> Option<Result<SecretString, SecretError>> {
        names
            .iter()
            .find(|name| self.variables.get(name).is_some())
            .map(|name| self.set(name))
    }

    fn set(&self, name: &str) -> Result<SecretString, SecretError> {
        let Some(value) = self.variables.get(name) else {
            if self.variables.is_set(name) {
                return Err(unusable(name, "is empty"));
            }
            return Err(SecretError::new(
                format!("the variable {name} is not set"),
                format!("export {name}, or name another reference in the spec"),
            ));
        };
        secret(value.as_encoded_bytes()).map_err(|words| unusable(name, words))
    }

    async fn file(&self, written: &str, beside: &Path) -> Result<SecretString, SecretError> {
        let failed = |words: &str| {
            SecretError::new(
                format!("the secret's file {written} {words}"),
                "the file must hold the secret alone; its path is relative to the spec that names it",
            )
        };
        let path = beside.parent().unwrap_or(Path::new("")).join(written);
        // A pipe may never have a writer: nobody waits for it longer than for a command.
        let reading = tokio::task::spawn_blocking(move || bounded(&path));
        match timeout(self.patience, reading).await {
            Err(_) => Err(failed(&late(self.patience))),
            Ok(Err(_)) => Err(failed("cannot be read")),
            Ok(Ok(Err(error))) => Err(failed(&match error.kind() {
                ErrorKind::NotFound => "does not exist".to_owned(),
                ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
                ErrorKind::IsADirectory => "is a directory".to_owned(),
                _ => format!("cannot be read: {error}"),
            })),
            Ok(Ok(Ok(bytes))) => secret(&bytes).map_err(failed),
        }
    }

    async fn output(&self, command: &Command) -> Result<SecretString, SecretError> {
        let shown = program(command);
        let failed = |words: &str| {
            SecretError::new(
                format!("the command `{shown}` that gives a secret {words}"),
                format!("run `{shown}` by hand as the spec has it: it must print the secret alone"),
            )
        };
        if !self.commands {
            return Err(SecretError::new(
                format!("the spec takes a secret from the command `{shown}`, and commands are not allowed"),
                "give --allow-commands if you trust the spec, or name a variable or a file",
            ));
        }
        let mut child = started(command).map_err(|error| match error.kind() {
            ErrorKind::NotFound => failed("cannot be found"),
            _ => failed(&format!("cannot be run: {error}")),
        })?;
        let Some(stdout) = child.stdout.take() else {
            return Err(failed("has no output"));
        };
        let mut said = Vec::new();
        let talk = async {
            stdout.take(LONGEST + 1).read_to_end(&mut said).await?;
            // Whoever says too much would wait for a reader.
            if said.len() as u64 > LONGEST {
                child.start_kill()?;
            }
            child.wait().await
        };
        let status = match timeout(self.patience, talk).await {
            Err(_) => return Err(failed(&late(self.patience))),
            Ok(Err(error)) => return Err(failed(&format!("cannot be run: {error}"))),
            Ok(Ok(status)) => status,
        };
        if said.len() as u64 > LONGEST {
            return Err(failed("said more than 64 KiB"));
        }
        if !status.success() {
            return Err(failed(&match status.code() {
                Some(code) => format!("failed with exit code {code}"),
                None => "was killed".to_owned(),
            }));
        }
        secret(&said).map_err(|words| failed(&format!("gave something that {words}")))
    }
}

/// The file in which the field at these keys below `spec` was written; that of the spec itself where nobody can tell.
pub fn written_in(spec: &Spec, keys: &[&str]) -> PathBuf {
    let path = std::iter::once("spec").chain(keys.iter().copied());
    let path = FieldPath(path.map(|key| PathElement::Key(key.to_owned())).collect());
    spec.place(&path)
        .map(|place| PathBuf::from(&place.source.name))
        .or_else(|| spec.files().next().map(PathBuf::from))
        .unwrap_or_default()
}

/// Reads a file, but not one that never ends.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other("it is larger than 64 KiB"));
    }
    Ok(bytes)
}

fn started(command: &Command) -> io::Result<process::Child> {
    let mut child = match command {
        Command::Shell(line) => {
            let mut shell = process::Command::new("/bin/sh");
            shell.arg("-c").arg(line.as_str());
            shell
        }
        Command::Words(words) => {
            let mut words = words.iter();
            let program = words.next().map_or("", CommandWord::as_str);
            let mut direct = process::Command::new(program);
            direct.args(words.map(CommandWord::as_str));
            direct
        }
    };
    // A question on a terminal nobody watches would hang; with no input it fails at once.
    child
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// The program of a command: the first word that sets no variable.
fn program(command: &Command) -> String {
    let word = match command {
        Command::Shell(line) => {
            let mut words = line.as_str().split_whitespace();
            words.find(|word| !word.contains('='))
        }
        Command::Words(words) => words.first().map(CommandWord::as_str),
    };
    let word = word.unwrap_or("sh").chars().filter(|c| !c.is_control());
    word.take(80).collect()
}

/// The secret in some bytes, without the white space around it; what is wrong with them.
fn secret(bytes: &[u8]) -> Result<SecretString, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text")?.trim();
    if text.is_empty() {
        return Err("is empty");
    }
    if text.chars().any(char::is_control) {
        return Err("has more than one line, or control characters");
    }
    Ok(SecretString::from(text))
}

fn unusable(variable: &str, words: &str) -> SecretError {
    SecretError::new(
        format!("the variable {variable} {words}"),
        format!("export {variable} as the secret alone"),
    )
}

fn late(patience: Duration) -> String {
    format!("did not give it within {} s", patience.as_secs_f32())
}

#[cfg(test)]
mod tests;
