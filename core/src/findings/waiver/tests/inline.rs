//! Annotations and comments: what they may say, what they cover, and where they may.

use super::{KNOWN, Run, made};
use crate::findings::Draft;
use crate::findings::waiver::{Noted, Written, annotations};
use crate::inventory::{Lineage, Origin, OwnerIndex, OwnerReference, ResourceRef};
use crate::policy::Severity;
use crate::source::SourceText;
use crate::value::Value;
use crate::yaml::{self, Limits};
use std::sync::Arc;

fn noted(resource: ResourceRef, texts: &[(&str, &str)]) -> Noted {
    Noted {
        resource,
        owner: None,
        origin: Origin::Live,
        annotations: texts
            .iter()
            .map(|(policy, text)| ((*policy).into(), (*text).into()))
            .collect(),
        comments: false,
    }
}

fn annotated(text: &str) -> Vec<Written> {
    let noted = noted(made::deployment("ii"), &[(KNOWN[0], text)]);
    Noted::written(vec![noted], &OwnerIndex::default())
}

#[test]
fn annotations_are_found_by_their_key() {
    let object = Value::from_json_str(
        r#"{"metadata":{"annotations":{"envcheck.dev/waive.a-b":"r","envcheck.dev/waive":"x","other/waive.c":"y","envcheck.dev/waive.n":5}}}"#,
    )
    .unwrap();
    let found = annotations(&object);
    let found: Vec<(&str, &str)> = found.iter().map(|(policy, text)| (&**policy, &**text)).collect();
    assert_eq!(found, [("a-b", "r"), ("n", "")]);
    for odd in [
        "null",
        "[]",
        r#"{"metadata":[]}"#,
        r#"{"metadata":{"annotations":"envcheck.dev/waive.a"}}"#,
    ] {
        assert!(annotations(&Value::from_json_str(odd).unwrap()).is_empty());
    }
}

#[test]
fn an_annotation_says_why_who_and_until_when() {
    let run = Run::new(annotated(
        "we move; see a=b c; owner=platform team; ticket=OPS-1; expires=2026-12-31",
    ))
    .judged();
    let waiver = run.findings[0].waiver.as_ref().unwrap();
    assert_eq!(waiver.terms.reason, "we move; see a=b c");
    assert_eq!(waiver.words(), "waived until 2026-12-31 (platform team, OPS-1)");
    assert_eq!(waiver.place, "back/ii (Deployment)");

    for (text, words) in [
        ("", "the waiver has no expires"),
        ("r; owner=o", "the waiver has no expires"),
        ("r; expires=2026-12-31", "the waiver has no owner"),
        ("owner=o; expires=2026-12-31", "the waiver has no reason"),
        ("r; owner=; expires=2026-12-31", "owner is empty"),
        ("r; owner=o; expire=2026-12-31", "did you mean `expires`?"),
        (
            "r; owner=o; expires=2026-12-31; expires=2027-01-01",
            "expires stands twice",
        ),
        ("r; owner=o; expires=31.12.2026", "is not a date"),
        ("r; owner=o; expires=2026-13-01", "no calendar has"),
    ] {
        let run = Run::new(annotated(text)).judged();
        assert_eq!(run.states(), ["malformed"], "{text}");
        assert!(run.waived().is_empty(), "{text}");
        assert!(run.warnings()[0].contains(words), "{text}: {:?}", run.warnings());
    }
}

#[test]
fn the_spec_says_what_may_be_waived_inline() {
    let text = "r; owner=o; expires=2026-12-31";
    let both = || {
        let noted = vec![
            noted(made::deployment("ii"), &[(KNOWN[0], text)]),
            noted(made::deployment("web"), &[(KNOWN[1], text)]),
        ];
        Run::new(Noted::written(noted, &OwnerIndex::default()))
    };
    let waived = |run: Run| {
        let run = run.judged();
        let warnings = run.warnings();
        (
            run.findings
                .iter()
                .map(|finding| finding.waiver.is_some())
                .collect::<Vec<_>>(),
            warnings,
        )
    };
    let (accepted, warnings) = waived(both());
    assert_eq!(accepted, [true, false], "all but critical ones");
    assert!(
        warnings[0].contains("a critical finding is not waived inline"),
        "{warnings:?}"
    );
    let (accepted, warnings) = waived(both().allowing_none());
    assert_eq!((accepted, warnings.len()), (vec![false, false], 2));
    let (accepted, warnings) = waived(both().allowing(&[KNOWN[1]]));
    assert_eq!((accepted, warnings.len()), (vec![false, true], 1));
}

#[test]
fn a_critical_finding_of_a_policy_with_milder_ones_stays() {
    let policy = made::policy(KNOWN[1], Severity::Critical);
    let mild = Draft {
        severity: Severity::Low,
        key: Some("mild".to_owned()),
        ..made::draft(&policy, made::deployment("web"))
    };
    let noted = noted(
        made::deployment("web"),
        &[(KNOWN[1], "r; owner=o; expires=2026-12-31")],
    );
    let run = Run::new(Noted::written(vec![noted], &OwnerIndex::default()))
        .finding(mild)
        .judged();
    let waived: Vec<bool> = run
        .findings
        .iter()
        .map(|finding| finding.waiver.is_some())
        .collect();
    assert_eq!(waived, [false, false, true]);
    assert_eq!(
        run.warnings().len(),
        1,
        "that it does not cover the other one is told"
    );
}

