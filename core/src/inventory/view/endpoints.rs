//! EndpointSlices that somebody made by hand, and where their addresses lead: a Service can send its traffic to any.

use super::record::{Record, common};
use super::workload;
use crate::inventory::reference::ResourceRef;
use crate::value::texts::Texts;
use crate::value::{Value, ValueExt, array, object, shared_text, text_or_null};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const SERVICE: &str = "kubernetes.io/service-name";

/// Makes slices from the selectors of Services. What another controller mirrors, somebody wrote as Endpoints.
const CONTROLLER: &str = "endpointslice-controller.k8s.io";

fn label<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.text_at(&["metadata", "labels", name])
}

/// True for a slice that Kubernetes made from a Service's selector.
pub(super) fn from_selector(value: &Value) -> bool {
    label(value, MANAGED_BY) == Some(CONTROLLER)
}

/// The record of an EndpointSlice; its addresses are looked up once all are known.
pub(super) fn slice(reference: &ResourceRef, value: &Value) -> Record {
    let endpoints = value.items_at(&["endpoints"]).iter().flat_map(|endpoint| {
        let target = endpoint.field("targetRef").and_then(ResourceRef::from_value);
        let namespace = target.as_ref().and_then(|target| target.namespace.clone());
        let addresses = endpoint.items_at(&["addresses"]).iter();
        addresses.filter_map(ValueExt::text).map(move |address| {
            object([
                ("address", Value::from(address)),
                ("namespace", text_or_null(namespace.as_deref())),
                (
                    "target",
                    target.as_ref().map_or(Value::Null, ResourceRef::to_value),
                ),
            ])
        })
    });
    let mut record = common(reference, value);
    record
        .set("service", text_or_null(label(value, SERVICE)))
        .set("managedBy", text_or_null(label(value, MANAGED_BY)))
        .set("endpoints", array(endpoints));
    record
}

/// Which namespace has which address of the cluster.
#[derive(Debug, Default)]
pub struct Addresses {
    names: Texts,
    namespaces: HashMap<IpAddr, Arc<str>>,
}

impl Addresses {
    /// Takes in the addresses of a Service or a Pod; of anything else, nothing.
    pub fn learn(&mut self, reference: &ResourceRef, value: &Value) {
        let Some(namespace) = &reference.namespace else {
            return;
        };
        let all: Vec<&Value> = match (reference.group(), reference.kind.as_str()) {
            ("", "Service") => {
                let all = value.items_at(&["spec", "clusterIPs"]).iter();
                all.chain(value.at(&["spec", "clusterIP"])).collect()
            }
            // A Pod in the host's network has the Node's address, one that has ended has none any more.
            ("", "Pod")
                if !value.at(&["spec", "hostNetwork"]).is_some_and(ValueExt::is_true)
                    && !workload::finished("Pod", value) =>
            {
                let all = value.items_at(&["status", "podIPs"]).iter();
                all.filter_map(|one| one.field("ip"))
                    .chain(value.at(&["status", "podIP"]))
                    .collect()
            }
            _ => return,
        };
        let addresses = all.into_iter().filter_map(|address| address.text()?.parse().ok());
        for address in addresses {
            let namespace = self.names.share(namespace);
            // Two can have the same one for a moment only; which is read first must not matter.
            self.namespaces
                .entry(address)
                .and_modify(|known| {
                    if namespace < *known {
                        *known = Arc::clone(&namespace);
                    }
                })
                .or_insert(namespace);
        }
    }

    /// Whose an address is; `None` of one that no Service and no Pod of the cluster has.
    pub fn namespace_of(&self, address: IpAddr) -> Option<&str> {
        self.namespaces.get(&address).map(AsRef::as_ref)
    }

    /// True when no address is known.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }

