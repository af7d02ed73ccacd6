//! Specs from accounts that never were so tidy: whatever things are called, the text is a spec, and says the same each time.

use super::*;
use crate::inventory::{Gap, GapSubject, Inventory, InventoryBuilder, Origin, OwnerIndex};
use crate::network::Gatherer;
use crate::source::Diagnostic;
use crate::spec::{Label, Role, Spec};
use crate::value::{Value, ValueExt};
use crate::yaml::value_of as object;
use std::collections::BTreeSet;

fn inventory(rows: &[(&str, &str)]) -> Inventory {
    let mut inventory = InventoryBuilder::new(false).build();
    for (name, rows) in rows {
        let rows = Value::from_json_str(rows).unwrap();
        inventory.learn_collection(name, rows.as_array().unwrap().to_vec());
    }
    inventory
}

fn imported(inventory: &Inventory) -> Imported {
    imported_beside(inventory, &[])
}

/// The same where specs of these environments lie already.
fn imported_beside(inventory: &Inventory, others: &[&str]) -> Imported {
    let (network, _) = Gatherer::new(false).build(&OwnerIndex::default());
    let clusters = inventory.collections.get("digitalocean.kubernetes_clusters");
    spec_of(&Seen {
        name: "stage",
        from: From::Context("do-fra1-stage"),
        inventory,
        network: &network,
        lasting: &network,
        cluster: clusters.and_then(|rows| rows.first()),
        account: None,
        learnt: &Learnt::default(),
        buckets: None,
        beside: &others.iter().map(|name| (*name).to_owned()).collect(),
    })
}

fn load(text: &str) -> Result<Spec, Vec<Diagnostic>> {
    crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()))
}

const CLUSTER: &str = r#"[{"id": "c1", "name": "stage", "region": "fra1", "version": "1.35.6-do.0", "vpc_uuid": "v1", "ha": false,
  "auto_upgrade": true, "surge_upgrade": true, "registries": ["acme"], "maintenance_policy": {"day": "any", "start_time": "4:00"},
  "control_plane_firewall": {"enabled": true, "allowed_addresses": ["0.0.0.0/0"]},
  "node_pools": [{"name": "on", "size": "s-4vcpu-8gb", "count": 9, "auto_scale": true, "min_nodes": 0, "max_nodes": 5, "tags": ["t"],
    "labels": {"doks.digitalocean.com/managed": "true", "for": "yes", "a.b/c": "1"},
    "taints": [{"key": "batch", "value": "", "effect": "NoSchedule"}], "nodes": [{"droplet_id": "7"}]}]}]"#;

const ACCOUNT: [(&str, &str); 7] = [
    ("digitalocean.kubernetes_clusters", CLUSTER),
    (
        "digitalocean.projects",
        r#"[{"id": "p1", "name": "Ours: #1 \"stage\"\nand more", "environment": ""}]"#,
    ),
    (
        "digitalocean.project_resources",
        r#"[{"project_id": "p1", "urn": "do:kubernetes:c1"}, {"project_id": "p1", "urn": "do:space:acme-backups"},
            {"project_id": "p2", "urn": "do:space:theirs"}]"#,
    ),
    (
        "digitalocean.vpcs",
        r#"[{"id": "v1", "name": "123", "region": "fra1", "ip_range": "10.20.0.0/20"}]"#,
    ),
    (
        "digitalocean.registries",
        r#"[{"name": "acme", "subscription": {"tier": {"slug": "starter", "included_storage_bytes": 524288000}}}]"#,
    ),
    (
        "digitalocean.firewalls",
        r#"[{"name": "k8s-c1-worker", "tags": ["k8s:c1"], "inbound_rules": []},
            {"name": "other", "tags": ["x"], "inbound_rules": []},
            {"name": "office", "tags": ["t"], "droplet_ids": [],
             "inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["198.51.100.0/24"]}},
                               {"protocol": "tcp", "ports": "0", "sources": {"addresses": ["0.0.0.0/0", "::/0"]}},
                               {"protocol": "tcp", "ports": "80", "sources": {"load_balancer_uids": ["l"]}}],
             "outbound_rules": [{"protocol": "icmp", "ports": "0", "destinations": {"addresses": ["0.0.0.0/0"]}}]}]"#,
    ),
    (
        "digitalocean.spaces_keys",
        r#"[{"name": "all", "access_key": "DO00CANARY", "grants": [{"bucket": "", "permission": "fullaccess"}]},
            {"name": "k", "access_key": "DO00CANARY", "grants": [{"bucket": "acme-backups", "permission": "read"}]},
            {"name": "wide", "access_key": "DO00CANARY", "grants": [{"bucket": "acme-backups", "permission": "read"},
                                                                {"bucket": "theirs", "permission": "read"}]}]"#,
    ),
];

