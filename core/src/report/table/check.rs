//! `check`: each finding in its source, as compilers say it, then one line about all of it.

use super::{rest, total, waived};
use crate::findings::waiver;
use crate::findings::{Assessment, Finding, Location, PolicyResult};
use crate::inventory::Origin;
use crate::path::PathElement;
use crate::policy::Severity;
use crate::report::excerpt::{At, Excerpt, Level};
use crate::report::{Style, facts, place};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

pub(super) fn render(a: &Assessment, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let policies: HashMap<&str, &PolicyResult> = a
        .policies
        .iter()
        .map(|policy| (policy.id.as_ref(), policy))
        .collect();
    // How to mend what a policy finds, and how to accept it, is said with its first finding.
    let mut helped = HashSet::new();
    let mut told = HashSet::new();
    for finding in a.open() {
        let policy = policies.get(finding.policy.as_ref());
        let help = policy
            .map(|policy| policy.remediation.trim())
            .filter(|help| !help.is_empty() && helped.insert(finding.policy.as_ref()));
        let comment = (comments(finding) && told.insert(finding.policy.as_ref()))
            .then(|| waiver::example(&finding.policy, a.as_of));
        writeln!(out, "{}", draw(a, finding, help, comment, style))?;
    }
    waived::render(a, style, out)?;
    rest::render(a, style, out)?;
    total::check(a, style, out)
}

/// True when a comment in its manifest would waive it.
fn comments(finding: &Finding) -> bool {
    let Origin::Manifest { document, .. } = &finding.origin else {
        return false;
    };
    let json = document.source.text.get(document.range.clone());
    let json = json.is_some_and(|text| text.trim_start().starts_with('{'));
    finding.inline_waivers && !json
}

/// Ends in one line break.
fn draw(
    a: &Assessment,
    finding: &Finding,
    help: Option<&str>,
    comment: Option<String>,
    style: &Style,
) -> String {
    let location = Location::of(finding);
    let subject = style.clean(&subject(finding));
    let mut notes = Vec::new();
    let (at, label) = match &location {
        Some(Location {
            place: Some(place), ..
        }) if !place::is_secret(finding) => (At::Place(place), Some(subject)),
        Some(location) => {
            notes.push(("in", subject));
            (At::Words(style.clean(&place::words(a, finding, location))), None)
        }
        None => (At::Words(subject), None),
    };
    if let (true, Some(path)) = (label.is_none(), &finding.path) {
        notes.push(("field", style.clean(&path.to_string())));
    }
    if let Some(help) = help {
        notes.push(("help", style.clean_lines(help)));
    }
    if let Some(fix) = &finding.fix {
        notes.push(("fix", style.clean_lines(&facts::fix(fix))));
    }
    if let Some(comment) = comment {
        notes.push(("waive", comment));
    }
    Excerpt {
        level: match finding.severity {
            Severity::High | Severity::Critical => Level::Error,
            Severity::Low | Severity::Medium => Level::Warning,
        },
        id: Some(&finding.policy),
        message: &finding.message,
        at,
        label,
        related: finding
            .declared
            .as_ref()
            .map(|declared| (declared, "declared here".to_owned())),
        notes,
    }
    .draw(style)
}

/// `Deployment back/ii, container web`: what the line alone does not say.
fn subject(finding: &Finding) -> String {
    let resource = finding.resource();
    let mut words = format!("{} {}", resource.kind, resource.qualified_name());
    let elements = finding.path.as_ref().map_or(&[][..], |path| path.0.as_slice());
    for pair in elements.windows(2) {
        if let [PathElement::Key(list), PathElement::Where { key, value }] = pair
            && key == "name"
            && list.to_lowercase().ends_with("containers")
        {
            words.push_str(", container ");
            words.push_str(value);
        }
    }
    words
}
