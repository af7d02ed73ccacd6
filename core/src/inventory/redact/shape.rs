//! What a map or a word says of what stands beside it.

use super::name::is_credential;
use crate::value::{Value, ValueExt};

/// What a map says of itself, gathered before its members are judged.
#[derive(Default)]
pub(super) struct Shape<'a> {
    /// Its kind, when it is a resource.
    pub(super) kind: Option<&'a str>,
    /// It pairs a credential's name with a value, as an environment variable does.
    pub(super) credential: bool,
    /// A ConfigMap of Helm's, which holds a release.
    pub(super) helm: bool,
}

impl<'a> Shape<'a> {
    /// Of a map; of anything else, nothing.
    pub(super) fn of(value: &'a Value) -> Self {
        let (mut shape, mut matching) = (Self::default(), false);
        for (key, member) in value.members() {
            match (key, member.text()) {
                ("kind", Some(kind)) => shape.kind = Some(kind),
                ("name" | "key", Some(name)) => shape.credential |= is_credential(name),
                // A toleration or a label expression, not a setting.
                ("operator" | "effect", _) => matching = true,
                ("metadata", _) => shape.helm = member.text_at(&["labels", "owner"]) == Some("helm"),
                _ => {}
            }
        }
        shape.credential &= !matching;
        shape
    }
}

/// `--name` or `-n`, without a value of its own. `-password` counts, as Go's and Java's programs write it.
pub(super) fn is_flag(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    let named = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    named
        && match word.len() - name.len() {
            1 => name.len() == 1 || is_credential(name),
            2 => true,
            _ => false,
        }
}
