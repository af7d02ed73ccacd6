//! What of a cluster that stays goes, in which order, and what stays there.

use super::tests::{planned, proofs, stays as staying, stock, value};
use super::*;
use crate::plan::{Removal, Step};

/// DEV's cluster was there before: nothing marks it.
fn adopted(objects: &[&str]) -> Stock {
    let mut stock = stock();
    let rows = stock
        .account
        .rows
        .get_mut("digitalocean.kubernetes_clusters")
        .unwrap();
    for row in rows
        .iter_mut()
        .filter(|row| row.text_at(&["id"]) == Some("c-dev"))
    {
        let text = row.to_json_str().unwrap().replace("envcheck:dev", "terraform");
        *row = value(&text);
    }
    stock.marked = Some(Ok(Marked {
        objects: objects.iter().map(|text| value(text)).collect(),
        ..Marked::default()
    }));
    stock
}

pub(super) fn object(api_version: &str, kind: &str, namespace: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{"apiVersion": "{api_version}", "kind": "{kind}", "metadata": {{"namespace": "{namespace}", "name": "{name}", "uid": "u-{name}",
            "labels": {{"envcheck.dev/environment": "dev"}}{more}}}}}"#
    )
    .replace(r#""namespace": "", "#, "")
}

pub(super) fn inside(plan: &Removing) -> Vec<&Removal> {
    let steps = plan.steps.iter();
    steps.filter(|one| one.step.deed.in_cluster()).collect()
}

