//! Answers change: new fields are skipped, new values are kept as text, and a null stands for nothing.

use serde::{Deserialize, Deserializer};

/// A member that may be null: then it is what it is by default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
