//! Keys that stand: which are used, which are asked for, and which are in the way.

use super::*;
use crate::plan::Provisioning;
use crate::plan::journal;
use crate::provision::Proofs;

const SPEC: &str = r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  namespaces: [{name: back, role: platform}]
  digitalocean:
    region: fra1
    spaces:
      buckets: [{name: acme, purpose: databaseBackups}, {name: other, purpose: databaseBackups}]
      keys:
        - name: backup
          grants: [{bucket: acme, permission: readwrite}, {bucket: other, permission: read}]
          secretTo: {namespace: back, name: backup-s3}
";
const EXACT: &str =
    r#"[{"bucket": "other", "permission": "read"}, {"bucket": "acme", "permission": "readwrite"}]"#;

/// A key as the account lists it.
fn key(id: &str, grants: &str) -> String {
    format!(r#"{{"name": "backup", "access_key": "{id}", "grants": {grants}}}"#)
}

fn planned(keys: &[String], place: Option<KeyPlace>, journals: &[String]) -> Provisioning {
    let spec = crate::spec::load("main.yaml", &mut |_| Ok(SPEC.as_bytes().to_vec())).unwrap();
    let rows = Value::from_json_str(&format!("[{}]", keys.join(","))).unwrap();
    let mut all: BTreeMap<String, Vec<Value>> = COLLECTIONS.map(|name| (name.to_owned(), Vec::new())).into();
    all.insert("digitalocean.spaces_keys".to_owned(), rows.items().to_vec());
    let account = Account {
        id: None,
        rows: all,
        buckets: ["acme", "other"].map(|name| (name.to_owned(), Ok(true))).into(),
        key_places: place
            .map(|place| ("backup".to_owned(), place))
            .into_iter()
            .collect(),
        declared_by_others: Vec::new(),
    };
    let mut proofs = Proofs::of("stage");
    for lines in journals {
        let head = r#"{"apiVersion":"envcheck.dev/journal/v1","run":"r1","environment":"stage","cluster":null,"started":"2026-11-27T10:00:00Z","undoes":null,"steps":1}"#;
        proofs.add(&journal::read(&format!("{head}\n{lines}\n")).unwrap());
    }
    // Also of one that is to be made: its place may be taken.
    assert_eq!(key_places(&spec).len(), 1);
    let provenance = Provenance {
        proofs,
        ..Provenance::default()
    };
    let mut plan = super::account(&spec, &account, &provenance, Timestamp::UNIX_EPOCH);
    crate::provision::keys(&spec, &account, &mut plan);
    plan
}

fn is_made(plan: &Provisioning) -> bool {
    plan.standing
        .iter()
        .any(|one| one.target.kind == "SpacesKey" && one.created)
}

fn makes_a_key(plan: &Provisioning) -> bool {
    let mut steps = plan.steps.iter();
    steps.any(|one| one.step.deed.action == crate::findings::FixAction::SpacesKeyCreate)
}

const BEGUN: &str = r#"{"phase":"intent","step":"a","summary":"s","deed":{"action":"spaces_key.create","target":{"apiVersion":"digitalocean.com/v2","kind":"SpacesKey","name":"backup"},"data":{}},"before":null,"after":null,"undo":{"none":"n"}}"#;

#[test]
fn a_key_that_stands_is_adopted_by_its_id_where_its_secret_is_kept() {
    let held = KeyPlace::Holds(Some("DO00A".to_owned()));
    let plan = planned(&[key("DO00A", EXACT)], Some(held), &[]);
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    let adoption = plan
        .adoptions
        .iter()
        .find(|one| one.target.kind == "SpacesKey")
        .unwrap();
    assert_eq!(
        adoption.words(),
        "SpacesKey backup (id DO00A), which no known run made for stage"
    );
    assert!(!makes_a_key(&plan));
    assert!(makes_a_key(&planned(&[], None, &[])));
}

#[test]
fn a_missing_one_is_not_made_where_its_secret_would_go_into_one_that_is_there() {
    for (place, why, hint) in [
        (
            KeyPlace::Holds(Some("DO00GONE".to_owned())),
            "is there already and holds key DO00GONE: what a Secret holds is never rewritten",
            "kubectl delete secret -n back backup-s3",
        ),
        (
            KeyPlace::Holds(None),
            "is there already and holds no key",
            "or name another one",
        ),
        (
            KeyPlace::Unread("forbidden".to_owned()),
            "whether Secret back/backup-s3 is free for its secret is not known: forbidden",
            "`list` on Secrets",
        ),
    ] {
        let plan = planned(&[], Some(place), &[]);
        let [conflict] = &plan.conflicts[..] else {
            panic!("{why}: {:?}", plan.conflicts)
        };
        assert!(
            conflict.why.starts_with("key backup is missing, and "),
            "{}",
            conflict.why
        );
        assert!(conflict.why.contains(why), "{}", conflict.why);
        assert!(conflict.hint.contains(hint), "{}", conflict.hint);
        assert!(!makes_a_key(&plan));
    }
    let free = planned(&[], Some(KeyPlace::Absent), &[]);
    assert!(free.conflicts.is_empty() && makes_a_key(&free));
}

#[test]
fn any_other_one_is_in_the_way_with_the_reason_and_is_never_made_twice() {
    let wide = r#"[{"bucket": "", "permission": "fullaccess"}]"#;
    let held = || Some(KeyPlace::Holds(Some("DO00A".to_owned())));
    for (grants, place, why, hint) in [
        (
            wide,
            held(),
            "it is granted fullaccess everywhere, declared is readwrite acme and read other",
            "declare what it may do, or delete it",
        ),
        (
            EXACT,
            None,
            "is to be in Secret back/backup-s3, which is not there, and it was shown only once",
            "put AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of it into Secret back/backup-s3, or delete it",
        ),
        (
            EXACT,
            Some(KeyPlace::Holds(None)),
            "which holds no key",
            "put AWS_",
        ),
        (
            EXACT,
            Some(KeyPlace::Holds(Some("DO00B".to_owned()))),
            "which holds another key (DO00B)",
            "look which of the two is used",
        ),
        (
            EXACT,
            Some(KeyPlace::Unread("forbidden".to_owned())),
            "is not known: forbidden",
            "grant the credentials `list` on Secrets",
        ),
    ] {
        let plan = planned(&[key("DO00A", grants)], place, &[]);
        let [conflict] = &plan.conflicts[..] else {
            panic!("{why}: {:?}", plan.conflicts)
        };
        assert!(
            conflict.why.starts_with("key backup (DO00A) stands: "),
            "{}",
            conflict.why
        );
        assert!(conflict.why.contains(why), "{}", conflict.why);
        assert!(conflict.hint.contains(hint), "{}", conflict.hint);
        assert!(!makes_a_key(&plan) && !plan.adoptions.iter().any(|one| one.target.kind == "SpacesKey"));
    }
    let both = [key("DO00A", EXACT), key("DO00B", EXACT)];
    let plan = planned(&both, None, &[]);
    assert!(
        plan.conflicts[0]
            .why
            .contains("2 keys are called backup (DO00A, DO00B)"),
        "{:?}",
        plan.conflicts
    );
    // The Secret tells which of them is meant.
    let plan = planned(&both, held(), &[]);
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    assert!(
        plan.notes.iter().any(|note| note.contains("DO00B")),
        "{:?}",
        plan.notes
    );
}

#[test]
fn what_a_run_was_about_to_make_is_ours_once_its_secret_is_kept_and_in_the_way_before() {
    let begun = [BEGUN.to_owned()];
    let plan = planned(&[key("DO00A", EXACT)], None, &begun);
    assert!(
        plan.conflicts[0]
            .why
            .contains("run r1 was about to make such a key and never heard whether it did"),
        "{:?}",
        plan.conflicts
    );
    assert!(!makes_a_key(&plan));
    let held = KeyPlace::Holds(Some("DO00A".to_owned()));
    let plan = planned(&[made_at("2026-11-27T10:00:30Z")], Some(held.clone()), &begun);
    assert!(plan.conflicts.is_empty() && is_made(&plan), "{plan:?}");
    // One that was there before that run is asked for.
    let plan = planned(&[made_at("2026-11-27T09:30:00Z")], Some(held), &begun);
    assert!(plan.conflicts.is_empty() && !is_made(&plan), "{plan:?}");
    assert!(plan.adoptions.iter().any(|one| one.id == "DO00A"), "{plan:?}");
    // A journal that heard the answer is believed without a look at the Secret, and what differs is told.
    let done = format!("{BEGUN}\n{{\"phase\":\"done\",\"step\":\"a\",\"after\":null,\"uid\":\"DO00A\"}}");
    let plan = planned(&[key("DO00A", "[]")], None, &[done]);
    assert!(plan.conflicts.is_empty() && is_made(&plan), "{plan:?}");
    let own = plan
        .standing
        .iter()
        .find(|one| one.target.kind == "SpacesKey")
        .unwrap();
    assert_eq!(
        words(own),
        ["it is granted nothing, declared is readwrite acme and read other"]
    );
    // What was adopted is asked for no more.
    let record = journal::Record::Adopted(of_account("SpacesKey", "backup", Some("DO00A")));
    let plan = planned(
        &[key("DO00A", EXACT)],
        None,
        &[record.line().trim_end().to_owned()],
    );
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    assert!(
        plan.standing
            .iter()
            .any(|one| one.target.kind == "SpacesKey" && one.adopted)
    );
}

/// The key, as it was made at this time.
fn made_at(time: &str) -> String {
    let row = key("DO00A", EXACT);
    let told = format!(r#", "created_at": "{time}"}}"#);
    row.strip_suffix('}').unwrap().to_owned() + &told
}

fn words(one: &crate::plan::Standing) -> Vec<String> {
    one.differs.iter().map(|way| way.words.clone()).collect()
}

/// What a run was about to make, with all that its journal says of it.
fn begun(grants: &str, secret: &str) -> String {
    let data = format!(r#""data":{{"grants":{grants},"secret":{secret}}}"#);
    BEGUN.replace(r#""data":{}"#, &data)
}

#[test]
fn a_key_whose_secret_a_run_never_received_is_removed_by_name_and_made_anew() {
    let place = r#"{"namespace":"back","name":"backup-s3"}"#;
    let made = made_at;
    let late = made("2026-11-27T10:00:30Z");
    let of = |keys: &[String], at: Option<KeyPlace>, journal: String| planned(keys, at, &[journal]);
    let plan = of(
        std::slice::from_ref(&late),
        Some(KeyPlace::Absent),
        begun(EXACT, place),
    );
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    let [removing, making] = &plan.steps[..] else {
        panic!("{:#?}", plan.steps)
    };
    assert_eq!(
        removing.step.summary,
        "delete Spaces key backup (DO00A), whose secret run r1 never received"
    );
    assert_eq!(removing.step.risk, crate::policy::Risk::Destructive);
    assert_eq!(removing.step.deed.target.id.as_deref(), Some("DO00A"));
    assert!(!removing.step.cautions.is_empty());
    assert_eq!(making.after, std::slice::from_ref(&removing.step.id));
    assert!(!plan.standing.iter().any(|one| one.target.kind == "SpacesKey"));
    // Each of the proofs is needed.
    let wide = r#"[{"bucket":"","permission":"fullaccess"}]"#;
    let elsewhere = r#"{"namespace":"back","name":"other"}"#;
    let absent = || Some(KeyPlace::Absent);
    for (keys, at, journal) in [
        (vec![made("2026-11-27T09:50:00Z")], absent(), begun(EXACT, place)),
        (vec![key("DO00A", EXACT)], absent(), begun(EXACT, place)),
        (vec![late.clone()], None, begun(EXACT, place)),
        (
            vec![late.clone()],
            Some(KeyPlace::Holds(None)),
            begun(EXACT, place),
        ),
        (vec![late.clone()], absent(), begun(wide, place)),
        (vec![late.clone()], absent(), begun(EXACT, elsewhere)),
        (vec![late.clone()], absent(), BEGUN.to_owned()),
        (
            vec![late.clone(), late.replace("DO00A", "DO00B")],
            absent(),
            begun(EXACT, place),
        ),
    ] {
        let plan = of(&keys, at, journal);
        assert_eq!(plan.conflicts.len(), 1, "{keys:?}: {plan:#?}");
        assert!(!makes_a_key(&plan));
    }
    let refused = r#"{"phase":"failed","step":"a","why":"w"}"#;
    let plan = of(
        std::slice::from_ref(&late),
        absent(),
        format!("{}\n{refused}", begun(EXACT, place)),
    );
    assert_eq!(plan.conflicts.len(), 1, "nothing was made");
    // A removal that was not heard of leaves it what it was; one that was done does not.
    let removal = r#"{"phase":"intent","step":"b","summary":"s","deed":{"action":"spaces_key.delete","target":{"apiVersion":"digitalocean.com/v2","kind":"SpacesKey","name":"backup","id":"DO00A"},"data":{}},"before":null,"after":null,"undo":{"none":"n"}}"#;
    let again = format!("{}\n{removal}", begun(EXACT, place));
    assert!(makes_a_key(&of(
        std::slice::from_ref(&late),
        absent(),
        again.clone()
    )));
    let gone = format!("{again}\n{{\"phase\":\"done\",\"step\":\"b\",\"after\":null,\"uid\":null}}");
    assert_eq!(of(&[late], absent(), gone).conflicts.len(), 1);
}

#[test]
fn a_known_key_whose_secret_is_not_kept_any_more_is_told() {
    let done = format!("{BEGUN}\n{{\"phase\":\"done\",\"step\":\"a\",\"after\":null,\"uid\":\"DO00A\"}}");
    let of = |place: KeyPlace| planned(&[key("DO00A", EXACT)], Some(place), std::slice::from_ref(&done));
    let differs = |plan: &Provisioning| {
        let own = plan
            .standing
            .iter()
            .find(|one| one.target.kind == "SpacesKey")
            .unwrap();
        words(own)
    };
    assert_eq!(differs(&of(KeyPlace::Holds(Some("DO00A".to_owned())))), [""; 0]);
    for (place, words) in [
        (KeyPlace::Absent, "Secret back/backup-s3, which is not there"),
        (KeyPlace::Holds(None), "which holds no key"),
        (
            KeyPlace::Holds(Some("DO00B".to_owned())),
            "which holds another key (DO00B)",
        ),
    ] {
        let plan = of(place);
        assert!(plan.conflicts.is_empty() && plan.steps.is_empty(), "{plan:#?}");
        let told = differs(&plan);
        assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
    }
    let unread = of(KeyPlace::Unread("forbidden".to_owned()));
    assert_eq!(differs(&unread), [""; 0]);
    assert!(
        unread.notes.iter().any(|note| note.contains("forbidden")),
        "{:?}",
        unread.notes
    );
}
