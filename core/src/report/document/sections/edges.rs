//! Where traffic comes in: load balancers, and what leads to which Service.

use super::super::model::{Cell, Words};
use super::super::observed::{Observed, scalar, text};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// A load balancer, as something else refers to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Balancer {
    /// Its name, or its address where the account was not read.
    pub(super) name: String,
    /// The address that it answers on.
    pub(super) address: Option<String>,
    /// `REGIONAL_NETWORK`, `REGIONAL`.
    pub(super) form: Option<String>,
    /// Not reachable from the Internet.
    pub(super) internal: bool,
}

impl Balancer {
    fn of(record: &Value) -> Self {
        let known = |key: &str| record.text_at(&[key]).filter(|text| !text.is_empty());
        Self {
            name: text(record, "name").to_owned(),
            address: known("ip").map(ToOwned::to_owned),
            form: known("type").map(ToOwned::to_owned),
            internal: known("network") == Some("INTERNAL"),
        }
    }

    /// In a cell: address, kind and name.
    pub(super) fn tell(&self, cell: &mut Cell) {
        let mut words = Vec::new();
        if let Some(address) = &self.address {
            words.push(Words::Name(address.clone()));
        }
        if let Some(form) = &self.form {
            words.push(Words::Name(form.clone()));
        }
        if self.internal {
            words.push(Words::Plain("internal".to_owned()));
        }
        cell.line(words);
        if self.address.as_deref() != Some(&self.name) {
            cell.line([Words::Name(self.name.clone())]);
        }
    }
}

/// The load balancer that a Service of that type has, and why it is not known when it is not.
pub(super) fn of_service(observed: &Observed<'_>, service: &Value) -> Result<Balancer, &'static str> {
    let id = service.text_at(&["loadBalancer", "id"]);
    let found = observed
        .list("load_balancers")
        .iter()
        .find(|record| id.is_some() && record.text_at(&["id"]) == id);
    if let Some(record) = found {
        return Ok(Balancer::of(record));
    }
    let unread = observed
        .inventory
        .collection_gap("digitalocean.load_balancers")
        .is_some();
    match addresses(service).into_iter().next() {
        // An address that its status still shows proves nothing once the account has been read.
        Some(address) if unread => Ok(Balancer {
            name: address.clone(),
            address: Some(address),
            form: service.text_at(&["loadBalancerType"]).map(ToOwned::to_owned),
            internal: text(service, "loadBalancerNetwork") == "INTERNAL",
        }),
        _ if unread => Err("load balancers were not read"),
        _ => Err("the account has none for it"),
    }
}

/// The load balancers through which an Ingress is reached: those of its addresses.
pub(super) fn of_ingress(observed: &Observed<'_>, ingress: &Value) -> BTreeSet<Balancer> {
    let balancers = observed.list("load_balancers");
    let found = addresses(ingress).into_iter().map(|address| {
        let record = balancers
            .iter()
            .find(|record| record.text_at(&["ip"]) == Some(&address));
        record.map_or_else(
            || Balancer {
                name: address.clone(),
                address: Some(address.clone()),
                form: None,
                internal: false,
            },
            Balancer::of,
        )
    });
    found.collect()
}

/// The addresses in the status of a Service or an Ingress.
fn addresses(record: &Value) -> Vec<String> {
    let written = record.items_at(&["addresses"]).iter();
    let written = written.filter_map(|one| one.text_at(&["ip"]).or_else(|| one.text_at(&["hostname"])));
    written.map(ToOwned::to_owned).collect()
}

/// One way from an Ingress to a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way<'a> {
    pub(super) ingress: &'a Value,
    /// `None`: every host.
    pub(super) host: Option<&'a str>,
    /// `None`: whatever no rule names.
    pub(super) path: Option<&'a str>,
    pub(super) service: &'a str,
    pub(super) port: String,
}

