use super::*;
use crate::fields::Writer;
use crate::findings::drift::{Committed, Difference, Ignored, Matter, Moved, NotCompared, Side};
use crate::inventory::ResourceRef;
use crate::policy::Severity;
use crate::value::Value;
use jiff::Timestamp;

fn drift() -> Drift {
    let text = |text: &str| Side::Says(Value::from(text));
    let web = Drifted {
        target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("b2b"), "web"),
        state: State::Differs,
        declared: None,
        committed: Some("application b2b".to_owned()),
        differences: vec![Difference {
            path: "spec.template.spec.containers[name=web].image".to_owned(),
            declared: Side::Silent,
            committed: text("web:1"),
            live: text("web:2|\u{202e}x"),
            moved: Moved::Live,
            writer: Some(Writer {
                time: "2026-11-23T02:14:09Z".to_owned(),
                manager: "kubectl-set".to_owned(),
                operation: "Update".to_owned(),
                subresource: String::new(),
            }),
        }],
        matters: vec![Matter {
            policy: "image-in-use".into(),
            severity: Severity::High,
            message: "runs an image that is gone".to_owned(),
            waived: false,
            repair: true,
            of: None,
        }],
    };
    let missing = Drifted {
        target: ResourceRef::kubernetes("v1", "Namespace", None, "tools"),
        state: State::Missing,
        declared: Some("the spec".to_owned()),
        committed: None,
        differences: Vec::new(),
        matters: Vec::new(),
    };
    Drift {
        environment: "stage".to_owned(),
        as_of: Timestamp::UNIX_EPOCH,
        kind: "cluster".to_owned(),
        from: vec!["do-fra1-stage".to_owned()],
        compared: 5,
        things: vec![web, missing],
        not_compared: vec![NotCompared {
            what: "v1/LimitRange".to_owned(),
            why: "permission denied".to_owned(),
            count: 2,
            things: Vec::new(),
        }],
        not_looked_for: vec![NotCompared {
            what: "what somebody added".to_owned(),
            why: "no record".to_owned(),
            count: 6,
            things: (1..=6)
                .map(|number| ResourceRef::kubernetes("v1", "Namespace", None, &format!("n{number}")))
                .collect(),
        }],
        ignored: vec![Ignored {
            rule: "a rule".to_owned(),
            count: 1,
        }],
        committed: vec![Committed {
            application: "b2b".to_owned(),
            repository: "https://example.com/deploy.git".to_owned(),
            commit: "0123456789".to_owned(),
            objects: 1,
        }],
        notes: vec!["a note".to_owned()],
    }
}

