//! Waiver files: both forms, and every mistake at its place.

use super::{Run, until};
use crate::findings::waiver::{Written, json_schema, read};
use crate::source::Diagnostic;

fn shown(problems: &[Diagnostic]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            format!(
                "{}\n  {}",
                problem.one_line(),
                problem.hint.as_deref().unwrap_or("-")
            )
        })
        .collect();
    lines.join("\n")
}

fn refused(text: &str) -> String {
    shown(&read("w.yaml", text.as_bytes()).unwrap_err())
}

fn malformed(text: &str) -> String {
    let waivers = read("w.yaml", text.as_bytes()).unwrap();
    let problems: Vec<Diagnostic> = waivers
        .into_iter()
        .flat_map(|waiver| waiver.terms.unwrap_err())
        .collect();
    shown(&problems)
}

#[test]
fn both_forms_say_the_same() {
    let whole = "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers:\n\
                 - policy: image-from-declared-registry\n  resources: [back/ii (Deployment), 'back/*']\n  reason: it is being moved\n  \
                 owner: platform team\n  ticket: OPS-212\n  expires: 2026-12-31\n";
    let list = &whole[whole.find("- policy").unwrap()..];
    for (text, place) in [(whole, "waivers.yaml:4:3"), (list, "waivers.yaml:1:3")] {
        let run = Run::of_file(text).judged();
        assert_eq!(run.waived(), [format!("back/ii until 2026-12-31 from {place}")]);
        let waiver = run.findings[0].waiver.as_ref().unwrap();
        assert_eq!(waiver.words(), "waived until 2026-12-31 (platform team, OPS-212)");
        assert_eq!(waiver.terms.reason, "it is being moved");
        assert_eq!(run.results[0].resources, ["back/ii (Deployment)", "back/*"]);
    }
    let json =
        r#"[{"policy": "p", "resources": ["*"], "reason": "r", "owner": "o", "expires": "2026-12-31"}]"#;
    assert!(read("w.json", json.as_bytes()).unwrap()[0].terms.is_ok());
    for none in [
        "",
        "# later\n",
        "[]",
        "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers: []\n",
    ] {
        assert_eq!(read("w.yaml", none.as_bytes()).unwrap().len(), 0, "{none:?}");
    }
}

