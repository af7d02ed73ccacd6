//! Values of Secrets never leave the program, whichever way they came into the cluster and whatever is said of them.

use super::deeds::Deed;
use super::proxy::Proxy;
use super::stage;
use crate::program::{Folder, Outcome};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const CANARY: &str = "l1ve-c4n4ry-v4lue";

/// Rules that look at Secrets, with the value's parts in messages, keys and paths where a rule can put them.
const CURIOUS: &str = "package main\n\n\
    deny contains {\"msg\": sprintf(\"data is %v\", [input.data]), \"path\": [\"data\", \"password\"]} if input.kind == \"Secret\"\n\n\
    deny contains {\"msg\": sprintf(\"text is %v\", [input.stringData])} if input.kind == \"Secret\"\n\n\
    deny contains {\"msg\": sprintf(\"decoded: %s\", [base64.decode(input.data.password)])} if input.kind == \"Secret\"\n\n\
    deny contains {\"msg\": sprintf(\"applied: %v\", [input.metadata.annotations])} if input.kind == \"Secret\"\n\n\
    deny contains {\"msg\": json.marshal(input)} if input.kind == \"Secret\"\n\n\
    deny contains {\"msg\": \"is a Secret\", \"path\": [\"data\"]} if input.kind == \"Secret\"\n";

fn planted() -> String {
    let encoded = STANDARD.encode(CANARY);
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: one, namespace: kube-system}}\ntype: Opaque\ndata: {{password: {encoded}}}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: two, namespace: kube-system, annotations: {{note: kept}}}}\n\
         type: Opaque\nstringData: {{password: {CANARY}, file: 'user={CANARY}'}}\n"
    )
}

#[track_caller]
fn tells_nothing(outcome: &Outcome) {
    let forms = [
        CANARY.to_owned(),
        STANDARD.encode(CANARY),
        // Within something longer that was encoded.
        STANDARD.encode(format!("user={CANARY}")),
    ];
    for form in forms {
        let form = form.trim_end_matches('=');
        assert!(
            !outcome.stdout.contains(form),
            "on standard output: {}",
            outcome.stdout
        );
        assert!(
            !outcome.stderr.contains(form),
            "on standard error: {}",
            outcome.stderr
        );
    }
}

#[test]
fn no_output_holds_the_value_of_a_secret() {
    let Some(binaries) = super::binaries() else { return };
    let cluster = super::start(&binaries, &envcheck_test_cluster::Options::default());
    let folder = Folder::new();
    let manifest = folder.write("secrets.yaml", planted());
    let policies = folder.write("policies/curious.rego", CURIOUS);
    // On the client's side, so that the whole manifest is kept in an annotation.
    cluster
        .answer(&["apply", "-f", &manifest.display().to_string()])
        .unwrap();
    let stored = cluster
        .answer(&["get", "secret", "two", "--namespace", "kube-system", "-o", "yaml"])
        .unwrap();
    assert!(
        stored.contains(CANARY) && stored.contains("last-applied-configuration"),
        "{stored}"
    );

    let admin = cluster.kubeconfig();
    let policies = policies.display().to_string();
    for format in ["table", "json", "sarif", "junit", "markdown"] {
        for more in [
            &[][..],
            &["-p", &policies],
            &["-p", &policies, "--bundle", "none"],
        ] {
            let arguments = [&["-o", format, "-v"], more].concat();
            let outcome = stage::audit(&admin, &arguments).exits(1);
            tells_nothing(&outcome);
            let word = if more.is_empty() {
                "kube-system"
            } else {
                "is a Secret"
            };
            outcome.shows(&[word]);
        }
    }

    // Errors about answers that hold it: cut, refused, repeated.
    for deed in [
        Deed::Cut(0.8),
        Deed::CutWithoutLength(0.8),
        Deed::CutInSecret(0.9),
        Deed::Instead("/api/v1/namespaces/kube-system/secrets/one".to_owned()),
    ] {
        let own = deed.clone();
        let proxy = Proxy::start(&cluster, move |asked| {
            if asked.path == "/api/v1/secrets" {
                own.clone()
            } else {
                Deed::Pass
            }
        });
        for format in ["table", "json", "sarif", "junit", "markdown"] {
            let arguments = [
                "-o",
                format,
                "-v",
                "--only",
                "no-apps-in-system-namespaces",
                "--timeout",
                "2s",
            ];
            let outcome = stage::audit(proxy.kubeconfig(), &arguments).exits(3);
            tells_nothing(&outcome);
            outcome.shows(&["no-apps-in-system-namespaces"]);
        }
    }
}
