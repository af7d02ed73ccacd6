//! The objects of one application, as a graph: from the load balancer to what its Pods read.

use super::super::super::drawing::{Graph, Node, Tone};
use super::super::super::observed::{Observed, full_name, scalar, text};
use super::super::edges::Certificate;
use super::super::{edges, ports};
use super::{Declared, declared};
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The place of what lies outside the cluster.
const OUTSIDE: &str = "outside the cluster";

/// Draws an application with what stands before it and what it uses.
pub(super) fn draw(observed: &Observed<'_>, application: Declared<'_>) -> Graph {
    let mut drawer = Drawer {
        observed,
        ways: edges::ways(observed),
        graph: Graph {
            strips: true,
            ..Graph::default()
        },
        arrived: BTreeSet::new(),
    };
    let own = drawer.workload(application.namespace, application.name(), application.kind());
    drawer.arrivals(application.namespace, application.name(), application.kind(), own);
    for proxy in declared(observed, Some("application")) {
        let stands_before = proxy.namespace == application.namespace
            && proxy.workload.text_at(&["proxyFor"]) == Some(application.name());
        if stands_before {
            drawer.proxy(proxy, application, own);
        }
    }
    drawer.leaves(application, own);
    drawer.graph
}

struct Drawer<'a, 'o> {
    observed: &'o Observed<'a>,
    ways: Vec<edges::Way<'a>>,
    graph: Graph,
    /// Services whose ways are drawn.
    arrived: BTreeSet<String>,
}

