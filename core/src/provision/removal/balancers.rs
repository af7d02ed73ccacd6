//! Load balancers of Services that go while their cluster stays: the cloud controller deletes each with its Service, so it is said which
//! one that is, with its address. Which it is, the controller looks up by the Service's annotation, else by its name
//! (`inventory::view`); the address in the Service's status tells where neither does.

use super::clusters::{balancer, named};
use super::draft::{Draft, Wish};
use super::marked::{Marked, is_own, reference};
use super::{Part, Whose};
use crate::findings::FixAction;
use crate::inventory::view::{LOAD_BALANCER_ID, disowned, load_balancer_name};
use crate::provision::steps::of_account;
use crate::value::{Value, ValueExt, array, object};

/// With this, the load balancer of a Service goes before the Service.
const CLEANUP: &str = "service.kubernetes.io/load-balancer-cleanup";

/// Says in the wish to remove a Service what goes with it, or why it has to stay; what has a load balancer that stays is told.
pub(super) fn of_service(
    part: &Part<'_>,
    draft: &mut Draft,
    marked: &Marked,
    service: &Value,
    wish: &mut Wish,
) {
    if !has(service) {
        return;
    }
    let Some(row) = row_of(part, service) else {
        return unseen(part, marked, service, wish);
    };
    let id = row.text_at(&["id"]).unwrap_or_default();
    let name = row.text_at(&["name"]).unwrap_or(id);
    if disowned(service) {
        let why = format!(
            "Service {} has disowned it: it stays when that goes",
            wish.target.qualified_name()
        );
        draft.keep(of_account("LoadBalancer", name, Some(id)), why, false, true);
        return;
    }
    if let Some(other) = of_other_cluster(part, row) {
        wish.held = Some(format!(
            "its load balancer {name} would go with it, which is of cluster {other} as well, and that stays"
        ));
        return;
    }
    if !is_alone(part, marked, service, (id, name), wish) {
        return;
    }
    let address = row.text_at(&["ip"]).filter(|ip| !ip.is_empty());
    let address = address.map_or_else(String::new, |ip| format!(", and its address {ip} is lost"));
    wish.cautions
        .push(format!("load balancer {name} ({id}) goes with it{address}"));
    wish.along.push(balancer(row));
    wish.data = object([("load_balancers", array([named(row)]))]);
    wish.urn = Some(format!("do:loadbalancer:{id}"));
}

/// The same of a load balancer that no list of an account shows.
fn unseen(part: &Part<'_>, marked: &Marked, service: &Value, wish: &mut Wish) {
    if disowned(service) {
        return;
    }
    // Services may name one together.
    if let Some(id) = id_of(service)
        && !is_alone(part, marked, service, (id, id), wish)
    {
        return;
    }
    let address = address(service).map_or_else(String::new, |ip| format!(" {ip}"));
    let why = if part.declared.is_some() {
        "the account shows none that is its"
    } else {
        "no account is declared that would show it, nor who else has it"
    };
    wish.cautions.push(format!(
        "its load balancer goes with it, and the address{address}; {why}"
    ));
}

/// Whether no Service that stays has the same load balancer; else the wish says so.
fn is_alone(
    part: &Part<'_>,
    marked: &Marked,
    service: &Value,
    (id, name): (&str, &str),
    wish: &mut Wish,
) -> bool {
    match marked.services.as_ref() {
        Some(Ok(services)) => {
            let mut others = services.iter().filter(|other| {
                let uid = |of: &Value| of.text_at(&["metadata", "uid"]).map(ToOwned::to_owned);
                uid(other) != uid(service) && !is_own(other, part.environment)
            });
            if let Some(other) = others.find(|other| id_of(other) == Some(id)) {
                wish.held = Some(format!(
                    "its load balancer {name} would go with it, which is that of Service {} as well, and that stays",
                    reference(other).qualified_name()
                ));
                return false;
            }
        }
        Some(Err(why)) => wish.cautions.push(format!(
            "whether another Service has the same load balancer is not known: {why}"
        )),
        None => {}
    }
    true
}

/// What Services that are gone have left behind. Another one may have it by now, so it stays until it is named.
pub(super) fn left(part: &Part<'_>, draft: &mut Draft) {
    for row in part.rows("load_balancers") {
        let id = row.text_at(&["id"]).unwrap_or_default();
        let Some(service) = part.proofs.left_by_service(id) else {
            continue;
        };
        let going = draft.gone.contains(&format!("do:loadbalancer:{id}"));
        if going || draft.knows("LoadBalancer", id) || is_there(draft, service) {
            continue;
        }
        let name = row.text_at(&["name"]).unwrap_or(id);
        let mut wish = Wish::new(
            FixAction::LoadBalancerDelete,
            of_account("LoadBalancer", name, Some(id)),
            format!("delete load balancer {name}, which Service {service} has left"),
            Whose::Ours(format!("it was that of Service {service} of this environment")),
        );
        wish.keeps = Some(format!(
            "it was that of Service {service}, which is gone: look whether another one has it now"
        ));
        wish.remains = true;
        wish.held =
            of_other_cluster(part, row).map(|other| format!("it is of cluster {other} as well, which stays"));
        wish.along = vec![balancer(row)];
        wish.urn = Some(format!("do:loadbalancer:{id}"));
        draft.put(part, wish);
    }
}

/// Whether a Service was not removed after all.
fn is_there(draft: &Draft, service: &str) -> bool {
    let going = draft.steps.iter().map(|one| &one.step.deed.target);
    let mut all = going.chain(draft.staying.iter().map(|one| &one.target));
    all.any(|target| target.kind == "Service" && target.qualified_name() == service)
}

/// Whether a Service has a load balancer, as far as it was read.
fn has(service: &Value) -> bool {
    let finalizers = service.items_at(&["metadata", "finalizers"]).iter();
    let mut finalizers = finalizers.filter_map(ValueExt::text);
    service.text_at(&["spec", "type"]) == Some("LoadBalancer") || finalizers.any(|one| one == CLEANUP)
}

fn id_of(service: &Value) -> Option<&str> {
    let id = service.text_at(&["metadata", "annotations", LOAD_BALANCER_ID]);
    id.filter(|id| !id.is_empty())
}

pub(super) fn address(service: &Value) -> Option<&str> {
    let addresses = service.items_at(&["status", "loadBalancer", "ingress"]);
    addresses.first()?.text_at(&["ip"])
}

/// The load balancer of a Service.
fn row_of<'p>(part: &'p Part<'_>, service: &Value) -> Option<&'p Value> {
    let rows = part.rows("load_balancers");
    if let Some(id) = id_of(service) {
        return rows.iter().find(|row| row.text_at(&["id"]) == Some(id));
    }
    if service.text_at(&["spec", "loadBalancerClass"]).is_some() {
        return None;
    }
    // Names are not unique in an account: one of another cluster is not meant.
    let name = load_balancer_name(service)?;
    let named = |row: &&Value| row.text_at(&["name"]) == Some(&name) && of_other_cluster(part, row).is_none();
    rows.iter().find(named).or_else(|| {
        let ip = address(service)?;
        rows.iter().find(|row| row.text_at(&["ip"]) == Some(ip))
    })
}

/// Another cluster than the declared one that exists, stays, and has a tag in this row.
fn of_other_cluster<'r>(part: &Part<'_>, row: &'r Value) -> Option<&'r str> {
    let mut own = part.own("kubernetes_clusters", "Cluster");
    let declared = own.find(|(row, ..)| part.is_declared("Cluster", row));
    let declared = declared.map(|(_, id, _)| id);
    part.clusters_of(row).find(|id| Some(*id) != declared)
}