#[test]
fn an_account_is_declared_as_it_is_whatever_things_are_called() {
    let inventory = inventory(&ACCOUNT);
    let Imported { text, notes } = imported(&inventory);
    let spec = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let account = spec.environment.spec.digitalocean.as_ref().unwrap();
    let cluster = account.cluster.as_ref().unwrap();
    let pool = &cluster.node_pools[0];
    assert_eq!(
        account.project.as_ref().unwrap().name.as_str(),
        "Ours: #1 \"stage\"\nand more"
    );
    assert_eq!((pool.name.as_str(), pool.count), ("on", 5));
    let labels: Vec<_> = pool.labels.iter().collect();
    assert_eq!(labels.len(), 2, "{text}");
    assert_eq!(pool.labels["for"], "yes");
    assert_eq!(cluster.maintenance.as_ref().unwrap().start_time.as_str(), "04:00");
    assert!(!cluster.high_availability && cluster.auto_upgrade);
    // What admits the world is not excused.
    assert!(cluster.control_plane_firewall.is_none());
    assert_eq!(account.firewalls.len(), 1);
    assert_eq!(account.firewalls[0].inbound_rules.len(), 1);
    assert!(notes.iter().any(|note| note.contains("1 more")), "{notes:?}");
    assert_eq!(
        account.registry.as_ref().unwrap().storage_limit.as_str(),
        "500MiB"
    );
    let spaces = account.spaces.as_ref().unwrap();
    assert_eq!(spaces.buckets.len(), 1);
    assert_eq!((spaces.keys.len(), spaces.keys[0].grants.len()), (1, 1));
    assert!(
        text.contains("# key wide is not declared: it may do more"),
        "{text}"
    );
    assert!(!text.contains("CANARY") && !text.contains("autoUpgrade"));
    assert_eq!(imported(&inventory).text, text);
}