fn written(write: impl Fn(&Drift, &mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&drift(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn people_see_what_moved_who_wrote_it_and_what_was_not_seen() {
    let table = written(|drift, out| table(drift, &Style::PLAIN, out));
    for words in [
        "Drift of stage: 2 differences in 2 things; 5 compared, 6 of them in part; 2 not compared; 1 overlooked",
        "b2b/web (Deployment) · committed in application b2b",
        "committed web:1",
        "live moved; last written by kubectl-set at 2026-11-23T02:14:09Z",
        "high      image-in-use (repair): runs an image that is gone",
        "missing tools (Namespace) · declared in the spec",
        "no finding names it",
        "not compared  v1/LimitRange (2): permission denied",
        "not looked for  what somebody added (6): no record: n1 (Namespace), n2 (Namespace), n3 (Namespace), n4 (Namespace), n5 (Namespace) and 1 more",
        "envcheck remediate stage --only image-in-use",
        "note: a note",
    ] {
        assert!(table.contains(words), "{words} is not in\n{table}");
    }
    assert!(!table.contains('\u{202e}'), "what is from outside is harmless");
}

#[test]
fn markdown_keeps_its_tables_whatever_is_in_them() {
    let page = written(markdown);
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `spec.")).collect();
    let [row] = &rows[..] else { panic!("{page}") };
    let bars = row.replace("\\|", "").matches('|').count();
    assert_eq!(bars, 6, "{row}");
    for heading in ["## Not compared", "## Not looked for", "## Overlooked"] {
        assert!(page.contains(heading), "{page}");
    }
}

#[test]
fn json_tells_silence_from_absence_and_holds_to_its_schema() {
    let text = written(json::render);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let field = &value["things"][0]["fields"][0];
    assert_eq!(field["declared"], serde_json::json!({"says": "silent"}));
    assert_eq!(
        field["committed"],
        serde_json::json!({"says": "value", "value": "web:1"})
    );
    // Nothing is left out for programs.
    assert_eq!(value["notLookedFor"][0]["things"][5]["name"], "n6");
    assert_eq!(value["repairs"], serde_json::json!(["image-in-use"]));
    let validator = jsonschema::validator_for(&json::schema()).unwrap();
    assert!(validator.is_valid(&value), "{text}");
}

#[test]
fn what_a_finding_names_instead_is_told() {
    let mut drift = drift();
    drift.things[0].matters[0].of = Some(ResourceRef::kubernetes("v1", "Service", Some("b2b"), "web"));
    let mut out = Vec::new();
    table(&drift, &Style::PLAIN, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(
        told.contains("image-in-use (repair) at b2b/web (Service): runs"),
        "{told}"
    );
    let mut out = Vec::new();
    json::render(&drift, &mut out).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["things"][0]["policies"][0]["resource"]["kind"], "Service");
    assert!(
        jsonschema::validator_for(&json::schema())
            .unwrap()
            .is_valid(&value)
    );
}

#[test]
fn the_moment_has_one_form_whatever_was_read() {
    for moment in ["2026-11-23T03:00:00Z", "2026-11-23T03:00:00.123456789Z"] {
        let mut drift = drift();
        drift.as_of = moment.parse().unwrap();
        let mut out = Vec::new();
        json::render(&drift, &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["asOf"], "2026-11-23T03:00:00Z");
        let validator = jsonschema::validator_for(&json::schema()).unwrap();
        assert!(validator.is_valid(&value));
    }
}

#[test]
fn what_nobody_says_any_more_is_told_otherwise_than_what_was_added() {
    let mut drift = drift();
    let field = &mut drift.things[0].differences[0];
    field.committed = Side::Silent;
    for (moved, words) in [
        (Moved::Live, "added live; last written by"),
        (
            Moved::Declaration,
            "no longer declared, still live; last written by",
        ),
        (Moved::Git, "no longer committed, still live; last written by"),
        (
            Moved::Several,
            "neither declared nor committed any more, still live; last written by",
        ),
    ] {
        drift.things[0].differences[0].moved = moved;
        let mut out = Vec::new();
        table(&drift, &Style::PLAIN, &mut out).unwrap();
        markdown(&drift, &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert_eq!(told.matches(words).count(), 2, "{told}");
    }
}

/// A rule that somebody added to a long list is told from the list without it, at a terminal and in a file.
#[test]
fn what_differs_in_long_values_is_seen() {
    let peers = "{\"ipBlock\":{\"cidr\":\"192.0.2.0/24\"}},".repeat(20);
    let list = |more: &str| Side::Says(Value::from_json_str(&format!("[{peers}{more}1]")).unwrap());
    let mut drift = drift();
    let field = &mut drift.things[0].differences[0];
    field.committed = list("");
    field.live = list("{\"namespaceSelector\":{}},");
    let at_a_terminal = Style {
        width: Some(80),
        ..Style::PLAIN
    };
    let told = |style: Option<&Style>| {
        let mut out = Vec::new();
        match style {
            Some(style) => table(&drift, style, &mut out).unwrap(),
            None => markdown(&drift, &mut out).unwrap(),
        }
        String::from_utf8(out).unwrap()
    };
    let narrow = told(Some(&at_a_terminal));
    let side = |of: &str| {
        let mut lines = narrow.lines();
        lines
            .find(|line| line.trim_start().starts_with(of))
            .unwrap()
            .to_owned()
    };
    assert!(side("live").contains("{\"namespaceSelector\":{}}"), "{narrow}");
    assert!(side("live").chars().count() <= 80 && side("committed").chars().count() <= 80);
    for whole in [told(Some(&Style::PLAIN)), told(None)] {
        assert_eq!(whole.matches("192.0.2.0/24").count(), 40, "{whole}");
        assert!(
            whole.contains("namespaceSelector") && !whole.contains('…'),
            "{whole}"
        );
    }
}
