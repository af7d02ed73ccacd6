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
    file.take(MOST + 1).read_to_end(&mut content)?;
    // The beginning of a file is not the file.
    if content.len() as u64 > MOST {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(Some(content))
}

/// The content of a file that has to be there, as text.
pub fn text(path: &Path) -> io::Result<String> {
    let content = read(path)?.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it does not exist"))?;
    String::from_utf8(content).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Whether it is there, and neither a file nor a directory: a pipe, a device.
pub fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Whether both names lead to one file.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.yaml");
        let file = File::create(&path).unwrap();
        file.set_len(MOST).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().len() as u64, MOST);
        file.set_len(MOST + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().to_string(), "it is larger than 64 MiB");
        assert_eq!(read(&folder.path().join("none")).unwrap(), None);
    }
}
