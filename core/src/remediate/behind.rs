//! Whom a request reaches that names a Service, a host or an address: the Pods behind it.

use super::callbacks::SLICE;
use super::declared::led_to;
use crate::inventory::identify;
use crate::inventory::view::Addresses;
use crate::network::{PortSet, WorkloadId, endpoints_from_object};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What a configuration names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// By namespace and name.
    Service(String, String),
    Address(IpAddr),
}

impl Named {
    /// The Service or address that a URL means: `https://hook.shop.svc:443/validate`, `https://10.245.0.9/`.
    pub(super) fn by_url(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next()?,
            None => authority.split(':').next()?,
        };
        Self::by_host(host)
    }

    /// `10.245.0.9`, `hook.shop.svc`, and `hook-0.hook.shop.svc` of a Pod behind a Service without an address.
    fn by_host(host: &str) -> Option<Self> {
        if let Ok(address) = host.parse() {
            return Some(Self::Address(address));
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let parts: Vec<&str> = host.split('.').collect();
        let (name, namespace) = match parts.iter().position(|part| *part == "svc") {
            Some(at @ 2..) => (parts[at - 2], parts[at - 1]),
            None if parts.len() == 2 => (parts[0], parts[1]),
            _ => return None,
        };
        Some(Self::Service(namespace.to_owned(), name.to_owned()))
    }
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    Workload(WorkloadId, PortSet),
    /// Somebody in this namespace, behind a Service that does not say whom it leads to, or at an address.
    Somebody(String),
}

/// What requests lead to: the Services and their Pods, and the slices that somebody wrote by hand.
pub(super) struct Behind<'s, I> {
    slices: Vec<&'s Value>,
    objects: I,
    addresses: Addresses,
}

impl<'s, 'v, I: Iterator<Item = &'v Value> + Clone> Behind<'s, I> {
    pub(super) fn of(callers: &'s [(&'static str, Value)], objects: &I) -> Self {
        let slices = callers.iter().filter(|(kind, _)| *kind == SLICE);
        let mut addresses = Addresses::default();
        let having = |object: &&Value| matches!(object.text_at(&["kind"]), Some("Service" | "Pod"));
        for object in objects.clone().filter(having) {
            if let Ok((reference, _)) = identify(object) {
                addresses.learn(&reference, object);
            }
        }
        Self {
            slices: slices.map(|(_, slice)| slice).collect(),
            objects: objects.clone(),
            addresses,
        }
    }

    pub(super) fn named(&self, named: &Named) -> Vec<Called> {
        match named {
            Named::Service(namespace, name) => self.service(namespace, name),
            Named::Address(address) => self.address(*address),
        }
    }

    pub(super) fn service(&self, namespace: &str, name: &str) -> Vec<Called> {
        let mut services = self.objects.clone().filter(|object| is_service(object));
        // What is not there yet is called by nobody.
        let Some(service) = services.find(|service| identity(service) == (namespace, name)) else {
            return Vec::new();
        };
        if service.text_at(&["spec", "type"]) == Some("ExternalName") {
            // The API server follows the name.
            let host = service.text_at(&["spec", "externalName"]).unwrap_or_default();
            let namespace = match Named::by_host(host) {
                Some(Named::Address(address)) => self.namespace_of(address),
                Some(Named::Service(namespace, _)) => Some(namespace),
                None => None,
            };
            return namespace.into_iter().map(Called::Somebody).collect();
        }
        let selector = service.at(&["spec", "selector"]);
        if selector.is_some_and(|selector| selector.members().next().is_some()) {
            let endpoints = self.objects.clone().flat_map(endpoints_from_object);
            let led_to = endpoints.filter_map(|endpoint| {
                let ports = led_to(service, &endpoint);
                (!ports.is_empty()).then_some(Called::Workload(endpoint.workload, ports))
            });
            return led_to.collect();
        }
        // Slices that somebody wrote may lead to another namespace.
        let slices = self.slices.iter().filter(|slice| {
            let label = ["metadata", "labels", "kubernetes.io/service-name"];
            identity(slice).0 == namespace && slice.text_at(&label) == Some(name)
        });
        let endpoints = slices.flat_map(|slice| slice.items_at(&["endpoints"]));
        let addresses = endpoints.flat_map(|endpoint| endpoint.items_at(&["addresses"]));
        let addresses = addresses.filter_map(|address| address.text()?.parse().ok());
        let somewhere: BTreeSet<String> = addresses
            .filter_map(|address| self.namespace_of(address))
            .chain([namespace.to_owned()])
            .collect();
        somewhere.into_iter().map(Called::Somebody).collect()
    }

    fn address(&self, address: IpAddr) -> Vec<Called> {
        if let Some(service) = self.service_at(address) {
            let (namespace, name) = identity(service);
            return self.service(namespace, name);
        }
        let namespace = self.namespace_of(address);
        namespace.into_iter().map(Called::Somebody).collect()
    }

    fn namespace_of(&self, address: IpAddr) -> Option<String> {
        let known = self.addresses.namespace_of(address);
        let known = known.or_else(|| self.service_at(address).map(|service| identity(service).0));
        known.map(ToOwned::to_owned)
    }

    /// The Service that has an address, be it one outside of the cluster.
    fn service_at(&self, address: IpAddr) -> Option<&'v Value> {
        let mut services = self.objects.clone().filter(|object| is_service(object));
        services.find(|service| {
            let listed = ["clusterIPs", "externalIPs"].into_iter();
            let listed = listed.flat_map(|key| service.items_at(&["spec", key]));
            let balanced = service.items_at(&["status", "loadBalancer", "ingress"]).iter();
            let mut having = listed
                .filter_map(ValueExt::text)
                .chain(service.text_at(&["spec", "clusterIP"]))
                .chain(balanced.filter_map(|one| one.text_at(&["ip"])));
            having.any(|one| one.parse() == Ok(address))
        })
    }
}

fn is_service(object: &Value) -> bool {
    object.text_at(&["kind"]) == Some("Service")
}

/// Namespace and name.
fn identity(object: &Value) -> (&str, &str) {
    let text = |key: &str| object.text_at(&["metadata", key]).unwrap_or_default();
    (text("namespace"), text("name"))
}