/// All ways of all Ingresses, in their order.
pub(super) fn ways<'a>(observed: &Observed<'a>) -> Vec<Way<'a>> {
    let mut ways = Vec::new();
    for ingress in observed.list("ingresses") {
        for rule in ingress.items_at(&["rules"]) {
            ways.extend(rule.items_at(&["paths"]).iter().map(|path| Way {
                ingress,
                host: rule.text_at(&["host"]).filter(|host| !host.is_empty()),
                path: Some(path.text_at(&["path"]).unwrap_or("/")),
                service: text(path, "service"),
                port: path.field("port").map(scalar).unwrap_or_default(),
            }));
        }
        if let Some(backend) = ingress.field("defaultBackend").filter(|one| **one != Value::Null) {
            ways.push(Way {
                ingress,
                host: None,
                path: None,
                service: text(backend, "service"),
                port: backend.field("port").map(scalar).unwrap_or_default(),
            });
        }
    }
    ways
}

/// What speaks TLS for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certificate<'v> {
    /// The one in this Secret.
    Secret(&'v str),
    /// The controller's own.
    Default,
    /// None: plain HTTP.
    None,
}

impl Way<'_> {
    /// Whether it leads to this Service.
    pub(super) fn leads_to(&self, service: &Value) -> bool {
        self.service == text(service, "name") && text(self.ingress, "namespace") == text(service, "namespace")
    }

    /// The certificate for its host.
    pub(super) fn certificate(&self) -> Certificate<'_> {
        let entries = self.ingress.items_at(&["tls"]).iter();
        let mut fitting = entries.filter(|entry| {
            let hosts = entry.items_at(&["hosts"]);
            hosts.is_empty()
                || hosts
                    .iter()
                    .any(|host| covers(host.text().unwrap_or_default(), self.host))
        });
        match fitting.next() {
            Some(entry) => entry
                .text_at(&["secretName"])
                .map_or(Certificate::Default, Certificate::Secret),
            None => Certificate::None,
        }
    }
}

/// Whether a host of a certificate is the one asked for; `*.example.com` is every name with one label more.
fn covers(certificate: &str, host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let rest = |host: &str| host.split_once('.').map(|(_, rest)| rest.to_owned());
    certificate == host
        || certificate
            .strip_prefix("*.")
            .is_some_and(|domain| rest(host).as_deref() == Some(domain))
}

/// How a Service is reached.
pub(super) fn exposure(observed: &Observed<'_>, ways: &[Way<'_>], service: &Value) -> Cell {
    let mut cell = Cell::default();
    // Several Ingresses may serve one host.
    let hosts: BTreeSet<Option<&str>> = ways
        .iter()
        .filter(|way| way.leads_to(service))
        .map(|way| way.host)
        .collect();
    for host in hosts {
        match host {
            Some(host) => cell.told("Ingress", host, ""),
            None => cell.say("Ingress, every host"),
        };
    }
    match text(service, "type") {
        "LoadBalancer" => {
            let where_from = match of_service(observed, service) {
                Ok(balancer) if balancer.internal => "load balancer in the VPC",
                Ok(_) => "load balancer on the Internet",
                Err(_) => "asks for a load balancer",
            };
            cell.say(where_from);
        }
        "NodePort" => {
            let ports = service.items_at(&["ports"]).iter();
            let ports: Vec<String> = ports
                .filter_map(|port| port.field("nodePort"))
                .map(scalar)
                .collect();
            cell.told("port", ports.join(", "), "of every node");
        }
        "ExternalName" => {
            cell.told("another name for", text(service, "externalName"), "");
        }
        _ => {}
    }
    for address in service
        .items_at(&["externalIPs"])
        .iter()
        .filter_map(ValueExt::text)
    {
        cell.told("address", address, "of its own");
    }
    if cell.is_empty() {
        cell.say("internal");
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_wildcard_covers_one_label() {
        assert!(covers("a.example.com", Some("a.example.com")));
        assert!(covers("*.example.com", Some("a.example.com")));
        assert!(!covers("*.example.com", Some("a.b.example.com")));
        assert!(!covers("*.example.com", Some("example.com")));
        assert!(!covers("a.example.com", None));
    }
}
