//! An S3 server in the place of Spaces: moto, installed with pip below `target/fakes`.

use crate::installing::{self, Place};
use crate::server::{self, Server};
use std::path::{Path, PathBuf};
use std::process::Command;

/// moto, installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moto {
    program: PathBuf,
}

impl Moto {
    /// Finds what [`Moto::install`] made of the present `tests/fakes/moto/requirements.txt`.
    ///
    /// # Errors
    /// A sentence that says what lacks and how to get it.
    pub fn find(root: &Path) -> Result<Self, String> {
        let place = place(root);
        let program = place.to.join("venv/bin/moto_server");
        if place.is_current() && program.is_file() {
            return Ok(Self { program });
        }
        if installing::in_path("python3").is_none() {
            return Err(
                "python3 is not in PATH: install it and run `cargo xtask playground build`".to_owned(),
            );
        }
        Err("moto is not installed: run `cargo xtask playground build`".to_owned())
    }

    /// Installs it below `target/fakes/moto` with pip, unless it is there already; `say` is told what happens.
    ///
    /// # Errors
    /// Python is missing, cannot make virtual environments, or pip said why it could not.
    pub fn install(root: &Path, say: &mut dyn FnMut(&str)) -> Result<Self, String> {
        if let Ok(found) = Self::find(root) {
            return Ok(found);
        }
        let python =
            installing::in_path("python3").ok_or("python3 is not in PATH: install Python 3.10 or later")?;
        say("installing moto with pip: about a minute");
        place(root).install(|folder| {
            let venv = folder.join("venv");
            installing::run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&venv))?;
            installing::run(
                Command::new(venv.join("bin/python"))
                    .args([
                        "-m",
                        "pip",
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                        "-r",
                    ])
                    .arg(folder.join("requirements.txt")),
            )
        })?;
        Self::find(root)
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its flags for a port, for whoever starts it by himself.
    pub fn flags(port: u16) -> Vec<String> {
        flags(port)
    }
}

fn place(root: &Path) -> Place {
    Place::new(root, "moto", &["requirements.txt"])
}

fn flags(port: u16) -> Vec<String> {
    ["-H", "127.0.0.1", "-p", &port.to_string()]
        .map(str::to_owned)
        .to_vec()
}

/// An S3 server without any bucket. Dropping it ends it; so does the death of this process.
#[derive(Debug)]
pub struct Spaces {
    server: Server,
}

impl Spaces {
    /// What the server takes for an access key; it takes any.
    pub const ACCESS_KEY_ID: &'static str = crate::World::AUDITOR_KEY;
    /// The same for the secret.
    pub const SECRET_ACCESS_KEY: &'static str = "of-the-fake-only";

    /// Starts one and waits until it serves.
    ///
    /// # Errors
    /// It ended, or does not serve: with the last lines of its log.
    pub fn start(moto: &Moto) -> Result<Self, String> {
        Server::start("moto", &moto.program, &flags, &|port, _| server::listens(port))
            .map(|server| Self { server })
    }

    /// The base URL, for `SPACES_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.authority())
    }
}