    /// Says in the record of a slice where its addresses lead. What is observed is worth more than what the slice says of
    /// its targets: traffic goes by the address alone.
    pub(super) fn settle(&self, record: &mut Record) {
        let Some(endpoints) = record.get("endpoints") else {
            return;
        };
        let endpoints = endpoints.items().iter().map(|endpoint| {
            let address = endpoint.text_at(&["address"]).and_then(|text| text.parse().ok());
            let namespace = address.and_then(|address: IpAddr| self.namespaces.get(&address));
            let mut endpoint = endpoint.clone();
            if let (Some(namespace), Ok(members)) = (namespace, endpoint.as_object_mut()) {
                members.insert(Value::from("namespace"), shared_text(namespace));
            }
            endpoint
        });
        let endpoints = array(endpoints);
        record.set("endpoints", endpoints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::identify;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    fn known(objects: &[&str]) -> Addresses {
        let mut addresses = Addresses::default();
        for object in objects {
            let object = value(object);
            addresses.learn(&identify(&object).unwrap().0, &object);
        }
        addresses
    }

    /// `address: namespace target` of each endpoint.
    fn leads(addresses: &Addresses, endpoints: &str) -> Vec<String> {
        let slice_of = value(&format!(
            r#"{{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{{"name":"s","namespace":"front",
            "labels":{{"{SERVICE}":"db"}}}},"addressType":"IPv4","endpoints":{endpoints}}}"#
        ));
        let mut record = slice(&identify(&slice_of).unwrap().0, &slice_of);
        assert_eq!(record.get("service"), Some(&Value::from("db")));
        assert_eq!(record.get("managedBy"), Some(&Value::Null));
        addresses.settle(&mut record);
        let endpoints = record.get("endpoints").unwrap().items();
        endpoints
            .iter()
            .map(|endpoint| {
                let text = |path: &[&str]| endpoint.text_at(path).unwrap_or("-").to_owned();
                format!(
                    "{}: {} {}",
                    text(&["address"]),
                    text(&["namespace"]),
                    text(&["target", "name"])
                )
            })
            .collect()
    }

    const OBJECTS: [&str; 5] = [
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"back"},"spec":{"clusterIP":"10.245.0.7","clusterIPs":["10.245.0.7","fd00::7"]}}"#,
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"h","namespace":"back"},"spec":{"clusterIP":"None"}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"b2b"},"spec":{},"status":{"podIP":"10.244.1.2","podIPs":[{"ip":"10.244.1.2"}]}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"n","namespace":"kube-system"},"spec":{"hostNetwork":true},"status":{"podIP":"10.114.0.3"}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"old","namespace":"jobs"},"spec":{},"status":{"phase":"Succeeded","podIP":"10.244.1.9"}}"#,
    ];

    #[test]
    fn an_address_leads_to_the_namespace_that_has_it() {
        let found = leads(
            &known(&OBJECTS),
            r#"[{"addresses":["10.245.0.7","fd00:0::7"]},{"addresses":["10.244.1.2"]},
            {"addresses":["10.114.0.3","10.244.1.9","203.0.113.1","db.example.com"]}]"#,
        );
        assert_eq!(
            found,
            [
                "10.245.0.7: back -",
                "fd00:0::7: back -",
                "10.244.1.2: b2b -",
                "10.114.0.3: - -",
                "10.244.1.9: - -",
                "203.0.113.1: - -",
                "db.example.com: - -",
            ]
        );
    }

    #[test]
    fn a_target_counts_where_the_address_tells_nothing() {
        let endpoints =
            r#"[{"addresses":["10.244.1.2"],"targetRef":{"kind":"Pod","namespace":"front","name":"own"}}]"#;
        assert_eq!(leads(&known(&[]), endpoints), ["10.244.1.2: front own"]);
        assert_eq!(leads(&known(&OBJECTS), endpoints), ["10.244.1.2: b2b own"]);
    }

    #[test]
    fn which_of_two_is_read_first_does_not_matter() {
        let pod = |namespace: &str| {
            format!(
                r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","namespace":"{namespace}"}},"status":{{"podIP":"10.244.1.2"}}}}"#
            )
        };
        let (one, other) = (pod("a"), pod("b"));
        for order in [[one.as_str(), &other], [other.as_str(), &one]] {
            let endpoints = r#"[{"addresses":["10.244.1.2"]}]"#;
            assert_eq!(leads(&known(&order), endpoints), ["10.244.1.2: a -"]);
        }
    }

    #[test]
    fn slices_from_selectors_are_told_from_others() {
        for (by, own) in [
            ("endpointslice-controller.k8s.io", true),
            ("endpointslicemirroring-controller.k8s.io", false),
            ("acme.example.com", false),
        ] {
            let slice = format!(r#"{{"metadata":{{"labels":{{"{MANAGED_BY}":"{by}"}}}}}}"#);
            assert_eq!(from_selector(&value(&slice)), own, "{by}");
        }
        assert!(!from_selector(&value(r#"{"metadata":{}}"#)));
    }
}