#[test]
fn nothing_is_made_of_what_is_declared_as_it_is() {
    let inventory = inventory(&ACCOUNT);
    let spec = load(&imported(&inventory).text).unwrap();
    // A list of which nothing is imported, and that a plan reads all the same.
    let mut rows = inventory.collections.clone();
    rows.insert("digitalocean.kubernetes_options".to_owned(), Vec::new());
    let account = crate::provision::Account {
        id: None,
        rows,
        buckets: [("acme-backups".to_owned(), Ok(true))].into(),
        key_places: std::collections::BTreeMap::new(),
        declared_by_others: Vec::new(),
    };
    let plan = crate::provision::account(
        &spec,
        &account,
        &crate::provision::Provenance::default(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    assert!(plan.is_empty() && plan.conflicts.is_empty(), "{plan:?}");
}

#[test]
fn what_was_not_read_is_said_and_the_text_is_a_spec_all_the_same() {
    for present in 0..ACCOUNT.len() {
        let rows = &ACCOUNT[..present];
        let Imported { text, notes } = imported(&inventory(rows));
        load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        assert!(!notes.is_empty(), "{present}: {text}");
        assert!(notes.iter().all(|note| text.contains(&format!("# {note}"))));
    }
}

#[test]
fn buckets_beside_the_project_are_told_and_not_declared() {
    let mut rows: Vec<(&str, &str)> = ACCOUNT.to_vec();
    rows.retain(|(name, _)| !matches!(*name, "digitalocean.projects" | "digitalocean.project_resources"));
    rows.extend([
        ("digitalocean.projects", r#"[{"id": "p1", "name": "ours", "environment": ""}, {"id": "p2", "name": "theirs"},
            {"id": "p3", "name": "all the rest", "is_default": true}]"#),
        ("digitalocean.project_resources", r#"[{"project_id": "p1", "urn": "do:kubernetes:c1"}, {"project_id": "p1", "urn": "do:space:own"},
            {"project_id": "p2", "urn": "do:space:others"}, {"project_id": "p3", "urn": "do:space:left"}]"#),
        ("spaces.buckets", r#"[{"name": "own", "exists": true}, {"name": "others", "exists": true}, {"name": "left", "exists": true},
            {"name": "stray", "exists": true}, {"name": "gone", "exists": false}]"#),
    ]);
    let inventory = inventory(&rows);
    let text = imported(&inventory).text;
    let told = "# Not in the project, not declared, and no workload names them: left (in project all the rest), stray (in no project)";
    assert!(text.contains(told), "{text}");
    let spec = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let spaces = spec.environment.spec.digitalocean.unwrap().spaces.unwrap();
    assert_eq!(
        spaces
            .buckets
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        ["own"]
    );
    let (network, _) = Gatherer::new(false).build(&OwnerIndex::default());
    let blind = spec_of(&Seen {
        name: "stage",
        from: From::Snapshot,
        inventory: &inventory,
        network: &network,
        lasting: &network,
        cluster: inventory.collections["digitalocean.kubernetes_clusters"].first(),
        account: None,
        learnt: &Learnt::default(),
        buckets: Some("nobody asked"),
        beside: &BTreeSet::new(),
    });
    assert!(
        blind
            .text
            .contains("# Whether there are buckets beside the project's is not known: nobody asked"),
        "{}",
        blind.text
    );
}

/// What is imported where these objects stand, and what was noted.
fn of_objects(objects: &[Value]) -> String {
    of_objects_but(objects, None)
}

/// The same where this kind could not be read.
fn of_objects_but(objects: &[Value], unread: Option<&str>) -> String {
    let mut builder = InventoryBuilder::new(false);
    if let Some(kind) = unread {
        builder.gap(Gap {
            subject: GapSubject::Kind(kind.to_owned()),
            reason: "permission denied".to_owned(),
            detail: String::new(),
        });
    }
    let mut network = Gatherer::new(false);
    for object in objects {
        let (reference, _) = crate::inventory::identify(object).unwrap();
        builder.absorb(&reference, object, Origin::Live);
    }
    let inventory = builder.build();
    let mut learnt = Learnt::default();
    let mut lasting = Gatherer::new(false);
    for object in objects.iter().chain(&newcomers(&inventory)) {
        network.absorb(&learnt.learn(object), &inventory.owners);
    }
    for object in objects.iter().chain(&newcomers_everywhere(&inventory)) {
        if object.text_at(&["kind"]) != Some("NetworkPolicy") || crate::network::selects_every_pod(object) {
            lasting.absorb(object, &inventory.owners);
        }
    }
    let (network, _) = network.build(&inventory.owners);
    let (lasting, _) = lasting.build(&inventory.owners);
    spec_of(&Seen {
        name: "stage",
        from: From::Snapshot,
        inventory: &inventory,
        network: &network,
        lasting: &lasting,
        cluster: None,
        account: Some("nobody asked"),
        learnt: &learnt,
        buckets: None,
        beside: &BTreeSet::new(),
    })
    .text
}

fn workload(namespace: &str, name: &str) -> Value {
    object(&format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{selector: \
         {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: \
         [{{name: a, image: docker.io/acme/a}}]}}}}}}}}"
    ))
}

/// The objects of a spec with these namespaces, beside a workload in `web` and one in `db`.
fn furnished(egress: &str) -> (Spec, Vec<Value>) {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: db, role: application, network: {{accepts: {{fromNamespaces: [web]}}}}}}\n    \
         - {{name: web, role: application, network: {{accepts: {{}}, egress: {egress}}}}}\n"
    );
    let spec = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    (spec.clone(), made(&spec))
}

/// The objects that a spec makes, with what runs there.
fn made(spec: &Spec) -> Vec<Value> {
    let desired =
        crate::provision::objects::objects(spec, &crate::provision::objects::Material::default()).unwrap();
    let objects = desired.objects.into_iter().map(|one| one.value);
    objects
        .chain([workload("web", "web"), workload("db", "db")])
        .collect()
}

