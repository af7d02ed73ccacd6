//! What the table shows.

mod limits;

use super::render;
use crate::findings::waiver::Terms;
use crate::findings::{Assessment, Coverage, Draft, Suppressed, Verb, Waiver, WaiverSource, WaiverState};
use crate::inventory::{Origin, ResourceRef};
use crate::policy::Severity;
use crate::report::{Style, sample};

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

/// The sample with three of its findings waived, two of them by one waiver, and something not evaluated.
fn waived() -> Assessment {
    let mut assessment = sample::audit();
    let waiver = |day: &str, days_left| Waiver {
        source: WaiverSource::File,
        terms: Terms {
            reason: "we move to a gateway".to_owned(),
            owner: "platform team".to_owned(),
            ticket: Some("OPS-212".to_owned()),
            expires: day.parse().unwrap(),
        },
        state: WaiverState::Active,
        days_left,
        place: "environments/waivers.yaml:4:5".to_owned(),
    };
    assessment.findings[1].waiver = Some(waiver("2027-01-31", 69));
    for finding in &mut assessment.findings[3..5] {
        finding.waiver = Some(waiver("2026-12-31", 38));
    }
    assessment.not_evaluated[0].waiver = Some(waiver("2026-12-31", 38));
    for policy in &mut assessment.policies {
        policy.waived = policy.not_evaluated.min(1);
    }
    assessment.coverage = Coverage::of_policies(&assessment.policies);
    assessment.gate.incomplete.clear();
    assessment
}

#[test]
fn waived_findings_are_a_line_each_below_the_others() {
    insta::assert_snapshot!(plain(&waived()), @"
    stage · DOKS stage (fra1, 1.35.6-do.0) · DigitalOcean team acme · snapshot environments/demo/ of 2026-11-23 03:00 UTC   6 policies · 1 284 objects

    CRITICAL  backend-accepts-all-namespaces   back/ii (Deployment)
              port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb
              spec.template.spec.containers[name=web].ports
              fix: extend NetworkPolicy back/allow-all to all pods (safe)

    HIGH      image-from-declared-registry     2 findings
              image ghcr.io/acme/api has no tag
                back/api (Deployment)
              image comes from docker.io, not from registry.digitalocean.com/acme
                back/web (Deployment)  environments/demo/objects/apps/v1/Deployment.ndjson:9 · spec.template.spec.containers[name=web].image

    HIGH      registry-size                    acme (Registry)
              5.21 of 5.00 GiB (104 %), figure 3 h old; a collection would free about 1.8 GiB
              fix: collect unreferenced blobs; the registry is read-only while it runs (disruptive)

    CRITICAL  dedicated-load-balancer        ingress-nginx/ingress-nginx-controller (Service)   waived until 2027-01-31 (platform team, OPS-212)
    HIGH      image-from-declared-registry   2 findings                                         waived until 2026-12-31 (platform team, OPS-212)

    not evaluated   space-lifecycle (Bucket acme-stage-backups)   the Spaces key may not read lifecycle rules: needs a full-access key; waived until 2026-12-31 (platform team, OPS-212)
                    space-lifecycle (Bucket acme-stage-images)    the Spaces key may not read lifecycle rules: needs a full-access key

    failed to run   pod-security-level (Namespace b2b)   object.get: first argument must be an object

    warning: the snapshot was taken by envcheck 0.0.9

    4 findings (1 critical, 3 high) · 3 waived, the first expires in 38 days · 1 suppressed by exceptions of the policies · coverage 98.4 % (1 not evaluated, 1 not evaluated and waived, 1 failed to run) · exit 1
    why, and how to mend it: envcheck policy explain backend-accepts-all-namespaces
    ");
    let narrow = shown(&waived(), narrow(60));
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(narrow.contains("waived until 2027-01-31"), "{narrow}");
}

#[test]
fn with_everything_waived_a_run_is_clean_and_says_what_it_accepts() {
    let mut assessment = waived();
    let waiver = assessment.findings[1].waiver.clone();
    for finding in &mut assessment.findings {
        finding.waiver.clone_from(&waiver);
    }
    let text = plain(&assessment);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("clean: "), "{last}");
    assert!(
        last.contains(" · 7 waived, the first expires in 69 days · 1 suppressed"),
        "{last}"
    );
}

#[test]
fn what_is_pending_is_listed_and_counted_apart() {
    let mut a = sample::clean();
    a.suppressed.push(Suppressed {
        policy: "load-balancer-orphan".into(),
        resource: ResourceRef::kubernetes("v1", "Service", Some("edge"), "web"),
        message: "candidate: no Service has it, seen so for the first time".to_owned(),
        by: Suppressed::PENDING.to_owned(),
    });
    let text = plain(&a);
    let line = "pending   load-balancer-orphan (Service edge/web)   candidate: no Service has it, seen so for the first time\n";
    assert!(text.contains(line), "{text}");
    assert!(text.contains(" · 1 pending"), "{text}");
    assert!(!text.contains("suppressed"), "{text}");
    a.suppressed.extend(sample::audit().suppressed);
    let text = plain(&a);
    let both = " · 1 pending · 1 suppressed by exceptions of the policies";
    assert!(text.contains(both), "{text}");
}
