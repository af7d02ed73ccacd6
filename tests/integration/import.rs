//! `envcheck import`: a spec from a snapshot, by which an audit of this snapshot finds what is wrong and nothing besides.

use crate::program::{Folder, Outcome, Report, environment, root, run};
use envcheck_core::provision;
use envcheck_core::spec::{self, Spec};
use envcheck_core::value::Value;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Retired, whoever runs it: true, and to be waived.
const RETIRED: &str = "ingress-controller-supported high ingress-nginx/ingress-nginx-controller[Deployment]";

/// The spec of a bundled snapshot.
fn imported(snapshot: &str) -> String {
    run(["import", snapshot, "--snapshot", &environment(snapshot)])
        .exits(0)
        .stdout
}

fn loaded(text: &str) -> Spec {
    spec::load("imported.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap()
}

/// What an audit of a bundled snapshot finds by its imported spec.
fn audited(snapshot: &str, exit: i32) -> Report {
    let folder = Folder::new();
    folder.write("environments/own.yaml", imported(snapshot));
    let captured = environment(snapshot);
    folder
        .run(["audit", "own", "--snapshot", &captured, "-o", "json"])
        .exits(exit)
        .report()
}

/// The account of a bundled snapshot.
fn account(snapshot: &str) -> provision::Account {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let folder = root().join("environments").join(snapshot).join("account");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("digitalocean.{}", path.file_stem().unwrap().to_str().unwrap());
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| Value::from_json_str(line).unwrap());
        rows.insert(name, lines.collect());
    }
    let buckets = ["acme-stage-backups", "acme-stage-images"];
    provision::Account {
        id: None,
        rows,
        buckets: buckets.map(|name| (name.to_owned(), Ok(true))).into(),
        key_places: BTreeMap::new(),
        declared_by_others: Vec::new(),
    }
}

#[test]
fn an_imported_spec_finds_nothing_in_an_environment_without_faults() {
    let report = audited("demo-clean", 1);
    assert_eq!(report.findings(), [RETIRED]);
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
}

#[test]
fn nothing_has_to_be_made_for_an_imported_spec() {
    for snapshot in ["demo-clean", "demo"] {
        let spec = loaded(&imported(snapshot));
        let plan = provision::account(
            &spec,
            &account(snapshot),
            &provision::Provenance::default(),
            Timestamp::UNIX_EPOCH,
        );
        assert!(plan.is_empty(), "{snapshot}: {:?}", plan.steps);
        assert!(plan.conflicts.is_empty(), "{snapshot}: {:?}", plan.conflicts);
        let differing = plan.standing.iter().filter(|one| !one.differs.is_empty());
        let differing = differing.flat_map(|one| &one.differs);
        let differing: Vec<&str> = differing.map(|way| way.words.as_str()).collect();
        // That the control plane is open to everybody is a fault, and is declared by nobody.
        let faults = match snapshot {
            "demo" => vec![
                r#"control_plane_firewall.allowed_addresses is ["203.0.113.0/24","0.0.0.0/0"], declared is ["203.0.113.0/24"]"#,
            ],
            _ => Vec::new(),
        };
        assert_eq!(differing, faults, "{snapshot}");
    }
}

/// What only the one who declares an environment knows: that something should be there, or should be otherwise.
#[test]
fn an_imported_spec_finds_the_true_faults_of_a_broken_environment() {
    let imported: BTreeSet<String> = audited("demo", 1).findings().into_iter().collect();
    for fault in [
        "backend-accepts-all-namespaces critical back/ii[Deployment]",
        "dedicated-load-balancer critical b2b/b2b-web[Service]",
        "dedicated-load-balancer critical ingress-nginx/ingress-nginx-controller[Service]",
        "exposure-undeclared critical argocd/argocd-server[Service]",
        "datastore-not-exposed critical back/keydb-debug[Service]",
        "namespace-isolation high front-web/web[Deployment]",
        "workload-undeclared medium b2b/b2b-web-debug[Pod]",
    ] {
        assert!(imported.contains(fault), "{fault} is not among {imported:#?}");
    }
    let declared = run(["audit", "demo", "-o", "json"]).exits(1).report();
    let declared: BTreeSet<String> = declared.findings().into_iter().collect();
    let place = |finding: &String| {
        let words: Vec<&str> = finding.split(' ').collect();
        (words[0].to_owned(), words[2].to_owned())
    };
    let known: BTreeSet<_> = declared.iter().map(place).collect();
    let new: Vec<_> = imported
        .iter()
        .map(place)
        .filter(|own| !known.contains(own))
        .collect();
    // b2b is open to all namespaces, so it is taken for a backend: then its load balancer opens it to the outside, too. And by its
    // type, which the spec has by default, the shared one can be compared.
    let of_b2b = |policy: &str| (policy.to_owned(), "b2b/b2b-web[Service]".to_owned());
    assert_eq!(
        new,
        [
            of_b2b("backend-closed-to-outside"),
            of_b2b("load-balancer-as-declared")
        ]
    );
}

