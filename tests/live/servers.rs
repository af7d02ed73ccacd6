//! The test cluster itself: it starts, does what a cluster does, and leaves nothing behind.

use super::{binaries, binaries_with_controllers, start};
use envcheck_test_cluster::{Binaries, Cluster, Options, Standing, User};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Asks until the answer is right.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_mins(1), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn alive(pid: &str) -> bool {
    let mut command = Command::new("sh");
    command
        .args(["-c", "kill -0 \"$1\"", "sh", pid])
        .stderr(Stdio::null());
    command.status().unwrap().success()
}

/// The process ids of a cluster's servers.
fn processes(folder: &Path) -> Vec<String> {
    Standing::find(folder)
        .unwrap()
        .processes()
        .into_iter()
        .map(|(_, pid)| pid)
        .collect()
}

#[test]
fn two_clusters_at_once_do_not_see_each_other_and_leave_nothing() {
    let Some(binaries) = binaries() else { return };
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| start(&binaries, &Options::default()));
        (start(&binaries, &Options::default()), one.join().unwrap())
    });
    one.apply("{apiVersion: v1, kind: Namespace, metadata: {name: only-here}}")
        .unwrap();
    let names = |cluster: &Cluster| cluster.answer(&["get", "namespaces", "-o", "name"]).unwrap();
    assert!(names(&one).contains("namespace/only-here"));
    assert!(!names(&other).contains("namespace/only-here"));

    let folders = [one.folder().to_owned(), other.folder().to_owned()];
    let pids: Vec<String> = folders.iter().flat_map(|folder| processes(folder)).collect();
    assert_eq!(pids.len(), 4);
    assert!(pids.iter().all(|pid| alive(pid)));
    drop((one, other));
    assert!(!pids.iter().any(|pid| alive(pid)));
    assert!(!folders.iter().any(|folder| folder.exists()));
}

#[test]
fn a_panic_leaves_nothing_either() {
    let Some(binaries) = binaries() else { return };
    let (told, heard) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let cluster = start(&binaries, &Options::default());
        told.send((cluster.folder().to_owned(), processes(cluster.folder())))
            .unwrap();
        panic!("as a test does that fails");
    })
    .join();
    assert!(panicked.is_err());
    let (folder, pids) = heard.recv().unwrap();
    assert_eq!(pids.len(), 2);
    assert!(!pids.iter().any(|pid| alive(pid)));
    assert!(!folder.exists());
}

#[test]
fn a_deployment_becomes_pods() {
    let Some(binaries) = binaries_with_controllers() else {
        return;
    };
    let options = Options {
        controller_manager: true,
        ..Options::default()
    };
    let cluster = start(&binaries, &options);
    cluster
        .apply(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: \
             {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: \
             'nginx:1.29'}]}\n",
        )
        .unwrap();
    let owners = || {
        let path = "{range .items[*]}{.metadata.ownerReferences[0].kind} {end}";
        let template = format!("jsonpath={path}");
        cluster.answer(&["get", "pods", "-o", &template]).unwrap()
    };
    until("two Pods", || owners() == "ReplicaSet ReplicaSet ");
}

#[test]
fn users_are_who_their_credentials_say() {
    let Some(binaries) = binaries() else { return };
    let options = Options {
        users: vec![User::new("jane", &["team-a", "team-b"])],
        ..Options::default()
    };
    let cluster = start(&binaries, &options);
    let who = |kubeconfig: &Path| {
        let output = Command::new(&binaries.kubectl)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args([
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username} {.status.userInfo.groups}",
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(
        who(&cluster.kubeconfig()),
        r#"test-admin ["system:masters","system:authenticated"]"#
    );
    let token = cluster.token("jane").unwrap();
    assert_eq!(
        who(&cluster.kubeconfig_for_token("jane", token).unwrap()),
        r#"jane ["team-a","team-b","system:authenticated"]"#
    );
    let (certificate, key) = cluster.client_certificate("john", &["team-c", "team-d"]).unwrap();
    assert_eq!(
        who(&cluster
            .kubeconfig_for_certificate("john", &certificate, &key)
            .unwrap()),
        r#"john ["team-c","team-d","system:authenticated"]"#
    );
    cluster
        .apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: default}}")
        .unwrap();
    let token = cluster.service_account_token("default", "robot").unwrap();
    assert!(
        who(&cluster.kubeconfig_for_token("robot", &token).unwrap())
            .starts_with("system:serviceaccount:default:robot ")
    );
    assert!(cluster.token("nobody").is_err());
    let refused = cluster
        .apply("{apiVersion: v1, kind: Namespace, metadata: {name: Upper-Case}}")
        .unwrap_err();
    assert!(refused.contains("RFC 1123"), "{refused}");
}

