//! The list of Ingresses, and of HTTP routes where traffic comes in through the Gateway API.

use super::super::model::{Block, Cell, Section, Table};
use super::super::observed::{Observed, full_name, scalar, text};
use super::super::reads::uses_gateway;
use super::edges::Certificate;
use super::{edges, told};
use crate::value::{Value, ValueExt};

pub(super) fn section(observed: &Observed<'_>) -> Section {
    let mut blocks = told(observed.unread(&["networking.k8s.io/v1/Ingress"]));
    let ways = edges::ways(observed);
    if ways.is_empty() {
        blocks.push(Block::Say("There are no Ingresses.".to_owned()));
    } else {
        blocks.push(Block::Table(Table {
            columns: vec![
                "Ingress",
                "Host",
                "Path",
                "Backend",
                "TLS Secret",
                "Class",
                "Load balancer",
            ],
            rows: ways.iter().map(|way| row(observed, way)).collect(),
        }));
    }
    if uses_gateway(observed.spec) {
        routes(observed, &mut blocks);
    }
    Section {
        id: "ingresses",
        title: "Ingresses",
        blocks,
    }
}

fn row(observed: &Observed<'_>, way: &edges::Way<'_>) -> Vec<Cell> {
    let mut balancers = Cell::default();
    for balancer in edges::of_ingress(observed, way.ingress) {
        balancer.tell(&mut balancers);
    }
    let backend = match way.port.as_str() {
        "" => way.service.to_owned(),
        port => format!("{}:{port}", way.service),
    };
    vec![
        Cell::name(full_name(way.ingress)),
        way.host.map_or_else(|| Cell::plain("every host"), Cell::name),
        way.path
            .map_or_else(|| Cell::plain("whatever no rule names"), Cell::name),
        Cell::name(backend),
        match way.certificate() {
            Certificate::Secret(secret) => Cell::name(secret),
            Certificate::Default => Cell::plain("the controller's own certificate"),
            Certificate::None => Cell::plain("none: plain HTTP"),
        },
        Cell::optional(way.ingress.text_at(&["class"])),
        balancers,
    ]
}

fn routes(observed: &Observed<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("HTTP routes".to_owned()));
    let kinds = [
        "gateway.networking.k8s.io/v1/Gateway",
        "gateway.networking.k8s.io/v1/HTTPRoute",
    ];
    blocks.extend(told(observed.unread(&kinds)));
    let routes = observed.list("http_routes");
    if routes.is_empty() {
        blocks.push(Block::Say("There are no HTTP routes.".to_owned()));
        return;
    }
    let rows = routes.iter().map(|route| {
        vec![
            Cell::name(full_name(route)),
            hosts(route),
            Cell::names(route.items_at(&["backends"]).iter().map(backend)),
        ]
    });
    blocks.push(Block::Table(Table {
        columns: vec!["Route", "Hosts", "Backends"],
        rows: rows.collect(),
    }));
}

fn hosts(route: &Value) -> Cell {
    let hosts = route.items_at(&["hosts"]).iter().filter_map(ValueExt::text);
    let cell = Cell::names(hosts.map(ToOwned::to_owned));
    if cell.is_empty() {
        return Cell::plain("those of its Gateway");
    }
    cell
}

fn backend(backend: &Value) -> String {
    let port = backend.field("port").map(scalar).unwrap_or_default();
    format!("{}/{}:{port}", text(backend, "namespace"), text(backend, "name"))
}
