//! The variables of the environment, read once where a program begins and passed on.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Variables by name. Its `Debug` shows no values: some are secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl Variables {
    /// Those of this process.
    pub fn real() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Whether a variable is set, if only to nothing.
    pub fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value.as_os_str())
    }

    /// The first of these variables that is set to a text, without the blanks around it, which a file of variables may leave
    /// there.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        let texts = names.iter().filter_map(|name| self.get(name)?.to_str());
        texts
            .map(str::trim)
            .find(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// A variable that names a file.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }
}
