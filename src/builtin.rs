//! The policies that come with the program, embedded when it is built.

pub(crate) mod examples;

use envcheck_core::policy::RegoFile;
use envcheck_core::source::SourceText;
use examples::{Example, Examples};

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// A fixture's name and the part of it that is shown.
type Part = Option<(&'static str, &'static str)>;
/// What fails, what passes, whether repairs are proposed, and which: action and risk.
type Shown = (Part, Part, bool, &'static [(&'static str, &'static str)]);

const SHOWN: &[(&str, Shown)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The built-in policy files, named from the project's root (`policies/…`).
pub fn policies() -> Vec<RegoFile> {
    FILES
        .iter()
        .map(|(name, text)| RegoFile {
            source: SourceText::new(*name, *text),
        })
        .collect()
}

/// What shows the built-in policy in this file at work.
pub(crate) fn examples_of(file: &str) -> Examples {
    let owned = |part: Part| {
        part.map(|(name, text)| Example {
            name: name.to_owned(),
            text: text.to_owned(),
        })
    };
    let Some((_, (fail, pass, proposes, fixes))) = SHOWN.iter().find(|(name, _)| *name == file) else {
        return Examples::default();
    };
    Examples {
        fail: owned(*fail),
        pass: owned(*pass),
        proposes: *proposes,
        fixes: fixes
            .iter()
            .map(|(action, risk)| ((*action).to_owned(), (*risk).to_owned()))
            .collect(),
    }
}
