//! Whose the things are that stand, by marks, journals and other specs.

use super::*;
use crate::findings::FixAction;
use crate::plan::{Deed, Provisioning, Standing};
use crate::plan::{Undo, journal};
use crate::policy::Risk;
use crate::provision::{Proofs, declared_by_each};

const SPEC: &str = r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean:
    region: fra1
    project: {name: acme}
    vpc: {name: acme}
    cluster: {name: acme, version: '1.35', nodePools: [{name: general, size: s-4vcpu-8gb, count: 2}]}
    registry: {name: acme, owner: stage, sharedWith: [dev], storageLimit: 5GiB}
    firewalls:
      - {name: acme, inboundRules: [{protocol: tcp, ports: '22', sources: {addresses: [198.51.100.0/24]}}]}
    spaces:
      buckets: [{name: acme, purpose: databaseBackups}]
";

fn spec(text: &str) -> Spec {
    crate::spec::load("main.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap()
}

/// Everything is there, with this word in what may carry a mark.
fn account(mark: &str) -> Account {
    let rows = [
        (
            "projects",
            format!(r#"[{{"id": "p", "name": "acme", "description": "acme ({mark})"}}]"#),
        ),
        (
            "vpcs",
            format!(
                r#"[{{"id": "v", "name": "acme", "region": "fra1", "description": "acme ({mark})", "ip_range": "10.0.0.0/20"}}]"#
            ),
        ),
        (
            "kubernetes_clusters",
            format!(
                r#"[{{"id": "c", "name": "acme", "region": "fra1", "tags": ["k8s", "{mark}"], "status": {{"state": "running"}},
                     "version": "1.35.1-do.0", "vpc_uuid": "v", "registries": ["acme"],
                     "node_pools": [{{"id": "n", "name": "general", "size": "s-4vcpu-8gb", "count": 2}}]}}]"#
            ),
        ),
        (
            "firewalls",
            r#"[{"id": "f", "name": "acme", "tags": ["k8s:c"]}]"#.to_owned(),
        ),
        ("registries", r#"[{"name": "acme"}]"#.to_owned()),
    ];
    let none = COLLECTIONS.map(|name| (name.to_owned(), Vec::new()));
    let rows = rows.map(|(name, rows)| {
        let rows = Value::from_json_str(&rows).unwrap().items().to_vec();
        (format!("digitalocean.{name}"), rows)
    });
    Account {
        id: None,
        rows: none.into_iter().chain(rows).collect(),
        buckets: BTreeMap::from([("acme".to_owned(), Ok(true))]),
        key_places: BTreeMap::new(),
        declared_by_others: Vec::new(),
    }
}

/// A journal of one line about one thing.
fn journalled(environment: &str, lines: &str) -> journal::Journal {
    let head = format!(
        r#"{{"apiVersion":"envcheck.dev/journal/v1","run":"r1","environment":"{environment}","cluster":null,"started":"2026-11-27T10:00:00Z","undoes":null,"steps":1}}"#
    );
    journal::read(&format!("{head}\n{lines}\n")).unwrap()
}

fn begun(action: &str, kind: &str, name: &str) -> String {
    format!(
        r#"{{"phase":"intent","step":"a","summary":"s","deed":{{"action":"{action}","target":{{"apiVersion":"digitalocean.com/v2","kind":"{kind}","name":"{name}"}},"data":{{}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}"#
    )
}

fn made(action: &str, kind: &str, name: &str, uid: &str) -> String {
    let intent = begun(action, kind, name);
    format!("{intent}\n{{\"phase\":\"done\",\"step\":\"a\",\"after\":null,\"uid\":\"{uid}\"}}")
}

fn adopted(kind: &str, id: &str, name: &str) -> String {
    journal::Record::Adopted(of_account(kind, name, Some(id).filter(|id| !id.is_empty())))
        .line()
        .trim_end()
        .to_owned()
}

fn planned(mark: &str, journals: &[journal::Journal], others: &[Spec]) -> Provisioning {
    let mut proofs = Proofs::of("stage");
    for journal in journals {
        proofs.add(journal);
    }
    let provenance = Provenance {
        proofs,
        elsewhere: declared_by_each(others),
    };
    super::account(&spec(SPEC), &account(mark), &provenance, Timestamp::UNIX_EPOCH)
}

fn kinds(plan: &Provisioning) -> Vec<&str> {
    let all = plan.adoptions.iter();
    all.map(|one| one.target.kind.as_str()).collect()
}

