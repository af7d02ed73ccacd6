//! The order in which things go, whose they are, and what stays.

use super::*;
use crate::findings::FixAction;
use crate::plan::journal;
use crate::plan::{Removal, Staying};

const SPEC: &str = r"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: dev}
spec:
  digitalocean:
    region: fra1
    project: {name: dev}
    vpc: {name: dev, ipRange: 10.30.0.0/20}
    cluster: {name: dev, version: '1.35', nodePools: [{name: general, size: s-4vcpu-8gb, count: 2}]}
    registry: {name: acme, owner: stage, sharedWith: [dev], storageLimit: 5GiB}
    firewalls:
      - {name: office, inboundRules: [{protocol: tcp, ports: '22', sources: {addresses: [198.51.100.0/24]}}]}
    spaces:
      buckets: [{name: acme-dev-backups, purpose: databaseBackups}]
      keys: [{name: dev-backup, grants: [{bucket: acme-dev-backups, permission: readwrite}]}]
";

pub(super) fn spec() -> Spec {
    crate::spec::load("main.yaml", &mut |_| Ok(SPEC.as_bytes().to_vec())).unwrap()
}

pub(super) fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

/// DEV beside STAGE, both as they run.
pub(super) fn stock() -> Stock {
    let rows = [
        (
            "kubernetes_clusters",
            r#"[{"id": "c-dev", "name": "dev", "region": "fra1", "tags": ["k8s", "k8s:c-dev", "envcheck:dev"], "ha": true,
                 "registries": ["acme"], "status": {"state": "running"}, "vpc_uuid": "v-dev",
                 "node_pools": [{"name": "general", "size": "s-4vcpu-8gb", "count": 2, "nodes": [{"droplet_id": "1"}, {"droplet_id": "2"}]}]},
                {"id": "c-stage", "name": "stage", "region": "fra1", "tags": ["k8s", "k8s:c-stage", "envcheck:stage"],
                 "registries": ["acme"], "status": {"state": "running"}, "node_pools": []}]"#,
        ),
        (
            "kubernetes_associated_resources",
            r#"[{"cluster_id": "c-dev", "load_balancers": [{"id": "lb", "name": "web"}, {"id": "lb-both", "name": "both"}],
                 "volumes": [{"id": "vol", "name": "pvc-1"}], "volume_snapshots": [{"id": "snap", "name": "before"}]}]"#,
        ),
        (
            "load_balancers",
            r#"[{"id": "lb", "name": "web", "ip": "203.0.113.7", "tags": ["k8s:c-dev"]},
                {"id": "lb-both", "name": "both", "tags": ["k8s:c-dev", "k8s:c-stage"]},
                {"id": "lb-old", "name": "old", "tags": ["k8s:c-former"]}]"#,
        ),
        (
            "volumes",
            r#"[{"id": "vol", "name": "pvc-1", "size_gigabytes": 10, "tags": ["k8s:c-dev"], "droplet_ids": [1]},
                {"id": "vol-old", "name": "pvc-0", "size_gigabytes": 5, "tags": ["k8s:c-former"], "droplet_ids": []},
                {"id": "vol-stage", "name": "pvc-9", "size_gigabytes": 5, "tags": ["k8s:c-stage"], "droplet_ids": []}]"#,
        ),
        (
            "snapshots",
            r#"[{"id": "snap", "name": "before", "resource_id": "vol", "tags": []}]"#,
        ),
        (
            "droplets",
            r#"[{"id": 1, "name": "a", "tags": ["k8s:c-dev"]}, {"id": 2, "name": "b", "tags": ["k8s:c-dev"]},
                {"id": 3, "name": "s", "tags": ["k8s:c-stage"]}]"#,
        ),
        (
            "firewalls",
            r#"[{"id": "f", "name": "office", "tags": ["k8s:c-dev"], "droplet_ids": []},
                {"id": "f-own", "name": "k8s-c-dev-worker", "tags": ["k8s:c-dev"], "droplet_ids": [1, 2]},
                {"id": "f-stage", "name": "stage-office", "tags": ["k8s:c-stage"], "droplet_ids": []}]"#,
        ),
        (
            "spaces_keys",
            r#"[{"name": "dev-backup", "access_key": "DO00A"}, {"name": "dev-backup", "access_key": "DO00B"}]"#,
        ),
        (
            "vpcs",
            r#"[{"id": "v-dev", "name": "dev", "region": "fra1", "description": "Environment dev (envcheck:dev)", "default": false},
                {"id": "v-old", "name": "dev-2", "region": "fra1", "description": "Environment dev (envcheck:dev)", "default": true},
                {"id": "v-stage", "name": "stage", "region": "fra1", "description": "Environment stage (envcheck:stage)"}]"#,
        ),
        (
            "vpc_members",
            r#"[{"vpc_id": "v-dev", "urn": "do:kubernetes:c-dev", "name": "dev"}, {"vpc_id": "v-dev", "urn": "do:droplet:1", "name": "a"},
                {"vpc_id": "v-dev", "urn": "do:loadbalancer:lb", "name": "web"}]"#,
        ),
        (
            "projects",
            r#"[{"id": "p-dev", "name": "dev", "description": "Environment dev (envcheck:dev)", "is_default": false},
                {"id": "p-stage", "name": "stage", "description": "Environment stage (envcheck:stage)"}]"#,
        ),
        (
            "project_resources",
            r#"[{"project_id": "p-dev", "urn": "do:kubernetes:c-dev"}, {"project_id": "p-dev", "urn": "do:space:acme-dev-backups"}]"#,
        ),
        (
            "registries",
            r#"[{"name": "acme", "subscription": {"tier": {"slug": "basic"}}}]"#,
        ),
        ("sizes", r#"[{"slug": "s-4vcpu-8gb", "price_monthly": 48.0}]"#),
    ];
    Stock {
        elsewhere: BTreeMap::new(),
        marked: None,
        account: Account {
            id: None,
            key_places: BTreeMap::new(),
            declared_by_others: Vec::new(),
            rows: rows
                .iter()
                .map(|(name, rows)| (format!("digitalocean.{name}"), value(rows).items().to_vec()))
                .collect(),
            buckets: BTreeMap::new(),
        },
        buckets: BTreeMap::from([("acme-dev-backups".to_owned(), Ok(Contents::Empty))]),
    }
}

