//! What is said of money.

use super::*;
use crate::inventory::ResourceRef;
use crate::plan::{Deed, Step};
use crate::policy::Risk;
use crate::value::object;
use jiff::Timestamp;

fn planned(along: Vec<Along>) -> Removing {
    let deed = Deed {
        action: crate::findings::FixAction::VpcDelete,
        target: ResourceRef::kubernetes("digitalocean.com/v2", "VPC", None, "dev"),
        data: object::<&str>([]),
    };
    let removal = Removal {
        step: Step::new(deed, Risk::Destructive, "delete VPC dev".to_owned()),
        after: Vec::new(),
        proof: "marked envcheck:dev".to_owned(),
        adopted: false,
        along,
    };
    Removing {
        environment: "dev".to_owned(),
        planned: Timestamp::UNIX_EPOCH,
        steps: vec![removal],
        staying: Vec::new(),
        conflicts: Vec::new(),
        notes: Vec::new(),
    }
}

fn line(cents: Option<u64>) -> Along {
    Along {
        what: "a thing".to_owned(),
        cents,
    }
}

#[test]
fn what_costs_nothing_has_no_sentence_about_money() {
    assert_eq!(total(&planned(Vec::new())), None);
    let words = |along| total(&planned(along)).unwrap();
    assert_eq!(
        words(vec![line(None)]),
        "each month less by what no price is known of"
    );
    assert_eq!(words(vec![line(Some(4_800))]), "each month $48.00 less");
    assert_eq!(
        words(vec![line(Some(4_800)), line(None)]),
        "each month $48.00 less, beside what no price is known of"
    );
    let mut shown = Vec::new();
    plan(&planned(Vec::new()), &Style::PLAIN, &mut shown).unwrap();
    assert!(!String::from_utf8(shown).unwrap().contains("month"));
}

#[test]
fn nothing_is_verified_of_what_could_not_be_looked_at() {
    let shown = |left: &Removing| {
        let mut out = Vec::new();
        remains(left, &Style::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let mut left = Removing {
        steps: Vec::new(),
        ..planned(Vec::new())
    };
    assert_eq!(shown(&left), "verified: nothing of dev is left\n");
    left.conflicts.push(crate::plan::Conflict {
        target: ResourceRef::environment("dev"),
        why: "what is left could not be looked at: interrupted".to_owned(),
        hint: "run it again".to_owned(),
    });
    assert_eq!(
        shown(&left),
        "not known    what is left could not be looked at: interrupted\n"
    );
}

#[test]
fn what_is_to_be_known_of_a_step_is_told_in_both_forms() {
    let mut known = planned(Vec::new());
    let mut shown = Vec::new();
    markdown(&known, &mut shown).unwrap();
    assert!(!String::from_utf8(shown).unwrap().contains("To be known"));
    known.steps[0].step.cautions = vec!["12 Deployments go with it".to_owned()];
    let (mut table, mut shown) = (Vec::new(), Vec::new());
    plan(&known, &Style::PLAIN, &mut table).unwrap();
    markdown(&known, &mut shown).unwrap();
    let [table, shown] = [table, shown].map(|text| String::from_utf8(text).unwrap());
    assert!(
        table.contains("\n   note: 12 Deployments go with it\n"),
        "{table}"
    );
    assert!(
        shown.contains("\n## To be known\n\n- Of 1: 12 Deployments go with it\n"),
        "{shown}"
    );
}
