//! The whole of it: STAGE as its spec documents it, with everything planted that can go wrong in account, Spaces and cluster,
//! found, mended, and clean.

use super::faults::{AGED, all};
use super::judged::{FOLDERS, found, is_pending, policies};
use super::team::{Team, dev_cluster, spaces, stage_cluster};
use crate::program::Report;
use envcheck_test_fakes::{World, furnish, settle};
use jiff::{SignedDuration, Timestamp};

/// Everything was judged: each policy for environments. What is too young to be judged, as the buckets of
/// this test are for the retention of their backups, was looked at as well.
#[track_caller]
fn is_complete(report: &Report) {
    assert_eq!(report.not_evaluated(), [""; 0]);
    assert_eq!(report.errors(), [""; 0]);
    assert_eq!(report.0["coverage"]["ratio"], 1.0);
    for policy in policies(&FOLDERS) {
        let verdict = report.verdict(&policy);
        let pending = is_pending(report, &policy);
        assert!(
            pending || matches!(verdict, "pass" | "fail"),
            "{policy}: {verdict}"
        );
    }
}

/// These findings and no others.
#[track_caller]
fn only(report: &Report, wanted: &[String]) {
    let (findings, _): (Vec<String>, Vec<String>) = found(report).into_iter().unzip();
    assert_eq!(findings, wanted, "{:#?}", found(report));
}

/// So much later than now, as an argument.
fn after(minutes: i64) -> String {
    (Timestamp::now() + SignedDuration::from_mins(minutes)).to_string()
}

#[test]
fn stage_is_clean_each_planted_fault_is_found_and_once_mended_it_is_clean_again() {
    let (Some(stage), Some(dev), Some(spaces)) = (stage_cluster(), dev_cluster(), spaces()) else {
        return;
    };
    let team = Team::new([&stage, &dev], &spaces, World::stage_and_dev());
    let Some(team) = team.under_contract() else { return };

    let report = team.audit(&[]).exits(0).report();
    assert_eq!(found(&report), []);
    is_complete(&report);
    // What the environment's document tells of it is complete, and does not change while the environment does not.
    let document = |more: &[&str]| team.run(&[&["document", "stage"], more].concat());
    document(&["-o", "markdown=stage.md", "-o", "html=stage.html"]).exits(0);
    for copy in ["stage.md", "stage.html"] {
        document(&["--check", copy]).exits(0);
    }
    let text = team.folder.read("stage.md");
    for told in [
        "| Ingress `front-web/web` |",
        "`acme-stage-backups`",
        "`REGIONAL_NETWORK`",
        "![",
        "`back/keydb`",
    ] {
        assert!(text.contains(told), "{told}");
    }

    let faults = all();
    for fault in &faults {
        (fault.plant)(&team, &stage);
    }
    settle(&stage).unwrap();
    document(&["--check", "stage.md"]).exits(1);
    // Young load balancers may still come together with their Services: some time later they may not.
    let report = team.audit(&["--now", &after(20)]).exits(1).report();
    is_complete(&report);
    let planted = faults.iter().flat_map(|fault| fault.findings);
    let mut wanted: Vec<String> = planted.map(|finding| (*finding).to_owned()).collect();
    wanted.sort();
    only(&report, &wanted);

    // A load balancer that nobody wants is one only after a day, in more than one run.
    team.remember_a_day();
    let report = team.audit(&["--now", &after(20)]).exits(1).report();
    is_complete(&report);
    wanted.extend(AGED.map(str::to_owned));
    wanted.sort();
    only(&report, &wanted);

    for fault in &faults {
        (fault.mend)(&team, &stage);
    }
    furnish(&stage).unwrap();
    settle(&stage).unwrap();
    team.doks(&stage);
    let audit = team.audit(&["--now", &after(20)]);
    let report = audit.report();
    assert_eq!(found(&report), []);
    is_complete(&report);
    audit.exits(0);

    // No backup came for more than a day.
    let late = Timestamp::now() + SignedDuration::from_hours(27);
    team.fake.with(|world| {
        world.set_time(late);
        for row in world.rows_mut("registries") {
            row["storage_usage_bytes_updated_at"] = serde_json::json!(late.to_string());
        }
    });
    let report = team.audit(&["--now", &late.to_string()]).exits(1).report();
    let [(finding, message)] = found(&report).try_into().unwrap();
    assert_eq!(finding, "backup-fresh critical acme-stage-backups/keydb/[Backup]");
    assert!(message.contains("old, more than 26h"));
}
