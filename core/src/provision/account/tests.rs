//! Plans for accounts that lack everything, something, nothing; and for those that cannot become what is declared.

use super::*;
use crate::plan::{Deed, Making};
use crate::value::{array, object};

const SPEC: &str = r#"apiVersion: envcheck.dev/v1
kind: Environment
metadata: {name: stage}
spec:
  digitalocean:
    region: fra1
    project: {name: stage, environment: Staging}
    vpc: {name: stage, ipRange: 10.20.0.0/20}
    cluster:
      name: stage
      version: "1.35"
      clusterSubnet: 10.120.0.0/16
      serviceSubnet: 10.121.0.0/20
      maintenance: {day: sunday, startTime: "03:00"}
      controlPlaneFirewall: {allowedAddresses: [203.0.113.0/24]}
      nodePools:
        - {name: general, size: s-4vcpu-8gb, count: 3, autoscale: {min: 2, max: 5}}
        - {name: batch, size: s-2vcpu-4gb, count: 1, labels: {for: batch}, taints: [{key: batch, effect: NoSchedule}]}
    registry: {name: acme, owner: stage, sharedWith: [dev], storageLimit: 5GiB}
    firewalls:
      - {name: office, inboundRules: [{protocol: tcp, ports: "22", sources: {addresses: [198.51.100.0/24]}}]}
    spaces:
      buckets: [{name: acme-backups, purpose: databaseBackups, versioning: true}]
"#;

fn spec(text: &str) -> Spec {
    crate::spec::load("main.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap()
}

fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

fn compact(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

/// An account with nothing in it but what every account has.
fn empty() -> Account {
    let rows = [
        (
            "digitalocean.kubernetes_options",
            r#"[{"versions": [{"slug": "1.36.0-do.0"}, {"slug": "1.35.9-do.1"}, {"slug": "1.35.10-do.0"}],
                 "regions": [{"slug": "fra1"}], "sizes": [{"slug": "s-4vcpu-8gb"}, {"slug": "s-2vcpu-4gb"}]}]"#,
        ),
        (
            "digitalocean.sizes",
            r#"[{"slug": "s-4vcpu-8gb", "price_monthly": 48.0}, {"slug": "s-2vcpu-4gb", "price_monthly": 24}]"#,
        ),
        (
            "digitalocean.registry_options",
            r#"[{"subscription_tiers": [{"slug": "basic", "monthly_price_in_cents": 500}]}]"#,
        ),
        (
            "digitalocean.vpcs",
            r#"[{"id": "d", "name": "default-fra1", "region": "fra1", "ip_range": "10.135.0.0/16"}]"#,
        ),
    ];
    let none = COLLECTIONS.map(|name| (name, "[]"));
    Account {
        id: None,
        rows: none
            .into_iter()
            .chain(rows)
            .map(|(name, rows)| (name.to_owned(), value(rows).items().to_vec()))
            .collect(),
        buckets: BTreeMap::from([("acme-backups".to_owned(), Ok(false))]),
        key_places: BTreeMap::new(),
        declared_by_others: Vec::new(),
    }
}

fn planned(spec: &Spec, account: &Account) -> Provisioning {
    super::account(spec, account, &Provenance::default(), Timestamp::UNIX_EPOCH)
}