#[test]
fn an_annotation_covers_what_its_object_owns() {
    let policy = made::policy(KNOWN[0], Severity::High);
    let pod = Draft {
        owner: Some(made::deployment("ii")),
        ..made::draft(
            &policy,
            ResourceRef::kubernetes("v1", "Pod", Some("back"), "ii-x1"),
        )
    };
    let run = Run::new(annotated("r; owner=o; expires=2026-12-31"))
        .finding(pod)
        .judged();
    assert!(run.findings[2].waiver.is_some());
    assert_eq!(run.results[0].findings, 2);
}

/// Deployments hand their annotations to ReplicaSets; templates hand theirs to Pods, where nobody looks.
#[test]
fn copies_of_controllers_are_not_told() {
    let text = "r; owner=o; expires=2026-12-31";
    let mut owners = OwnerIndex::default();
    owners.learn(
        &made::deployment("ii"),
        Lineage {
            uid: None,
            owner: None,
            containers: Vec::new(),
        },
    );
    let owned = |name: &str| Noted {
        owner: Some(OwnerReference {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            name: "ii".to_owned(),
            uid: None,
        }),
        ..noted(
            ResourceRef::kubernetes("apps/v1", "ReplicaSet", Some("back"), name),
            &[(KNOWN[0], text)],
        )
    };
    let own = noted(made::deployment("ii"), &[(KNOWN[0], text)]);
    let run = Run::new(Noted::written(vec![owned("ii-1"), own, owned("ii-2")], &owners)).judged();
    assert_eq!((run.states(), run.warnings().len()), (vec!["active"], 0));

    let run = Run::new(Noted::written(vec![owned("ii-1"), owned("ii-2")], &owners)).judged();
    assert!(run.waived().is_empty());
    assert_eq!(
        run.warnings(),
        [
            "back/ii-1 (ReplicaSet): waiver of image-from-declared-registry: unused: what is found here is told of \
             back/ii (Deployment) (put the annotation on the owner)"
        ]
    );
}

/// The manifest, and a finding on each of the lines that hold `image`.
fn manifest(text: &str) -> Run {
    let source = SourceText::new("m.yaml", text);
    let part = yaml::split(&source).remove(0);
    let document = Arc::new(
        yaml::load_part(&source, &part, &Limits::default())
            .unwrap()
            .unwrap(),
    );
    let origin = Origin::Manifest { document, item: None };
    let noted = Noted {
        origin: origin.clone(),
        comments: true,
        ..noted(made::deployment("ii"), &[])
    };
    let mut run = Run::new(Noted::written(vec![noted], &OwnerIndex::default()));
    run.findings.clear();
    let policy = made::policy(KNOWN[0], Severity::High);
    for key in ["a", "b"] {
        run = run.finding(Draft {
            path: Some(made::path(key)),
            origin: origin.clone(),
            ..made::draft(&policy, made::deployment("ii"))
        });
    }
    run
}

#[test]
fn a_comment_covers_its_line_or_the_one_below() {
    let waiver = "# envcheck:waive image-from-declared-registry expires=2026-12-31 owner=\"platform team\" ticket=OPS-1 -- we move";
    let other = "# envcheck:waive dedicated-load-balancer expires=2026-12-31 owner=o -- r";
    for (text, waived) in [
        (format!("a: 1 {waiver}\nb: 2\n"), [true, false]),
        (format!("a: 1\n{waiver}\nb: 2\n"), [false, true]),
        (format!("{waiver}\n{other}\n# why\na: 1\nb: 2\n"), [true, false]),
        (format!("{waiver}\n\na: 1\nb: 2\n"), [false, false]),
        (format!("a: 1\nb: 2\n{waiver}\n"), [false, false]),
        (format!("a: 1 #{waiver}\nb: |\n  {waiver}\n"), [true, false]),
        (format!("a: '{waiver}'\nb: 2\n"), [false, false]),
        (format!("a: 1 {other}\nb: 2\n"), [false, false]),
    ] {
        let run = manifest(&text).judged();
        let found: Vec<bool> = run
            .findings
            .iter()
            .map(|finding| finding.waiver.is_some())
            .collect();
        assert_eq!(found, waived, "{text}");
        if let Some(waiver) = run.findings.iter().find_map(|finding| finding.waiver.as_ref()) {
            assert_eq!(waiver.words(), "waived until 2026-12-31 (platform team, OPS-1)");
            assert_eq!(waiver.terms.reason, "we move");
        }
    }
}

#[test]
fn a_comment_that_is_wrong_is_told_at_its_place() {
    for (comment, words) in [
        (
            "# envcheck:waive",
            "m.yaml:1:6: waiver of a policy: the comment names no policy to waive",
        ),
        ("# envcheck:waive expires=2026-12-31", "names no policy"),
        (
            "# envcheck:waive image-from-declared-registry -- r",
            "has no expires",
        ),
        (
            "# envcheck:waive image-from-declared-registry owner=o expires=2026-12-31",
            "has no reason",
        ),
        (
            "# envcheck:waive image-from-declared-registry owner=o expires=2026-12-31 reason",
            "\"reason\" is neither a field",
        ),
        (
            "# envcheck:waive image-from-declared-registry owner=o expires=2026-12-31 by=me -- r",
            "no field is called \"by\"",
        ),
    ] {
        let run = manifest(&format!("a: 1 {comment}\nb: 2\n")).judged();
        assert_eq!(run.states(), ["malformed"], "{comment}");
        assert!(run.findings.iter().all(|finding| finding.waiver.is_none()));
        assert!(
            run.warnings()[0].contains(words),
            "{comment}: {:?}",
            run.warnings()
        );
    }
    for none in [
        "# envcheck:waiver x",
        "# see envcheck:waive x",
        "# envcheck:waive.x",
    ] {
        assert!(
            manifest(&format!("a: 1 {none}\nb: 2\n"))
                .judged()
                .results
                .is_empty(),
            "{none}"
        );
    }
}
