//! From nothing to a clean audit: what is provisioned, then filled by those who fill it: Argo CD, the kubelets, DOKS, whoever
//! pushes images, and the backups.

use super::provision::{becomes, installs_argo_cd};
use super::team::{DEV, MODEST, Team, bare_spaces};
use crate::live::{binaries_with_controllers, start};
use envcheck_test_cluster::{Cluster, Options, User};
use envcheck_test_fakes::{Spaces, World, furnish, settle};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(3);

/// Among what the cluster is furnished with is a Secret of that name, with a key that nobody made: the one that was made stays in it.
fn keep_the_key(team: &Team, stage: &Cluster) {
    let key = team.fake.with(|world| {
        let row = world.named("spaces_keys", "stage-backup").unwrap();
        row["access_key"].as_str().unwrap().to_owned()
    });
    let patch = serde_json::json!({"stringData": {"AWS_ACCESS_KEY_ID": key}}).to_string();
    let words = [
        "patch",
        "secret",
        "backup-s3",
        "-n",
        "back",
        "--type",
        "merge",
        "-p",
        &patch,
    ];
    stage.answer(&words).unwrap();
}

/// A team whose environments were provisioned, and then filled. None: the reason was said.
pub(super) fn delivered(spaces: &Spaces) -> Option<(Team, [Arc<Cluster>; 2])> {
    let binaries = binaries_with_controllers()?;
    let options = Options {
        controller_manager: true,
        users: vec![User::new(MODEST, &["system:masters"])],
        ..Options::default()
    };
    let [stage, dev] = [(); 2].map(|()| Arc::new(start(&binaries, &options)));
    let team = Team::beginning(spaces, World::empty(), 1.0).under_contract()?;
    team.fake.with(|world| world.hurry(600.0));
    installs_argo_cd(&team);
    let provision = |name: &'static str, server: &Arc<Cluster>| {
        becomes(&team, name, server);
        let words = [
            "provision",
            name,
            "--yes",
            "--max-risk",
            "disruptive",
            "--no-audit",
            "--journal",
            "journal",
            "--argocd-manifest",
            "argocd.yaml",
        ];
        team.run_within(&words, PATIENCE).exits(0);
        team.respecify(
            name,
            &format!("kubernetes: {{context: do-fra1-{name}}}"),
            "kubernetes: {fromDigitalOcean: true}",
        );
    };
    provision("stage", &stage);
    provision("dev", &dev);

    furnish(&stage).unwrap();
    keep_the_key(&team, &stage);
    settle(&stage).unwrap();
    dev.apply(DEV).unwrap();
    let id = team.fake.with(|world| {
        world.push_all();
        world.measure("acme");
        let row = world.named("kubernetes_clusters", "stage").unwrap();
        row["id"].as_str().unwrap().to_owned()
    });
    team.doks_of(&id, &stage);
    for days in [1, 0] {
        Spaces::back_up(&spaces.url(), days, 9_000).unwrap();
    }
    Some((team, [stage, dev]))
}

#[test]
fn what_is_provisioned_and_delivered_is_audited_clean() {
    let Some(spaces) = bare_spaces() else { return };
    let Some((team, _clusters)) = delivered(&spaces) else {
        return;
    };
    let report = team.audit(&[]).report();
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(
        report.findings(),
        ["ingress-controller-supported medium ingress-nginx/ingress-nginx-controller[Deployment]"],
        "what is true of every environment with it"
    );
    assert_eq!(report.0["gate"]["exitCode"], 0);

    let again = ["plan", "stage", "--argocd-manifest", "argocd.yaml"];
    team.run(&again).exits(0).has(&["nothing to make"]);
}
