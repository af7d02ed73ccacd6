//! Single files that are read whole: what an earlier run wrote and somebody kept, plans, manifests that are edited.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Far more than a document is large.
const MOST: u64 = 64 * 1024 * 1024;

/// The content of a file; `None` when there is none.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.take(MOST).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// The content of a file that has to be there, as text.
pub fn text(path: &Path) -> io::Result<String> {
    let content = read(path)?.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it does not exist"))?;
    String::from_utf8(content).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}