pub(super) fn with(objects: &[String]) -> Stock {
    adopted(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn what_is_marked_goes_in_order_and_what_takes_others_along_stays_unless_it_is_named() {
    let cascading = r#", "finalizers": ["resources-finalizer.argocd.argoproj.io/background"]"#;
    let stock = with(&[
        object("v1", "Namespace", "", "web", ""),
        object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "",
            "applications.argoproj.io",
            "",
        ),
        object("networking.k8s.io/v1", "NetworkPolicy", "web", "accept-web", ""),
        object("networking.k8s.io/v1", "NetworkPolicy", "web", "default-deny", ""),
        object("argoproj.io/v1alpha1", "Application", "argocd", "web", ""),
        object("argoproj.io/v1alpha1", "Application", "argocd", "all", cascading),
        object("apps/v1", "Deployment", "argocd", "argocd-server", ""),
        object("v1", "ResourceQuota", "web", "quota", ""),
    ]);
    assert_eq!(
        stays(&super::tests::spec(), &stock, &proofs(), &Choice::default()),
        Some(true)
    );
    let plan = planned(&stock, &proofs(), &Choice::default());
    let steps = inside(&plan);
    let summaries: Vec<&str> = steps.iter().map(|one| one.step.summary.as_str()).collect();
    assert_eq!(
        summaries,
        [
            "delete Application argocd/web",
            "delete Deployment argocd/argocd-server",
            "delete ResourceQuota web/quota",
            "delete NetworkPolicy web/default-deny",
            "delete NetworkPolicy web/accept-web",
        ]
    );
    assert!(
        steps
            .iter()
            .all(|one| !one.adopted && one.proof == "labelled envcheck.dev/environment: dev")
    );
    assert_eq!(
        steps[0].step.cautions,
        ["what it has delivered stays and goes on running"]
    );
    assert_eq!(steps[1].after, std::slice::from_ref(&steps[0].step.id));
    assert_eq!(steps[4].after, std::slice::from_ref(&steps[3].step.id));
    assert!(steps[3].step.cautions[0].contains("is open to everybody from then on"));
    for (name, why) in [
        ("all", "all that it has delivered would go with it"),
        (
            "applications.argoproj.io",
            "every object of its kind would go with it",
        ),
    ] {
        let one = staying(&plan, name);
        assert!(
            one.why.starts_with(why) && !one.open && one.step.is_some(),
            "{one:?}"
        );
    }
    let namespace = plan
        .staying
        .iter()
        .find(|one| one.target.kind == "Namespace")
        .unwrap();
    assert!(
        namespace
            .why
            .contains("also what others made there; whether volumes are claimed"),
        "{}",
        namespace.why
    );

    let choice = Choice {
        named: namespace.step.iter().cloned().collect(),
        adopted: false,
        ..Choice::default()
    };
    let named = planned(&stock, &proofs(), &choice);
    let last = *inside(&named).last().unwrap();
    assert_eq!(last.step.summary, "delete Namespace web");
    assert_eq!(last.after.len(), 3, "after all that goes in it");
}

#[test]
fn what_another_controller_finishes_does_not_go_unnamed_with_what_holds_it() {
    let cascading = r#", "finalizers": ["resources-finalizer.argocd.argoproj.io"]"#;
    let texts = [
        object("v1", "Namespace", "", "argocd", ""),
        object("argoproj.io/v1alpha1", "Application", "argocd", "all", cascading),
    ];
    let [namespace, application] = [0, 1].map(|at| value(&texts[at]));
    let [its_id, application_id] =
        [&namespace, &application].map(|one| Step::id_of(&deletion(one, &Marked::default())));
    let holding = |objects: &[&Value]| {
        let mut held = Held::default();
        for one in objects {
            held.take("any", one);
        }
        held
    };
    let planned_with = |held: Held, named: &[&String]| {
        let mut stock = with(&texts);
        let marked = stock.marked.as_mut().unwrap().as_mut().unwrap();
        let uid = namespace.text_at(&["metadata", "uid"]).unwrap();
        marked.held.insert(uid.to_owned(), held);
        let choice = Choice {
            named: named.iter().map(|id| (*id).clone()).collect(),
            adopted: false,
            ..Choice::default()
        };
        planned(&stock, &proofs(), &choice)
    };
    let in_the_way = |plan: &Removing| {
        let own = plan.conflicts.iter();
        own.map(|one| format!("{}; {}", one.why, one.hint))
            .collect::<Vec<_>>()
    };

    let plan = planned_with(holding(&[&application]), &[&its_id]);
    assert_eq!(
        in_the_way(&plan),
        [format!(
            "Application argocd/all would go with it, and whatever its controller takes along, which finishes the deletion \
             (resources-finalizer.argocd.argoproj.io); --step {application_id} removes it first, with what it takes along"
        )]
    );
    let plan = planned_with(holding(&[&application]), &[&its_id, &application_id]);
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    assert_eq!(inside(&plan)[1].after, std::slice::from_ref(&application_id));

    // Nobody's mark is on this one.
    let others = object(
        "v1",
        "ConfigMap",
        "argocd",
        "theirs",
        r#", "finalizers": ["example.com/held"]"#,
    );
    let others = value(&others.replace("envcheck.dev/environment", "app"));
    let plan = planned_with(holding(&[&others]), &[&its_id, &application_id]);
    let words = in_the_way(&plan);
    assert!(
        words[0].ends_with("remove ConfigMap argocd/theirs first, or leave this out of --step"),
        "{words:?}"
    );
    let unread = [("v1/Secret", "forbidden"), ("example.com", "it is ill")];
    let unread = unread.map(|(kind, why)| (kind.to_owned(), why.to_owned()));
    let words = in_the_way(&planned_with(
        Held::default().without(unread.to_vec()),
        &[&its_id],
    ));
    assert!(
        words[0].starts_with(
            "what would go with it is not known of kind v1/Secret: forbidden; kind example.com: it is ill; "
        ),
        "{words:?}"
    );
    // What Kubernetes finishes itself takes nothing along.
    let own = object(
        "v1",
        "Service",
        "argocd",
        "edge",
        r#", "finalizers": ["service.kubernetes.io/load-balancer-cleanup"]"#,
    );
    let plan = planned_with(holding(&[&value(&own)]), &[&its_id]);
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
}

#[test]
fn who_names_a_namespace_is_told_what_it_holds_and_agrees_to_nothing_besides() {
    let holding = |claims: &[&str], services: &[&str]| {
        let mut stock = with(&[object("v1", "Namespace", "", "web", "")]);
        let marked = stock.marked.as_mut().unwrap().as_mut().unwrap();
        let claims: Vec<String> = claims.iter().map(|one| (*one).to_owned()).collect();
        marked.claims = Some(Ok([("web".to_owned(), claims)].into()));
        let service = |name: &&str| {
            value(&format!(
                r#"{{"kind": "Service", "metadata": {{"namespace": "web", "name": "{name}"}}, "spec": {{"type": "LoadBalancer"}},
                    "status": {{"loadBalancer": {{"ingress": [{{"ip": "203.0.113.9"}}]}}}}}}"#
            ))
        };
        marked.services = Some(Ok(services.iter().map(service).collect()));
        stock
    };
    let id = |stock: &Stock| {
        let plan = planned(stock, &proofs(), &Choice::default());
        staying(&plan, "web").step.clone().unwrap()
    };
    let held = holding(&["data"], &["edge"]);
    let named = Choice {
        named: vec![id(&held)],
        adopted: false,
        ..Choice::default()
    };
    let plan = planned(&held, &proofs(), &named);
    let step = &inside(&plan)[0].step;
    assert_eq!(
        step.cautions,
        [
            "everything in it would go with it, also what others made there; PersistentVolumeClaim data; the load balancer of \
          Service edge with address 203.0.113.9"
        ]
    );
    // How much else it is is told, and is no part of what is agreed to.
    let mut counted = held.clone();
    let mut inside_it = Held::default();
    inside_it.take(
        "widgets",
        &value(&object("example.com/v1", "Widget", "web", "a", "")),
    );
    inside_it.take("secrets", &value(&object("v1", "Secret", "web", "b", "")));
    let marked = counted.marked.as_mut().unwrap().as_mut().unwrap();
    marked.held.insert("u-web".to_owned(), inside_it);
    assert_eq!(id(&counted), id(&held));
    let counting = planned(&counted, &proofs(), &named);
    let words = &inside(&counting)[0].step.cautions[0];
    assert!(
        words.starts_with(
            "everything in it would go with it, also what others made there: at the moment 1 Secret, 1 widgets.example.com; \
             PersistentVolumeClaim data; "
        ),
        "{words}"
    );
    assert!(is_still(&step.deed, &inside(&counting)[0].step.deed));
    // What has come since has another name.
    for more in [
        holding(&["data", "more"], &["edge"]),
        holding(&["data"], &["edge", "other"]),
    ] {
        assert!(inside(&planned(&more, &proofs(), &named)).is_empty());
        let now = planned(
            &more,
            &proofs(),
            &Choice {
                named: vec![id(&more)],
                adopted: false,
                ..Choice::default()
            },
        );
        assert!(!is_still(&step.deed, &inside(&now)[0].step.deed));
    }
    let less = holding(&[], &["edge"]);
    let now = planned(
        &less,
        &proofs(),
        &Choice {
            named: vec![id(&less)],
            adopted: false,
            ..Choice::default()
        },
    );
    assert!(is_still(&step.deed, &inside(&now)[0].step.deed));
    // What has gone since, as a Service whose own step came first, takes no consent away, in the run that was agreed to.
    assert!(inside(&planned(&less, &proofs(), &named)).is_empty());
    let run = named.agreeing(&plan);
    assert_eq!(inside(&planned(&less, &proofs(), &run)).len(), 1);
    let more = holding(&["data", "more"], &["edge"]);
    assert!(inside(&planned(&more, &proofs(), &run)).is_empty());
}