/// The journal of a run that made one thing.
fn made(run: &str, environment: &str, action: &str, kind: &str, name: &str, uid: &str) -> journal::Journal {
    let text = format!(
        r#"{{"apiVersion":"envcheck.dev/journal/v1","run":"{run}","environment":"{environment}","cluster":null,"started":"s","undoes":null,"steps":1}}
{{"phase":"intent","step":"a","summary":"s","deed":{{"action":"{action}","target":{{"apiVersion":"digitalocean.com/v2","kind":"{kind}","name":"{name}"}},"data":{{}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}
{{"phase":"done","step":"a","after":null,"uid":"{uid}"}}
"#
    );
    journal::read(&text).unwrap()
}

/// What the journals of DEV's runs say, and of one of STAGE's.
pub(super) fn proofs() -> Proofs {
    let mut proofs = Proofs::of("dev");
    proofs.add(&made("r1", "dev", "cluster.create", "Cluster", "dev", "c-former"));
    proofs.add(&made("r2", "dev", "firewall.create", "Firewall", "office", "f"));
    proofs.add(&made(
        "r3",
        "dev",
        "spaces_key.create",
        "SpacesKey",
        "dev-backup",
        "DO00A",
    ));
    proofs.add(&made(
        "r4",
        "dev",
        "bucket.create",
        "Bucket",
        "acme-dev-backups",
        "",
    ));
    proofs.add(&made(
        "r5",
        "stage",
        "firewall.create",
        "Firewall",
        "stage-office",
        "f-stage",
    ));
    proofs
}

pub(super) fn planned(stock: &Stock, proofs: &Proofs, choice: &Choice) -> Removing {
    removal(&spec(), stock, proofs, choice, Timestamp::UNIX_EPOCH)
}

fn summaries(plan: &Removing) -> Vec<&str> {
    plan.steps.iter().map(|one| one.step.summary.as_str()).collect()
}

fn step<'a>(plan: &'a Removing, kind: &str) -> &'a Removal {
    let found = plan.steps.iter().find(|one| one.step.deed.target.kind == kind);
    found.unwrap_or_else(|| panic!("{kind}: {:?}", summaries(plan)))
}

pub(super) fn stays<'a>(plan: &'a Removing, name: &str) -> &'a Staying {
    let found = plan.staying.iter().find(|one| one.target.name == name);
    found.unwrap_or_else(|| panic!("{name}: {:#?}", plan.staying))
}