/// Does a step as the API would.
fn done(account: &mut Account, deed: &Deed) {
    let deed = deed
        .resolved(&|kind, name| account.id("fra1", kind, name))
        .unwrap();
    let id = format!("id-{}", account.rows.values().map(Vec::len).sum::<usize>());
    let mut row: Vec<(String, Value)> = deed
        .data
        .members()
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    row.push(("id".to_owned(), Value::from(id.as_str())));
    row.push(("name".to_owned(), Value::from(deed.target.name.as_str())));
    if deed.target.kind == "Registry" {
        let tier = deed.data.text_at(&["subscription_tier_slug"]).unwrap();
        row.push((
            "subscription".to_owned(),
            value(&format!(r#"{{"tier": {{"slug": "{tier}"}}}}"#)),
        ));
    }
    let row = object(row.iter().map(|(key, value)| (key.as_str(), value.clone())));
    let collection = match deed.target.kind.as_str() {
        "Bucket" => {
            account.buckets.insert(deed.target.name, Ok(true));
            return;
        }
        "ProjectResource" => {
            let row = object([
                ("project_id", deed.data.field("project_id").unwrap().clone()),
                ("urn", Value::from(deed.target.name.as_str())),
            ]);
            account
                .rows
                .entry("digitalocean.project_resources".to_owned())
                .or_default()
                .push(row);
            return;
        }
        "RegistryIntegration" | "NodePool" => {
            for cluster in account.rows.get_mut("digitalocean.kubernetes_clusters").unwrap() {
                let mut members: BTreeMap<String, Value> = cluster
                    .members()
                    .map(|(key, value)| (key.to_owned(), value.clone()))
                    .collect();
                if deed.target.kind == "NodePool" {
                    let pools = cluster
                        .items_at(&["node_pools"])
                        .iter()
                        .cloned()
                        .chain([row.clone()]);
                    members.insert("node_pools".to_owned(), array(pools));
                } else {
                    members.insert(
                        "registries".to_owned(),
                        deed.data.field("registries").unwrap().clone(),
                    );
                }
                *cluster = object(members.iter().map(|(key, value)| (key.as_str(), value.clone())));
            }
            return;
        }
        "Project" => "projects",
        "VPC" => "vpcs",
        "Registry" => "registries",
        "Cluster" => "kubernetes_clusters",
        "Firewall" => "firewalls",
        other => panic!("{other}"),
    };
    account
        .rows
        .entry(format!("digitalocean.{collection}"))
        .or_default()
        .push(row);
}

fn summaries(steps: &[Making]) -> Vec<&str> {
    steps.iter().map(|one| one.step.summary.as_str()).collect()
}

#[test]
fn an_empty_account_gets_everything_in_the_order_in_which_it_is_possible() {
    let spec = spec(SPEC);
    let plan = planned(&spec, &empty());
    assert_eq!(
        summaries(&plan.steps),
        [
            "create project stage",
            "create VPC stage in fra1 (10.20.0.0/20)",
            "create registry acme, tier basic",
            "create cluster stage in fra1, Kubernetes 1.35.10-do.0",
            "let cluster stage pull from registry acme",
            "create firewall office",
            "create bucket acme-backups in fra1, private, with versions",
            "assign cluster stage to project stage",
            "assign bucket acme-backups to project stage",
        ]
    );
    assert_eq!(plan.conflicts, []);
    // What a step waits for comes before it.
    for (at, making) in plan.steps.iter().enumerate() {
        for before in &making.after {
            assert!(
                plan.steps[..at].iter().any(|one| one.step.id == *before),
                "{making:?}"
            );
        }
    }
    let cluster = &plan.steps[3].step.deed.data;
    assert_eq!(cluster.text_at(&["vpc_uuid"]), Some("<id of VPC stage>"));
    assert_eq!(cluster.field("ha"), Some(&Value::from(true)));
    assert_eq!(cluster.items_at(&["tags"]), [Value::from("envcheck:stage")]);
    assert_eq!(plan.steps[3].after, [plan.steps[1].step.id.clone()]);
    assert_eq!(plan.cents(true), 3 * 4_800 + 2_400 + 500);
    let unknown: Vec<_> = plan.bill.iter().filter(|line| line.cents.is_none()).collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
}

#[test]
fn what_was_made_is_not_made_again_however_far_it_came() {
    let spec = spec(SPEC);
    let whole = planned(&spec, &empty());
    for many in 0..=whole.steps.len() {
        let mut account = empty();
        for making in &whole.steps[..many] {
            done(&mut account, &making.step.deed);
        }
        let rest = planned(&spec, &account);
        assert_eq!(rest.conflicts, []);
        assert_eq!(
            summaries(&rest.steps),
            summaries(&whole.steps[many..]),
            "after {many}"
        );
        // Who has read a plan may name its steps after each of them: what they name exists by then, or does not.
        let ids = |steps: &[Making]| -> Vec<String> { steps.iter().map(|one| one.step.id.clone()).collect() };
        assert_eq!(ids(&rest.steps), ids(&whole.steps[many..]), "after {many}");
        // Doing the rest makes it whole, and nothing is there twice.
        for making in &rest.steps {
            done(&mut account, &making.step.deed);
        }
        let last = planned(&spec, &account);
        assert!(last.is_empty() && !last.differs(), "{last:#?}");
        assert!(
            last.standing.iter().filter(|one| one.created).count() >= 3,
            "{:#?}",
            last.standing
        );
        // Of what carries no mark only a journal says who made it, and there is none here.
        let adopts = last.adoptions.iter().map(|one| one.target.kind.as_str());
        assert_eq!(adopts.collect::<Vec<_>>(), ["Bucket", "Firewall"]);
        assert_eq!(last.cents(true), 0);
    }
}

#[test]
fn a_pool_that_is_missing_is_made_and_one_of_another_size_is_not_touched() {
    let spec = spec(SPEC);
    let mut account = empty();
    for making in planned(&spec, &empty()).steps {
        done(&mut account, &making.step.deed);
    }
    let clusters = account.rows.get_mut("digitalocean.kubernetes_clusters").unwrap();
    let text = compact(&clusters[0]);
    let text = text
        .replace("\"batch\"", "\"other\"")
        .replace("s-4vcpu-8gb", "s-8vcpu-16gb");
    clusters[0] = value(&text);
    let plan = planned(&spec, &account);
    assert_eq!(
        summaries(&plan.steps),
        ["create node pool batch of 1 s-2vcpu-4gb in cluster stage"]
    );
    assert!(plan.differs());
    let general = plan
        .standing
        .iter()
        .find(|one| one.target.name == "general")
        .unwrap();
    assert!(
        general.differs[0].words.contains("its size is s-8vcpu-16gb"),
        "{general:?}"
    );
}

#[test]
fn a_step_is_known_by_what_it_names_and_holds_the_ids_of_what_exists() {
    let spec = spec(SPEC);
    let whole = planned(&spec, &empty());
    let assigned = |steps: &[Making]| {
        let mut own = steps
            .iter()
            .filter(|one| one.step.summary == "assign bucket acme-backups to project stage");
        own.next().unwrap().step.clone()
    };
    let before = assigned(&whole.steps);
    assert_eq!(before.deed.project(), Some("<id of Project stage>"));
    let mut account = empty();
    done(&mut account, &whole.steps[0].step.deed);
    let after = assigned(&planned(&spec, &account).steps);
    assert_eq!(after.id, before.id);
    assert_eq!(
        after.deed.project().map(ToOwned::to_owned),
        account.id("fra1", "Project", "stage")
    );
    // Another project is another step.
    let elsewhere = super::tests::spec(&SPEC.replace("project: {name: stage", "project: {name: other"));
    let other = planned(&elsewhere, &empty());
    assert!(
        other.steps.iter().all(|one| one.step.id != before.id),
        "{other:#?}"
    );
}

#[test]
fn what_another_environment_declares_is_taken() {
    let own = spec(SPEC);
    let text = SPEC
        .replace("{name: stage}", "{name: dev}")
        .replace("10.20.0.0/20", "10.20.8.0/22");
    let conflicts = |other: &str| {
        let account = Account {
            key_places: BTreeMap::new(),
            declared_by_others: addresses_of_others([&spec(other)]),
            ..empty()
        };
        let conflicts = planned(&own, &account).conflicts;
        conflicts.into_iter().map(|one| one.why).collect::<Vec<_>>()
    };
    // The same network and cluster are shared.
    assert_eq!(conflicts(&text.replace("10.20.8.0/22", "10.20.0.0/20")), [""; 0]);
    let renamed = text.replace("name: stage,", "name: dev,");
    let found = conflicts(&renamed);
    assert!(
        found
            .iter()
            .any(|why| why.contains("overlaps 10.20.8.0/22 of VPC dev, which environment dev declares")),
        "{found:?}"
    );
    // What stands already is not stopped by somebody who would like to have its addresses.
    let mut whole = empty();
    for making in planned(&own, &empty()).steps {
        done(&mut whole, &making.step.deed);
    }
    whole.declared_by_others = addresses_of_others([&spec(&renamed)]);
    let plan = planned(&own, &whole);
    assert_eq!(plan.conflicts, []);
    let note = "10.20.8.0/22 of VPC dev, which environment dev declares, overlaps 10.20.0.0/20 of VPC stage, which stands: it cannot be made so";
    assert!(plan.notes.iter().any(|one| one == note), "{:#?}", plan.notes);
}

#[test]
fn what_could_only_be_replaced_stands_in_the_way() {
    let spec = spec(SPEC);
    let mut whole = empty();
    for making in planned(&spec, &empty()).steps {
        done(&mut whole, &making.step.deed);
    }
    let cases: [(&str, &str, &str, &str); 7] = [
        (
            "vpcs",
            "10.20.0.0/20",
            "10.21.0.0/20",
            "has the addresses 10.21.0.0/20",
        ),
        (
            "vpcs",
            "10.135.0.0/16",
            "10.20.8.0/24",
            "overlaps 10.20.8.0/24 of VPC default-fra1",
        ),
        ("vpcs", "10.135.0.0/16", "10.0.0.0/8", "overlaps 10.0.0.0/8"),
        (
            "kubernetes_clusters",
            "10.120.0.0/16",
            "10.130.0.0/16",
            "cluster_subnet 10.130.0.0/16",
        ),
        (
            "kubernetes_clusters",
            "\"vpc_uuid\":\"",
            "\"vpc_uuid\":\"other-",
            "its nodes in VPC other-",
        ),
        (
            "registries",
            "acme",
            "others",
            "the team has the registry others already",
        ),
        (
            "kubernetes_clusters",
            "\"region\":",
            "\"status\":{\"state\":\"error\"},\"region\":",
            "is in state error",
        ),
    ];
    for (collection, from, to, why) in cases {
        let mut account = whole.clone();
        for row in account
            .rows
            .get_mut(&format!("digitalocean.{collection}"))
            .unwrap()
        {
            *row = value(&compact(row).replace(from, to));
        }
        let plan = planned(&spec, &account);
        let found = plan
            .conflicts
            .iter()
            .any(|conflict| conflict.why.contains(why) && !conflict.hint.is_empty());
        assert!(found, "{why}: {:#?}", plan.conflicts);
    }
    // Two clusters of one name: nobody knows which is meant.
    let mut account = whole.clone();
    let clusters = account.rows.get_mut("digitalocean.kubernetes_clusters").unwrap();
    clusters.push(clusters[0].clone());
    let plan = planned(&spec, &account);
    assert!(
        plan.conflicts[0].why.contains("2 clusters called stage"),
        "{:?}",
        plan.conflicts
    );
    // Nobody knows whether a bucket exists.
    let mut account = empty();
    account.buckets = BTreeMap::from([("acme-backups".to_owned(), Err("there is no key".to_owned()))]);
    let plan = planned(&spec, &account);
    assert!(
        plan.conflicts[0].why.contains("there is no key"),
        "{:?}",
        plan.conflicts
    );
    // What is not offered.
    for (from, to, why) in [
        ("\"1.35\"", "\"1.34\"", "Kubernetes 1.34 is not offered"),
        ("s-4vcpu-8gb", "s-9vcpu", "which is not offered"),
    ] {
        let spec = super::tests::spec(&SPEC.replace(from, to));
        let plan = planned(&spec, &empty());
        assert!(
            plan.conflicts.iter().any(|conflict| conflict.why.contains(why)),
            "{:?}",
            plan.conflicts
        );
    }
}

#[test]
fn a_setting_that_differs_is_told_and_nothing_is_made() {
    let spec = spec(SPEC);
    let mut account = empty();
    for making in planned(&spec, &empty()).steps {
        done(&mut account, &making.step.deed);
    }
    for (collection, from, to) in [
        (
            "kubernetes_clusters",
            "\"auto_upgrade\":true",
            "\"auto_upgrade\":false",
        ),
        ("kubernetes_clusters", "1.35.10-do.0", "1.34.1-do.0"),
        ("registries", "basic", "professional"),
        ("projects", "Staging", "Production"),
    ] {
        let mut account = account.clone();
        for row in account
            .rows
            .get_mut(&format!("digitalocean.{collection}"))
            .unwrap()
        {
            *row = value(&compact(row).replace(from, to));
        }
        let plan = planned(&spec, &account);
        assert!(plan.is_empty() && plan.differs(), "{to}: {plan:#?}");
    }
}

/// What is said of a cluster with this version where that one is declared: conflicts with their hints, and differences.
fn of_version(declared: &str, runs: &str) -> (Vec<String>, Vec<String>) {
    let mut account = empty();
    for making in planned(&spec(SPEC), &empty()).steps {
        done(&mut account, &making.step.deed);
    }
    for row in account.rows.get_mut("digitalocean.kubernetes_clusters").unwrap() {
        *row = value(&compact(row).replace("1.35.10-do.0", runs));
    }
    let plan = planned(
        &spec(&SPEC.replace("\"1.35\"", &format!("\"{declared}\""))),
        &account,
    );
    let conflicts = plan.conflicts.iter();
    let standing = plan.standing.iter().filter(|one| one.target.kind == "Cluster");
    let differs = standing.flat_map(|one| &one.differs);
    assert!(differs.clone().all(|one| !one.repaired));
    (
        conflicts
            .map(|one| format!("{} ({})", one.why, one.hint))
            .collect(),
        differs.map(|one| one.words.clone()).collect(),
    )
}

#[test]
fn a_version_is_reached_by_hand_or_never() {
    let none = Vec::<String>::new;
    for same in ["1.35", "1.35.10-do.0", "1.35.10"] {
        assert_eq!(of_version(same, "1.35.10-do.0"), (none(), none()));
    }
    // One that new clusters cannot have any more is no mistake where it runs.
    assert_eq!(of_version("1.30", "1.30.2-do.0"), (none(), none()));
    for never in ["1.40", "1.35.11-do.0", "1.36.1"] {
        let conflict = format!(
            "Kubernetes {never} is not offered: 1.36.0-do.0, 1.35.9-do.1, 1.35.10-do.0; cluster stage runs 1.35.10-do.0 (declare a \
             version that is offered, or the one that runs: 1.35)"
        );
        assert_eq!(of_version(never, "1.35.10-do.0"), (vec![conflict], none()));
    }
    let by_hand = |wanted: &str, is: &str, what: &str| {
        let words = format!("its version is {is}, declared is {wanted}: {what}");
        assert_eq!(of_version(wanted, is), (none(), vec![words]));
    };
    by_hand(
        "1.36",
        "1.35.10-do.0",
        "1.36.0-do.0 is offered; upgrade it yourself, one minor version after the other: doctl kubernetes cluster upgrade stage",
    );
    by_hand(
        "1.35.10",
        "1.35.9-do.1",
        "1.35.10-do.0 is offered; upgrade it yourself: doctl kubernetes cluster upgrade stage --version 1.35.10-do.0",
    );
    for older in ["1.34", "1.30", "1.35.9-do.1", "1.35.9"] {
        by_hand(
            older,
            "1.35.10-do.0",
            "no cluster goes back, so declare what runs: 1.35",
        );
    }
}

#[test]
fn a_highly_available_control_plane_is_billed_where_it_stands_and_never_goes() {
    let declares = |ha: bool| {
        spec(&SPEC.replace(
            "version: \"1.35\"",
            &format!("version: \"1.35\"\n      highAvailability: {ha}"),
        ))
    };
    let billed = |plan: &Provisioning| {
        let mut lines = plan.bill.iter();
        lines
            .find(|line| line.what.contains("control plane"))
            .map(|line| line.new)
    };
    let told = |plan: &Provisioning| -> Vec<String> {
        let ways = plan.standing.iter().flat_map(|one| &one.differs);
        ways.map(|one| one.words.clone()).collect()
    };
    for (stands, declared, what) in [
        (true, true, None),
        (
            true,
            false,
            Some("ha is true, declared is false: it cannot be switched off, so declare it"),
        ),
        (
            false,
            true,
            Some(
                "ha is false, declared is true: it is billed, and never switched off again: doctl kubernetes cluster update stage --ha",
            ),
        ),
        (false, false, None),
    ] {
        assert_eq!(
            billed(&planned(&declares(stands), &empty())),
            stands.then_some(true)
        );
        let mut account = empty();
        for making in planned(&declares(stands), &empty()).steps {
            done(&mut account, &making.step.deed);
        }
        let plan = planned(&declares(declared), &account);
        assert_eq!(billed(&plan), stands.then_some(false));
        let what: Vec<String> = what.into_iter().map(str::to_owned).collect();
        assert_eq!(told(&plan), what);
    }
}

#[test]
fn what_the_account_may_not_have_is_told_before_anything_is_made() {
    let spec = spec(SPEC);
    let told = |account: &Account| -> Vec<String> {
        let conflicts = planned(&spec, account).conflicts.into_iter();
        conflicts.map(|one| one.why).collect()
    };
    // Three nodes of one pool, and one of the other.
    for (limit, stand, why) in [
        (None, "[]", None),
        (Some(4), "[]", None),
        (
            Some(3),
            "[]",
            Some("may have 3 Droplets at one time, too few for 4 nodes more"),
        ),
        (
            Some(10),
            r#"[{"id": "o", "name": "other", "region": "fra1", "node_pools": [{"count": 5}, {"count": 2}]}]"#,
            Some(
                "may have 10 Droplets at one time, too few for 4 nodes more beside the 7 nodes of its clusters",
            ),
        ),
    ] {
        let mut account = empty();
        account.may_have(limit);
        let rows = value(stand).items().to_vec();
        account
            .rows
            .insert("digitalocean.kubernetes_clusters".to_owned(), rows);
        let why: Vec<String> = why.into_iter().map(|why| format!("the account {why}")).collect();
        assert_eq!(told(&account), why);
    }
    // What stands already is no question.
    let mut account = empty();
    for making in planned(&spec, &empty()).steps {
        done(&mut account, &making.step.deed);
    }
    account.may_have(Some(1));
    assert_eq!(told(&account), [""; 0]);
}

#[test]
fn a_list_that_was_not_read_is_no_empty_list() {
    let spec = spec(SPEC);
    for collection in COLLECTIONS {
        let mut account = empty();
        account.rows.remove(collection);
        let plan = planned(&spec, &account);
        let told = plan
            .conflicts
            .iter()
            .any(|conflict| conflict.why.contains(collection));
        assert!(told, "{collection}: {:?}", plan.conflicts);
    }
}

#[test]
fn without_a_declared_account_there_is_nothing_to_make() {
    let spec = spec("apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: a}\nspec: {}\n");
    assert!(planned(&spec, &Account::default()).is_empty());
}

#[test]
fn a_new_network_has_none_of_the_addresses_that_digitalocean_keeps() {
    let told = |range: &str| -> Vec<String> {
        let spec = spec(&SPEC.replace("10.20.0.0/20", range));
        let plan = planned(&spec, &empty());
        plan.conflicts.into_iter().map(|one| one.why).collect()
    };
    assert_eq!(told("10.20.0.0/16"), [""; 0]);
    for (range, why) in [
        ("10.245.16.0/20", ": DigitalOcean keeps 10.245.0.0/16 for itself"),
        ("10.246.0.0/20", ": DigitalOcean keeps 10.246.0.0/24 for itself"),
    ] {
        assert_eq!(
            told(range),
            [format!("VPC stage cannot have the addresses {range}{why}")]
        );
    }
}

/// An account in which all of the spec is.
fn whole(spec: &Spec) -> Account {
    let mut account = empty();
    for making in planned(spec, &empty()).steps {
        done(&mut account, &making.step.deed);
    }
    account
}

/// Changes the text of the rows of a collection.
fn change(account: &mut Account, collection: &str, change: impl Fn(String) -> String) {
    let rows = account.rows.get_mut(&format!("digitalocean.{collection}"));
    for row in rows.unwrap() {
        *row = value(&change(compact(row)));
    }
}

#[test]
fn the_network_of_the_cluster_is_the_same_one_under_another_name() {
    let spec = spec(SPEC);
    let mut account = whole(&spec);
    change(&mut account, "vpcs", |row| {
        row.replace(r#""name":"stage""#, r#""name":"stage-x""#)
    });
    let conflicts = planned(&spec, &account).conflicts;
    assert_eq!(conflicts.len(), 1, "{conflicts:#?}");
    let (why, hint) = (&conflicts[0].why, &conflicts[0].hint);
    assert_eq!(
        why,
        "the network of the cluster is called stage-x, declared is stage"
    );
    assert!(hint.contains("doctl vpcs update id-"), "{hint}");
    let (rows, _) = rows(&spec, &account, &BTreeMap::new());
    let vpc = rows.iter().find(|row| row.target.kind == "VPC").unwrap();
    assert_eq!(vpc.declared.text_at(&["name"]), Some("stage"));
    assert_eq!(vpc.live.as_ref().unwrap().text_at(&["name"]), Some("stage-x"));
}

#[test]
fn what_lies_before_the_nodes_and_is_not_declared_is_told_however_it_names_them() {
    let spec = spec(SPEC);
    let mut account = whole(&spec);
    let id = account.id("fra1", "Cluster", "stage").unwrap();
    change(&mut account, "kubernetes_clusters", |row| {
        row.replace(
            r#""name":"general""#,
            r#""name":"general","nodes":[{"droplet_id":"41"},{"droplet_id":"42"}]"#,
        )
    });
    let firewalls = format!(
        r#"[{{"id": "1", "name": "by-tag", "tags": ["k8s:{id}"], "droplet_ids": []}}, {{"id": "2", "name": "by-id", "tags": [], "droplet_ids": [42]}},
            {{"id": "3", "name": "others", "tags": ["web"], "droplet_ids": [7]}}, {{"id": "4", "name": "k8s-{id}-worker", "tags": ["k8s:{id}"], "droplet_ids": [41]}},
            {{"id": "5", "name": "k8s-mine", "tags": ["k8s:{id}"], "droplet_ids": []}}, {{"id": "6", "name": "of-all", "tags": ["k8s:worker"], "droplet_ids": []}}]"#
    );
    let all = account.rows.get_mut("digitalocean.firewalls").unwrap();
    all.extend(value(&firewalls).items().iter().cloned());
    let (_, beside) = rows(&spec, &account, &BTreeMap::new());
    let names: Vec<&str> = beside.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["by-id", "by-tag", "k8s-mine", "of-all"]);
}

#[test]
fn what_stands_is_billed_whatever_is_declared_and_what_is_shared_once() {
    let own = spec(SPEC);
    let account = whole(&own);
    assert_eq!(planned(&own, &account).cents(false), 3 * 4_800 + 2_400 + 500);
    let batch = SPEC.lines().find(|line| line.contains("name: batch")).unwrap();
    let less = planned(&spec(&SPEC.replace(&format!("{batch}\n"), "")), &account);
    assert_eq!(less.cents(false), 3 * 4_800 + 2_400 + 500);
    let what = less.bill.iter().map(|line| line.what.as_str());
    assert!(
        what.into_iter()
            .any(|what| what == "1 node s-2vcpu-4gb (pool batch), not declared"),
        "{:?}",
        less.bill
    );
    // Whoever shares it does not pay it again, unless nobody has made it.
    let shared = spec(&SPEC.replace(
        "owner: stage, sharedWith: [dev]",
        "owner: dev, sharedWith: [stage]",
    ));
    assert_eq!(planned(&shared, &account).cents(false), 3 * 4_800 + 2_400);
    assert_eq!(planned(&shared, &empty()).cents(true), 3 * 4_800 + 2_400 + 500);
}