fn network_of(spec: &Spec, name: &str) -> Option<crate::spec::Network> {
    let mut all = spec.environment.spec.namespaces.iter();
    all.find(|namespace| namespace.name.as_str() == name)?
        .network
        .clone()
}

#[test]
fn where_pods_may_connect_to_comes_back_as_it_was_declared() {
    for egress in [
        "{}",
        "{toNamespaces: [db]}",
        "{toNamespaces: [db], sameNamespace: false}",
        "{toNamespaces: all}",
        "{outside: true}",
        "{sameNamespace: false, networks: [10.0.0.0/8, 203.0.113.7/32]}",
        "{toNamespaces: [db, kube-system], networks: [0.0.0.0/0]}",
        "{sameNamespace: false}",
    ] {
        let (declared, mut objects) = furnished(egress);
        objects.push(object(
            "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}",
        ));
        let text = of_objects(&objects);
        let imported = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        assert_eq!(
            network_of(&imported, "web").unwrap().egress,
            network_of(&declared, "web").unwrap().egress,
            "{egress}\n{text}"
        );
        assert_eq!(network_of(&imported, "db").unwrap().egress, None, "{text}");
        // So nothing differs, and nothing has to be made.
        let policies = |objects: Vec<Value>| -> Vec<String> {
            let own = objects
                .into_iter()
                .filter(|one| one.text_at(&["kind"]) == Some("NetworkPolicy"));
            own.map(|one| one.to_json_str().unwrap()).collect()
        };
        assert_eq!(policies(made(&imported)), policies(objects), "{text}");
    }
}

#[test]
fn what_a_spec_cannot_say_of_egress_is_said_beside_it() {
    let policy = |name: &str, selector: &str, egress: &str| {
        object(&format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: web}}, spec: \
             {{podSelector: {selector}, policyTypes: [Egress], egress: {egress}}}}}"
        ))
    };
    let with = |policies: &[Value]| {
        let (_, mut objects) = furnished("{}");
        objects.retain(|one| one.text_at(&["kind"]) != Some("NetworkPolicy"));
        objects.push(workload("web", "other"));
        objects.extend(policies.iter().cloned());
        of_objects(&objects)
    };
    let of_one = "{matchLabels: {app: web}}";
    let text = with(&[policy("few", of_one, "[]")]);
    let told = "# egress is not declared: some of its Pods may not connect everywhere, and others may (NetworkPolicies few)";
    assert!(text.contains(told), "{text}");
    assert_eq!(network_of(&load(&text).unwrap(), "web").unwrap().egress, None);

    // DNS is allowed anyway; a port and a Pod are more than a spec says.
    let ports = "[{ports: [{port: 53, protocol: UDP}]}, {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \
                 db}}, podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]";
    let text = with(&[policy("all", "{}", ports)]);
    assert!(
        text.contains("egress: {toNamespaces: [db], sameNamespace: false}, policies: existing}"),
        "{text}"
    );
    assert!(
        text.contains("to certain Pods or on certain ports only, which a spec does not say"),
        "{text}"
    );
}

#[test]
fn policies_that_hold_for_every_pod_may_be_made_and_others_are_left() {
    let (_, whole) = furnished("{}");
    assert!(!of_objects(&whole).contains("policies: existing"));
    // As soon as one of them selects today's Pods alone, those that are missing would be made.
    let is_of_db = |object: &Value| {
        object.text_at(&["kind"]) == Some("NetworkPolicy")
            && object.text_at(&["metadata", "namespace"]) == Some("db")
    };
    let mut narrow = whole.clone();
    narrow.retain(|object| !is_of_db(object));
    assert!(narrow.len() < whole.len());
    narrow.push(object(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: own, namespace: db}, spec: {podSelector: {matchLabels: \
         {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}, {podSelector: {}}]}]}}",
    ));
    let text = of_objects(&narrow);
    let spec = load(&text).unwrap();
    let policies = |name: &str| network_of(&spec, name).unwrap().policies;
    assert_eq!(
        policies("db"),
        Some(crate::spec::NetworkPolicies::Existing),
        "{text}"
    );
    assert_eq!(policies("web"), None);
    let made = made(&spec);
    assert!(!made.iter().any(is_of_db));
}