#[test]
fn what_is_proved_goes_in_the_order_in_which_it_can_and_nothing_of_stage_does() {
    let plan = planned(&stock(), &proofs(), &Choice::default());
    assert_eq!(plan.conflicts, []);
    assert_eq!(
        summaries(&plan),
        [
            "destroy cluster dev with its load balancer",
            "delete load balancer old, which a destroyed cluster has left",
            "delete firewall office",
            "delete Spaces key dev-backup",
            "delete VPC dev",
        ]
    );
    let cluster = step(&plan, "Cluster").step.id.clone();
    for kind in ["Firewall", "SpacesKey", "VPC"] {
        assert!(step(&plan, kind).after.contains(&cluster), "{kind}");
    }
    assert!(
        plan.steps
            .iter()
            .all(|one| one.step.risk == crate::policy::Risk::Destructive && !one.adopted)
    );
    assert_eq!(step(&plan, "Cluster").proof, "marked envcheck:dev");
    assert_eq!(step(&plan, "Firewall").proof, "made by run r2");
    assert_eq!(
        step(&plan, "SpacesKey").step.deed.target.id.as_deref(),
        Some("DO00A")
    );
    assert_eq!(plan.cents(), 9_600);
    let whole = plan.to_json();
    for other in ["c-stage\"", "f-stage", "v-stage", "p-stage", "vol-stage", "f-own"] {
        assert!(!whole.contains(other), "{other}: {whole}");
    }
    // What is destroyed names the load balancers that go, and not the one that STAGE uses too.
    let data = &step(&plan, "Cluster").step.deed.data;
    let balancers = data.items_at(&["load_balancers"]);
    assert_eq!(balancers.len(), 1);
    assert_eq!(balancers[0].text_at(&["id"]), Some("lb"));
    assert_eq!(
        stays(&plan, "both").why,
        "it is of cluster c-stage as well, which stays"
    );
}

#[test]
fn data_and_what_is_shared_stays_on_purpose_and_the_rest_keeps_it_from_being_gone() {
    let plan = planned(&stock(), &proofs(), &Choice::default());
    for name in ["pvc-1", "pvc-0", "before", "acme-dev-backups"] {
        let one = stays(&plan, name);
        assert!(!one.open && one.step.is_some(), "{one:#?}");
    }
    let registry = stays(&plan, "acme");
    assert_eq!(
        (registry.why.as_str(), registry.billed),
        ("cluster stage pulls from it", true)
    );
    assert!(!registry.open && registry.step.is_none());
    // The project is there for the bucket alone; the default network nobody can delete.
    let project = plan
        .staying
        .iter()
        .find(|one| one.target.kind == "Project")
        .unwrap();
    assert!(!project.open, "{project:#?}");
    assert!(!stays(&plan, "dev-2").open);
    // Of two keys with one name only one is proved to be made here.
    let open: Vec<&str> = plan.open().filter_map(|one| one.target.id.as_deref()).collect();
    assert_eq!(open, ["DO00B"]);
}

#[test]
fn what_holds_data_goes_when_it_is_named_and_what_is_adopted_when_that_is_chosen() {
    let first = planned(&stock(), &proofs(), &Choice::default());
    let named = ["pvc-1", "acme-dev-backups"].map(|name| stays(&first, name).step.clone().unwrap());
    let choice = Choice {
        named: named.to_vec(),
        adopted: true,
        ..Choice::default()
    };
    let plan = planned(&stock(), &proofs(), &choice);
    let told = summaries(&plan);
    assert!(
        told.contains(&"delete volume pvc-1 (10 GiB) and what is on it"),
        "{told:?}"
    );
    assert!(
        told.contains(&"delete bucket acme-dev-backups, in which nothing is"),
        "{told:?}"
    );
    assert_eq!(told.last(), Some(&"delete project dev"));
    assert!(plan.has_adopted());
    let adopted: Vec<_> = plan.steps.iter().filter(|one| one.adopted).collect();
    assert_eq!(adopted.len(), 1);
    assert_eq!(adopted[0].step.deed.target.id.as_deref(), Some("DO00B"));
    let volume = step(&plan, "Volume");
    assert_eq!(volume.after, [step(&plan, "Cluster").step.id.clone()]);
}