#[test]
fn what_is_no_waiver_file_is_refused() {
    insta::assert_snapshot!(
        [
            "kind: Waivers\nwaivers: []\n",
            "apiVersion: envcheck.dev/v2\nkind: Waivers\n",
            "apiVersion: envcheck.dev/v1\nkind: Secret\ndata: {}\n",
            "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaiver: []\n",
            "apiVersion: envcheck.dev/v1\nkind: Waivers\nwaivers: none\n",
            "just words",
            "- a: [\n",
            "[]\n---\n[]\n",
        ]
        .map(refused)
        .join("\n"), @r#"
        w.yaml:1:1: w.yaml has no apiVersion
          a waiver file begins with `apiVersion: envcheck.dev/v1`, `kind: Waivers` and `waivers:`
        w.yaml:1:13: apiVersion "envcheck.dev/v2" is not one that a waiver file has
          write `apiVersion: envcheck.dev/v1`
        w.yaml:2:7: kind "Secret" is not one that a waiver file has
          write `kind: Waivers`
        w.yaml:3:1: no field is called "waiver"
          did you mean `waivers`?
        w.yaml:3:1: `waivers` is not a list
          write `- policy: …` below it
        w.yaml:1:1: w.yaml is not a waiver file
          a waiver file begins with `apiVersion: envcheck.dev/v1`, `kind: Waivers` and `waivers:`
        w.yaml:1:6: the `[` opened here is never closed
          close it
        w.yaml:2:1: w.yaml holds several documents where a waiver file is one
          put all waivers into one list
        "#);
}

#[test]
fn mistakes_in_an_entry_are_told_at_their_places() {
    insta::assert_snapshot!(
        malformed(
            "- policy: p\n  resources: [back/ii]\n  reason: r\n  owner: o\n\
             - policy: p\n  resources: back/ii\n  reason: ''\n  owner: 5\n  expires: 2026-02-30\n\
             - policy: p\n  resources: [Deployment/back/ii, {}]\n  reason: r\n  owner: o\n  expire: 2026-12-31\n  expires: soon\n\
             - policy: [p]\n  resources: []\n  reason: r\n  owner: o\n  expires: 2026-12-31T00:00:00Z\n\
             - back/ii\n- {}\n"
        ), @r#"
        w.yaml:1:3: the waiver has no expires
          each waiver ends: write the last day, as expires: 2026-12-31
        w.yaml:6:14: resources is not a list of resources
          write a list, as resources: [back/ii (Deployment)]; ["*"] for all that the policy says
        w.yaml:7:11: reason is empty
          write text; what looks like a number goes in quotes
        w.yaml:8:10: owner is not text
          write text; what looks like a number goes in quotes
        w.yaml:9:12: "2026-02-30" is a day that no calendar has
          write the last day, as 2026-12-31
        w.yaml:11:15: "Deployment/back/ii" names the kind first
          write `back/ii (Deployment)`
        w.yaml:11:35: a resource is text
          write a list, as resources: [back/ii (Deployment)]; ["*"] for all that the policy says
        w.yaml:14:3: no field is called "expire"
          did you mean `expires`?
        w.yaml:15:12: "soon" is not a date
          write the last day, as 2026-12-31
        w.yaml:16:11: policy is not text
          write text; what looks like a number goes in quotes
        w.yaml:17:14: resources is not a list of resources
          write a list, as resources: [back/ii (Deployment)]; ["*"] for all that the policy says
        w.yaml:20:12: "2026-12-31T00:00:00Z" is not a date
          write the last day, as 2026-12-31
        w.yaml:21:3: a waiver is a map
          its fields are policy, resources, reason, owner, ticket, expires
        w.yaml:22:3: the waiver has no policy
          write `policy: …`
        w.yaml:22:3: the waiver has no resources
          write a list, as resources: [back/ii (Deployment)]; ["*"] for all that the policy says
        w.yaml:22:3: the waiver has no reason
          write `reason: …`
        w.yaml:22:3: the waiver has no owner
          write `owner: …`
        w.yaml:22:3: the waiver has no expires
          each waiver ends: write the last day, as expires: 2026-12-31
        "#);
    let long = until("2026-12-31").replace("reason: r", &format!("reason: {}", "r".repeat(2000)));
    assert!(malformed(&long).contains("reason is longer than 1000 characters"));
}

/// An editor marks what reading refuses, and nothing that it takes.
#[test]
fn the_schema_agrees_with_reading() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    let whole = |waiver: &str| {
        format!(r#"{{"apiVersion": "envcheck.dev/v1", "kind": "Waivers", "waivers": [{waiver}]}}"#)
    };
    let good = r#"{"policy": "p", "resources": ["*"], "reason": "r", "owner": "o", "expires": "2026-12-31"}"#;
    for text in [
        "[]".to_owned(),
        format!("[{good}]"),
        whole(good),
        whole(""),
        whole(&good.replace('}', r#", "ticket": "OPS-1"}"#)),
        whole(&good.replace('}', r#", "ticket": null}"#)),
        whole(&good.replace('}', r#", "ticket": 5}"#)),
        whole(&good.replace('}', r#", "note": "n"}"#)),
        whole(&good.replace("\"r\"", "\" \"")),
        whole(&good.replace("[\"*\"]", "[]")),
        whole(&good.replace("[\"*\"]", "\"*\"")),
        whole(&good.replace("2026-12-31", "soon")),
        whole(&good.replace("policy", "polcy")),
        whole("5"),
        whole(good).replace("kind", "kinds"),
        whole(good).replace("/v1", "/v2"),
        whole(good).replace("waivers", "waiver"),
        "5".to_owned(),
    ] {
        let taken = read("w.json", text.as_bytes())
            .is_ok_and(|waivers| waivers.iter().all(|waiver| waiver.terms.is_ok()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&value), taken, "{text}");
    }
}

#[test]
fn one_wrong_entry_costs_only_itself() {
    let text = [until("2026-12-31"), "- {policy: p}\n".to_owned()].concat();
    let run = Run::of_file(&text).judged();
    assert_eq!(run.states(), ["active", "malformed"]);
    assert_eq!(run.waived().len(), 1);
}

#[test]
fn hostile_files_end_in_words() {
    let many = until("2026-12-31").repeat(2_001);
    assert!(refused(&many).contains("holds 2001 waivers, more than 2000"));
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    assert!(!refused(&deep).is_empty());
    let large = format!("- {{policy: {}}}\n", "p".repeat(5 << 20));
    assert!(refused(&large).contains("bytes long"));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    assert!(!refused(bomb).is_empty());
    for odd in [
        &b"\xff\xfe\x00"[..],
        b"\x00",
        b"- \x1b[31m",
        b"- - - -",
        b"- 1\n- null\n- true\n",
    ] {
        let _: Result<Vec<Written>, _> = read("w.yaml", odd);
    }
}
