use super::suite::{self, Outcome};
use crate::findings::{Assessment, FailOn, Gate, Verb};
use crate::policy::Severity;
use crate::report::sample;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashSet;

fn xml(a: &Assessment) -> String {
    let mut out = Vec::new();
    super::render(a, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same findings under another threshold and another demand for coverage.
fn judged(mut a: Assessment, fail_on: FailOn, min_coverage: f64) -> Assessment {
    let severities: Vec<_> = a.findings.iter().map(|finding| finding.severity).collect();
    a.gate = Gate::decide(fail_on, severities, &a.coverage, min_coverage, Vec::new(), false);
    a
}

fn count(a: &Assessment, is: fn(&Outcome) -> bool) -> usize {
    let suites = suite::all(a);
    let cases = suites.iter().flat_map(|suite| &suite.cases);
    cases.filter(|case| is(&case.outcome)).count()
}

/// What a reader that only knows red and green sees is what the exit code says.
#[test]
fn red_is_what_gates() {
    let thresholds = [
        FailOn::Never,
        FailOn::AtLeast(Severity::Low),
        FailOn::AtLeast(Severity::High),
        FailOn::AtLeast(Severity::Critical),
    ];
    for a in [
        sample::audit(),
        sample::check(),
        sample::clean(),
        sample::incomplete(),
    ] {
        for fail_on in thresholds {
            for min_coverage in [0.0, 1.0] {
                let a = judged(a.clone(), fail_on, min_coverage);
                let gating = a.findings.iter().filter(|f| fail_on.includes(f.severity)).count();
                assert_eq!(count(&a, |o| matches!(o, Outcome::Failure(_))), gating);
                let errors = count(&a, |o| matches!(o, Outcome::Error(_)));
                assert_eq!(errors > 0, !a.gate.incomplete.is_empty());
                assert_eq!(gating + errors > 0, a.gate.exit_code != 0);
            }
        }
    }
}

/// What is not red is told with its reason, and what was not judged right is nowhere green.
#[test]
fn nothing_passes_silently() {
    let a = judged(sample::audit(), FailOn::Never, 0.0);
    let text = xml(&a);
    for words in [
        "not evaluated: the Spaces key may not read lifecycle rules: needs a full-access key",
        "failed to run: object.get: first argument must be an object",
        "exception in main.rego:12: image comes from docker.io",
        "(high, does not fail the run: --fail-on never)",
        "warning: the snapshot was taken by envcheck 0.0.9",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let skipped = count(&a, |o| matches!(o, Outcome::Skipped(_)));
    let told = a.findings.len() + a.errors.len() + a.not_evaluated.len() + a.suppressed.len();
    assert_eq!(skipped, told);
    let passed = count(&a, |o| matches!(o, Outcome::Passed(_)));
    let right = a.policies.iter().filter(|policy| policy.passed > 0).count();
    assert_eq!(
        passed,
        right + 1,
        "one of the run, one of each policy that found something right"
    );
}

#[test]
fn a_policy_that_was_not_run_is_skipped_with_its_reason() {
    let text = xml(&sample::check());
    let case = "<testcase classname=\"envcheck.stage.run\" name=\"dedicated-load-balancer\" time=\"0\">\n      \
                <skipped type=\"not run\" message=\"not run: needs the whole environment\"/>";
    assert!(text.contains(case), "{text}");
}

#[test]
fn a_failure_says_where_and_how_to_mend_it() {
    let text = xml(&sample::check());
    let failure = "<failure type=\"high\" message=\"image comes from docker.io, not from registry.digitalocean.com/acme\">\
                   declared at manifests/back/ii.yaml:23:16\n\
                   image comes from docker.io, not from registry.digitalocean.com/acme\n\
                   to mend it: push it to registry.digitalocean.com/acme";
    assert!(text.contains(failure), "{text}");
}

/// Class and name, by which readers compare runs, do not hold what changes from run to run.
#[test]
fn names_are_stable_and_unique() {
    let names = |a: &Assessment| -> Vec<(String, String)> {
        let suites = suite::all(a);
        let cases = suites.into_iter().flat_map(|suite| suite.cases);
        cases.map(|case| (case.class, case.name)).collect()
    };
    let policy = sample::policy("twice", "Twice", Severity::High, "");
    let draft = |message: &str| sample::draft(&policy, sample::deployment("ii"), message);
    let made = |messages: [&str; 2]| {
        let drafts = messages.map(draft).into();
        sample::assessment(Verb::Audit, vec![policy.clone()], drafts)
    };
    let (one, other) = (names(&made(["5.21 GiB", "a"])), names(&made(["5.22 GiB", "b"])));
    assert_eq!(one, other);
    assert_eq!(one.iter().collect::<HashSet<_>>().len(), one.len(), "{one:?}");
    let second = (
        "envcheck.stage.network.twice".to_owned(),
        "back/ii (Deployment) #2".to_owned(),
    );
    assert!(one.contains(&second), "{one:?}");
}

/// Every text of the document as a reader gets it.
fn texts(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut texts = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let value = attribute.unwrap().value;
                    texts.push(quick_xml::escape::unescape(&value).unwrap().into_owned());
                }
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

proptest! {
    /// Any message reaches the reader, and none leaves its attribute.
    #[test]
    fn messages_arrive_whole(message in "[ -~]{1,40}|\\PC{1,40}|[\\x00-\\x20\u{fffe}\u{ffff}<>&\"'\\]]{1,40}") {
        prop_assume!(!message.trim().is_empty());
        let policy = sample::policy("odd", "Odd", Severity::High, &message);
        let draft = sample::draft(&policy, sample::deployment("ii"), &message);
        let text = xml(&sample::assessment(Verb::Audit, vec![policy], vec![draft]));
        let forbidden = |char: char| char.is_control() && char != '\n' || matches!(char, '\u{fffe}' | '\u{ffff}');
        prop_assert!(!text.contains(forbidden), "{text:?}");
        let said = super::super::style::Style::PLAIN
            .clean(&message)
            .replace('\u{fffe}', "\\u{fffe}")
            .replace('\u{ffff}', "\\u{ffff}");
        prop_assert!(texts(&text).contains(&said), "{said:?} in {text}");
    }
}
