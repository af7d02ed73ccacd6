//! What the verbs that change something end with: 0 done or nothing to do, 1 something is left and listed, 2 nothing was done and why.

use super::destroy::used;
use super::provision::{PATIENCE, beginning};
use super::team::{Team, bare_spaces};
use envcheck_test_fakes::Fault;

/// A run: its words, its exit code, and what it says on standard error.
struct Case {
    words: &'static [&'static str],
    code: i32,
    says: &'static str,
}

const fn case(words: &'static [&'static str], code: i32, says: &'static str) -> Case {
    Case { words, code, says }
}

#[track_caller]
fn hold(team: &Team, cases: &[Case]) {
    for Case { words, code, says } in cases {
        let outcome = team.run_within(words, PATIENCE);
        let (out, err) = (&outcome.stdout, &outcome.stderr);
        assert_eq!(outcome.code, Some(*code), "{words:?}: {out}{err}");
        assert!(err.contains(says), "{words:?}: {says}: {err}");
        // Nobody has to guess why nothing was done.
        assert!(*code != 2 || err.contains("error:"), "{words:?}: {err}");
    }
}

const KEPT: [&str; 2] = ["--journal", "journal"];
const MAKE: &[&str] = &[
    "provision",
    "dev",
    "--yes",
    "--max-risk",
    "disruptive",
    "--no-audit",
    KEPT[0],
    KEPT[1],
];
const REMOVE: &[&str] = &["destroy", "dev", "--confirm", "dev", KEPT[0], KEPT[1]];
const REPAIR: &[&str] = &["remediate", "stage", "--yes", KEPT[0], KEPT[1]];
const SHOW: &[&str] = &["destroy", "dev", KEPT[0], KEPT[1]];

#[test]
fn the_exit_code_says_whether_something_was_done_and_whether_something_is_left() {
    let Some(spaces) = bare_spaces() else { return };
    let Some(team) = beginning(&spaces, used()).under_contract() else {
        return;
    };
    // Another's network has the same addresses.
    let id = "4b1d7a3c-0000-4000-8000-000000000001";
    let other = serde_json::json!({
        "id": id, "urn": format!("do:vpc:{id}"), "name": "others", "description": "", "region": "fra1",
        "ip_range": "10.30.8.0/24", "created_at": "2026-01-01T00:00:00Z", "default": false,
    });
    team.fake.with(|world| world.add("vpcs", other));
    let overlaps =
        "nothing was made: digitalocean.vpc.ipRange 10.30.0.0/20 overlaps 10.30.8.0/24 of VPC others";
    hold(
        &team,
        &[
            case(MAKE, 2, overlaps),
            case(&["provision", "dev", "--dry-run"], 2, overlaps),
            case(&["provision", "dev"], 2, overlaps),
            case(&["plan", "dev"], 1, ""),
            case(REMOVE, 0, ""),
        ],
    );
    assert_eq!(team.fake.count("POST", "/v2"), 0);
    team.fake.with(|world| world.remove("vpcs", id));

    hold(
        &team,
        &[
            case(
                &["provision", "dev", "--yes"],
                2,
                "where the journal is kept has to be said",
            ),
            case(
                &["provision", "dev", "--step", "000000000000"],
                2,
                "the plan has no step 000000000000",
            ),
            case(&["provision", "dev"], 1, "nothing was changed; --yes does the"),
            case(&["provision", "nowhere", "--yes"], 2, "nowhere"),
        ],
    );
    // One step fails: the others are done, and it is listed.
    team.fake.fault_writes(
        "/v2/firewalls",
        Fault::MissingScope("firewall:create".to_owned()),
        1,
    );
    hold(&team, &[case(MAKE, 1, "")]);
    hold(&team, &[case(MAKE, 0, ""), case(MAKE, 0, "")]);

    hold(
        &team,
        &[
            case(SHOW, 1, "nothing was removed; --confirm NAME"),
            case(
                &["destroy", "dev", "--confirm", "stage", KEPT[0], KEPT[1]],
                2,
                "does not name this environment",
            ),
            case(
                &["destroy", "dev", "--confirm", "dev"],
                2,
                "where the journal is kept",
            ),
        ],
    );
    team.respecify("dev", "spec:\n", "spec:\n  protect: true\n");
    hold(
        &team,
        &[
            case(REMOVE, 2, "dev is protected"),
            case(SHOW, 2, "dev is protected"),
        ],
    );
    team.respecify("dev", "  protect: true\n", "");
    // A backup that is not there stands in the way.
    let spec = team.folder.read("environments/dev.yaml");
    let keydb = "  namespaces:\n    - name: back\n      role: application\n      workloads: [{name: keydb, kind: StatefulSet, role: datastore}]\n      network: {accepts: {fromNamespaces: all}}\n";
    team.folder
        .write("environments/dev.yaml", format!("{spec}{keydb}"));
    let declared = "      buckets:\n";
    let backup = "      backups:\n        - {of: back/keydb, bucket: acme-dev-backups, prefix: keydb/, maxAge: 26h, minSize: 4B}\n      buckets:\n";
    team.respecify("dev", declared, backup);
    let stale = "nothing was removed: there is no backup of back/keydb";
    hold(&team, &[case(REMOVE, 2, stale), case(SHOW, 2, stale)]);
    assert_eq!(team.fake.count("DELETE", "/v2"), 0);
    team.folder.write("environments/dev.yaml", spec);
    team.fake.fault_writes(
        "/v2/firewalls/*",
        Fault::MissingScope("firewall:delete".to_owned()),
        1,
    );
    hold(
        &team,
        &[case(REMOVE, 1, ""), case(REMOVE, 0, ""), case(SHOW, 0, "")],
    );
}

#[test]
fn a_repair_and_what_takes_it_back_end_by_the_same_rule() {
    let Some(team) = Team::reading() else { return };
    hold(
        &team,
        &[
            case(REPAIR, 0, ""),
            case(
                &[
                    "remediate",
                    "stage",
                    "--yes",
                    "--context",
                    "do-fra1-dev",
                    KEPT[0],
                    KEPT[1],
                ],
                2,
                "error:",
            ),
            case(
                &[
                    "remediate",
                    "stage",
                    "--plan",
                    "nowhere.json",
                    "--yes",
                    KEPT[0],
                    KEPT[1],
                ],
                2,
                "cannot read nowhere.json",
            ),
            case(
                &[
                    "rollback",
                    "no-such-run",
                    "-e",
                    "stage",
                    "--yes",
                    KEPT[0],
                    KEPT[1],
                ],
                2,
                "no-such-run",
            ),
        ],
    );
}
