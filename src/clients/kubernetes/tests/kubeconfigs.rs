//! Which context, cluster and user; and what is told when they are not there.

use super::super::connect::{Access, Grant, open};
use super::super::context;
use super::super::kubeconfig::read;
use super::{at, budget, file_of, in_context, kubeconfig, opened, surroundings, told};
use std::path::Path;

const TWO: &str = "current-context: a\n\
    contexts: [{name: a, context: {cluster: ca, user: ua}}, {name: b, context: {cluster: gone, user: ua}},\
    {name: c, context: {cluster: ca, user: gone}}, {name: d, context: {cluster: ca}}, {name: e, context: {cluster: cb}}]\n\
    clusters: [{name: ca, cluster: {server: 'https://10.0.0.1'}}, {name: cb, cluster: {}}]\n\
    users: [{name: ua, user: {token: s3cr3t-canary}}]\n";

fn written(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

async fn failing(access: &Access, variables: &[(&str, &str)]) -> (String, String) {
    told(
        &open(access, budget(1), surroundings(variables))
            .await
            .unwrap_err(),
    )
}

#[tokio::test]
async fn contexts_that_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "config", TWO);
    let cases = [
        (
            "x",
            "the kubeconfig has no context `x`",
            "it has: a, b, c, d, e (current: a)",
        ),
        (
            "b",
            "context `b` of the kubeconfig names the cluster `gone`, which is not there",
            "it has: ca, cb",
        ),
        (
            "c",
            "context `c` of the kubeconfig names the user `gone`, which is not there",
            "it has: ua",
        ),
        ("e", "cluster `cb` of the kubeconfig has no `server`", ""),
    ];
    for (wanted, message, hint) in cases {
        let access = in_context(Path::new(&file), Some(wanted));
        assert_eq!(failing(&access, &[]).await, (message.into(), hint.into()));
    }
    let access = in_context(Path::new(&file), Some("d"));
    let anonymous = open(&access, budget(1), surroundings(&[])).await.unwrap();
    assert_eq!(
        (anonymous.context(), anonymous.server()),
        (Some("d"), "https://10.0.0.1")
    );

    let none = written(
        folder.path(),
        "none",
        &TWO.replace("current-context: a", "current-context: ''"),
    );
    assert_eq!(
        failing(&at(Path::new(&none)), &[]).await,
        (
            "the kubeconfig names no current context".into(),
            "it has: a, b, c, d, e; choose one with --context".into()
        )
    );
}

#[tokio::test]
async fn no_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let missing = folder.path().join("missing");
    let missing = missing.to_str().unwrap();
    let hint = "give one with --kubeconfig or KUBECONFIG, or let doctl write it: `doctl kubernetes cluster kubeconfig save NAME`";
    let none = Access::Kubeconfig {
        file: None,
        context: None,
    };
    assert_eq!(
        failing(&none, &[("HOME", home)]).await,
        (
            format!("there is no kubeconfig: {home}/.kube/config does not exist"),
            hint.into()
        )
    );
    assert_eq!(
        failing(&none, &[]).await,
        ("there is no kubeconfig: HOME is not set".into(), hint.into())
    );
    assert_eq!(
        failing(&none, &[("HOME", home), ("KUBECONFIG", missing)]).await,
        (
            format!("there is no kubeconfig: KUBECONFIG names {missing}, which does not exist"),
            hint.into()
        )
    );
    assert_eq!(
        failing(&at(Path::new(missing)), &[]).await,
        (
            format!("the kubeconfig {missing} does not exist"),
            "check --kubeconfig".into()
        )
    );
    let (message, _) = failing(&at(folder.path()), &[]).await;
    assert!(
        message.starts_with(&format!("cannot read the kubeconfig {home}: ")),
        "{message}"
    );
}

