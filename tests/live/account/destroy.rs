//! From what was provisioned back to nothing, and nothing that is another's.

use super::provision::{PATIENCE, beginning, provision};
use super::team::{Team, bare_spaces};
use crate::program::Outcome;
use envcheck_test_fakes::World;
use serde_json::Value;

/// Destroys an environment as a job does.
fn destroy(team: &Team, environment: &str, more: &[&str]) -> Outcome {
    let words = [
        &["destroy", environment, "--confirm", environment, "--journal", "journal"],
        more,
    ];
    team.run_within(&words.concat(), PATIENCE)
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
        let own = |row: &String| {
            (!id.is_empty() && row.contains(&id)) || row.contains(&format!("envcheck:{gone}"))
        };
        rows.filter(|row| !own(row) && !row.contains(&format!("{gone}-office")))
            .collect()
    })
}

/// Both environments, made.
fn both() -> Option<(envcheck_test_fakes::Spaces, Team)> {
    let spaces = bare_spaces()?;
    let team = beginning(&spaces, World::empty()).under_contract()?;
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
    destroy(&team, "dev", &[]).exits(0).has(&["verified: nothing of dev is left"]);
    assert_eq!(listing(&team, "dev"), before);
    let gone = team.fake.with(|world| world.named("kubernetes_clusters", "dev").is_none());
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
