//! What renderers for people say of a finding, of its repair and of what was not looked at. Words as they came:
//! each renderer makes them harmless in its own way.

use super::place;
use crate::findings::{Assessment, Finding, Fix, FixAction, Location, NotEvaluated};
use crate::inventory::Origin;

/// Where it is, which field, whose it is, where the spec says otherwise: what is known of these.
pub(super) fn of(a: &Assessment, finding: &Finding) -> Vec<String> {
    let mut facts = Vec::new();
    let location = Location::of(finding);
    if let Some(location) = &location {
        let words = place::words(a, finding, location);
        facts.push(match finding.origin {
            Origin::Declared(_) => format!("declared at {words}"),
            _ => words,
        });
    }
    // In a text the column shows the field.
    let in_text = location.is_some_and(|location| location.place.is_some());
    if let Some(path) = finding.path.as_ref().filter(|_| !in_text) {
        facts.push(path.to_string());
    }
    if let Some(owner) = &finding.owner {
        facts.push(format!("owned by {owner}"));
    }
    if let Some(declared) = &finding.declared
        && !matches!(finding.origin, Origin::Declared(_))
    {
        let start = declared.start();
        facts.push(format!(
            "declared at {}:{}:{}",
            declared.source.name, start.line, start.column
        ));
    }
    facts
}

/// A repair with its risk; words for a person have none.
pub(super) fn fix(fix: &Fix) -> String {
    match fix.action {
        FixAction::Instructions => fix.summary.clone(),
        _ => format!("{} ({})", fix.summary, fix.risk.as_str()),
    }
}

/// Why something was not looked at, and who accepts that.
pub(super) fn why(entry: &NotEvaluated) -> String {
    let words = match (entry.reason.as_str(), entry.detail.as_str()) {
        (reason, "") => reason.to_owned(),
        ("", detail) => detail.to_owned(),
        (reason, detail) => format!("{reason}: {detail}"),
    };
    match &entry.waiver {
        Some(waiver) => format!("{words}; {}", waiver.words()),
        None => words,
    }
}