#[test]
fn without_a_mark_and_a_journal_nothing_goes() {
    let mut stock = stock();
    for rows in stock.account.rows.values_mut() {
        for row in rows {
            let text = row.to_json_str().unwrap();
            *row = value(&text.replace("envcheck:dev", "by hand"));
        }
    }
    let plan = planned(&stock, &Proofs::of("dev"), &Choice::default());
    assert_eq!(summaries(&plan), [] as [&str; 0]);
    let open: BTreeSet<&str> = plan.open().map(|one| one.target.kind.as_str()).collect();
    assert_eq!(
        open.into_iter().collect::<Vec<_>>(),
        ["Cluster", "Firewall", "Project", "SpacesKey", "VPC"]
    );
    // Whoever has taken the name of a bucket since it was deleted is somebody else.
    let mut proofs = proofs();
    let deleted = journal::read(
        "{\"apiVersion\":\"envcheck.dev/journal/v1\",\"run\":\"r9\",\"environment\":\"dev\",\"cluster\":null,\"started\":\"s\",\"undoes\":null,\"steps\":1}\n\
         {\"phase\":\"intent\",\"step\":\"a\",\"summary\":\"s\",\"deed\":{\"action\":\"bucket.delete\",\"target\":{\"apiVersion\":\"digitalocean.com/v2\",\"kind\":\"Bucket\",\"name\":\"acme-dev-backups\"},\"data\":{}},\"before\":null,\"after\":null,\"undo\":{\"none\":\"n\"}}\n\
         {\"phase\":\"done\",\"step\":\"a\",\"after\":null,\"uid\":null}\n",
    );
    assert_eq!(
        proofs.created("Bucket", "acme-dev-backups"),
        Some(("r4", "acme-dev-backups"))
    );
    proofs.add(&deleted.unwrap());
    assert_eq!(proofs.created("Bucket", "acme-dev-backups"), None);
}

