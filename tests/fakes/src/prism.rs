//! Prism: the program that holds requests and answers to a published description of an API.

use crate::installing::{self, Place};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prism, installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prism {
    pub(crate) node: PathBuf,
    pub(crate) program: PathBuf,
}

/// Where Prism is in what npm installs.
const PROGRAM: &str = "node_modules/@stoplight/prism-cli/dist/index.js";

impl Prism {
    /// Finds what [`Prism::install`] made of the present `tests/fakes/prism/package-lock.json`.
    ///
    /// # Errors
    /// A sentence that says what lacks and how to get it.
    pub fn find(root: &Path) -> Result<Self, String> {
        let node = installing::in_path("node")
            .ok_or("Node is not in PATH: install it and run `cargo xtask playground build`")?;
        let place = place(root);
        let program = place.to.join(PROGRAM);
        if !place.is_current() || !program.is_file() {
            return Err("Prism is not installed: run `cargo xtask playground build`".to_owned());
        }
        Ok(Self { node, program })
    }

    /// Installs it below `target/fakes/prism` with `npm ci`, unless it is there already; `say` is told what happens.
    ///
    /// # Errors
    /// Node or npm is missing, or npm said why it could not.
    pub fn install(root: &Path, say: &mut dyn FnMut(&str)) -> Result<Self, String> {
        if let Ok(found) = Self::find(root) {
            return Ok(found);
        }
        let npm = installing::in_path("npm").ok_or("npm is not in PATH: install Node with npm")?;
        say("installing Prism with npm: about half a minute");
        place(root).install(|folder| {
            installing::run(Command::new(&npm).current_dir(folder).args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ]))
        })?;
        Self::find(root)
    }
}

fn place(root: &Path) -> Place {
    Place::new(root, "prism", &["package.json", "package-lock.json"])
}
