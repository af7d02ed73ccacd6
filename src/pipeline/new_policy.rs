//! `policy new`: the folder of a policy that loads and whose tests pass, for its author to edit.

use super::setup::{catalogue, catalogue_to_test};
use crate::apply::files::create_folder;
use crate::collect::rego;
use envcheck_core::policy::{Catalogue, MAX_ID, RegoFile, Scope, is_reserved};
use envcheck_core::source::{Diagnostic, SourceText};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An example of each scope: rule, test, failing and passing fixture.
struct Template {
    rule: &'static str,
    test: &'static str,
    fail: (&'static str, &'static str),
    pass: (&'static str, &'static str),
}

const OBJECT: Template = Template {
    rule: include_str!("new_policy/object.rego"),
    test: include_str!("new_policy/object_test.rego"),
    fail: (
        "fail_without_label.yaml",
        include_str!("new_policy/object_fail.yaml"),
    ),
    pass: (
        "pass_with_label.yaml",
        include_str!("new_policy/object_pass.yaml"),
    ),
};

const ENVIRONMENT: Template = Template {
    rule: include_str!("new_policy/environment.rego"),
    test: include_str!("new_policy/environment_test.rego"),
    fail: (
        "fail_without_policy.yaml",
        include_str!("new_policy/environment_fail.yaml"),
    ),
    pass: (
        "pass_with_policy.yaml",
        include_str!("new_policy/environment_pass.yaml"),
    ),
};

/// What was written.
#[derive(Debug)]
pub struct NewPolicy {
    /// The policy's id.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The files in it.
    pub files: Vec<PathBuf>,
    /// True when it stands among our own policies, which are built in.
    pub ours: bool,
}

/// Writes the example for `named` (`CATEGORY/NAME`) below `directory`. Refuses names that are no names of policies, ids that
/// are taken, and folders that are there.
pub fn new_policy(named: &str, directory: &Path, scope: Scope) -> Result<NewPolicy, Vec<Diagnostic>> {
    let (category, name) = split(named)?;
    let id = name.replace('_', "-");
    if id.len() > MAX_ID {
        let words = format!(
            "the id {id} has {} characters; at most {MAX_ID} are allowed",
            id.len()
        );
        return refuse(words, "annotations carry the id, which limits its length");
    }
    let folder = directory.join(&category).join(&name);
    let (known, ours) = known(directory)?;
    if let Some(policy) = known.policy(&id) {
        let words = format!("a policy is called {id} already: {}", policy.source.name);
        return refuse(words, "give it another name, or edit that one");
    }
    let package = match (ours, is_reserved(&category)) {
        (true, _) => format!("envcheck.{category}.{name}"),
        // Packages of the user's may not begin with what policies read, as `network`.
        (false, true) => format!("custom.{category}.{name}"),
        (false, false) => format!("{category}.{name}"),
    };
    let template = match scope {
        Scope::Object => OBJECT,
        Scope::Environment => ENVIRONMENT,
    };
    let filled = |text: &str| {
        text.replace("{package}", &package)
            .replace("{name}", &name)
            .replace("{id}", &id)
    };
    let files = [
        (PathBuf::from(format!("{name}.rego")), filled(template.rule)),
        (PathBuf::from(format!("{name}_test.rego")), filled(template.test)),
        (
            Path::new("fixtures").join(template.fail.0),
            filled(template.fail.1),
        ),
        (
            Path::new("fixtures").join(template.pass.0),
            filled(template.pass.1),
        ),
    ];
    loads(&files[0], ours)?;
    create_folder(&folder, &files).map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "edit what is there, or give the policy another name",
            _ => "the directory must be writable",
        };
        vec![Diagnostic::new(format!("cannot create {}: {error}", folder.display())).hint(hint)]
    })?;
    Ok(NewPolicy {
        files: files.into_iter().map(|(file, _)| folder.join(file)).collect(),
        id,
        folder,
        ours,
    })
}

