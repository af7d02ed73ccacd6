//! What remediation may do in a cluster: a second role, of what the built-in fixes touch and of what they are held against
//! before they are done; and the Lease of an environment, in a role of namespace `default`.

use super::{Naming, scalar};
use serde_json::{Value, json};
use std::io::{self, Write};

const RBAC: &str = "rbac.authorization.k8s.io/v1";
/// Where the Lease is.
const NAMESPACE: &str = "default";

/// Some resources of one group, and what may be done to them.
struct Rule {
    group: &'static str,
    /// Each with what it is for.
    resources: &'static [(&'static str, &'static str)],
    /// Only these objects; all where none is named.
    names: &'static [&'static str],
    verbs: &'static [&'static str],
}

/// Closed: a fix of a new kind adds its own. Of Secrets nothing may be read, and one may be deleted.
const RULES: [Rule; 17] = [
    Rule {
        group: "",
        resources: &[("namespaces", "created, and labelled with levels of Pod Security")],
        names: &[],
        verbs: &["get", "create", "patch"],
    },
    Rule {
        group: "",
        resources: &[("services", "annotated, and closed to the outside")],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "",
        resources: &[("secrets", "once another administrator can log in")],
        names: &["argocd-initial-admin-secret"],
        verbs: &["delete"],
    },
    Rule {
        group: "",
        resources: &[("configmaps", "whether another administrator can log in")],
        names: &["argocd-cm", "argocd-rbac-cm"],
        verbs: &["get"],
    },
    Rule {
        group: "",
        resources: &[
            (
                "secrets",
                "metadata only: whether another administrator can log in",
            ),
            ("services", "which load balancers and ports are taken"),
            ("persistentvolumeclaims", "none goes with what is deleted"),
        ],
        names: &[],
        verbs: &["list"],
    },
    Rule {
        group: "admissionregistration.k8s.io",
        resources: &[
            (
                "mutatingwebhookconfigurations",
                "the API server must go on reaching what it calls",
            ),
            (
                "validatingwebhookconfigurations",
                "the API server must go on reaching what it calls",
            ),
        ],
        names: &[],
        verbs: &["list"],
    },
    Rule {
        group: "apiextensions.k8s.io",
        resources: &[(
            "customresourcedefinitions",
            "the API server must go on reaching what it calls",
        )],
        names: &[],
        verbs: &["list"],
    },
    Rule {
        group: "apiregistration.k8s.io",
        resources: &[("apiservices", "the API server must go on reaching what it calls")],
        names: &[],
        verbs: &["list"],
    },
    Rule {
        group: "discovery.k8s.io",
        resources: &[(
            "endpointslices",
            "the API server must go on reaching what it calls",
        )],
        names: &[],
        verbs: &["list"],
    },
    Rule {
        group: "apps",
        resources: &[
            ("daemonsets", "their images, from the declared registry"),
            ("deployments", "their images, from the declared registry"),
            ("statefulsets", "the same; and their claims are kept"),
        ],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "batch",
        resources: &[("cronjobs", "their images, from the declared registry")],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "argoproj.io",
        resources: &[(
            "applications",
            "who delivers what; they follow the declared revision",
        )],
        names: &[],
        verbs: &["get", "list", "patch"],
    },
    Rule {
        group: "argoproj.io",
        resources: &[("appprojects", "they name the declared repositories")],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "gateway.networking.k8s.io",
        resources: &[("httproutes", "annotated with their proxy")],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "monitoring.coreos.com",
        resources: &[
            ("podmonitors", "labelled, so that Prometheus selects them"),
            ("prometheusrules", "labelled, so that Prometheus selects them"),
            ("servicemonitors", "labelled, so that Prometheus selects them"),
        ],
        names: &[],
        verbs: &["get", "patch"],
    },
    Rule {
        group: "networking.k8s.io",
        resources: &[("ingresses", "classed, annotated, led to their proxy")],
        names: &[],
        verbs: &["get", "list", "patch"],
    },
    Rule {
        group: "networking.k8s.io",
        resources: &[("networkpolicies", "created; deleted when a run is taken back")],
        names: &[],
        verbs: &["get", "create", "delete"],
    },
];

/// The rights of remediation, beside those of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writes {
    /// The Lease's name; any where it is not known which environment it is for.
    pub lease: Option<String>,
}

