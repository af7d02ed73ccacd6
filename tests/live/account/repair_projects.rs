//! What a policy of the user's own wants in the declared project is assigned to it, and back.

use super::team::{Team, dev_cluster, spaces, stage_cluster};
use envcheck_test_fakes::World;
use serde_json::{Value, json};
use std::time::Duration;

const CLUSTER: &str = World::STAGE_CLUSTER;
const PATIENCE: Duration = Duration::from_mins(8);

/// Wants the cluster in the project that is called NAME.
pub(super) const POLICY: &str = r#"# METADATA
# title: The cluster belongs to a project
# description: To the one that is declared.
# scope: package
# custom:
#   id: in-project
#   severity: low
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters, digitalocean.project_resources, digitalocean.projects]
#   stages: [live]
#   remediation: assign it
package in_project

subjects contains resource

some_cluster := [cluster |
	some cluster in data.digitalocean.kubernetes_clusters
	cluster.name == data.environment.digitalocean.cluster.name
][0]

resource := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": some_cluster.name, "id": some_cluster.id}

deny contains {
	"message": "is in another project",
	"resource": resource,
	"key": "project",
	"fix": {
		"action": "project.assign",
		"risk": "safe",
		"summary": "assign the cluster to project NAME",
		"params": {"project_id": project.id},
	},
} if {
	some project in data.digitalocean.projects
	project.name == "NAME"
	every row in data.digitalocean.project_resources {
		[row.urn, row.project_id] != [sprintf("do:kubernetes:%s", [some_cluster.id]), project.id]
	}
}
"#;

/// In which project the cluster is.
pub(super) fn project(team: &Team) -> Value {
    let all = team
        .fake
        .ask("GET", "/v2/projects?per_page=200", &Value::Null)
        .unwrap();
    let projects = all["projects"].as_array().unwrap().clone();
    let holds = |project: &&Value| {
        let path = format!(
            "/v2/projects/{}/resources?per_page=200",
            project["id"].as_str().unwrap()
        );
        let resources = team.fake.ask("GET", &path, &Value::Null).unwrap();
        let urn = format!("do:kubernetes:{CLUSTER}");
        resources["resources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["urn"] == urn)
    };
    projects.iter().find(holds).unwrap()["name"].clone()
}

#[test]
fn the_cluster_comes_into_its_project_and_goes_back_to_where_it_was() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };
    // Neither the declared project nor the one for whatever names none: it is not among what an audit reads.
    let made = team.fake.ask(
        "POST",
        "/v2/projects",
        &json!({"name": "attic", "purpose": "Other"}),
    );
    let attic = made.unwrap()["project"]["id"].as_str().unwrap().to_owned();
    let urn = format!("do:kubernetes:{CLUSTER}");
    let body = json!({"resources": [urn]});
    team.fake
        .ask("POST", &format!("/v2/projects/{attic}/resources"), &body)
        .unwrap();
    assert_eq!(project(&team), "attic");

    team.folder
        .write("policies/in_project.rego", POLICY.replace("NAME", "stage"));
    let words = [
        "remediate",
        "stage",
        "-p",
        "policies",
        "--only",
        "in-project",
        "--journal",
        "journal",
        "--trust-fixes",
    ];
    let remediate = |more: &[&str]| team.run_within(&[&words, more].concat(), PATIENCE);
    let plan = remediate(&["--dry-run"]).exits(1);
    plan.has(&[
        "proved on a copy: 1 go, 0 appear",
        "it belongs to project",
        "undo will be in the journal",
    ]);
    assert_eq!(project(&team), "attic");
    remediate(&["--yes"]).exits(0).has(&["1 of 1 step done"]);
    assert_eq!(project(&team), "stage");
    remediate(&["--yes"]).exits(0).has(&["nothing to do"]);
    let run = team.runs().remove(0);
    let words = ["rollback", &run, "-e", "stage", "--yes", "--journal", "journal"];
    team.run_within(&words, PATIENCE)
        .exits(0)
        .has(&["1 of 1 step done"]);
    assert_eq!(project(&team), "attic");

    // Into no project that is not declared.
    team.folder
        .write("policies/in_project.rego", POLICY.replace("NAME", "dev"));
    remediate(&["--yes"])
        .exits(1)
        .has(&["left alone", "is not the one that is declared"]);
    assert_eq!(project(&team), "attic");
}
