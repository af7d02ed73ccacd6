use super::render;
use crate::findings::{Assessment, Draft, Verb};
use crate::inventory::{Origin, ResourceRef};
use crate::path::{FieldPath, PathElement};
use crate::policy::Severity;
use crate::report::layout::width;
use crate::report::{Style, sample, words};
use crate::source::SourceText;
use crate::value::Value;
use crate::yaml::Document;
use std::sync::Arc;

fn shown(assessment: &Assessment, style: Style) -> String {
    let mut out = Vec::new();
    render(assessment, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(assessment: &Assessment) -> String {
    shown(assessment, Style::PLAIN)
}

fn narrow(columns: usize) -> Style {
    Style {
        width: Some(columns),
        ..Style::PLAIN
    }
}

#[test]
fn an_audit_with_everything() {
    insta::assert_snapshot!(plain(&sample::audit()), @"
    stage · DOKS stage (fra1, 1.35.6-do.0) · DigitalOcean team acme · snapshot environments/demo/ of 2026-11-23 03:00 UTC   6 policies · 1 284 objects

    CRITICAL  backend-accepts-all-namespaces   back/ii (Deployment)
              port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb
              spec.template.spec.containers[name=web].ports
              fix: extend NetworkPolicy back/allow-all to all pods (safe)

    CRITICAL  dedicated-load-balancer          ingress-nginx/ingress-nginx-controller (Service)
              shares load balancer 7c1e0d52 with b2b/b2b-web: two Services carry the same load-balancer-id
              declared at environments/stage.yaml:3:17

    HIGH      image-from-declared-registry     4 findings
              image ghcr.io/acme/api has no tag
                back/api (Deployment)
              image comes from docker.io, not from registry.digitalocean.com/acme
              spec.template.spec.containers[name=web].image
                back/ii (Deployment)            environments/demo/objects/apps/v1/Deployment.ndjson:7
                back/keydb-backup (Deployment)  environments/demo/objects/apps/v1/Deployment.ndjson:8
                back/web (Deployment)           environments/demo/objects/apps/v1/Deployment.ndjson:9

    HIGH      registry-size                    acme (Registry)
              5.21 of 5.00 GiB (104 %), figure 3 h old; a collection would free about 1.8 GiB
              fix: collect unreferenced blobs; the registry is read-only while it runs (disruptive)

    not evaluated   space-lifecycle (2 Buckets)   the Spaces key may not read lifecycle rules: needs a full-access key

    failed to run   pod-security-level (Namespace b2b)   object.get: first argument must be an object

    warning: the snapshot was taken by envcheck 0.0.9

    7 findings (2 critical, 5 high) · 1 suppressed by exceptions of the policies · coverage 97.6 % (2 not evaluated, 1 failed to run) · exit 1
    incomplete: coverage 97.6 % is below the required 100 %
    to complete it, mend what is listed as not evaluated; to accept it as it is: --min-coverage 97%
    why, and how to mend it: envcheck policy explain backend-accepts-all-namespaces
    ");
}

#[test]
fn an_audit_on_a_narrow_terminal() {
    insta::assert_snapshot!(shown(&sample::audit(), narrow(72)), @"
    stage · DOKS stage (fra1, 1.35.6-do.0) · DigitalOcean team acme ·
    snapshot environments/demo/ of 2026-11-23 03:00 UTC
    6 policies · 1 284 objects

    CRITICAL  backend-accepts-all-namespaces   back/ii (Deployment)
              port 8080 is closed to other namespaces: only
              back/default-deny selects it, back/allow-all selects app=keydb
              spec.template.spec.containers[name=web].ports
              fix: extend NetworkPolicy back/allow-all to all pods (safe)

    CRITICAL  dedicated-load-balancer  ingress-nginx/ingr…ntroller (Service)
              shares load balancer 7c1e0d52 with b2b/b2b-web: two Services
              carry the same load-balancer-id
              declared at environments/stage.yaml:3:17

    HIGH      image-from-declared-registry     4 findings
              image ghcr.io/acme/api has no tag
                back/api (Deployment)
              image comes from docker.io, not from
              registry.digitalocean.com/acme
              spec.template.spec.containers[name=web].image
                back/ii (Deployment)
                  environments/demo/objects/apps/v1/Deployment.ndjson:7
                back/keydb-backup (Deployment)
                  environments/demo/objects/apps/v1/Deployment.ndjson:8
                back/web (Deployment)
                  environments/demo/objects/apps/v1/Deployment.ndjson:9

    HIGH      registry-size                    acme (Registry)
              5.21 of 5.00 GiB (104 %), figure 3 h old; a collection would
              free about 1.8 GiB
              fix: collect unreferenced blobs; the registry is read-only
              while it runs (disruptive)

    not evaluated   space-lifecycle (2 Buckets)
                    the Spaces key may not read lifecycle rules: needs a
                    full-access key

    failed to run   pod-security-level (Namespace b2b)
                    object.get: first argument must be an object

    warning: the snapshot was taken by envcheck 0.0.9

    7 findings (2 critical, 5 high) · 1 suppressed by exceptions of the
    policies · coverage 97.6 % (2 not evaluated, 1 failed to run) · exit 1
    incomplete: coverage 97.6 % is below the required 100 %
    to complete it, mend what is listed as not evaluated; to accept it as it
    is: --min-coverage 97%
    why, and how to mend it: envcheck policy explain
    backend-accepts-all-namespaces
    ");
}

#[test]
fn a_clean_audit_says_what_was_looked_at() {
    insta::assert_snapshot!(plain(&sample::clean()), @"
    stage · DOKS stage (fra1, 1.35.6-do.0) · DigitalOcean team acme           6 policies · 1 284 objects

    clean: 6 policies over 1 284 objects, coverage 100 %
    ");
}

#[test]
fn an_incomplete_audit_says_so_and_how_to_complete_it() {
    insta::assert_snapshot!(plain(&sample::incomplete()), @"
    stage · DOKS stage (fra1, 1.35.6-do.0) · DigitalOcean team acme           6 policies · 1 284 objects

    not evaluated   3 policies   permission denied: list networkpolicies.networking.k8s.io at cluster scope
                                 (backend-accepts-all-namespaces, dedicated-load-balancer, registry-size)

    no findings, but the run is incomplete · coverage 97.6 % (3 not evaluated) · exit 3
    incomplete: coverage 97.6 % is below the required 100 %
    to complete it, mend what is listed as not evaluated; to accept it as it is: --min-coverage 97%
    ");
}

#[test]
fn a_check_reads_like_a_compiler() {
    insta::assert_snapshot!(plain(&sample::check()), @"
    error[image-from-declared-registry]: image comes from docker.io, not from registry.digitalocean.com/acme
       ╭▸ manifests/back/ii.yaml:23:16
       │
    23 │         image: nginx:latest
       │                ━━━━━━━━━━━━ Deployment back/ii, container web
       │
       ╰ help: push it to registry.digitalocean.com/acme, or declare the registry under policies.parameters

    warning[pod-security-level]: one replica only
      ╭▸ manifests/back/ii.yaml:9:13
      │
    9 │   replicas: 1
      │             ━ Deployment back/ii
      │
      ╰ help: Label the namespace.

    2 findings in 38 files (64 objects): 1 high, 1 medium · 1 file skipped (chart templates; render them with --helm) · 2 documents not Kubernetes
    2 policies need the whole environment: add --complete when the paths hold all of it, or --on SNAPSHOT
    ");
}

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
fn secrets_are_named_not_shown() {
    let policy = sample::policy("secret", "Secret", Severity::High, "Mend it.");
    let text = "kind: Secret\ndata:\n  password: aHVudGVyMg==\n";
    let draft = Draft {
        origin: Origin::Declared(sample::place("s.yaml", text, "aHVudGVyMg==")),
        path: Some(sample::path(&["data", "password"])),
        ..sample::draft(
            &policy,
            ResourceRef::kubernetes("v1", "Secret", Some("back"), "db"),
            "weak password",
        )
    };
    let text = plain(&sample::assessment(Verb::Check, vec![policy], vec![draft]));
    insta::assert_snapshot!(text, @"
    error[secret]: weak password
     ╭▸ s.yaml:3:13
     ├ in: Secret back/db
     ├ field: data.password
     ╰ help: Mend it.

    1 finding in 38 files (64 objects)
    ");
    assert!(!text.contains("aHVudGVyMg"));
}

#[test]
fn a_finding_without_a_place_names_its_resource() {
    let policy = sample::policy("alone", "Alone", Severity::Low, "Mend it.");
    let draft = sample::draft(&policy, sample::deployment("ii"), "is alone");
    insta::assert_snapshot!(plain(&sample::assessment(Verb::Check, vec![policy], vec![draft])), @"
    warning[alone]: is alone
     ╭▸ Deployment back/ii
     ╰ help: Mend it.

    1 finding in 38 files (64 objects)
    ");
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