#[tokio::test]
async fn a_broken_kubeconfig_names_the_line_and_nothing_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        ("users:\n- name: u\n  user: {token: 's3cr3t-canary}\n", true),
        ("users:\n- name: u\n  user: s3cr3t-canary\n", true),
        ("users:\n- name: u\n  user: {token: [s3cr3t-canary]}\n", true),
        ("clusters: s3cr3t-canary\n", true),
        ("\u{0}s3cr3t-canary", false),
    ];
    for (number, (text, placed)) in texts.into_iter().enumerate() {
        let file = written(folder.path(), &number.to_string(), text);
        let (message, hint) = failing(&at(Path::new(&file)), &[]).await;
        let start = format!("the kubeconfig {file} is broken");
        assert!(message.starts_with(&start), "{message}");
        assert!(!placed || message.contains(" at line "), "{message}");
        assert!(!(message + &hint).contains("canary"), "{number}");
    }
}

#[test]
fn files_of_a_list_are_merged_and_the_first_wins() {
    let folder = tempfile::tempdir().unwrap();
    let first = written(
        folder.path(),
        "first",
        "current-context: ''\nclusters: [{name: ca, cluster: {server: 'https://10.9.9.9'}}]\n",
    );
    let second = written(folder.path(), "second", TWO);
    let list = std::env::join_paths(["", first.as_str(), "/no/such/file", second.as_str()]).unwrap();
    let around = surroundings(&[("KUBECONFIG", list.to_str().unwrap())]);
    let config = read(None, &around).unwrap();
    let chosen = context::choose(&config, None).unwrap();
    assert_eq!(chosen.context, "a", "an empty current-context is none");
    assert_eq!(chosen.cluster.server.as_deref(), Some("https://10.9.9.9"));
    assert_eq!(chosen.user_name.as_deref(), Some("ua"));
}

#[test]
fn paths_are_relative_to_their_own_file_and_empty_texts_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let text = "contexts: [{name: a, context: {cluster: c, user: u}}]\n\
        clusters: [{name: c, cluster: {server: x, certificate-authority: ca.pem, proxy-url: ''}}]\n\
        users: [{name: u, user: {tokenFile: ../t, client-certificate: '', token: '', client-key: /k, \
        exec: {apiVersion: v1, command: ./bin/plugin}}}]\n";
    let file = written(folder.path(), "config", text);
    let config = read(Some(Path::new(&file)), &surroundings(&[])).unwrap();
    let chosen = context::choose(&config, Some("a")).unwrap();
    let below = |name: &str| Some(folder.path().join(name).to_str().unwrap().to_owned());
    assert_eq!(chosen.cluster.certificate_authority, below("ca.pem"));
    assert_eq!(chosen.cluster.proxy_url, None);
    assert_eq!(chosen.user.token_file, below("../t"));
    assert_eq!(chosen.user.client_key.as_deref(), Some("/k"));
    assert!(chosen.user.client_certificate.is_none() && chosen.user.token.is_none());
    assert_eq!(chosen.user.exec.unwrap().command, below("./bin/plugin"));
    assert_eq!(
        context::address(&chosen_at("x")).unwrap().to_string(),
        "https://x/"
    );
}

fn chosen_at(server: &str) -> context::Chosen {
    let (_folder, access) = kubeconfig(&format!("server: '{server}'"), "");
    let config = read(file_of(&access), &surroundings(&[])).unwrap();
    context::choose(&config, None).unwrap()
}

#[test]
fn addresses() {
    assert_eq!(
        context::address(&chosen_at("https://k.example.com:6443/k8s/c"))
            .unwrap()
            .to_string(),
        "https://k.example.com:6443/k8s/c"
    );
    for (server, words) in [
        ("https://eve:canary@k.example.com", "holds a user name"),
        ("ftp://k.example.com", "is neither an http nor an https address"),
        ("https://", "is not an address"),
        ("ht tp://canary", "is not an address"),
    ] {
        let error = context::address(&chosen_at(server)).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("`server` of cluster `c` of the kubeconfig {words}")
        );
    }
}