#[test]
fn the_same_environment_gives_the_same_bytes_and_no_secret() {
    for snapshot in ["demo-clean", "demo"] {
        let text = imported(snapshot);
        assert_eq!(imported(snapshot), text);
        for telling in ["sha256", "hmac", "DO00", "password", root().to_str().unwrap()] {
            assert!(!text.contains(telling), "{telling} is in {text}");
        }
        assert!(text.lines().all(|line| line == line.trim_end()));
    }
}

#[test]
fn a_file_is_written_whole_and_never_over_another() {
    let folder = Folder::new();
    let snapshot = environment("demo-clean");
    let import = |more: &[&str]| {
        folder.run(
            [
                &["import", "own", "--snapshot", &snapshot, "--out", "own.yaml"],
                more,
            ]
            .concat(),
        )
    };
    let outcome = import(&[]).exits(0);
    assert_eq!(outcome.stdout, "");
    assert!(folder.read("own.yaml").contains("name: own"));
    folder.write("own.yaml", "mine");
    let refused = import(&[]).exits(2);
    assert!(refused.stderr.contains("own.yaml exists already") && refused.stderr.contains("--force"));
    assert_eq!(folder.read("own.yaml"), "mine");
    import(&["--force"]).exits(0);
    assert!(folder.read("own.yaml").contains("name: own"));
}