#[test]
fn a_rule_for_the_world_by_one_family_of_addresses_is_left_to_whoever_made_it() {
    let (_, objects) = furnished("{}");
    let with = |worlds: &[&str]| {
        let mut all = objects.clone();
        let blocks: Vec<String> = worlds
            .iter()
            .map(|world| format!("{{ipBlock: {{cidr: '{world}'}}}}"))
            .collect();
        all.push(object(&format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: world, namespace: db}}, spec: {{podSelector: {{}}, \
             ingress: [{{from: [{}]}}]}}}}",
            blocks.join(", ")
        )));
        let spec = load(&of_objects(&all)).unwrap();
        network_of(&spec, "db").unwrap().policies
    };
    assert_eq!(with(&["0.0.0.0/0", "::/0"]), None);
    for one in ["0.0.0.0/0", "::/0"] {
        assert_eq!(
            with(&[one]),
            Some(crate::spec::NetworkPolicies::Existing),
            "{one}"
        );
    }
}

#[test]
fn what_nobody_isolates_is_not_taken_for_meant() {
    let (_, mut objects) = furnished("{}");
    objects.retain(|one| {
        one.text_at(&["kind"]) != Some("NetworkPolicy")
            || one.text_at(&["metadata", "namespace"]) != Some("db")
    });
    let application = |namespace: &str| {
        object(&format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: {namespace}, namespace: argocd}}, spec: {{source: \
             {{repoURL: 'https://g/x', path: stage/{namespace}, targetRevision: main}}, destination: {{namespace: {namespace}, name: \
             in-cluster}}}}}}"
        ))
    };
    objects.extend(["db", "web"].map(application));
    let text = of_objects(&objects);
    let line = "network: {accepts: {fromNamespaces: []}, policies: existing}   # guessed: nobody; no NetworkPolicy isolates anything here, so \
                everybody may connect";
    assert!(text.contains(line), "{text}");
    let unread = of_objects_but(&objects, Some("networking.k8s.io/v1/NetworkPolicy"));
    let unknown =
        "# guessed: nobody; its NetworkPolicies were not read, so that is not known: say whom it accepts";
    assert!(unread.contains(unknown), "{unread}");
    // Nor is a namespace that Argo CD does not deliver into one whose application it would have to deliver.
    objects.retain(|one| {
        one.text_at(&["metadata", "name"]) != Some("web") || one.text_at(&["kind"]) != Some("Application")
    });
    let spec = load(&of_objects(&objects)).unwrap();
    let role = |name: &str| {
        let mut all = spec.environment.spec.namespaces.iter();
        all.find(|one| one.name.as_str() == name).unwrap().role
    };
    assert_eq!((role("db"), role("web")), (Role::Application, Role::Platform));
}

#[test]
fn what_most_applications_have_in_common_is_declared_and_what_comes_from_elsewhere_is_not() {
    let (_, mut objects) = furnished("{}");
    for name in ["argo", "argocd", "db", "tools", "web", "wide"] {
        objects.push(object(&format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"
        )));
    }
    objects.push(object(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: argocd-server, namespace: argocd}, spec: {selector: {matchLabels: {a: b}}, \
         template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: 'quay.io/argoproj/argocd:v3.5.1'}]}}}}",
    ));
    for (namespace, repository, path) in [
        ("db", "x", "stage/db"),
        ("web", "x.git", "./stage/web"),
        ("argo", "X", "stage/argo"),
        ("wide", "x", "apps/wide/stage"),
        ("tools", "y", "deploy"),
    ] {
        objects.push(object(&format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: {namespace}, namespace: argocd}}, spec: {{source: \
             {{repoURL: 'https://g/{repository}', path: {path}, targetRevision: main}}, destination: {{namespace: {namespace}, name: \
             in-cluster}}}}}}"
        )));
    }
    let text = of_objects(&objects);
    let spec = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let argocd = spec.environment.spec.delivery.argocd.as_ref().unwrap();
    assert_eq!(
        (argocd.repository.as_str(), argocd.path.as_str()),
        ("https://g/x", "stage")
    );
    let delivered: Vec<&str> = argocd.applications.iter().map(Label::as_str).collect();
    assert_eq!(delivered, ["argo", "db", "web"]);
    for name in ["tools", "wide"] {
        let mut namespaces = spec.environment.spec.namespaces.iter();
        let role = namespaces.find(|one| one.name.as_str() == name).unwrap().role;
        assert_eq!(role, Role::Platform, "{text}");
    }
    assert_eq!(
        text.matches("# No audit judges it as an application so;").count(),
        2,
        "{text}"
    );
}

