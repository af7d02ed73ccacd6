//! Which resources a waiver in a file speaks about: written as reports name them, with `*` for any characters.

use super::term::shortened;
use crate::inventory::ResourceRef;
use crate::source::Diagnostic;
use std::fmt;

/// Longer than any name that Kubernetes or DigitalOcean allows.
const LONGEST: usize = 512;
const FORM: &str =
    "write a resource as reports do: back/ii (Deployment), back/*, acme (Registry), or * for all";

/// `back/ii (Deployment)`, `back/*`, `acme (Registry)`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// `namespace/name` or `name`; `*` stands for any characters but `/`.
    name: String,
    /// Any, when none is written.
    kind: Option<String>,
}

impl Pattern {
    /// Reads a pattern; the error says how to write it.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wrong = |what: &str, hint: &str| {
            Diagnostic::new(format!("{:?} {what}", shortened(text))).hint(hint.to_owned())
        };
        if text.len() > LONGEST || text.contains(char::is_control) {
            return Err(wrong("is not a resource", FORM));
        }
        let trimmed = text.trim();
        let (name, kind) = match trimmed.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            Some((name, kind)) => (name.trim_end(), Some(kind.trim())),
            None => (trimmed, None),
        };
        let plain = |kind: &str| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if name.is_empty() || kind.is_some_and(|kind| !plain(kind)) {
            return Err(wrong("is not a resource", FORM));
        }
        // `Deployment/back/ii` is how other tools write it: here it would match nothing.
        let mut parts = name.split('/');
        if let (None, Some(first), Some(space), Some(last), None) =
            (kind, parts.next(), parts.next(), parts.next(), parts.next())
            && first.starts_with(|letter: char| letter.is_ascii_uppercase())
        {
            return Err(wrong(
                "names the kind first",
                &format!("write `{}`", shortened(&format!("{space}/{last} ({first})"))),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            kind: kind.map(ToOwned::to_owned),
        })
    }

    /// True for `*`: everything that the policy says, also what it says of no resource.
    pub fn is_everything(&self) -> bool {
        self.name == "*" && self.kind.is_none()
    }

    /// Whether it means this resource.
    pub fn matches(&self, resource: &ResourceRef) -> bool {
        if self.is_everything() {
            return true;
        }
        self.kind.as_ref().is_none_or(|kind| *kind == resource.kind)
            && glob(self.name.as_bytes(), resource.qualified_name().as_bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{} ({kind})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether the text is what the pattern describes. In time proportional to both lengths at worst: where a `*` took too
/// little, only the last one takes more.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            last = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((star, taken)) = last.filter(|(_, taken)| text[*taken] != b'/') {
            last = Some((star, taken + 1));
            p = star + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, resource: &ResourceRef) -> bool {
        Pattern::parse(pattern).unwrap().matches(resource)
    }

    #[test]
    fn resources_are_written_as_reports_name_them() {
        let ii = ResourceRef::kubernetes("apps/v1", "Deployment", Some("back"), "ii");
        for pattern in [
            "back/ii (Deployment)",
            "back/ii(Deployment)",
            "back/ii",
            "back/*",
            "back/i*",
            "*/ii",
            "*/* (Deployment)",
            "b*k/*i",
            "*",
        ] {
            assert!(matches(pattern, &ii), "{pattern}");
        }
        for pattern in [
            "back/ii (StatefulSet)",
            "back/i",
            "back/iii",
            "ii",
            "* (Deployment)",
            "ba*",
            "back/",
            "*/*/*",
        ] {
            assert!(!matches(pattern, &ii), "{pattern}");
        }
        // The text of a pattern is that of the resource.
        assert!(matches(&ii.to_string(), &ii));
        assert_eq!(
            Pattern::parse("back/ii(Deployment)").unwrap().to_string(),
            ii.to_string()
        );
    }

    #[test]
    fn what_has_no_namespace_has_a_name_alone() {
        let registry = ResourceRef::kubernetes("digitalocean.com/v2", "Registry", None, "acme");
        assert!(matches("acme (Registry)", &registry));
        assert!(matches("* (Registry)", &registry));
        assert!(!matches("*/*", &registry));
        let image = ResourceRef::kubernetes("digitalocean.com/v2", "Image", None, "acme/ii");
        assert!(matches("acme/* (Image)", &image));
        assert!(!matches("* (Image)", &image));
    }

    #[test]
    fn other_forms_are_refused() {
        for (text, hint) in [
            ("", "back/ii (Deployment)"),
            ("(Deployment)", "back/ii (Deployment)"),
            ("back/ii ()", "back/ii (Deployment)"),
            ("back/ii (*)", "back/ii (Deployment)"),
            ("Deployment/back/ii", "write `back/ii (Deployment)`"),
            ("a\u{7}b", "back/ii (Deployment)"),
        ] {
            let problem = Pattern::parse(text).unwrap_err();
            assert!(
                problem.hint.as_ref().unwrap().contains(hint),
                "{text}: {problem:?}"
            );
        }
        assert!(Pattern::parse(&"x".repeat(600)).is_err());
    }

    #[test]
    fn many_stars_take_no_time() {
        let long = ResourceRef::kubernetes("v1", "Service", None, &"a".repeat(250));
        assert!(!matches(
            &"*a"
                .repeat(100)
                .replace("aa", "a")
                .chars()
                .chain("b".chars())
                .collect::<String>(),
            &long
        ));
    }
}
