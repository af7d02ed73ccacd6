//! The cloud controller: a load balancer for each Service of type LoadBalancer, and open ports for those that need them.

use super::firewalls::public_name;
use super::{droplets_of, own_firewalls};
use crate::World;
use crate::api::balancers;
use crate::world::text;
use serde_json::{Value, json};

const PREFIX: &str = "service.beta.kubernetes.io/do-loadbalancer-";
const ID: &str = "kubernetes.digitalocean.com/load-balancer-id";
const DISOWN: &str = "service.kubernetes.io/do-loadbalancer-disown";
const FIREWALL_MANAGED: &str = "kubernetes.digitalocean.com/firewall-managed";

/// Which load balancer a Service has; the controller writes both into the Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The Service's namespace.
    pub namespace: String,
    /// The Service's name.
    pub name: String,
    /// Annotation `kubernetes.digitalocean.com/load-balancer-id`.
    pub balancer: String,
    /// `status.loadBalancer.ingress[0].ip`; None while it comes up.
    pub ip: Option<String>,
}

impl World {
    /// Does what the cloud controller does when a cluster's Services are these (as Kubernetes' API shows them): makes
    /// and updates load balancers, deletes those of Services that are gone, opens ports in the firewall that it owns.
    pub fn services(&mut self, cluster: &str, services: &[Value]) -> Vec<Attached> {
        if self.row("kubernetes_clusters", cluster).is_none() {
            return Vec::new();
        }
        let wanted: Vec<&Value> = services
            .iter()
            .filter(|service| service["spec"]["type"] == "LoadBalancer")
            .collect();
        self.forget_services(cluster, &wanted);
        let mut attached = Vec::new();
        for service in wanted {
            let balancer = match annotation(service, DISOWN) {
                // From now on nobody deletes it with its Service.
                Some("true") => {
                    let key = (cluster.to_owned(), text(&service["metadata"]["uid"]).to_owned());
                    self.balancers.remove(&key);
                    annotation(service, ID).map(str::to_owned)
                }
                _ => Some(self.ensure(cluster, service)),
            };
            let Some(balancer) = balancer else { continue };
            let ip = self
                .row("load_balancers", &balancer)
                .filter(|row| row["status"] == "active")
                .map(|row| text(&row["ip"]).to_owned());
            attached.push(Attached {
                namespace: text(&service["metadata"]["namespace"]).to_owned(),
                name: text(&service["metadata"]["name"]).to_owned(),
                balancer,
                ip,
            });
        }
        own_firewalls(self, cluster);
        let rules = rules(services, &attached);
        let name = public_name(cluster);
        if let Some(row) = self
            .rows_mut("firewalls")
            .iter_mut()
            .find(|row| row["name"] == name.as_str())
        {
            row["inbound_rules"] = json!(rules);
        }
        attached
    }

    /// Deletes the load balancers of Services that are gone; one that another Service names by its id is that one's now.
    fn forget_services(&mut self, cluster: &str, wanted: &[&Value]) {
        let gone: Vec<(String, String)> = self
            .balancers
            .keys()
            .filter(|(own, uid)| {
                own == cluster
                    && !wanted
                        .iter()
                        .any(|service| service["metadata"]["uid"] == uid.as_str())
            })
            .cloned()
            .collect();
        for key in gone {
            let Some(balancer) = self.balancers.remove(&key) else {
                continue;
            };
            if !wanted
                .iter()
                .any(|service| annotation(service, ID) == Some(&balancer))
            {
                self.remove("load_balancers", &balancer);
            }
        }
    }

    /// The load balancer of a Service, made or brought up to date.
    fn ensure(&mut self, cluster: &str, service: &Value) -> String {
        let uid = text(&service["metadata"]["uid"]).to_owned();
        let name =
            annotation(service, &format!("{PREFIX}name")).map_or_else(|| default_name(&uid), str::to_owned);
        let known = annotation(service, ID)
            .filter(|id| self.row("load_balancers", id).is_some())
            .map(str::to_owned)
            .or_else(|| {
                let row = self.named("load_balancers", &name)?;
                Some(text(&row["id"]).to_owned())
            });
        let settings = self.settings(cluster, service, &name);
        let id = match known {
            Some(id) => {
                if let (Some(row), Some(settings)) =
                    (self.row_mut("load_balancers", &id), settings.as_object())
                {
                    for (field, value) in settings {
                        row[field] = value.clone();
                    }
                }
                id
            }
            None => balancers::add(self, &settings),
        };
        self.balancers.insert((cluster.to_owned(), uid), id.clone());
        id
    }

