//! `envcheck provision`: what the spec declares, made; or written into a directory for Git.

mod adopt;
mod make;
mod render;

use super::args::ProvisionArgs;
use super::error::Failure;
use super::terminal::Terminal;

pub(super) fn run(arguments: &ProvisionArgs, terminal: &Terminal) -> Result<u8, Failure> {
    match &arguments.render {
        Some(directory) => render::run(arguments, directory, terminal),
        None => make::run(arguments, terminal),
    }
}
