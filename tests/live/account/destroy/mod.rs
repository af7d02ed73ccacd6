//! From what was provisioned back to nothing, and nothing that is another's.

mod alone;
mod inside;
mod left;
mod refused;
mod trouble;

use super::provision::{PATIENCE, beginning, provision};
use super::team::{Team, bare_spaces};
use crate::program::Outcome;
use envcheck_test_fakes::{Spaces, World};
use serde_json::{Value, json};

/// Destroys an environment as a job does.
fn destroy(team: &Team, environment: &str, more: &[&str]) -> Outcome {
    let words = [
        &[
            "destroy",
            environment,
            "--confirm",
            environment,
            "--journal",
            "journal",
        ],
        more,
    ];
    team.run_within(&words.concat(), PATIENCE)
}

/// What would go and what would stay.
fn preview(team: &Team, environment: &str, more: &[&str]) -> Value {
    let words = [
        &["destroy", environment, "--journal", "journal", "-o", "json"],
        more,
    ];
    let shown = team.run(&words.concat());
    serde_json::from_str(&shown.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown.stderr))
}

/// The step by which something goes that stays unless it is named.
fn step_of(plan: &Value, kind: &str, name: &str) -> String {
    let staying = plan["staying"].as_array().unwrap();
    let found = staying
        .iter()
        .find(|one| one["resource"]["kind"] == kind && one["resource"]["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{kind} {name}: {plan:#}"));
    found["step"]
        .as_str()
        .unwrap_or_else(|| panic!("{found:#}"))
        .to_owned()
}

/// Why something stays.
fn why(plan: &Value, kind: &str, name: &str) -> String {
    let staying = plan["staying"].as_array().unwrap();
    let found = staying
        .iter()
        .find(|one| one["resource"]["kind"] == kind && one["resource"]["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{kind} {name}: {plan:#}"));
    found["why"].as_str().unwrap().to_owned()
}

/// An account that is in use: it has a default project, and a default network.
pub(super) fn used() -> World {
    let mut world = World::empty();
    world.add(
        "projects",
        json!({
            "id": "4b1d7a3c-0000-4000-8000-000000000010", "owner_uuid": "5b8e1d20", "owner_id": 258_992, "name": "acme",
            "description": "", "purpose": "Service or API", "environment": "Development", "is_default": true,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        }),
    );
    let id = "4b1d7a3c-0000-4000-8000-000000000011";
    world.add("vpcs", network(id, "default-fra1", "10.135.0.0/16", true));
    world
}

fn network(id: &str, name: &str, range: &str, default: bool) -> Value {
    json!({
        "id": id, "urn": format!("do:vpc:{id}"), "name": name, "description": "by hand", "region": "fra1",
        "ip_range": range, "created_at": "2026-01-01T00:00:00Z", "default": default,
    })
}

/// DEV alone, made.
fn dev() -> Option<(Spaces, Team)> {
    let spaces = bare_spaces()?;
    let team = beginning(&spaces, used()).under_contract()?;
    provision(&team, "dev").exits(0);
    Some((spaces, team))
}

/// The id of an environment's cluster.
fn cluster(team: &Team, name: &str) -> String {
    team.fake.with(|world| {
        let row = world.named("kubernetes_clusters", name).unwrap();
        row["id"].as_str().unwrap().to_owned()
    })
}

/// The account's lists, without what is `gone`'s: as another environment sees them.
fn listing(team: &Team, gone: &str) -> String {
    let collections = [
        "projects",
        "vpcs",
        "registries",
        "kubernetes_clusters",
        "firewalls",
        "load_balancers",
        "volumes",
        "snapshots",
        "droplets",
        "spaces_keys",
    ];
    team.fake.with(|world| {
        let id = world
            .named("kubernetes_clusters", gone)
            .map_or_else(String::new, |row| row["id"].as_str().unwrap().to_owned());
        let rows = collections.iter().flat_map(|collection| {
            let rows = world.rows(collection).iter();
            rows.map(move |row| format!("{collection} {row}\n"))
        });
        let own =
            |row: &String| (!id.is_empty() && row.contains(&id)) || row.contains(&format!("envcheck:{gone}"));
        rows.filter(|row| !own(row) && !row.contains(&format!("{gone}-office")))
            .collect()
    })
}

/// Both environments, made.
fn both() -> Option<(Spaces, Team)> {
    let spaces = bare_spaces()?;
    let team = beginning(&spaces, used()).under_contract()?;
    provision(&team, "stage").exits(0);
    provision(&team, "dev").exits(0);
    Some((spaces, team))
}

#[test]
fn dev_goes_and_stage_does_not_notice() {
    let Some((_spaces, team)) = both() else { return };
    let before = listing(&team, "dev");
    let shown = team.run(&["destroy", "dev", "--journal", "journal"]).exits(1);
    shown.has(&[
        "destroy cluster dev",
        "marked envcheck:dev",
        "delete firewall dev-office",
        "made by run",
        "delete VPC dev",
        "acme (Registry): cluster stage pulls from it; it goes on being billed, $5.00 a month",
        "acme-dev-backups (Bucket)",
    ]);
    assert_eq!(team.fake.count("DELETE", "/v2"), 0, "a plan changes nothing");
    destroy(&team, "dev", &[])
        .exits(0)
        .has(&["verified: nothing else of dev is left"]);
    assert_eq!(listing(&team, "dev"), before);
    let gone = team
        .fake
        .with(|world| world.named("kubernetes_clusters", "dev").is_none());
    assert!(gone);
    let deletes = team.fake.count("DELETE", "/v2");
    destroy(&team, "dev", &[]).exits(0).has(&["nothing to remove"]);
    assert_eq!(team.fake.count("DELETE", "/v2"), deletes);
    team.run(&["plan", "stage", "--detailed-exitcode"]).exits(0);
    let plan = team.run(&["plan", "dev", "-o", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let steps = plan["steps"].to_string();
    for action in ["cluster.create", "vpc.create", "firewall.create"] {
        assert!(steps.contains(action), "{steps}");
    }
}