    fn settings(&self, cluster: &str, service: &Value, name: &str) -> Value {
        let of = self
            .row("kubernetes_clusters", cluster)
            .cloned()
            .unwrap_or_default();
        let set = |name: &str| annotation(service, &format!("{PREFIX}{name}"));
        let kind = set("type").unwrap_or("REGIONAL_NETWORK");
        let regional = kind == "REGIONAL";
        let ports = crate::api::items(&service["spec"]["ports"]);
        let forwarding: Vec<Value> = ports
            .iter()
            .map(|port| {
                let protocol = text(&port["protocol"]).to_lowercase();
                let protocol = if protocol.is_empty() { "tcp" } else { &protocol };
                let target = if regional {
                    &port["nodePort"]
                } else {
                    &port["port"]
                };
                json!({
                    "entry_protocol": protocol, "entry_port": port["port"],
                    "target_protocol": protocol, "target_port": target,
                    "certificate_id": "", "tls_passthrough": false,
                })
            })
            .collect();
        let ranges: Vec<String> = crate::api::items(&service["spec"]["loadBalancerSourceRanges"])
            .iter()
            .map(|range| format!("cidr:{}", text(range)))
            .collect();
        json!({
            "name": name,
            "region": crate::api::region(text(&of["region"])),
            "vpc_uuid": of["vpc_uuid"],
            "type": kind,
            "network": set("network").unwrap_or("EXTERNAL"),
            "network_stack": set("network-stack").unwrap_or("IPV4"),
            "size_unit": set("size-unit").and_then(|units| units.parse::<u64>().ok()).unwrap_or(1),
            "forwarding_rules": forwarding,
            "health_check": {
                "protocol": set("healthcheck-protocol").unwrap_or("http"),
                "port": health_port(service),
                "path": set("healthcheck-path").unwrap_or("/healthz"),
                "check_interval_seconds": 3, "response_timeout_seconds": 5,
                "healthy_threshold": 5, "unhealthy_threshold": 3,
            },
            "enable_proxy_protocol": set("enable-proxy-protocol") == Some("true"),
            "enable_backend_keepalive": set("enable-backend-keepalive") == Some("true"),
            "redirect_http_to_https": set("redirect-http-to-https") == Some("true"),
            "firewall": {"allow": ranges, "deny": []},
            "droplet_ids": droplets_of(self, cluster),
            "tags": [format!("k8s:{cluster}")],
        })
    }
}

/// The name of a load balancer whose Service chooses none.
fn default_name(uid: &str) -> String {
    format!("a{}", uid.replace('-', "")).chars().take(32).collect()
}

/// Where the nodes answer health checks of a Service.
fn health_port(service: &Value) -> u64 {
    let local = service["spec"]["externalTrafficPolicy"] == "Local";
    let own = service["spec"]["healthCheckNodePort"]
        .as_u64()
        .filter(|port| local && *port != 0);
    own.unwrap_or(10_256)
}

fn annotation<'a>(service: &'a Value, name: &str) -> Option<&'a str> {
    service["metadata"]["annotations"][name].as_str()
}

/// What has to be open from outside for these Services.
fn rules(services: &[Value], attached: &[Attached]) -> Vec<Value> {
    let anywhere = json!({"addresses": ["0.0.0.0/0", "::/0"]});
    let mut rules = Vec::new();
    for service in services {
        let ports = crate::api::items(&service["spec"]["ports"]);
        let mut open = |field: &str| {
            for port in ports {
                if let Some(number) = port[field].as_u64() {
                    let protocol = text(&port["protocol"]).to_lowercase();
                    let protocol = if protocol.is_empty() {
                        "tcp".to_owned()
                    } else {
                        protocol
                    };
                    rules.push(
                        json!({"protocol": protocol, "ports": number.to_string(), "sources": anywhere}),
                    );
                }
            }
        };
        match text(&service["spec"]["type"]) {
            "NodePort" if annotation(service, FIREWALL_MANAGED) != Some("false") => open("nodePort"),
            "LoadBalancer" => {
                let set = |name: &str| annotation(service, &format!("{PREFIX}{name}"));
                let direct = set("type").unwrap_or("REGIONAL_NETWORK") == "REGIONAL_NETWORK"
                    && set("network").unwrap_or("EXTERNAL") == "EXTERNAL";
                let own = attached.iter().find(|own| {
                    service["metadata"]["namespace"] == own.namespace.as_str()
                        && service["metadata"]["name"] == own.name.as_str()
                });
                if let Some(own) = own.filter(|_| direct) {
                    open("port");
                    rules.push(json!({
                        "protocol": "tcp", "ports": health_port(service).to_string(),
                        "sources": {"load_balancer_uids": [own.balancer]},
                    }));
                }
            }
            _ => {}
        }
    }
    rules
}