impl<'a> Drawer<'a, '_> {
    fn record(&self, namespace: &str, name: &str, kind: &str) -> Option<&'a Value> {
        let workloads = self.observed.list("workloads").iter();
        let mut same = workloads.filter(|record| {
            text(record, "namespace") == namespace
                && text(record, "name") == name
                && text(record, "kind") == kind
        });
        same.next()
    }

    /// The box of a workload, whether it is there or not.
    fn workload(&mut self, namespace: &str, name: &str, kind: &str) -> usize {
        let role = declared(self.observed, None)
            .into_iter()
            .find(|own| own.namespace == namespace && own.name() == name && own.kind() == kind);
        let role = role.and_then(|own| own.role());
        let there = self.record(namespace, name, kind).is_some();
        let read = self
            .observed
            .inventory
            .kind_gaps(&format!("apps/v1/{kind}"))
            .is_empty();
        let mut notes: Vec<String> = role.map(ToOwned::to_owned).into_iter().collect();
        if !there {
            let words = if read {
                "declared, not in the cluster"
            } else {
                "declared, was not read"
            };
            notes.push(words.to_owned());
        }
        self.graph.node(Node {
            kind: kind.to_owned(),
            name: name.to_owned(),
            notes,
            place: namespace.to_owned(),
            tone: match (there, role) {
                (false, _) => Tone::Missing,
                (true, Some("datastore")) => Tone::Data,
                _ => Tone::Workload,
            },
        })
    }

    /// The Services that select a workload.
    fn services(&self, namespace: &str, name: &str, kind: &str) -> Vec<&'a Value> {
        let id = format!("{namespace}/{name}[{kind}]");
        let selects = |service: &&Value| {
            let workloads = service.items_at(&["workloads"]);
            workloads.iter().any(|own| own.text() == Some(&id))
        };
        self.observed.list("services").iter().filter(selects).collect()
    }

    fn service(&mut self, service: &Value) -> usize {
        let mut notes = match text(service, "type") {
            "ClusterIP" => Vec::new(),
            other => vec![other.to_owned()],
        };
        notes.extend(ports::of_service(service));
        self.graph.node(Node {
            kind: "Service".to_owned(),
            name: text(service, "name").to_owned(),
            notes,
            place: text(service, "namespace").to_owned(),
            tone: Tone::Route,
        })
    }

    /// Draws the Services before a workload and all that leads to them.
    fn arrivals(&mut self, namespace: &str, name: &str, kind: &str, workload: usize) {
        for service in self.services(namespace, name, kind) {
            let number = self.service(service);
            self.graph.edge(number, workload, "", false);
            if self.arrived.insert(full_name(service)) {
                self.ways_to(service, number);
            }
        }
    }

    fn ways_to(&mut self, service: &Value, number: usize) {
        for way in self.ways.clone().into_iter().filter(|way| way.leads_to(service)) {
            let ingress = self.ingress(&way);
            self.graph.edge(ingress, number, &way.port, false);
        }
        match text(service, "type") {
            "LoadBalancer" => {
                let outer = match edges::of_service(self.observed, service) {
                    Ok(balancer) => self.balancer(&balancer),
                    Err(why) => self.outside("Load balancer", why, Vec::new(), Tone::Missing),
                };
                self.graph.edge(outer, number, "", false);
            }
            "NodePort" => {
                for port in service
                    .items_at(&["ports"])
                    .iter()
                    .filter_map(|port| port.field("nodePort"))
                {
                    let outer = self.outside("Node port", "every node", Vec::new(), Tone::Outside);
                    self.graph.edge(outer, number, &scalar(port), false);
                }
            }
            _ => {}
        }
    }

    /// An Ingress with its hosts and the load balancers before them.
    fn ingress(&mut self, way: &edges::Way<'a>) -> usize {
        let mut notes = Vec::new();
        if let Some(class) = way.ingress.text_at(&["class"]) {
            notes.push(format!("class {class}"));
        }
        let ingress = self.graph.node(Node {
            kind: "Ingress".to_owned(),
            name: text(way.ingress, "name").to_owned(),
            notes,
            place: text(way.ingress, "namespace").to_owned(),
            tone: Tone::Route,
        });
        let certificate = match way.certificate() {
            Certificate::Secret(secret) => format!("TLS {secret}"),
            Certificate::Default => "TLS, the controller's".to_owned(),
            Certificate::None => "plain HTTP".to_owned(),
        };
        let host = way.host.unwrap_or("every host");
        let host = self.outside("Host", host, vec![certificate], Tone::Outside);
        let path = way.path.filter(|path| *path != "/").unwrap_or_default();
        self.graph.edge(host, ingress, path, false);
        for balancer in edges::of_ingress(self.observed, way.ingress) {
            let balancer = self.balancer(&balancer);
            self.graph.edge(balancer, host, "", false);
        }
        ingress
    }

    fn balancer(&mut self, balancer: &edges::Balancer) -> usize {
        // The name that the cloud controller makes up tells people nothing.
        let notes: Vec<String> = balancer.form.iter().cloned().collect();
        let name = balancer.address.as_ref().unwrap_or(&balancer.name);
        self.outside("Load balancer", &name.clone(), notes, Tone::Outside)
    }

    fn outside(&mut self, kind: &str, name: &str, notes: Vec<String>, tone: Tone) -> usize {
        self.graph.node(Node {
            kind: kind.to_owned(),
            name: name.to_owned(),
            notes,
            place: OUTSIDE.to_owned(),
            tone,
        })
    }

    /// A proxy leads to the Services of what it stands before, or straight to it where there are none.
    fn proxy(&mut self, proxy: Declared<'_>, application: Declared<'_>, own: usize) {
        let number = self.workload(proxy.namespace, proxy.name(), proxy.kind());
        self.arrivals(proxy.namespace, proxy.name(), proxy.kind(), number);
        let behind = self.services(application.namespace, application.name(), application.kind());
        for service in &behind {
            let service = self.service(service);
            self.graph.edge(number, service, "proxies", true);
        }
        if behind.is_empty() {
            self.graph.edge(number, own, "proxies", true);
        }
        self.leaves(proxy, number);
    }

    /// What the Pods of a workload read and keep, and what it uses.
    fn leaves(&mut self, workload: Declared<'_>, number: usize) {
        let namespace = workload.namespace;
        let id = format!("{namespace}/{}[{}]", workload.name(), workload.kind());
        let referred = self.observed.parts.of(&id);
        let leaf = |kind: &str, name: String, note: Option<String>, tone: Tone| Node {
            kind: kind.to_owned(),
            name,
            notes: note.into_iter().collect(),
            place: namespace.to_owned(),
            tone,
        };
        let settings = referred.config_maps.into_iter().map(|name| ("ConfigMap", name));
        let settings = settings.chain(referred.secrets.into_iter().map(|name| ("Secret", name)));
        let mut leaves: Vec<Node> = settings
            .map(|(kind, name)| leaf(kind, name, None, Tone::Settings))
            .collect();
        let claim = "PersistentVolumeClaim";
        leaves.extend(
            referred
                .claims
                .into_iter()
                .map(|name| leaf(claim, name, None, Tone::Data)),
        );
        leaves.extend(referred.claim_templates.into_iter().map(|(name, size)| {
            let note = size.map_or_else(
                || "one for each Pod".to_owned(),
                |size| format!("{size} for each Pod"),
            );
            leaf(claim, name, Some(note), Tone::Data)
        }));
        for node in leaves {
            let leaf = self.graph.node(node);
            self.graph.edge(number, leaf, "", false);
        }
        let mut used = BTreeSet::new();
        for name in workload
            .workload
            .items_at(&["uses"])
            .iter()
            .filter_map(ValueExt::text)
        {
            let Some((namespace, name)) = name.split_once('/') else {
                continue;
            };
            let all = declared(self.observed, None);
            let kind = all
                .iter()
                .find(|own| own.namespace == namespace && own.name() == name);
            let kind = kind.map_or("Workload", Declared::kind);
            let target = self.workload(namespace, name, kind);
            self.graph.edge(number, target, "uses", true);
            used.insert(target);
        }
        for (namespace, name) in referred.services {
            self.named(number, &namespace, &name, &used);
        }
    }

    /// A Service that settings name by its address: what stands behind it.
    fn named(&mut self, number: usize, namespace: &str, name: &str, used: &BTreeSet<usize>) {
        let services = self.observed.list("services").iter();
        let mut same =
            services.filter(|one| text(one, "namespace") == namespace && text(one, "name") == name);
        let Some(service) = same.next() else {
            return;
        };
        let behind: Vec<&str> = service
            .items_at(&["workloads"])
            .iter()
            .filter_map(ValueExt::text)
            .collect();
        for id in behind {
            let Some((name, kind)) = id.strip_suffix(']').and_then(|id| id.rsplit_once('[')) else {
                continue;
            };
            let Some((namespace, name)) = name.split_once('/') else {
                continue;
            };
            let target = self.workload(namespace, name, kind);
            // What stands before it is drawn the other way round, and what is declared says more.
            let drawn = self
                .graph
                .edges
                .iter()
                .any(|edge| edge.from == target && edge.to == number);
            let through = self.graph.edges.iter().any(|edge| {
                edge.from == number
                    && self
                        .graph
                        .edges
                        .iter()
                        .any(|next| next.from == edge.to && next.to == target)
            });
            if target != number && !drawn && !through && !used.contains(&target) {
                self.graph.edge(number, target, "settings", true);
            }
        }
    }
}