#[test]
fn what_is_anothers_or_made_by_what_is_ours_is_not_touched() {
    let controlled = r#", "ownerReferences": [{"kind": "Service", "name": "web", "controller": true}]"#;
    let stock = with(&[
        object("v1", "ConfigMap", "web", "of-stage", "")
            .replace(r#"environment": "dev"#, r#"environment": "stage"#),
        object("discovery.k8s.io/v1", "EndpointSlice", "web", "slice", controlled),
        object("v1", "Endpoints", "web", "endpoints", ""),
        object("apps/v1", "ReplicaSet", "web", "set", controlled),
        object("v1", "Namespace", "", "default", ""),
    ]);
    let plan = planned(&stock, &proofs(), &Choice::default());
    assert_eq!(inside(&plan), Vec::<&Removal>::new());
    assert_eq!(staying(&plan, "default").why, "every cluster has it");
    let shown = plan.to_json();
    assert!(!shown.contains("of-stage") && !shown.contains("slice"), "{shown}");

    // A cluster that goes takes all of it along.
    let mut stock = super::tests::stock();
    assert_eq!(
        stays(&super::tests::spec(), &stock, &proofs(), &Choice::default()),
        Some(false)
    );
    stock.marked = None;
    assert_eq!(
        inside(&planned(&stock, &proofs(), &Choice::default())),
        Vec::<&Removal>::new()
    );
}

#[test]
fn without_an_account_what_is_marked_in_the_cluster_goes_and_nothing_is_missed() {
    let text =
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: dev}\nspec: {namespaces: []}\n";
    let spec = crate::spec::load("dev.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
    let planned = |objects: &[String]| {
        let objects: Vec<Value> = objects.iter().map(|text| value(text)).collect();
        let services = objects
            .iter()
            .filter(|one| one.text_at(&["kind"]) == Some("Service"));
        let marked = Marked {
            services: Some(Ok(services.cloned().collect())),
            objects,
            ..Marked::default()
        };
        let stock = Stock {
            marked: Some(Ok(marked)),
            ..Stock::default()
        };
        let none = Proofs::of("dev");
        removal(&spec, &stock, &none, &Choice::default(), Timestamp::UNIX_EPOCH)
    };
    let own = |name: &str| {
        let id = r#", "annotations": {"kubernetes.digitalocean.com/load-balancer-id": "lb-1"}"#;
        let service = object("v1", "Service", "web", name, id);
        service.replacen(r#"{"api"#, r#"{"spec": {"type": "LoadBalancer"}, "api"#, 1)
    };
    let objects = [
        object("v1", "Namespace", "", "web", ""),
        object("networking.k8s.io/v1", "NetworkPolicy", "web", "own", ""),
        own("edge"),
    ];
    let plan = planned(&objects);
    assert!(plan.conflicts.is_empty(), "{:?}", plan.conflicts);
    let steps = inside(&plan);
    let summaries: Vec<&str> = steps.iter().map(|one| one.step.summary.as_str()).collect();
    assert_eq!(
        summaries,
        ["delete Service web/edge", "delete NetworkPolicy web/own"]
    );
    assert_eq!(
        steps[0].step.cautions,
        [
            "its load balancer goes with it, and the address; no account is declared that would show it, nor who else has it"
        ]
    );
    let namespace = staying(&plan, "web");
    assert!(
        namespace.step.is_some() && namespace.why.starts_with("everything in it"),
        "{namespace:?}"
    );
    // Somebody else's Service names the same load balancer.
    let theirs = own("theirs").replace("envcheck.dev/environment", "app");
    let plan = planned(&[own("edge"), theirs]);
    assert!(inside(&plan).is_empty());
    let why = &staying(&plan, "edge").why;
    assert!(
        why.contains("which is that of Service web/theirs as well"),
        "{why}"
    );
    // What was made in an account has to be looked for there.
    assert!(proofs().are_of_account() && !Proofs::of("dev").are_of_account());
}

#[test]
fn a_secret_goes_after_its_key_and_stays_with_a_key_that_stays() {
    let secret = object("v1", "Secret", "back", "backup-s3", "");
    let holds = |held: Result<Option<String>, String>| {
        let mut stock = with(std::slice::from_ref(&secret));
        if let Some(Ok(marked)) = &mut stock.marked {
            marked.keys.insert("u-backup-s3".to_owned(), held);
        }
        stock
    };
    let known = holds(Ok(Some("DO00A".to_owned())));
    let plan = planned(&known, &proofs(), &Choice::default());
    let key = plan
        .steps
        .iter()
        .find(|one| one.step.deed.target.kind == "SpacesKey")
        .unwrap();
    assert_eq!(inside(&plan)[0].after, std::slice::from_ref(&key.step.id));
    // Its key has gone before.
    let gone = holds(Ok(Some("DO00GONE".to_owned())));
    assert_eq!(
        inside(&planned(&gone, &proofs(), &Choice::default()))[0].after,
        [""; 0]
    );
    // Without its journal the key is only adopted, and stays.
    let plan = planned(&known, &Proofs::of("dev"), &Choice::default());
    assert_eq!(inside(&plan), Vec::<&Removal>::new());
    let why = &staying(&plan, "backup-s3").why;
    assert!(
        why.starts_with("it holds the secret of Spaces key dev-backup (DO00A), which stays"),
        "{why}"
    );
    let unread = holds(Err("forbidden".to_owned()));
    let plan = planned(&unread, &proofs(), &Choice::default());
    assert!(
        staying(&plan, "backup-s3")
            .why
            .ends_with("is not known: forbidden")
    );
}

#[test]
fn what_could_not_be_looked_at_keeps_anybody_from_saying_that_nothing_is_left() {
    let mut stock = adopted(&[]);
    let open = |stock: &Stock| -> Vec<String> {
        let plan = planned(stock, &proofs(), &Choice::default());
        let open = plan
            .open()
            .filter(|one| one.why.starts_with("what in it was made for dev"));
        open.map(|one| one.why.clone()).collect()
    };
    assert_eq!(open(&stock), [""; 0]);
    if let Some(Ok(marked)) = &mut stock.marked {
        marked
            .unread
            .push(("v1/Secret".to_owned(), "forbidden".to_owned()));
    }
    assert_eq!(
        open(&stock),
        ["what in it was made for dev is not known of kind v1/Secret: forbidden"]
    );
    if let Some(Ok(marked)) = &mut stock.marked {
        marked
            .unread
            .push(("v1/ConfigMap".to_owned(), "forbidden, too".to_owned()));
    }
    assert_eq!(
        open(&stock),
        [
            "what in it was made for dev is not known of kind v1/Secret: forbidden; kind v1/ConfigMap: forbidden, too"
        ]
    );
    if let Some(Ok(marked)) = &mut stock.marked {
        let more = ["forbidden", "a", "b", "c"].into_iter().zip('d'..);
        marked
            .unread
            .extend(more.map(|(why, kind)| (kind.to_string(), why.to_owned())));
    }
    assert_eq!(
        open(&stock),
        [
            "what in it was made for dev is not known of kinds v1/Secret, d: forbidden; kind v1/ConfigMap: forbidden, too; kind e: a; kinds f, g: for \
          reasons of their own"
        ]
    );
    stock.marked = Some(Err("it does not answer".to_owned()));
    assert_eq!(
        open(&stock),
        ["what in it was made for dev could not be looked at: it does not answer"]
    );
}

#[test]
fn without_an_account_clusters_in_which_things_were_made_as_well_are_told_and_nobody_says_that_nothing_is_left()
 {
    let text =
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: dev}\nspec: {namespaces: []}\n";
    let spec = crate::spec::load("dev.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
    let mut proofs = Proofs::of("dev");
    for uid in ["here", "there"] {
        let journal = format!(
            r#"{{"apiVersion":"envcheck.dev/journal/v1","run":"r-{uid}","environment":"dev","cluster":{{"name":"kind-{uid}","uid":"{uid}","id":null}},"started":"s","undoes":null,"steps":1}}
{{"phase":"intent","step":"a","summary":"s","deed":{{"action":"kubernetes.create","target":{{"apiVersion":"v1","kind":"Namespace","name":"web"}},"data":{{}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}
{{"phase":"done","step":"a","after":null,"uid":"u"}}
"#
        );
        proofs.add(&crate::plan::journal::read(&journal).unwrap());
    }
    let planned = |uid: Option<&str>| {
        let cluster = crate::plan::PlannedCluster {
            name: "kind-here".to_owned(),
            uid: uid.map(ToOwned::to_owned),
            id: None,
        };
        let stock = Stock {
            marked: Some(Ok(Marked {
                cluster,
                ..Marked::default()
            })),
            ..Stock::default()
        };
        removal(&spec, &stock, &proofs, &Choice::default(), Timestamp::UNIX_EPOCH)
    };
    let plan = planned(Some("here"));
    let open: Vec<(&str, &str)> = plan
        .open()
        .map(|one| (one.target.name.as_str(), one.why.as_str()))
        .collect();
    let why = "by its journals things were made for dev in kind-there (kube-system there), which is another cluster than kind-here \
               (kube-system here) and was not looked at: --context names it; where it is no more, --gone there says so";
    assert_eq!(open, [("kind-there", why)]);
    let unsure = planned(None);
    assert_eq!(unsure.open().count(), 2, "{unsure:#?}");
    assert!(
        unsure.staying[0]
            .why
            .contains("whether that is kind-here is not known")
    );
}