impl Writes {
    fn name(naming: &Naming) -> String {
        format!("{}-remediation", naming.name)
    }

    /// The Lease is asked for, taken and given back. What is to be created has no name yet.
    fn of_lease(&self) -> Vec<Value> {
        let rule = |verbs: &[&str]| json!({"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": verbs});
        match &self.lease {
            None => vec![rule(&["get", "create", "update", "delete"])],
            Some(name) => {
                let mut own = rule(&["get", "update", "delete"]);
                own["resourceNames"] = json!([name]);
                vec![rule(&["create"]), own]
            }
        }
    }

    /// The objects as JSON.
    pub(super) fn items(&self, naming: &Naming) -> Vec<Value> {
        let name = Self::name(naming);
        let rules = RULES.iter().map(|rule| {
            let resources: Vec<&str> = rule.resources.iter().map(|(resource, _)| *resource).collect();
            let mut value = json!({"apiGroups": [rule.group], "resources": resources, "verbs": rule.verbs});
            if !rule.names.is_empty() {
                value["resourceNames"] = json!(rule.names);
            }
            value
        });
        let rules: Vec<Value> = rules.collect();
        let mut items = vec![
            json!({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}),
            json!({"apiVersion": RBAC, "kind": "Role", "metadata": {"name": name, "namespace": NAMESPACE},
                   "rules": self.of_lease()}),
        ];
        if let Some((namespace, account)) = &naming.service_account {
            let subjects = json!([{"kind": "ServiceAccount", "namespace": namespace, "name": account}]);
            let reference =
                |kind: &str| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
            items.push(
                json!({"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": {"name": name},
                              "roleRef": reference("ClusterRole"), "subjects": subjects}),
            );
            items.push(json!({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": name, "namespace": NAMESPACE},
                              "roleRef": reference("Role"), "subjects": subjects}));
        }
        items
    }

    /// The objects as YAML, each of its own document.
    pub(super) fn yaml(&self, naming: &Naming, out: &mut dyn Write) -> io::Result<()> {
        let name = Self::name(naming);
        let name = scalar(&name);
        write!(
            out,
            "---\n# What remediation changes, and what it looks at before it does. Of the DigitalOcean account the token decides.\n\
             apiVersion: {RBAC}\nkind: ClusterRole\nmetadata:\n  name: {name}\nrules:\n"
        )?;
        for rule in &RULES {
            write!(out, "  - apiGroups: [{}]\n    resources:\n", scalar(rule.group))?;
            for (resource, what_for) in rule.resources {
                writeln!(out, "      - {resource} # {what_for}")?;
            }
            if !rule.names.is_empty() {
                writeln!(out, "    resourceNames: [{}]", rule.names.join(", "))?;
            }
            writeln!(out, "    verbs: [{}]", rule.verbs.join(", "))?;
        }
        write!(
            out,
            "---\n# One writer at a time: the Lease of the environment.\n\
             apiVersion: {RBAC}\nkind: Role\nmetadata:\n  name: {name}\n  namespace: {NAMESPACE}\nrules:\n"
        )?;
        let rule = |out: &mut dyn Write, names: Option<&String>, verbs: &str| {
            out.write_all(b"  - apiGroups: [coordination.k8s.io]\n    resources:\n      - leases\n")?;
            if let Some(own) = names {
                writeln!(out, "    resourceNames: [{}]", scalar(own))?;
            }
            writeln!(out, "    verbs: [{verbs}]")
        };
        match &self.lease {
            None => rule(out, None, "get, create, update, delete")?,
            own => {
                rule(out, None, "create")?;
                rule(out, own.as_ref(), "get, update, delete")?;
            }
        }
        let Some((namespace, account)) = &naming.service_account else {
            return Ok(());
        };
        for (binding, role, place) in [
            ("ClusterRoleBinding", "ClusterRole", String::new()),
            ("RoleBinding", "Role", format!("  namespace: {NAMESPACE}\n")),
        ] {
            write!(
                out,
                "---\napiVersion: {RBAC}\nkind: {binding}\nmetadata:\n  name: {name}\n{place}roleRef:\n  \
                 apiGroup: rbac.authorization.k8s.io\n  kind: {role}\n  name: {name}\nsubjects:\n  - kind: ServiceAccount\n    \
                 namespace: {}\n    name: {}\n",
                scalar(namespace),
                scalar(account)
            )?;
        }
        Ok(())
    }
}