#[tokio::test]
async fn certificates_that_are_not_there_or_none() {
    let cases = [
        (
            "server: x, certificate-authority: /no/such/ca.pem",
            "",
            "certificate-authority of cluster `c` in the kubeconfig cannot be read: /no/such/ca.pem: No such file or directory (os error 2)",
        ),
        (
            "server: x, certificate-authority-data: '!!canary'",
            "",
            "certificate-authority of cluster `c` in the kubeconfig is not base64",
        ),
        (
            "server: x, certificate-authority-data: Y2FuYXJ5",
            "",
            "certificate-authority of cluster `c` in the kubeconfig holds no PEM certificate",
        ),
        (
            "server: x",
            "client-certificate-data: Y2FuYXJ5",
            "client-key of user `u` in the kubeconfig is missing, but there is a client-certificate",
        ),
        (
            "server: x",
            "client-certificate: /no/such/cert, client-key: /no/such/key",
            "client-certificate of user `u` in the kubeconfig cannot be read: /no/such/cert: No such file or directory (os error 2)",
        ),
        (
            "server: x",
            "client-certificate-data: Y2FuYXJ5, client-key-data: Y2FuYXJ5",
            "client-certificate of user `u` in the kubeconfig holds no PEM certificate",
        ),
        (
            "server: x",
            "tokenFile: /no/such/token",
            "cannot read the token file /no/such/token: No such file or directory (os error 2)",
        ),
        (
            "server: x",
            "auth-provider: {name: gcp, config: {access-token: canary}}",
            "user `u` of the kubeconfig uses the auth-provider `gcp`, which is not supported",
        ),
        (
            "server: x",
            "token: \"can\\u0001ary\"",
            "the credentials hold characters that cannot be sent to a server",
        ),
    ];
    for (cluster, user, message) in cases {
        let error = opened(cluster, user, budget(1)).await.unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn inside_a_cluster_and_outside() {
    assert_eq!(
        failing(&Access::InCluster, &[]).await,
        (
            "envcheck does not run inside a cluster: KUBERNETES_SERVICE_HOST is not set".into(),
            "use a kubeconfig instead: --kubeconfig FILE, --context NAME".into()
        )
    );
    let service = [
        ("KUBERNETES_SERVICE_HOST", "fd00::1"),
        ("KUBERNETES_SERVICE_PORT", "443"),
    ];
    let (message, _) = failing(&Access::InCluster, &service).await;
    let start = "the service account of this Pod cannot be read: /nonexistent/token: ";
    assert!(message.starts_with(start), "{message}");

    let account = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    written(account.path(), "token", "s3cr3t-canary\n");
    written(account.path(), "ca.crt", &own.cert.pem());
    let around = super::super::connect::Surroundings {
        service_account: account.path().into(),
        ..surroundings(&service)
    };
    let server = open(&Access::InCluster, budget(1), around).await.unwrap();
    assert_eq!(
        (server.context(), server.server()),
        (None, "https://[fd00::1]:443")
    );
}

/// Credentials that the account hands out.
#[tokio::test]
async fn credentials_that_were_handed_out() {
    let grant = |server: &str, authority: Option<&str>, token: &str| {
        Access::Granted(Grant {
            cluster: "stage".into(),
            server: server.into(),
            authority: authority.map(|pem| pem.as_bytes().to_vec()),
            token: token.to_owned().into(),
        })
    };
    let fine = grant("https://10.0.0.1", None, "canary");
    let server = open(&fine, budget(1), surroundings(&[])).await.unwrap();
    assert_eq!((server.context(), server.server()), (None, "https://10.0.0.1"));
    assert!(!format!("{fine:?} {server:?}").contains("canary"));
    for (access, words) in [
        (
            grant("http://10.0.0.1", None, "canary"),
            "name no https address of an API server",
        ),
        (
            grant("", None, "canary"),
            "name no https address of an API server",
        ),
        (
            grant("https://10.0.0.1", Some("nothing"), "canary"),
            "hold an authority that is no certificate",
        ),
    ] {
        let (message, _) = failing(&access, &[]).await;
        assert_eq!(
            message,
            format!("the credentials that were handed out for cluster `stage` {words}")
        );
    }
}
