//! temporary
use super::args::ReachFormat;
use super::error::Failure;
use super::terminal::Terminal;
use std::path::Path;
pub(crate) fn run(_dir: &Path, _o: ReachFormat, _t: &Terminal) -> Result<u8, Failure> {
    Ok(0)
}
