//! Which load balancer goes with a Service, and which stays.

use super::marked_tests::{inside, object, with};
use super::tests::{planned, proofs, stays, value};
use super::*;
use crate::plan::Removal;

const CLEANUP: &str = r#", "finalizers": ["service.kubernetes.io/load-balancer-cleanup"]"#;

/// A Service of DEV's with more in its metadata, and a load balancer's address.
fn service(name: &str, more: &str, ip: &str) -> String {
    let text = object("v1", "Service", "web", name, more);
    let rest = format!(
        r#", "spec": {{"type": "LoadBalancer"}}, "status": {{"loadBalancer": {{"ingress": [{{"ip": "{ip}"}}]}}}}}}"#
    );
    format!("{}{rest}", text.strip_suffix('}').unwrap())
}

fn by_id(id: &str) -> String {
    format!(r#", "annotations": {{"kubernetes.digitalocean.com/load-balancer-id": "{id}"}}"#)
}

/// What is told of the one Service.
fn told(stock: &Stock) -> (Vec<String>, Option<String>) {
    let plan = planned(stock, &proofs(), &Choice::default());
    let going: Vec<&Removal> = inside(&plan);
    let cautions = going.iter().flat_map(|one| one.step.cautions.clone()).collect();
    let stays = plan.staying.iter().find(|one| one.target.kind == "Service");
    (cautions, stays.map(|one| one.why.clone()))
}

fn rows(stock: &mut Stock) -> &mut Vec<Value> {
    stock.account.rows.get_mut("digitalocean.load_balancers").unwrap()
}

#[test]
fn the_load_balancer_is_named_with_its_address() {
    let own = "load balancer web (lb) goes with it, and its address 203.0.113.7 is lost";
    // By its id, by the name that the controller gives, by the address alone; also where no finalizer says so.
    assert_eq!(told(&with(&[service("web", &by_id("lb"), "")])).0, [own]);
    let mut named = with(&[service("web", "", "")]);
    rows(&mut named).push(value(
        r#"{"id": "lb-2", "name": "auweb", "ip": "203.0.113.8", "tags": ["k8s:c-dev"]}"#,
    ));
    assert_eq!(
        told(&named).0,
        ["load balancer auweb (lb-2) goes with it, and its address 203.0.113.8 is lost"]
    );
    let addressed = with(&[service("web", "", "203.0.113.7")]);
    assert_eq!(told(&addressed).0, [own]);
    let plan = planned(&addressed, &proofs(), &Choice::default());
    let step = inside(&plan)[0];
    assert_eq!(
        step.along[0].what,
        "load balancer web, whose address 203.0.113.7 is lost"
    );
    assert_eq!(step.step.deed.data.items_at(&["load_balancers"]).len(), 1);

    // What the account does not show is told as far as the Service knows it.
    let unknown = with(&[service("web", CLEANUP, "203.0.113.99")]);
    assert_eq!(
        told(&unknown).0,
        ["its load balancer goes with it, and the address 203.0.113.99; the account shows none that is its"]
    );
    assert_eq!(
        told(&with(&[object("v1", "Service", "web", "web", "")])).0,
        [""; 0]
    );
}

#[test]
fn one_that_others_use_keeps_its_service_and_one_that_was_disowned_stays() {
    let both = with(&[service("web", &by_id("lb-both"), "")]);
    assert_eq!(
        told(&both).1.unwrap(),
        "its load balancer both would go with it, which is of cluster c-stage as well, and that stays"
    );
    let mut shared = with(&[service("web", &by_id("lb"), "")]);
    let theirs =
        service("theirs", &by_id("lb"), "").replace(r#"environment": "dev"#, r#"environment": "stage"#);
    if let Some(Ok(marked)) = &mut shared.marked {
        marked.services = Some(Ok(vec![value(&theirs), marked.objects[0].clone()]));
    }
    assert_eq!(
        told(&shared).1.unwrap(),
        "its load balancer web would go with it, which is that of Service web/theirs as well, and that stays"
    );
    let disowned = r#", "annotations": {"kubernetes.digitalocean.com/load-balancer-id": "lb",
        "service.kubernetes.io/do-loadbalancer-disown": "true"}"#;
    let plan = planned(
        &with(&[service("web", disowned, "")]),
        &proofs(),
        &Choice::default(),
    );
    assert_eq!(inside(&plan)[0].step.cautions, [""; 0]);
    let kept = stays(&plan, "web");
    assert_eq!(
        kept.why,
        "Service web/web has disowned it: it stays when that goes"
    );
    assert!(kept.billed && !kept.open);
}

#[test]
fn what_a_service_has_left_is_told_until_it_is_gone() {
    let standing = with(&[service("web", &by_id("lb"), "")]);
    let mut proofs = proofs();
    let plan = planned(&standing, &proofs, &Choice::default());
    proofs.removes(&inside(&plan)[0].step.deed);
    // It was not removed after all.
    let plan = planned(&standing, &proofs, &Choice::default());
    assert!(
        plan.staying
            .iter()
            .all(|one| one.target.id.as_deref() != Some("lb"))
    );
    let plan = planned(&with(&[]), &proofs, &Choice::default());
    let left = stays(&plan, "web");
    assert_eq!(
        left.why,
        "it was that of Service web/web, which is gone: look whether another one has it now"
    );
    assert!(left.open && left.billed && left.step.is_some(), "{left:#?}");
}

#[test]
fn services_are_seen_as_the_list_of_all_has_them() {
    let marked = Marked {
        objects: vec![value(&object("v1", "Service", "web", "web", ""))],
        services: Some(Ok(vec![value(&service("web", "", "203.0.113.7"))])),
        ..Marked::default()
    }
    .with_services();
    assert_eq!(marked.objects[0].text_at(&["spec", "type"]), Some("LoadBalancer"));
    assert_eq!(marked.objects[0].text_at(&["kind"]), Some("Service"));
}