fn standing<'p>(plan: &'p Provisioning, kind: &str) -> &'p Standing {
    let mut all = plan.standing.iter();
    all.find(|one| one.target.kind == kind).unwrap()
}

const ALL: [&str; 5] = ["Bucket", "Cluster", "Firewall", "Project", "VPC"];

#[test]
fn everything_that_nothing_proves_is_adopted_by_its_id() {
    let plan = planned("by hand", &[], &[]);
    assert_eq!(kinds(&plan), ALL);
    let ids: Vec<&str> = plan.adoptions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["do:space:acme", "c", "f", "p", "v"]);
    assert_eq!(
        plan.adoptions[4].words(),
        "VPC acme (id v), which nothing marks as made for stage"
    );
    // Adopting is no step and no difference; pools come with their cluster, and the registry with a word.
    assert!(
        plan.steps
            .iter()
            .all(|one| one.step.summary.starts_with("assign ")),
        "{plan:#?}"
    );
    assert!(
        plan.notes[0].contains("registry acme is the whole team's"),
        "{:?}",
        plan.notes
    );
    assert!(plan.to_json().contains("\"adoptions\""));
}

/// Whoever has a thing looks for it in the project where it is.
#[test]
fn what_others_made_is_not_moved_between_projects_as_if_nobody_minded() {
    let assigned = |mark: &str| {
        let plan = planned(mark, &[], &[]);
        let steps = plan.steps.iter().map(|one| &one.step);
        let moved = steps.filter(|step| step.deed.action == FixAction::ProjectAssign);
        let told = |step: &crate::plan::Step| {
            let Undo::None(why) = &step.undo else {
                panic!("{step:?}")
            };
            (step.summary.clone(), step.risk, why.contains("note it before"))
        };
        moved.map(told).collect::<Vec<_>>()
    };
    let cluster = "assign cluster acme to project acme".to_owned();
    let bucket = (
        "assign bucket acme to project acme".to_owned(),
        Risk::Disruptive,
        true,
    );
    assert_eq!(
        assigned("by hand"),
        [(cluster.clone(), Risk::Disruptive, true), bucket.clone()]
    );
    // What was made here nobody misses, though no project says that it has it.
    assert_eq!(assigned("envcheck:stage"), [(cluster, Risk::Safe, true), bucket]);
}

