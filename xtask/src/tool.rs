//! Other programs: finding them, running them, and saying which one failed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository: the folder above this crate.
pub(crate) fn root() -> Result<PathBuf, String> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("{} has no parent folder", own.display()))
}

/// A program in the repository's folder.
pub(crate) fn program(root: &Path, name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root);
    command
}

/// The cargo that runs this task. Errors carry no backtraces, whatever the terminal asks for: regorus makes and drops
/// many, and a fifth of the suite's time would go there. Panics still say where they come from.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = program(root, cargo);
    command.args(arguments).env("RUST_LIB_BACKTRACE", "0");
    command
}

/// The folder of what is built, for a profile (`debug`, `dist`).
pub(crate) fn built(root: &Path, profile: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |own| root.join(own));
    target.join(profile)
}

/// A program found in PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Runs to the end with the terminal's own streams; an error names the command.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed ({status})", shown(command)))
    }
}

/// Whether a command starts and succeeds; its output is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs to the end and answers standard output as text together with the exit code. No stream is a terminal.
pub(crate) fn output(command: &mut Command) -> Result<(String, Option<i32>), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    if output.stdout.is_empty() && !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "`{}` failed ({}): {}",
            shown(command),
            output.status,
            words.trim()
        ));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| format!("`{}` printed something that is not UTF-8", shown(command)))?;
    Ok((text, output.status.code()))
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads a text file; an error names it.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a text file and the folders above it; an error names it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// All files below a folder, sorted; none when it is absent.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |error| format!("cannot list {}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