#[test]
fn the_server_can_be_halted_and_killed() {
    let Some(binaries) = binaries() else { return };
    let cluster = start(&binaries, &Options::default());
    let ready = || {
        let arguments = ["get", "--raw", "/readyz", "--request-timeout=1s"];
        cluster.answer(&arguments).is_ok()
    };
    assert!(ready());
    cluster.pause_api_server().unwrap();
    assert!(!ready());
    cluster.resume_api_server().unwrap();
    until("the halted server", ready);
    cluster.stop_api_server().unwrap();
    assert!(!ready());
    let again = cluster.stop_api_server().unwrap_err();
    assert!(again.contains("ended already"), "{again}");
}

#[test]
fn a_server_that_refuses_to_start_says_why() {
    let Some(binaries) = binaries() else { return };
    let options = Options {
        extra_apiserver_flags: vec!["--no-such-flag=1".to_owned()],
        ..Options::default()
    };
    let Err(reason) = Cluster::start_with(&binaries, &options) else {
        panic!("it started");
    };
    assert!(
        reason.contains("kube-apiserver of the test cluster ended"),
        "{reason}"
    );
    assert!(reason.contains("no-such-flag"), "{reason}");
}

#[test]
fn what_is_left_running_is_found_again_and_stopped() {
    let Some(binaries) = binaries() else { return };
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    let options = Options {
        directory: Some(folder.clone()),
        ..Options::default()
    };
    let left = start(&binaries, &options).leave_running().unwrap();
    let pids = processes(&folder);
    let found = Standing::find(&folder).unwrap();
    assert_eq!(found, left);
    assert!(found.is_alive());
    let occupied = Cluster::start_with(&binaries, &options).err().unwrap();
    assert!(occupied.contains("holds something already"), "{occupied}");
    let etcd = &pids[0];
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill -9 \"$1\"", "sh", etcd]);
    assert!(kill.status().unwrap().success());
    until("a cluster without its store to be called dead", || {
        !found.is_alive()
    });
    found.stop().unwrap();
    assert!(!folder.exists());
    assert!(!pids.iter().any(|pid| alive(pid)));
}

/// Set for the process that is to be killed: where it writes the cluster's folder.
const OWNER: &str = "ENVCHECK_OWNER_TO_KILL";

#[test]
fn killing_the_owner_ends_the_cluster() {
    let Some(binaries) = binaries() else { return };
    if let Some(note) = std::env::var_os(OWNER) {
        own_until_killed(&binaries, Path::new(&note));
    }
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("folder");
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "live::servers::killing_the_owner_ends_the_cluster"])
        .env(OWNER, &note)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the owner's cluster", || note.exists());
    let cluster = PathBuf::from(std::fs::read_to_string(&note).unwrap());
    let pids = processes(&cluster);
    assert!(pids.len() == 2 && pids.iter().all(|pid| alive(pid)));
    // SIGKILL: nothing in the owner can run any more.
    owner.kill().unwrap();
    owner.wait().unwrap();
    until("the end of the servers", || !pids.iter().any(|pid| alive(pid)));
    until("the folder's removal", || !cluster.exists());
}

fn own_until_killed(binaries: &Binaries, note: &Path) -> ! {
    let cluster = start(binaries, &Options::default());
    let written = note.with_extension("written");
    std::fs::write(&written, cluster.folder().to_string_lossy().as_bytes()).unwrap();
    std::fs::rename(written, note).unwrap();
    loop {
        std::thread::sleep(Duration::from_hours(1));
    }
}
