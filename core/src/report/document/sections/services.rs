//! The list of Services.

use super::super::model::{Block, Cell, Section, Table};
use super::super::observed::{Observed, full_name, scalar, text};
use super::{edges, ports, told};
use crate::value::{Value, ValueExt};

/// The kinds without which it is not whole.
const SHOWS: [&str; 3] = ["v1/Service", "networking.k8s.io/v1/Ingress", "apps/v1/Deployment"];

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let mut blocks = told(observed.unread(&SHOWS));
    let services = observed.list("services");
    if services.is_empty() {
        blocks.push(Block::Say("There are no Services.".to_owned()));
    } else {
        let ways = edges::ways(observed);
        let rows = services.iter().map(|service| row(observed, &ways, service));
        blocks.push(Block::Table(Table {
            columns: vec![
                "Service",
                "Type",
                "Ports",
                "Selector",
                "Workloads",
                "Load balancer",
                "Exposure",
            ],
            rows: rows.collect(),
        }));
    }
    Section {
        id: "services",
        title: "Services",
        blocks,
    }
}

fn row(observed: &Observed<'_>, ways: &[edges::Way<'_>], service: &Value) -> Vec<Cell> {
    let selector = service.field("selector").into_iter().flat_map(ValueExt::members);
    let selector = selector.map(|(key, value)| format!("{key}={}", scalar(value)));
    let workloads = service.items_at(&["workloads"]).iter();
    let workloads: Vec<String> = workloads
        .filter_map(ValueExt::text)
        .map(|id| short_id(id, text(service, "namespace")))
        .collect();
    vec![
        Cell::name(full_name(service)),
        Cell::name(text(service, "type")),
        Cell::names(ports::of_service(service)),
        Cell::names(selector),
        Cell::names(workloads),
        balancer(observed, service),
        edges::exposure(observed, ways, service),
    ]
}

fn balancer(observed: &Observed<'_>, service: &Value) -> Cell {
    if text(service, "type") != "LoadBalancer" {
        return Cell::default();
    }
    match edges::of_service(observed, service) {
        Ok(balancer) => {
            let mut cell = Cell::default();
            balancer.tell(&mut cell);
            cell
        }
        Err(why) => Cell::plain(why),
    }
}

/// `back/ii[Deployment]` as `ii (Deployment)` beside something of the same namespace.
pub(super) fn short_id(id: &str, namespace: &str) -> String {
    let own = id.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('/'));
    let id = own.unwrap_or(id);
    match id.strip_suffix(']').and_then(|id| id.rsplit_once('[')) {
        Some((name, kind)) => format!("{name} ({kind})"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short_id;

    #[test]
    fn ids_are_short_in_their_own_namespace() {
        assert_eq!(short_id("back/ii[Deployment]", "back"), "ii (Deployment)");
        assert_eq!(short_id("back/ii[Deployment]", "ba"), "back/ii (Deployment)");
    }
}
