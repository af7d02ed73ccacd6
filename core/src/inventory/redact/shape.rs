//! What a map or a word says of what stands beside it.

use super::name::is_credential;
use super::program::{self, Program};
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
    /// The program that a container runs, where one of its flags is a password's.
    pub(super) program: Option<Program>,
}

impl<'a> Shape<'a> {
    /// Of a map; of anything else, nothing.
    pub(super) fn of(value: &'a Value) -> Self {
        let mut shape = Self::default();
        let (mut names, mut valued, mut matching) = ([None; 2], false, false);
        for (key, member) in value.members() {
            match key {
                "kind" => shape.kind = member.text(),
                "name" => names[0] = member.text(),
                "key" => names[1] = member.text(),
                "value" | "values" | "default" | "string" => valued = true,
                // A toleration or a label expression, not a setting.
                "operator" | "effect" => matching = true,
                "command" => {
                    shape.program = program::of(&member.items().iter().filter_map(ValueExt::text));
                }
                "metadata" => shape.helm = member.text_at(&["labels", "owner"]) == Some("helm"),
                _ => {}
            }
        }
        shape.credential = valued && !matching && names.into_iter().flatten().any(is_credential);
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
