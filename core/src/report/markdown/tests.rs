use crate::findings::{Assessment, EvaluationError, NotEvaluated, Suppressed, Verb};
use crate::policy::Severity;
use crate::report::sample;
use crate::report::seen::seen;
use crate::report::style::Style;
use proptest::prelude::*;

fn markdown(a: &Assessment) -> String {
    let mut out = Vec::new();
    super::render(a, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn one(message: &str) -> Assessment {
    let mut policy = sample::policy("odd", "Odd", Severity::High, message);
    policy.foreign = true;
    let draft = sample::draft(&policy, sample::deployment("ii"), message);
    let mut a = sample::assessment(Verb::Audit, vec![policy], vec![draft]);
    a.heading.environment = Some(message.to_owned());
    a.gate.incomplete.push(message.to_owned());
    a.warnings.push(message.to_owned());
    a.not_evaluated.push(NotEvaluated {
        policy: "odd".into(),
        resource: None,
        reason: message.to_owned(),
        detail: String::new(),
        waiver: None,
    });
    a.errors.push(EvaluationError {
        policy: "odd".into(),
        resource: None,
        message: message.to_owned(),
    });
    a
}

/// Shown as it is, wherever it stands: no link, no HTML but the report's own, no cell more or less.
fn holds(message: &str) {
    let text = markdown(&one(message));
    let seen = seen(&text);
    assert!(seen.links.is_empty(), "{:?}\n{text}", seen.links);
    for html in &seen.html {
        let own = html == "<br>" || html.starts_with("<details>\n<summary>") || html == "</details>\n";
        assert!(own, "{html:?}\n{text}");
    }
    assert_eq!(
        seen.html
            .iter()
            .filter(|html| html.starts_with("<details>"))
            .count(),
        3
    );
    let clean = Style::PLAIN.clean_lines(message);
    let lines: Vec<_> = clean
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let said = lines.join("\n");
    let rows: Vec<Vec<&str>> = seen
        .rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    for wanted in [
        vec!["odd", "back/ii (Deployment)", said.trim(), said.trim()],
        vec!["odd", "all", said.trim()],
        vec![said.trim()],
    ] {
        assert!(rows.contains(&wanted), "{wanted:?} is not in {rows:#?}\n{text}");
    }
}

#[test]
fn no_message_breaks_out() {
    for message in [
        "a | b || c \\| d \\\\| e|",
        "<script>alert(1)</script> <img src=x onerror=y> </details> <!-- x",
        "[text](https://evil.example) ![x](y) <https://evil.example> [a]: b",
        "https://evil.example www.evil.example me@evil.example http\\://evil.example mailto:a@b.c",
        "`code` ``two`` ` unclosed ```",
        "**bold** _it_ ~~no~~ $x$ $`y`$ [^1] # head",
        "first\nsecond | x\n\n---\n> quote\n- [ ] item\n1. one",
        "\\ \\` \\<b> &lt;b&gt; &#60;b&#62; &amp;",
        "| --- | --- |",
    ] {
        holds(message);
    }
}

proptest! {
    #[test]
    fn no_message_breaks_the_table(message in "[ a-z0-9|`\\\\<>\\[\\]()*_#@:/.!&;~$\n-]{1,40}|\\PC{1,30}") {
        prop_assume!(message.trim() == message && !message.is_empty() && !message.contains("\n\n"));
        prop_assume!(message.lines().all(|line| !line.trim().is_empty()));
        holds(&message);
    }
}

#[test]
fn the_verdict_comes_first() {
    for (a, first) in [
        (
            sample::audit(),
            "## envcheck audit stage: failed, and incomplete\n",
        ),
        (sample::clean(), "## envcheck audit stage: clean\n"),
        (sample::incomplete(), "## envcheck audit stage: incomplete\n"),
        (sample::check(), "## envcheck check stage: failed\n"),
    ] {
        let text = markdown(&a);
        assert!(text.starts_with(first), "{text}");
        assert_eq!(text, markdown(&a));
    }
}

/// Each finding is a row, under its severity, also the last of many.
#[test]
fn nothing_is_left_out() {
    let policy = sample::policy("many", "Many", Severity::Low, "Mend them.");
    let drafts = (0..3000)
        .map(|number| sample::draft(&policy, sample::deployment(&format!("d{number}")), "wrong"))
        .collect();
    let text = markdown(&sample::assessment(Verb::Audit, vec![policy], drafts));
    for number in 0..3000 {
        assert!(text.contains(&format!("| many | `back/d{number}` (Deployment) | wrong<br>(")));
    }
    assert!(text.contains("### Low (3\u{202f}000)"));
    // What does not fail the run says so.
    assert!(text.contains("wrong<br>(does not fail the run: `--fail-on` high) | Mend them. |"));
}

#[test]
fn what_is_pending_has_a_list_of_its_own() {
    let mut a = sample::audit();
    let mut young = a.suppressed[0].clone();
    young.message = "seen so for the first time".to_owned();
    young.by = Suppressed::PENDING.to_owned();
    a.suppressed.push(young);
    let text = markdown(&a);
    assert!(text.contains("<summary>Pending (1)</summary>"), "{text}");
    assert!(text.contains("<summary>Suppressed (1)</summary>"), "{text}");
    assert!(text.contains("| pending | suppressed |"), "{text}");
    let rows = seen(&text).rows;
    let row = rows.iter().find(|row| {
        row.last()
            .is_some_and(|last| last == "seen so for the first time")
    });
    assert_eq!(row.map(Vec::len), Some(3), "{text}");
}
