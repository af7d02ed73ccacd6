//! Each state, on each day where it begins and ends; what a waiver accepts and what it does not.

use super::{KNOWN, Run, made, until};
use crate::findings::Coverage;

#[test]
fn a_waiver_holds_to_the_end_of_its_last_day_in_utc() {
    for (now, state, days, waived) in [
        ("2026-11-30T12:00:00Z", "active", 31, true),
        ("2026-12-16T23:59:59Z", "active", 15, true),
        ("2026-12-17T00:00:00Z", "expiring", 14, true),
        ("2026-12-30T23:59:59Z", "expiring", 1, true),
        ("2026-12-31T00:00:00Z", "expiring", 0, true),
        ("2026-12-31T23:59:59.999999999Z", "expiring", 0, true),
        ("2027-01-01T00:00:00Z", "expired", -1, false),
        ("2031-01-01T00:00:00Z", "expired", -1462, false),
    ] {
        let run = Run::of_file(&until("2026-12-31")).on(now).judged();
        assert_eq!(run.states(), [state], "{now}");
        assert_eq!(run.results[0].days_left, Some(days), "{now}");
        assert_eq!(!run.waived().is_empty(), waived, "{now}");
        assert_eq!(run.findings[0].waiver.is_some(), waived, "{now}");
        assert!(run.findings[1].waiver.is_none(), "{now}");
        assert_eq!(run.warnings().is_empty(), waived, "{now}");
    }
}

#[test]
fn a_waiver_ends_within_180_days_of_the_run() {
    // 2026-11-23 and 180 days are 2027-05-22.
    let run = Run::of_file(&until("2027-05-22")).judged();
    assert_eq!((run.states(), run.waived().len()), (vec!["active"], 1));
    let run = Run::of_file(&until("2027-05-23")).judged();
    assert_eq!((run.states(), run.waived().len()), (vec!["malformed"], 0));
    assert_eq!(
        run.warnings(),
        [
            "waivers.yaml:1:3: waiver of image-from-declared-registry: expires on 2027-05-23, 181 days ahead: \
             a waiver holds for at most 180 (write an earlier day, at the latest: 2027-05-22)"
        ]
    );
}

#[test]
fn the_words_of_what_has_expired_say_since_when() {
    let run = Run::of_file(&until("2026-11-22")).judged();
    assert_eq!(
        run.warnings(),
        [
            "waivers.yaml:1:3: waiver of image-from-declared-registry: expired on 2026-11-22 (yesterday): \
             it waives nothing (mend what it waives, or decide anew and write another day)"
        ]
    );
    let run = Run::of_file(&until("2026-11-01")).judged();
    assert!(
        run.warnings()[0].contains("(22 days ago)"),
        "{:?}",
        run.warnings()
    );
}

#[test]
fn a_waiver_of_nothing_is_unused_where_its_policy_saw_everything() {
    let other = until("2026-12-31").replace("back/ii", "back/gone");
    let run = Run::of_file(&other).judged();
    assert_eq!(run.states(), ["unused"]);
    assert_eq!(
        run.warnings(),
        [
            "waivers.yaml:1:3: waiver of image-from-declared-registry: unused: there is nothing that it accepts \
             (remove it)"
        ]
    );
    // Some files of the environment, or a policy that could not look: nobody knows.
    let mut part = Run::of_file(&other);
    part.whole = false;
    let part = part.judged();
    assert_eq!((part.states(), part.warnings().len()), (vec!["active"], 0));
    let blind = Run::of_file(&other).unseen(0, None).judged();
    assert_eq!((blind.states(), blind.warnings().len()), (vec!["active"], 0));
}

#[test]
fn a_waiver_of_no_policy_asks_what_was_meant() {
    let run = Run::of_file(&until("2026-12-31").replace(KNOWN[0], "image-from-declared-registri")).judged();
    assert!(run.waived().is_empty());
    assert_eq!(
        run.warnings(),
        [
            "waivers.yaml:1:3: waiver of image-from-declared-registri: no policy is called image-from-declared-registri \
             (did you mean image-from-declared-registry?)"
        ]
    );
}

#[test]
fn of_several_the_one_that_holds_longest_is_told_and_all_are_used() {
    let run =
        Run::of_file(&[until("2026-12-01"), until("2027-02-01"), until("2027-02-01")].concat()).judged();
    assert_eq!(run.waived(), ["back/ii until 2027-02-01 from waivers.yaml:2:3"]);
    assert_eq!(run.states(), ["expiring", "active", "active"]);
    assert!(run.results.iter().all(|result| result.findings == 1));
}

#[test]
fn critical_findings_are_waived_in_files() {
    let file = until("2026-12-31")
        .replace(KNOWN[0], KNOWN[1])
        .replace("back/ii", "back/web");
    let run = Run::of_file(&file).allowing_none().judged();
    assert_eq!(run.waived(), ["back/web until 2026-12-31 from waivers.yaml:1:3"]);
}

#[test]
fn what_was_not_evaluated_is_waived_by_its_resource_or_by_a_star_alone() {
    let gaps = |yaml: &str| {
        let run = Run::of_file(yaml)
            .unseen(0, Some(made::deployment("ii")))
            .unseen(0, None)
            .judged();
        let waived: Vec<bool> = run.not_evaluated.iter().map(|gap| gap.waiver.is_some()).collect();
        (
            waived,
            run.policies[0].waived,
            Coverage::of_policies(&run.policies),
        )
    };
    let (waived, count, coverage) = gaps(&until("2026-12-31"));
    assert_eq!((waived, count), (vec![true, false], 1));
    assert_eq!((coverage.not_evaluated, coverage.waived), (2, 1));
    assert!(coverage.ratio < 1.0);

    let (waived, count, coverage) = gaps(&until("2026-12-31").replace("back/ii (Deployment)", "\"*\""));
    assert_eq!((waived, count), (vec![true, true], 2));
    assert_eq!(
        (coverage.not_evaluated, coverage.waived),
        (2, 2),
        "it stays visible"
    );
    assert!((coverage.ratio - 1.0).abs() < f64::EPSILON);

    let (waived, ..) = gaps(&until("2026-12-31").replace("back/ii (Deployment)", "'*/*'"));
    assert_eq!(waived, [true, false], "a pattern means resources");
    let (waived, ..) = gaps(&until("2026-11-22"));
    assert_eq!(waived, [false, false]);
}