#[test]
fn what_leads_into_a_cluster_of_another_name_is_told_and_not_declared() {
    let (_, mut objects) = furnished("{}");
    objects.push(object(
        "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: far, namespace: argocd}, spec: {source: {repoURL: \
         'https://g/x', path: stage/db, targetRevision: main}, destination: {namespace: db, name: prod}}}",
    ));
    let text = of_objects(&objects);
    let told = "# Applications into clusters of other names or addresses, which may be this one, are not declared: far (prod)";
    assert!(text.contains(told), "{text}");
    assert!(!text.contains("argocd:"), "{text}");
    assert!(
        text.contains("role: application   # guessed: it has NetworkPolicies\n"),
        "{text}"
    );
    load(&text).unwrap();
}

#[test]
fn who_admits_everybody_by_an_empty_rule_is_told_and_not_declared() {
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let (_, mut objects) = furnished("{}");
        change(&mut objects);
        of_objects(&objects)
    };
    let closed = with(&|_| {});
    let said = |text: &str, line: &str| {
        assert!(text.contains(line), "{line} is not in {text}");
    };
    said(&closed, "network: {accepts: {fromNamespaces: [web]}}");
    for rule in ["[{}]", "[{from: []}]", "[{from: null, ports: []}]"] {
        let opened = with(&|objects| {
            objects.retain(|one| one.text_at(&["metadata", "name"]) != Some("default-deny"));
            for namespace in ["db", "web"] {
                objects.push(object(&format!(
                    "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: default-deny, namespace: {namespace}}}, \
                     spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress], ingress: {rule}, egress: [{{}}]}}}}"
                )));
            }
        });
        said(
            &opened,
            "network: {accepts: {fromNamespaces: [web]}, policies: existing}",
        );
        said(
            &opened,
            "# NetworkPolicy default-deny admits everybody by an empty rule: that is left for the audit to tell.",
        );
        said(
            &opened,
            "# egress is not declared: default-deny lets everything out by an empty rule (NetworkPolicies default-deny",
        );
        load(&opened).unwrap();
    }
    // Certain ports are somebody's word, though not whose they are.
    let ports = with(&|objects| {
        objects.push(object(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: port, namespace: db}, spec: {podSelector: {}, \
             ingress: [{ports: [{port: 80}]}]}}",
        ));
    });
    said(
        &ports,
        "network: {accepts: {fromNamespaces: all}, policies: existing}",
    );
}