/// Category and name in snake case, as folders and packages are called.
fn split(named: &str) -> Result<(String, String), Vec<Diagnostic>> {
    let parts: Vec<&str> = named.split('/').collect();
    let [category, name] = parts.as_slice() else {
        return refuse(
            format!("{named:?} is not CATEGORY/NAME"),
            "say the folder it belongs to and its name, as network/open-door",
        );
    };
    for part in [category, name] {
        if !is_cased(part) {
            let meant = cased(part);
            let hint = if meant.is_empty() {
                "use lower-case words joined by - or _, as open-door".to_owned()
            } else {
                format!("use lower-case words joined by - or _, as {meant}")
            };
            return refuse(
                format!("{part:?} is neither in kebab case nor in snake case"),
                &hint,
            );
        }
    }
    // In Rego, a package that ends so would take the place of what everybody reads by that word.
    if ["data", "input"].contains(name) || ["data", "input"].contains(category) {
        return refuse(
            format!("{named:?} has a word that Rego itself uses"),
            "give it another name, as network/open-door",
        );
    }
    if *category == "lib"
        || name.ends_with("test") && name.len() > 4 && is_joint(name.as_bytes()[name.len() - 5])
    {
        return refuse(
            format!("{named} would not be taken for a policy"),
            "lib holds what policies share, and names that end in _test are tests",
        );
    }
    Ok((category.replace('-', "_"), name.replace('-', "_")))
}

fn is_joint(byte: u8) -> bool {
    byte == b'-' || byte == b'_'
}

/// Lower-case words joined by one of both signs, the first of which begins with a letter.
fn is_cased(part: &str) -> bool {
    let mixed = part.contains('-') && part.contains('_');
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    !mixed && part.split(['-', '_']).all(word) && part.starts_with(|first: char| first.is_ascii_lowercase())
}

/// What was probably meant: `OpenDoor` and `open door` as `open-door`.
fn cased(part: &str) -> String {
    let mut out = String::new();
    for char in part.chars() {
        if char.is_ascii_alphanumeric() {
            let joined = out.is_empty() || out.ends_with('-');
            let after_small = out.ends_with(|last: char| !last.is_ascii_uppercase()) && !joined;
            if char.is_ascii_uppercase() && after_small {
                out.push('-');
            }
            out.push(char.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-')
        .trim_start_matches(|first: char| first.is_ascii_digit() || first == '-')
        .to_owned()
}

/// The policies whose ids are taken, and whether those of the directory are ours.
fn known(directory: &Path) -> Result<(Arc<Catalogue>, bool), Vec<Diagnostic>> {
    if rego::read(directory).is_err() {
        // Nothing is there yet, or nothing that could be a policy.
        return Ok((catalogue(true, &[])?, false));
    }
    catalogue_to_test(directory)
}

/// A name may be a word of the language: then the package would not parse, and nothing is written.
fn loads((file, text): &(PathBuf, String), ours: bool) -> Result<(), Vec<Diagnostic>> {
    let made = vec![RegoFile {
        source: SourceText::new(file.display().to_string(), text.clone()),
    }];
    let (_, rejected) = if ours {
        Catalogue::load(&made, &[])
    } else {
        Catalogue::load(&[], &[made])
    };
    if rejected.is_empty() {
        Ok(())
    } else {
        Err(rejected)
    }
}

fn refuse<T>(words: String, hint: &str) -> Result<T, Vec<Diagnostic>> {
    Err(vec![Diagnostic::new(words).hint(hint)])
}

#[cfg(test)]
mod tests {
    use super::{cased, is_cased, split};

    #[test]
    fn names_are_in_kebab_or_snake_case() {
        for name in ["open-door", "open_door", "door", "a1-b2"] {
            assert!(is_cased(name), "{name}");
        }
        for name in [
            "",
            "OpenDoor",
            "open door",
            "open-the_door",
            "-door",
            "door-",
            "a--b",
            "1door",
            "tür",
            "..",
            "a.b",
        ] {
            assert!(!is_cased(name), "{name}");
        }
        assert_eq!(
            split("network/open-door").unwrap(),
            ("network".to_owned(), "open_door".to_owned())
        );
    }

    #[test]
    fn what_was_meant_is_a_name() {
        for (written, meant) in [
            ("OpenDoor", "open-door"),
            ("open the_door!", "open-the-door"),
            ("2Doors", "doors"),
            ("..", ""),
        ] {
            assert_eq!(cased(written), meant);
            assert!(meant.is_empty() || is_cased(meant));
        }
    }
}
