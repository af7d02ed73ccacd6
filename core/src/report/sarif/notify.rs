//! What a run could not do, as SARIF notifications.

use super::log::{Invocation, Location, Notification, RuleReference, Text};
use super::rule::Rules;
use crate::findings::{Assessment, Verdict};
use crate::inventory::ResourceRef;
use std::borrow::Cow;

/// GitHub shows no more results of one run than this.
const SHOWN_BY_GITHUB: usize = 5000;

/// How the run went. It was successful when everything that was to be looked at was.
pub(super) fn invocation(a: &Assessment, rules: &Rules<'_>, results: usize) -> Invocation {
    let note = |level, policy: Option<&str>, resource: Option<&ResourceRef>, words: String| Notification {
        level,
        message: Text {
            text: Cow::Owned(words),
        },
        associated_rule: policy.and_then(|id| {
            Some(RuleReference {
                id: id.to_owned(),
                index: rules.index(id)?,
            })
        }),
        locations: resource
            .map(|resource| Location {
                physical_location: None,
                logical_locations: [super::logical(resource)],
            })
            .into_iter()
            .collect(),
    };
    let about = |resource: Option<&ResourceRef>| resource.map(|r| format!("{r}: ")).unwrap_or_default();
    let mut notes = Vec::new();
    for reason in &a.gate.incomplete {
        notes.push(note("error", None, None, format!("incomplete: {reason}")));
    }
    for entry in &a.errors {
        let resource = entry.resource.as_ref();
        let words = format!("{}failed to run: {}", about(resource), entry.message);
        notes.push(note("error", Some(&entry.policy), resource, words));
    }
    for entry in &a.not_evaluated {
        let resource = entry.resource.as_ref();
        let mut words = format!("{}not evaluated: {}", about(resource), entry.reason);
        if !entry.detail.is_empty() {
            words.push_str(": ");
            words.push_str(&entry.detail);
        }
        if let Some(waiver) = &entry.waiver {
            words.push_str("; ");
            words.push_str(&waiver.words());
        }
        notes.push(note("warning", Some(&entry.policy), resource, words));
    }
    for policy in &a.policies {
        if let (Verdict::NotApplicable, Some(reason)) = (policy.verdict, &policy.reason) {
            notes.push(note("note", Some(&policy.id), None, format!("not run: {reason}")));
        }
    }
    for entry in &a.suppressed {
        let by = if entry.is_pending() {
            entry.by.clone()
        } else {
            format!("suppressed by {}", entry.by)
        };
        let words = format!("{}: {by}: {}", entry.resource, entry.message);
        notes.push(note("note", Some(&entry.policy), Some(&entry.resource), words));
    }
    for warning in &a.warnings {
        notes.push(note("warning", None, None, warning.clone()));
    }
    if results > SHOWN_BY_GITHUB {
        let words = format!(
            "{results} results: all are in this file, but GitHub shows {SHOWN_BY_GITHUB} of a run and refuses more than 25000"
        );
        notes.push(note("warning", None, None, words));
    }
    Invocation {
        execution_successful: a.gate.incomplete.is_empty() && a.errors.is_empty(),
        exit_code: a.gate.exit_code,
        start_time_utc: a.timings.map(|(start, _)| start.to_string()),
        end_time_utc: a.timings.map(|(_, end)| end.to_string()),
        tool_execution_notifications: notes,
    }
}