#[test]
fn with_whom_a_registry_is_shared_the_tags_say_and_no_names() {
    let other = |id: &str, name: &str, tags: &str| {
        format!(r#", {{"id": "{id}", "name": "{name}", "registries": ["acme"], "tags": {tags}}}]"#)
    };
    let beside = |others: &[String], specs: &[&str]| {
        let mut rows: Vec<(&str, &str)> = ACCOUNT.to_vec();
        let clusters = others.iter().fold(CLUSTER.to_owned(), |all, one| {
            all.strip_suffix(']').unwrap_or(&all).to_owned() + one
        });
        rows[0].1 = &clusters;
        imported_beside(&inventory(&rows), specs).text
    };
    let with = |others: &[String]| beside(others, &[]);
    let two = [
        other("c2", "do-fra1-dev", r#"["k8s", "envcheck:dev"]"#),
        other("c3", "do-fra1-fresh", r#"["k8s", "envcheck:fresh"]"#),
    ];
    let text = beside(&two, &["dev", "fresh"]);
    assert!(
        text.contains("sharedWith: [dev, fresh]   # so the tags"),
        "{text}"
    );
    load(&text).unwrap();
    // What an audit could not read makes none incomplete.
    let text = beside(&two, &["dev"]);
    assert!(text.contains("sharedWith: [dev]   # so the tags"), "{text}");
    assert!(
        text.contains("# Clusters of fresh pull from it too, so their tags say"),
        "{text}"
    );
    assert!(
        text.contains("Once there is fresh.yaml, write them under sharedWith"),
        "{text}"
    );
    load(&text).unwrap();
    let text = with(&[other("c2", "dev", r#"["k8s"]"#)]);
    assert!(!text.contains("sharedWith: ["), "{text}");
    let told = "# Clusters pull from it of which nothing says whose they are: dev. Write their environments under sharedWith";
    assert!(text.contains(told), "{text}");
    load(&text).unwrap();
    let text = with(&[other("c2", "two", r#"["envcheck:stage", "envcheck:-no"]"#)]);
    assert!(!text.contains("sharedWith"), "{text}");
}

#[test]
fn what_a_namespace_may_use_comes_back_whatever_it_is_for_and_whatever_runs_there() {
    let text = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nspec:\n  namespaces:\n    \
         - {name: db, role: application, network: {accepts: {fromNamespaces: all}}, quota: {pods: 20, requests.cpu: \"4\"}}\n    \
         - {name: ops, role: platform, quota: {limits.memory: 8Gi}, limits: {default: {cpu: 500m}, max: {memory: 1Gi}}}\n    \
         - name: lone\n      role: application\n      quota: {pods: 5}\n      \
           network: {accepts: {fromNamespaces: [db]}, egress: {toNamespaces: [db]}}\n";
    let declared = load(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut objects = made(&declared);
    // In `lone` nothing runs, and NetworkPolicies are all that says what it is for.
    objects.retain(|one| one.text_at(&["kind"]) != Some("Deployment"));
    let text = of_objects(&objects);
    let imported = load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let lone = "role: application   # guessed: it has NetworkPolicies";
    assert!(text.contains(lone), "{text}");
    let (before, after) = (made(&declared), made(&imported));
    let told = |objects: &[Value]| -> Vec<String> {
        let own = objects
            .iter()
            .filter(|one| one.text_at(&["kind"]) != Some("Deployment"));
        let mut told: Vec<String> = own.map(|one| one.to_json_str().unwrap()).collect();
        told.sort();
        told
    };
    assert_eq!(told(&after), told(&before), "{text}");
}

#[test]
fn limits_that_a_spec_cannot_say_or_others_made_are_said_beside_it() {
    let limit = |kind: &str, name: &str, spec: &str| {
        object(&format!(
            "{{apiVersion: v1, kind: {kind}, metadata: {{name: {name}, namespace: web}}, spec: {spec}}}"
        ))
    };
    let (_, mut objects) = furnished("{}");
    objects.extend([
        limit("ResourceQuota", "theirs", "{hard: {pods: \"3\"}}"),
        limit(
            "ResourceQuota",
            "best",
            "{hard: {pods: \"3\"}, scopes: [BestEffort]}",
        ),
        limit("ResourceQuota", "odd", "{hard: {cpu: \"1e3\"}}"),
        limit("LimitRange", "pods", "{limits: [{type: Pod, max: {cpu: 1}}]}"),
        limit(
            "LimitRange",
            "ratio",
            "{limits: [{type: Container, maxLimitRequestRatio: {cpu: 2}}]}",
        ),
        limit("LimitRange", "both", "{limits: [{type: Container}, {type: Pod}]}"),
    ]);
    let text = of_objects(&objects);
    load(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    for told in [
        "# ResourceQuota theirs is not declared: a spec calls its own `declared`, which would be made beside it; it says quota: {pods: \"3\"}",
        "# ResourceQuota best is not declared: it counts some Pods only",
        "# ResourceQuota odd is not declared: an amount in it",
        "# LimitRange pods is not declared: it limits something else",
        "# LimitRange ratio is not declared: it limits something else",
        "# LimitRange both is not declared: it limits several things",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
}