/// Where the bucket is, in an account with these projects besides.
fn bucket_in(project: &str) -> Account {
    let mut account = account("by hand");
    let more = r#"[{"id": "d", "name": "first", "is_default": true}, {"id": "q", "name": "dev"}, {"id": "o", "name": "attic"}]"#;
    let rows = account.rows.get_mut("digitalocean.projects").unwrap();
    rows.extend(Value::from_json_str(more).unwrap().items().to_vec());
    let row = format!(r#"{{"urn": "do:space:acme", "project_id": "{project}"}}"#);
    let rows = vec![Value::from_json_str(&row).unwrap()];
    account
        .rows
        .insert("digitalocean.project_resources".to_owned(), rows);
    account
}

/// What becomes of a bucket that is in this project, by who made it and who declares it besides: the step, its risk and what it says of
/// the way back; else why there is none.
fn bucket_assigned(project: &str, maker: &str, others: &[Spec]) -> Result<(String, Risk, String), String> {
    let mut proofs = Proofs::of("stage");
    proofs.add(&journalled(maker, &made("bucket.create", "Bucket", "acme", "")));
    let provenance = Provenance {
        proofs,
        elsewhere: declared_by_each(others),
    };
    let account = bucket_in(project);
    let plan = super::account(&spec(SPEC), &account, &provenance, Timestamp::UNIX_EPOCH);
    let mut steps = plan.steps.iter().map(|one| &one.step);
    let own = steps.find(|step| step.deed.target.name == "do:space:acme");
    let notes: Vec<String> = plan
        .notes
        .iter()
        .filter(|one| one.contains("not assigned"))
        .cloned()
        .collect();
    let Some(step) = own else {
        return Err(notes.join("; "));
    };
    assert_eq!(notes, [""; 0]);
    let Undo::None(why) = &step.undo else {
        panic!("{step:?}")
    };
    Ok((step.summary.clone(), step.risk, why.clone()))
}

/// Each of two environments would take it from the other, and back, as if nobody minded.
#[test]
fn what_several_environments_declare_stays_where_one_of_them_has_put_it() {
    let dev = spec(
        &SPEC
            .replace("{name: stage}", "{name: dev}")
            .replace("project: {name: acme}", "project: {name: dev}"),
    );
    let both = std::slice::from_ref(&dev);
    let left = |why: &str| {
        Err(format!(
            "bucket acme is not assigned to project acme: {why}, which declares it too"
        ))
    };
    // Whoever made it: it is in a project of one of those that declare it.
    for maker in ["stage", "dev", "nobody-we-know"] {
        assert_eq!(
            bucket_assigned("q", maker, both),
            left("it is in project dev of dev"),
            "{maker}"
        );
    }
    // It is not assigned yet: whoever made it does that.
    assert_eq!(bucket_assigned("d", "dev", both), left("it was made for dev"));
    assert_eq!(bucket_assigned("o", "dev", both), left("it was made for dev"));
    let summary = "assign bucket acme to project acme".to_owned();
    let new = "until then it is in the project where new things are put".to_owned();
    assert_eq!(
        bucket_assigned("d", "stage", both),
        Ok((summary.clone(), Risk::Safe, new.clone()))
    );
    assert_eq!(bucket_assigned("p", "stage", both), Err(String::new()));
    // Nobody knows who made it: whoever adopts it first has it.
    assert_eq!(
        bucket_assigned("d", "nobody-we-know", both),
        Ok((summary, Risk::Disruptive, new))
    );
}

#[test]
fn what_somebody_has_put_into_a_project_is_taken_out_of_it_by_name_only() {
    let out = (
        "assign bucket acme to project acme, out of project attic".to_owned(),
        Risk::Disruptive,
        "until then it is in project attic (o): assign it there again".to_owned(),
    );
    for maker in ["stage", "dev"] {
        assert_eq!(bucket_assigned("o", maker, &[]), Ok(out.clone()), "{maker}");
    }
    // What declares the project and not the bucket has no word in it, and is told as any other.
    let dev = SPEC
        .replace("{name: stage}", "{name: dev}")
        .replace("project: {name: acme}", "project: {name: dev}");
    let dev = spec(&dev.replace("buckets: [{name: acme,", "buckets: [{name: other,"));
    let told = bucket_assigned("q", "stage", &[dev]).unwrap();
    assert_eq!(told.0, "assign bucket acme to project acme, out of project dev");
    assert_eq!(told.1, Risk::Disruptive);
    let account = bucket_in("o");
    let deed = |project: &str| Deed {
        action: FixAction::ProjectAssign,
        target: of_account("ProjectResource", "do:space:acme", None),
        data: object([("project_id", Value::from(project))]),
    };
    assert_eq!(taken_out_of(&deed("p"), &account), Some("o"));
    assert_eq!(taken_out_of(&deed("o"), &account), None);
    assert_eq!(taken_out_of(&deed("p"), &bucket_in("d")), None);
    // Only where it is not in the declared project the others are asked.
    assert!(in_no_own_project(&spec(SPEC), &account));
    assert!(in_no_own_project(
        &spec(&SPEC.replace("    cluster: {", "    # {")),
        &account
    ));
    assert!(!in_no_own_project(
        &spec(&SPEC.replace("    cluster: {", "    # {")),
        &bucket_in("p")
    ));
}

#[test]
fn a_mark_a_journal_and_a_run_that_never_heard_prove_it() {
    assert_eq!(
        kinds(&planned("envcheck:stage", &[], &[])),
        ["Bucket", "Firewall"]
    );
    let firewall = |lines: &str| {
        let plan = planned("envcheck:stage", &[journalled("stage", lines)], &[]);
        (
            kinds(&plan).contains(&"Firewall"),
            standing(&plan, "Firewall").created,
        )
    };
    let proved = (false, true);
    let asked = (true, false);
    assert_eq!(
        firewall(&made("firewall.create", "Firewall", "acme", "f")),
        proved
    );
    // It was about to be made, and is there, and nothing tells since when.
    assert_eq!(firewall(&begun("firewall.create", "Firewall", "acme")), asked);
    // Another one of that name, the same one under another name, and one that was refused.
    assert_eq!(
        firewall(&made("firewall.create", "Firewall", "acme", "f-2")),
        asked
    );
    assert_eq!(
        firewall(&made("firewall.create", "Firewall", "former", "f")),
        asked
    );
    let refused = format!(
        "{}\n{{\"phase\":\"failed\",\"step\":\"a\",\"why\":\"no\"}}",
        begun("firewall.create", "Firewall", "acme")
    );
    assert_eq!(firewall(&refused), asked);
    // What was begun and refused by a later run is nobody's proof either.
    let both = [
        journalled("stage", &begun("firewall.create", "Firewall", "acme")),
        journalled("stage", &refused),
    ];
    assert!(kinds(&planned("envcheck:stage", &both, &[])).contains(&"Firewall"));
}

/// The run was cut before it heard whether it made them.
#[test]
fn what_a_run_was_about_to_make_is_ours_if_it_is_no_older_than_the_run() {
    let lines = [
        begun("firewall.create", "Firewall", "acme"),
        begun("bucket.create", "Bucket", "acme").replace(r#""step":"a""#, r#""step":"b""#),
        begun("vpc.create", "VPC", "acme").replace(r#""step":"a""#, r#""step":"c""#),
    ];
    let mut proofs = Proofs::of("stage");
    proofs.add(&journalled("stage", &lines.join("\n")));
    let provenance = Provenance {
        proofs,
        ..Provenance::default()
    };
    let asked = |time: &str| {
        let mut account = account("by hand");
        for collection in ["digitalocean.firewalls", "digitalocean.vpcs"] {
            let rows = account.rows.get_mut(collection).unwrap();
            for row in rows {
                let members = row.as_object_mut().unwrap();
                members.insert(Value::from("created_at"), Value::from(time));
            }
        }
        let bucket = format!(r#"{{"name": "acme", "exists": true, "created": "{time}"}}"#);
        account.rows.insert(
            "spaces.buckets".to_owned(),
            vec![Value::from_json_str(&bucket).unwrap()],
        );
        let plan = super::account(&spec(SPEC), &account, &provenance, Timestamp::UNIX_EPOCH);
        plan.adoptions
            .into_iter()
            .map(|one| one.target.kind)
            .collect::<Vec<_>>()
    };
    // A network would bear the mark from the request on.
    assert_eq!(asked("2026-11-27T10:00:30Z"), ["Cluster", "Project", "VPC"]);
    // Somebody else's, of the same name.
    assert_eq!(asked("2026-11-27T09:30:00Z"), ALL);
    assert_eq!(asked("yesterday"), ALL);
}

#[test]
fn what_was_adopted_is_not_asked_for_again_and_is_still_not_made_here() {
    let lines = [
        adopted("VPC", "v", "acme"),
        adopted("Bucket", "", "acme"),
        // Another cluster had that name then.
        adopted("Cluster", "c-former", "acme"),
    ];
    let plan = planned("by hand", &[journalled("stage", &lines.join("\n"))], &[]);
    assert_eq!(kinds(&plan), ["Cluster", "Firewall", "Project"]);
    for kind in ["VPC", "Bucket"] {
        let one = standing(&plan, kind);
        assert!(one.adopted && !one.created, "{one:?}");
    }
    // What DEV has adopted is DEV's business.
    let plan = planned("by hand", &[journalled("dev", &lines.join("\n"))], &[]);
    assert_eq!(kinds(&plan), ALL);
}

#[test]
fn what_another_environment_made_is_shared_only_if_it_declares_it() {
    let dev = spec(&SPEC.replace("{name: stage}", "{name: dev}"));
    let journals = [
        journalled("dev", &made("firewall.create", "Firewall", "acme", "f")),
        journalled("dev", &made("bucket.create", "Bucket", "acme", "")),
    ];
    let plan = planned("envcheck:dev", &journals, std::slice::from_ref(&dev));
    assert_eq!(kinds(&plan), [""; 0]);
    assert!(standing(&plan, "VPC").shared && !standing(&plan, "VPC").created);
    let told = "VPC acme was made for dev, which declares it too: it is shared, not adopted";
    assert!(plan.notes.iter().any(|note| note == told), "{:?}", plan.notes);

    let alone = planned("envcheck:dev", &journals, &[]);
    assert_eq!(kinds(&alone), ALL);
    let why: Vec<&str> = alone.adoptions.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        why[1],
        "which is marked envcheck:dev, and nothing else says whose it is"
    );
    assert_eq!(why[2], "which a run made for dev, which does not declare it");
    // That both declare it says not who made it.
    let unmarked = planned("by hand", &[], &[dev]);
    assert_eq!(kinds(&unmarked), ALL);
    assert_eq!(
        unmarked.adoptions[0].why,
        "which no known run made for stage; dev declares it too"
    );
}