#[test]
fn what_cannot_be_imported_says_why() {
    let snapshot = environment("demo-clean");
    for (arguments, part) in [
        (
            &["import", "Own", "--snapshot", &snapshot][..],
            "no name of an environment",
        ),
        (&["import", "own", "--snapshot", "nowhere"], "nowhere"),
        (
            &["import", "own", "--snapshot", &snapshot, "--cluster", "live"],
            "the account has no cluster called live",
        ),
        (
            &["import", "own", "--snapshot", &snapshot, "--cluster", "dev"],
            "what was read is cluster stage, and not dev",
        ),
        (&["import", "own"], "there is no DigitalOcean token"),
    ] {
        let refused = run(arguments).exits(2);
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
}

/// What a folder with an imported spec says of a bundled snapshot.
fn imported_into(folder: &Folder, snapshot: &str, words: &[&str]) -> Outcome {
    folder.write("environments/own.yaml", imported(snapshot));
    let captured = environment(snapshot);
    folder.run([words, &["--snapshot", &captured]].concat())
}

/// The summaries of a plan's steps, and what differs of what stands.
fn planned(plan: &serde_json::Value) -> (Vec<String>, Vec<String>) {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let steps = plan["steps"].as_array().unwrap().iter();
    let standing = plan["standing"].as_array().unwrap().iter();
    let differs = standing.flat_map(|one| one["differs"].as_array().unwrap());
    (
        steps.map(|step| text(&step["summary"])).collect(),
        differs.map(text).collect(),
    )
}

#[test]
fn nothing_is_to_be_made_and_nothing_has_drifted_where_others_made_what_is_imported() {
    let folder = Folder::new();
    let plan = ["plan", "own", "-o", "json", "--detailed-exitcode"];
    let outcome = imported_into(&folder, "demo-clean", &plan).exits(0);
    let plan = outcome.json();
    assert_eq!(planned(&plan), (Vec::new(), Vec::new()), "{plan:#}");
    let notes = plan["notes"].to_string();
    for told in [
        "this plan cannot be carried out",
        "NetworkPolicy accept-declared of b2b is not made: allow-declared, default-deny do the same for every Pod there",
        "NetworkPolicy accept-all-namespaces of back is not made: allow-all, default-deny do the same",
        "AppProject demo-clean of argocd is not made",
    ] {
        assert!(notes.contains(told), "{told} is not in {notes}");
    }
    let again = imported_into(&folder, "demo-clean", &["plan", "own", "-o", "json"]);
    assert_eq!(again.stdout, outcome.stdout, "the same bytes each time");
    let drift = imported_into(&folder, "demo-clean", &["drift", "own", "-o", "json"])
        .exits(0)
        .json();
    assert_eq!(drift["things"], serde_json::json!([]), "{drift:#}");
    assert!(
        drift["notes"].to_string().contains("is not made: allow-all"),
        "{drift:#}"
    );
}

/// What is wrong is there for the audit to find, and nothing has to be made: what differs are faults, too.
#[test]
fn nothing_is_to_be_made_of_a_broken_environment_that_was_imported() {
    let folder = Folder::new();
    let outcome = imported_into(&folder, "demo", &["plan", "own", "-o", "json"]).exits(0);
    let (steps, differs) = planned(&outcome.json());
    assert_eq!(steps, [""; 0]);
    assert_eq!(
        differs,
        [
            r#"spec.source.targetRevision is "hotfix-redis", declared is "main""#,
            r#"access is "public", declared is "private""#,
            r#"control_plane_firewall.allowed_addresses is ["203.0.113.0/24","0.0.0.0/0"], declared is ["203.0.113.0/24"]"#,
        ]
    );
    let shown = imported_into(&folder, "demo", &["plan", "own"]).exits(0);
    shown.has(&["Plan for demo: nothing to make", "nothing in it is repaired"]);
    assert!(
        !shown.stdout.contains("repaired, not provisioned"),
        "{}",
        shown.stdout
    );
    let audit = imported_into(&folder, "demo", &["audit", "own", "-o", "json"]).exits(1);
    let found = audit.report().findings();
    for fault in [
        "backend-accepts-all-namespaces critical back/ii[Deployment]",
        "namespace-isolation high front-web/web[Deployment]",
        "argocd-source-declared",
        "space-private",
        "control-plane-firewall",
    ] {
        assert!(
            found.iter().any(|finding| finding.starts_with(fault)),
            "{fault} is not among {found:#?}"
        );
    }
}

#[test]
fn what_was_left_to_others_is_made_when_the_spec_says_so() {
    let folder = Folder::new();
    let words = ["plan", "own", "-o", "json"];
    let settings =
        ["b2b", "back", "front-web"].map(|name| format!("namespaces[{name}].network.policies=provisioned"));
    let settings = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
    let words: Vec<&str> = words.into_iter().chain(settings).collect();
    let (steps, differs) = planned(&imported_into(&folder, "demo", &words).exits(0).json());
    assert_eq!(
        steps,
        [
            // backend-accepts-all-namespaces of b2b/b2b-web-debug and of back/ii, namespace-isolation of front-web/web.
            "create NetworkPolicy b2b/accept-all-namespaces",
            "create NetworkPolicy back/accept-all-namespaces",
            "create NetworkPolicy front-web/accept-declared",
        ]
    );
    let narrow = r#"spec.podSelector.matchLabels is {"app":"nginx-proxy-server"}, declared is nothing"#;
    assert!(differs.iter().any(|one| one == narrow), "{differs:#?}");
}

#[test]
fn a_setting_of_what_the_spec_does_not_have_says_what_it_has() {
    let folder = Folder::new();
    let planned = |setting: &str| imported_into(&folder, "demo-clean", &["plan", "own", "--set", setting]);
    let refused = planned("digitalocean.cluster.nodePools[nope].count=3").exits(2);
    refused.refuses(&[
        "digitalocean.cluster.nodePools has no node pool called `nope`",
        "it has `general`",
    ]);
    planned("nodePools[nope].count=3").refuses(&[
        "spec has no field `nodePools`",
        "that is at digitalocean.cluster.nodePools",
    ]);
    planned("digitalocean.cluster.version=1.30")
        .exits(0)
        .has(&["declared is 1.30: no cluster goes back, so declare what runs: 1.35 (by hand)"]);
    planned("digitalocean.cluster.version=1.40").has(&[
        "Kubernetes 1.40 is not offered: ",
        "; cluster stage runs 1.35.",
        "declare a version that is offered, or the one that runs: 1.35",
    ]);
}

#[test]
fn a_plan_of_a_snapshot_is_to_look_at_only() {
    let folder = Folder::new();
    let refused = imported_into(&folder, "demo-clean", &["plan", "own", "--out", "plan.json"]).exits(2);
    assert!(
        refused
            .stderr
            .contains("plan.json is not written: what a snapshot shows cannot be made")
    );
    assert!(!folder.path().join("plan.json").exists());
    let refused = imported_into(&folder, "demo-clean", &["provision", "own", "--yes"]).exits(2);
    assert!(
        refused.stderr.contains("nothing of that can be made"),
        "{}",
        refused.stderr
    );
    // What if the spec said otherwise?
    let what_if = imported_into(
        &folder,
        "demo-clean",
        &[
            "plan",
            "own",
            "--set",
            "digitalocean.cluster.nodePools[general].count=4",
            "--set",
            "namespaces[b2b].network.egress.outside=true",
        ],
    )
    .exits(0);
    what_if.has(&["create NetworkPolicy b2b/reach-declared", "so it would be with"]);
}
