//! What the table must never do.

use super::{narrow, plain, shown};
use crate::findings::{Draft, Verb};
use crate::inventory::{Origin, ResourceRef};
use crate::path::{FieldPath, PathElement};
use crate::policy::Severity;
use crate::report::layout::width;
use crate::report::table::render;
use crate::report::{Style, sample, words};
use crate::source::SourceText;
use crate::value::Value;
use crate::yaml::Document;
use std::sync::Arc;

#[test]
fn lines_fit_the_terminal() {
    for assessment in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
    ] {
        for columns in [40, 60, 80, 100, 160] {
            let text = shown(&assessment, narrow(columns));
            // Titles with a long id are left to the terminal to wrap.
            for line in text.lines().filter(|line| !line.contains("]: ")) {
                assert!(width(line) <= columns, "{columns}: {line}\n{text}");
            }
        }
    }
}

#[test]
fn colour_only_repeats_words_and_ascii_is_ascii() {
    for assessment in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
    ] {
        for columns in [None, Some(70)] {
            let style = Style {
                width: columns,
                ..Style::PLAIN
            };
            let text = shown(&assessment, style);
            assert!(!text.contains('\u{1b}'));
            let coloured = shown(&assessment, Style { color: true, ..style });
            assert!(coloured.contains('\u{1b}'));
            assert_eq!(without_colours(&coloured), text);
            assert!(
                shown(
                    &assessment,
                    Style {
                        unicode: false,
                        ..style
                    }
                )
                .is_ascii()
            );
        }
    }
}

#[test]
fn nothing_is_said_twice() {
    let text = plain(&sample::audit());
    for words in [
        "image comes from docker.io",
        "the Spaces key may not read",
        "fix: extend",
    ] {
        assert_eq!(text.matches(words).count(), 1, "{words}");
    }
}

#[test]
fn a_document_that_no_policy_could_read_is_one_line() {
    let mut assessment = sample::incomplete();
    let ids: Vec<_> = assessment
        .policies
        .iter()
        .map(|policy| Arc::clone(&policy.id))
        .collect();
    assessment.not_evaluated = ["a.yaml:3", "b.yaml:9"]
        .into_iter()
        .flat_map(|place| {
            ids.iter().map(move |id| crate::findings::NotEvaluated {
                policy: Arc::clone(id),
                resource: None,
                reason: "cannot be parsed".to_owned(),
                detail: place.to_owned(),
                waiver: None,
            })
        })
        .collect();
    let text = plain(&assessment);
    let wanted = "not evaluated   all 6 policies   cannot be parsed: a.yaml:3\n                                 cannot be parsed: b.yaml:9\n\n";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn many_live_resources_with_one_message_become_one_list() {
    let policy = sample::policy("labelled", "Labelled", Severity::Medium, "Label them.");
    let drafts = ["a", "b", "c"]
        .map(|name| {
            sample::draft(
                &policy,
                ResourceRef::kubernetes("v1", "Namespace", None, name),
                "no label team",
            )
        })
        .to_vec();
    let text = plain(&sample::assessment(Verb::Audit, vec![policy], drafts));
    assert!(text.contains("MEDIUM    labelled   3 findings\n          no label team\n            a (Namespace), b (Namespace), c (Namespace)\n"), "{text}");
    assert!(
        text.contains("3 findings (3 medium) · coverage 100 % · exit 0\n"),
        "{text}"
    );
}

#[test]
fn hostile_words_reach_no_terminal() {
    let bad = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r";
    let mut policy = sample::policy("hostile", "Hostile", Severity::Critical, bad);
    policy.errors = 1;
    for verb in [Verb::Audit, Verb::Check] {
        let mut resource = sample::deployment(&format!("x{bad}"));
        resource.kind.push_str(bad);
        let text = format!("a: \"{bad}\"\n");
        let mut draft = sample::draft(&policy, resource.clone(), &format!("m{bad}"));
        draft.path = Some(FieldPath(vec![PathElement::Key(bad.to_owned())]));
        draft.fix = Some(sample::fix("instructions", "safe", &format!("do{bad}it")));
        draft.owner = Some(resource.clone());
        let origins = [
            Origin::Live,
            Origin::Declared(sample::place(&format!("f{bad}"), &text, bad)),
            Origin::Snapshot {
                file: bad.into(),
                line: 1,
            },
        ];
        let drafts = origins
            .map(|origin| Draft {
                origin,
                ..draft.clone()
            })
            .to_vec();
        let mut assessment = sample::assessment(verb, vec![policy.clone()], drafts);
        assessment.heading.team = Some(bad.to_owned());
        assessment.heading.cluster = Some(bad.to_owned());
        assessment.warnings.push(bad.to_owned());
        assessment.gate.incomplete.push(bad.to_owned());
        assessment.reading.skipped.push((bad.to_owned(), bad.to_owned()));
        assessment.not_evaluated.push(crate::findings::NotEvaluated {
            policy: bad.into(),
            resource: Some(resource),
            reason: bad.to_owned(),
            detail: bad.to_owned(),
            waiver: None,
        });
        for style in [Style::PLAIN, narrow(60)] {
            let text = shown(&assessment, style);
            let raw: Vec<_> = text
                .chars()
                .filter(|char| *char != '\n' && words::acts(*char))
                .collect();
            assert!(raw.is_empty(), "{raw:?}");
            assert!(text.contains("\\u{1b}]0;owned"), "{text}");
        }
    }
}

#[test]
fn a_manifest_is_shown_where_its_document_says() {
    let policy = sample::policy("image", "Image", Severity::High, "Push it.");
    let place = sample::place("m.yaml", sample::MANIFEST, "nginx:latest");
    let source = SourceText::new("m.yaml", sample::MANIFEST);
    let document = Document {
        index: 0,
        value: Value::Null,
        source,
        range: place.span,
    };
    let draft = Draft {
        origin: Origin::Manifest {
            document: Arc::new(document),
            item: None,
        },
        ..sample::draft(&policy, sample::deployment("ii"), "no")
    };
    let text = plain(&sample::assessment(Verb::Check, vec![policy], vec![draft]));
    assert!(text.contains("m.yaml:"), "{text}");
}

#[test]
fn a_closed_pipe_is_an_error() {
    let mut short = [0u8; 10];
    let error = render(&sample::audit(), &Style::PLAIN, &mut &mut short[..]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}