#[test]
fn what_was_adopted_is_never_taken_for_something_that_was_made() {
    let mut stock = stock();
    for rows in stock.account.rows.values_mut() {
        for row in rows {
            let text = row.to_json_str().unwrap();
            *row = value(&text.replace("envcheck:dev", "by hand"));
        }
    }
    let mut proofs = Proofs::of("dev");
    for (kind, name, id) in [
        ("VPC", "dev", Some("v-dev")),
        // Not declared any more.
        ("Firewall", "old-office", Some("f-old")),
        ("Bucket", "acme-dev-backups", None),
    ] {
        proofs.adopts(&of_account(kind, name, id), "r1");
    }
    let firewall = value(r#"{"id": "f-old", "name": "old-office", "tags": [], "droplet_ids": []}"#);
    let rows = &mut stock.account.rows;
    rows.get_mut("digitalocean.firewalls").unwrap().push(firewall);
    rows.get_mut("digitalocean.vpc_members").unwrap().clear();
    let plan = planned(&stock, &proofs, &Choice::default());
    assert_eq!(summaries(&plan), [] as [&str; 0]);
    let why = "adopted by run r1; nothing proves that it was made for dev: --include-adopted offers it";
    for name in ["dev", "old-office", "acme-dev-backups"] {
        let mut staying = plan.staying.iter();
        assert!(
            staying.any(|one| one.target.name == name && one.why.ends_with(why)),
            "{name}: {:#?}",
            plan.staying
        );
    }
    let choice = Choice {
        adopted: true,
        ..Choice::default()
    };
    let plan = planned(&stock, &proofs, &choice);
    assert!(plan.steps.iter().all(|one| one.adopted), "{:#?}", plan.steps);
    assert!(
        step(&plan, "VPC")
            .proof
            .starts_with("adopted by run r1; nothing proves")
    );
}

#[test]
fn the_rights_to_remove_are_those_of_what_is_made() {
    use crate::provision::objects::{Material, objects};
    use crate::source::SourceText;
    let text = SPEC.to_owned()
        + "  namespaces:
    - {name: argocd, role: delivery}
    - {name: web, role: application, quota: {pods: 10}, limits: {default: {cpu: 500m}}, network: {accepts: {fromNamespaces: all}}, workloads: [{name: web, kind: Deployment}]}
  delivery:
    argocd: {version: v3.5.8, install: {url: 'https://example.com/install.yaml', sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}, repository: 'https://example.com/acme.git', revision: main, path: dev, applications: [web]}
";
    let spec = crate::spec::load("main.yaml", &mut |_| Ok(text.clone().into_bytes())).unwrap();
    let manifest = include_str!("../../../../tests/fixtures/stage-live/argocd.yaml");
    let material = Material {
        argocd: Some(SourceText::new("argocd.yaml", manifest)),
        ..Material::default()
    };
    let objects = objects(&spec, &material).unwrap().objects;
    let made: BTreeSet<(String, String)> = objects
        .iter()
        .map(|one| (one.reference.group().to_owned(), one.reference.kind.clone()))
        .collect();
    assert!(made.len() >= 8, "{made:?}");
    let known = kinds(&[]);
    let lacking: Vec<_> = made.difference(&known).collect();
    assert_eq!(lacking, Vec::<&(String, String)>::new());
    // What somebody has added to the manifest of a release is known by that manifest alone.
    let added = format!(
        "{manifest}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: argocd-server}}\n"
    );
    let material = Material {
        argocd: Some(SourceText::new("argocd.yaml", added)),
        ..Material::default()
    };
    let objects = crate::provision::objects::objects(&spec, &material)
        .unwrap()
        .objects;
    let budget = ("policy".to_owned(), "PodDisruptionBudget".to_owned());
    assert!(!known.contains(&budget) && kinds(&objects).contains(&budget));
}

#[test]
fn nothing_is_planned_on_a_partial_view() {
    for collection in COLLECTIONS.iter().chain(&INSIDE) {
        let mut stock = stock();
        stock.account.rows.remove(*collection);
        let plan = planned(&stock, &proofs(), &Choice::default());
        assert!(!plan.conflicts.is_empty(), "{collection}");
    }
    // What hangs on a cluster that goes has to be known.
    let mut stock = stock();
    stock.account.rows.insert(INSIDE[0].to_owned(), Vec::new());
    let plan = planned(&stock, &proofs(), &Choice::default());
    assert_eq!(plan.conflicts[0].why, "what hangs on cluster dev is not known");
}

#[test]
fn what_others_are_in_or_behind_stays() {
    let mut stock = stock();
    let rows = &mut stock.account.rows;
    let member = value(r#"{"vpc_id": "v-dev", "urn": "do:droplet:3", "name": "s"}"#);
    rows.get_mut("digitalocean.vpc_members").unwrap().push(member);
    for row in rows.get_mut("digitalocean.firewalls").unwrap() {
        if row.text_at(&["id"]) == Some("f") {
            *row = value(r#"{"id": "f", "name": "office", "tags": ["k8s:c-dev"], "droplet_ids": [3, 4]}"#);
        }
    }
    let bastion = value(r#"{"id": 4, "name": "bastion", "tags": []}"#);
    rows.get_mut("digitalocean.droplets").unwrap().push(bastion);
    let plan = planned(&stock, &proofs(), &Choice::default());
    let firewall = stays(&plan, "office");
    assert_eq!(
        firewall.why,
        "it protects the nodes of cluster stage and another, which stay"
    );
    assert!(firewall.open, "{firewall:#?}");
    let choice = Choice {
        named: firewall.step.iter().cloned().collect(),
        ..Choice::default()
    };
    let named = planned(&stock, &proofs(), &choice);
    let firewall = step(&named, "Firewall");
    assert_eq!(
        firewall.step.cautions,
        [
            "from then on it does not protect the nodes of cluster stage and another, which stay: what no other firewall holds off gets \
             there"
        ]
    );
    // Whoever agreed to it has not agreed to what it protects besides by now.
    let rows = &mut stock.account.rows;
    for row in rows.get_mut("digitalocean.firewalls").unwrap() {
        if row.text_at(&["id"]) == Some("f") {
            *row = value(r#"{"id": "f", "name": "office", "tags": ["k8s:c-dev"], "droplet_ids": [3, 4, 6]}"#);
        }
    }
    let other = value(r#"{"id": 6, "name": "other", "tags": []}"#);
    rows.get_mut("digitalocean.droplets").unwrap().push(other);
    let more = planned(&stock, &proofs(), &choice);
    assert!(stays(&more, "office").why.ends_with("and 2 others, which stay"));
    let vpc = plan
        .staying
        .iter()
        .find(|one| one.target.id.as_deref() == Some("v-dev"))
        .unwrap();
    assert_eq!(vpc.why, "s (Droplet 3) is in it and stays");
    assert!(vpc.open);
}

#[test]
fn a_firewall_that_protects_nobody_yet_or_is_called_as_those_of_doks_are_is_told() {
    let of = |row: &str| {
        let mut stock = stock();
        let rows = stock.account.rows.get_mut("digitalocean.firewalls").unwrap();
        rows.retain(|row| row.text_at(&["id"]) != Some("f"));
        rows.push(value(row));
        stock
    };
    // No node of STAGE's is there at the moment.
    let mut waiting = of(r#"{"id": "f", "name": "office", "tags": ["k8s:c-stage"], "droplet_ids": []}"#);
    let droplets = waiting.account.rows.get_mut("digitalocean.droplets").unwrap();
    droplets.retain(|row| row.text_at(&["name"]) != Some("s"));
    let plan = planned(&waiting, &proofs(), &Choice::default());
    let firewall = stays(&plan, "office");
    assert_eq!(
        firewall.why,
        "it protects the nodes of cluster stage, which stays"
    );
    assert!(firewall.open && firewall.step.is_some(), "{firewall:#?}");

    let mut proofs = proofs();
    proofs.add(&made(
        "r6",
        "dev",
        "firewall.create",
        "Firewall",
        "k8s-office",
        "f",
    ));
    let named = of(r#"{"id": "f", "name": "k8s-office", "tags": ["k8s:c-dev"], "droplet_ids": []}"#);
    let plan = planned(&named, &proofs, &Choice::default());
    assert!(
        summaries(&plan).contains(&"delete firewall k8s-office"),
        "{:?}",
        summaries(&plan)
    );
}

#[test]
fn a_marked_cluster_that_is_not_declared_keeps_it_from_being_gone() {
    let mut stock = stock();
    for row in stock
        .account
        .rows
        .get_mut("digitalocean.kubernetes_clusters")
        .unwrap()
    {
        let text = row.to_json_str().unwrap();
        *row = value(&text.replace("\"dev\"", "\"blue\""));
    }
    let plan = planned(&stock, &proofs(), &Choice::default());
    let cluster = stays(&plan, "blue");
    assert!(cluster.open && cluster.step.is_some(), "{cluster:#?}");
    assert!(
        cluster.why.ends_with("what was made in it is not seen"),
        "{cluster:#?}"
    );
}

#[test]
fn what_somebody_else_marked_is_told_and_stays() {
    let mut stock = stock();
    let rows = &mut stock.account.rows;
    let marked = |id: &str, more: &str| {
        value(&format!(
            r#"{{"id": {id}, "name": "marked", "tags": ["envcheck:dev"{more}]}}"#
        ))
    };
    // Of the cluster that goes, of one that stays, and of none.
    let droplets = rows.get_mut("digitalocean.droplets").unwrap();
    droplets.extend([
        marked("8", r#", "k8s:c-dev""#),
        marked("9", r#", "k8s:c-stage""#),
        marked("10", ""),
    ]);
    rows.get_mut("digitalocean.volumes")
        .unwrap()
        .push(marked(r#""vol-x""#, ""));
    let plan = planned(&stock, &proofs(), &Choice::default());
    let told = plan.staying.iter().filter(|one| one.target.name == "marked");
    let told: Vec<_> = told.map(|one| (one.target.id.as_deref(), one.open)).collect();
    assert_eq!(told, [(Some("10"), true), (Some("vol-x"), true)]);
    assert_eq!(
        stays(&plan, "marked").why,
        "it is marked envcheck:dev and is nothing that envcheck makes: look whose it is"
    );
}

#[test]
fn once_the_cluster_is_gone_what_it_left_is_still_known() {
    let mut stock = stock();
    let mut proofs = proofs();
    let first = planned(&stock, &proofs, &Choice::default());
    proofs.destroys(&step(&first, "Cluster").step.deed);
    let rows = &mut stock.account.rows;
    rows.get_mut("digitalocean.kubernetes_clusters")
        .unwrap()
        .retain(|row| row.text_at(&["id"]) != Some("c-dev"));
    rows.insert(INSIDE[0].to_owned(), Vec::new());
    let plan = planned(&stock, &proofs, &Choice::default());
    // The ids of steps are the same as before: what was named stays named.
    for name in ["pvc-1", "before"] {
        assert_eq!(stays(&plan, name).step, stays(&first, name).step, "{name}");
    }
    // DOKS takes away its own firewall; nobody else touches it.
    let own = stays(&plan, "k8s-c-dev-worker");
    assert!(own.passing && own.open);
    assert!(
        plan.steps
            .iter()
            .all(|one| one.step.deed.action != FixAction::ClusterDestroy)
    );
    assert!(summaries(&plan).contains(&"delete load balancer web, which a destroyed cluster has left"));
}

#[test]
fn only_what_was_agreed_to_goes_with_a_cluster() {
    let plan = planned(&stock(), &proofs(), &Choice::default());
    let agreed = step(&plan, "Cluster").step.deed.clone();
    let mut more = stock();
    let told = more.account.rows.get_mut(INSIDE[0]).unwrap();
    told[0] = value(
        r#"{"cluster_id": "c-dev", "load_balancers": [{"id": "lb", "name": "web"}, {"id": "lb-new", "name": "new"}],
            "volumes": [], "volume_snapshots": []}"#,
    );
    let now = planned(&more, &proofs(), &Choice::default());
    let now = step(&now, "Cluster").step.deed.clone();
    assert_eq!(now.data.items_at(&["load_balancers"]).len(), 2);
    assert!(!is_still(&agreed, &now));
    assert!(is_still(&now, &agreed), "less than agreed to is fine");
}

#[test]
fn what_another_environment_declares_stays_whoever_made_it() {
    let mut stock = stock();
    let key = ("Cluster", "dev".to_owned());
    stock.elsewhere.insert(key, "stage".to_owned());
    let plan = planned(&stock, &proofs(), &Choice::default());
    assert!(
        !summaries(&plan).iter().any(|words| words.contains("cluster dev")),
        "{:?}",
        summaries(&plan)
    );
    assert_eq!(
        plan.staying
            .iter()
            .find(|one| one.target.kind == "Cluster")
            .unwrap()
            .why,
        "environment stage declares it"
    );
}

#[test]
fn an_id_in_a_journal_proves_nothing_of_what_is_called_otherwise() {
    let mut stock = stock();
    for row in stock.account.rows.get_mut("digitalocean.firewalls").unwrap() {
        let text = row.to_json_str().unwrap();
        *row = value(&text.replace("\"office\"", "\"somebody-elses\""));
    }
    let choice = Choice {
        adopted: true,
        ..Choice::default()
    };
    let plan = planned(&stock, &proofs(), &choice);
    assert!(
        !summaries(&plan).iter().any(|words| words.contains("firewall")),
        "{:?}",
        summaries(&plan)
    );
    assert!(stays(&plan, "somebody-elses").why.contains("made it as office"));
}

#[test]
fn a_load_balancer_of_others_before_nothing_but_what_goes_stays_and_is_billed() {
    let mut stock = stock();
    let balancers = stock.account.rows.get_mut("digitalocean.load_balancers").unwrap();
    for (id, tag, droplets) in [
        ("lb-idle", "", "1, 2"),
        ("lb-busy", "", "2, 3"),
        ("lb-none", "", ""),
        ("lb-marked", "\"envcheck:dev\"", "1, 2"),
    ] {
        let row =
            format!(r#"{{"id": "{id}", "name": "{id}", "tags": [{tag}], "droplet_ids": [{droplets}]}}"#);
        balancers.push(value(&row));
    }
    let plan = planned(&stock, &proofs(), &Choice::default());
    let told = plan
        .staying
        .iter()
        .filter(|one| one.target.name.starts_with("lb-"));
    let told: Vec<(&str, bool, bool)> = told
        .map(|one| (one.target.name.as_str(), one.open, one.billed))
        .collect();
    // One that bears the mark is somebody's to look at, and keeps it from being gone.
    assert_eq!(told, [("lb-idle", false, true), ("lb-marked", true, true)]);
}
