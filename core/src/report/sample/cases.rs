//! The four runs that samples and tests show.

use super::*;

fn live(mut assessment: Assessment) -> Assessment {
    assessment.heading = Heading {
        environment: Some("stage".to_owned()),
        cluster: Some("stage".to_owned()),
        region: Some("fra1".to_owned()),
        version: Some("1.35.6-do.0".to_owned()),
        team: Some("acme".to_owned()),
    };
    assessment.reading = Reading {
        kind: "cluster".to_owned(),
        objects: 1284,
        ..Reading::default()
    };
    assessment
}

fn catalogue() -> Vec<PolicyResult> {
    vec![
        policy(
            "backend-accepts-all-namespaces",
            "Backends accept all namespaces",
            Severity::Critical,
            "Extend the NetworkPolicy that selects the backend.",
        ),
        policy(
            "dedicated-load-balancer",
            "One load balancer per exposed service",
            Severity::Critical,
            "Delete the orphan or declare the Service under exposure.",
        ),
        policy(
            "registry-size",
            "The registry has room",
            Severity::High,
            "Collect garbage, or raise the tier.",
        ),
        policy(
            "image-from-declared-registry",
            "Images come from the declared registry",
            Severity::High,
            "push it to registry.digitalocean.com/acme, or declare the registry under policies.parameters",
        ),
        policy(
            "space-lifecycle",
            "Buckets expire what they keep",
            Severity::Medium,
            "Set a lifecycle rule.",
        ),
        policy(
            "pod-security-level",
            "Namespaces enforce a level",
            Severity::Medium,
            "Label the namespace.",
        ),
    ]
}

/// A cluster with findings of all kinds, something not looked at, something broken.
pub(crate) fn audit() -> Assessment {
    let mut policies = catalogue();
    policies[4].not_evaluated = 2;
    policies[5].errors = 1;
    let spec = "spec:\n  exposure:\n    - {service: ingress-nginx/ingress-nginx-controller}\n";
    let mut drafts = vec![
        Draft {
            path: Some(path(&[
                "spec",
                "template",
                "spec",
                "containers",
                "name=web",
                "ports",
            ])),
            fix: Some(fix(
                "kubernetes.patch",
                "safe",
                "extend NetworkPolicy back/allow-all to all pods",
            )),
            ..draft(
                &policies[0],
                deployment("ii"),
                "port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb",
            )
        },
        Draft {
            declared: Some(place(
                "environments/stage.yaml",
                spec,
                "ingress-nginx/ingress-nginx-controller",
            )),
            ..draft(
                &policies[1],
                ResourceRef::kubernetes("v1", "Service", Some("ingress-nginx"), "ingress-nginx-controller"),
                "shares load balancer 7c1e0d52 with b2b/b2b-web: two Services carry the same load-balancer-id",
            )
        },
        Draft {
            fix: Some(fix(
                "registry.collect_garbage",
                "safe",
                "collect unreferenced blobs; the registry is read-only while it runs",
            )),
            ..draft(
                &policies[2],
                account("Registry", "acme", "acme"),
                "5.21 of 5.00 GiB (104 %), figure 3 h old; a collection would free about 1.8 GiB",
            )
        },
    ];
    for (index, name) in ["ii", "keydb-backup", "web"].iter().enumerate() {
        drafts.push(Draft {
            path: Some(path(&[
                "spec",
                "template",
                "spec",
                "containers",
                "name=web",
                "image",
            ])),
            origin: Origin::Snapshot {
                file: "objects/apps/v1/Deployment.ndjson".into(),
                line: index + 7,
            },
            ..draft(
                &policies[3],
                deployment(name),
                "image comes from docker.io, not from registry.digitalocean.com/acme",
            )
        });
    }
    drafts.push(draft(
        &policies[3],
        deployment("api"),
        "image ghcr.io/acme/api has no tag",
    ));
    let mut a = live(assessment(Verb::Audit, policies, drafts));
    a.reading = Reading {
        kind: "snapshot".to_owned(),
        from: vec!["environments/demo/".to_owned()],
        ..a.reading
    };
    for bucket in ["acme-stage-backups", "acme-stage-images"] {
        a.not_evaluated.push(NotEvaluated {
            policy: "space-lifecycle".into(),
            resource: Some(account("Bucket", bucket, bucket)),
            reason: "the Spaces key may not read lifecycle rules".to_owned(),
            detail: "needs a full-access key".to_owned(),
            waiver: None,
        });
    }
    a.errors.push(EvaluationError {
        policy: "pod-security-level".into(),
        resource: Some(ResourceRef::kubernetes("v1", "Namespace", None, "b2b")),
        message: "object.get: first argument must be an object".to_owned(),
    });
    a.suppressed.push(Suppressed {
        policy: "image-from-declared-registry".into(),
        resource: deployment("canary"),
        message: "image comes from docker.io".to_owned(),
        by: "exception in main.rego:12".to_owned(),
    });
    a.warnings
        .push("the snapshot was taken by envcheck 0.0.9".to_owned());
    a
}

/// The same cluster, all right.
pub(crate) fn clean() -> Assessment {
    live(assessment(Verb::Audit, catalogue(), Vec::new()))
}

/// No findings, but a kind that no policy could read.
pub(crate) fn incomplete() -> Assessment {
    let mut policies = catalogue();
    for policy in &mut policies[..3] {
        policy.not_evaluated = 1;
    }
    let mut a = live(assessment(Verb::Audit, policies, Vec::new()));
    for id in [
        "backend-accepts-all-namespaces",
        "dedicated-load-balancer",
        "registry-size",
    ] {
        a.not_evaluated.push(NotEvaluated {
            policy: id.into(),
            resource: None,
            reason: "permission denied".to_owned(),
            detail: "list networkpolicies.networking.k8s.io at cluster scope".to_owned(),
            waiver: None,
        });
    }
    a
}

/// The sketch's manifests: one image at fault, one repeated message, policies that want the whole environment.
pub(crate) fn check() -> Assessment {
    let mut policies = catalogue();
    for policy in &mut policies[..2] {
        policy.reason = Some(PolicyResult::NEEDS_WHOLE_ENVIRONMENT.to_owned());
    }
    let image = path(&["spec", "template", "spec", "containers", "name=web", "image"]);
    let drafts = vec![
        Draft {
            path: Some(image.clone()),
            origin: Origin::Declared(place("manifests/back/ii.yaml", MANIFEST, "nginx:latest")),
            ..draft(
                &policies[3],
                deployment("ii"),
                "image comes from docker.io, not from registry.digitalocean.com/acme",
            )
        },
        Draft {
            path: Some(path(&["spec", "replicas"])),
            severity: Severity::Medium,
            origin: Origin::Declared(place("manifests/back/ii.yaml", MANIFEST, "1\n  selector").clone()),
            ..draft(&policies[5], deployment("ii"), "one replica only")
        },
    ];
    let mut a = assessment(Verb::Check, policies, drafts);
    a.reading.skipped = vec![(
        "charts/nginx/templates/a.yaml".to_owned(),
        "chart templates; render them with --helm".to_owned(),
    )];
    a.reading.not_kubernetes = 2;
    a
}
