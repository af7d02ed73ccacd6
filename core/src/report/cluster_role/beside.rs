//! Roles beside that of an audit, as YAML for people and as JSON: what somebody may change in a cluster, and the Lease of an environment
//! in a role of namespace `default`.

use super::{Naming, scalar};
use serde_json::{Value, json};
use std::io::{self, Write};

const RBAC: &str = "rbac.authorization.k8s.io/v1";
/// Where the Lease is.
const NAMESPACE: &str = "default";

/// Some resources of one group, and what may be done to them.
pub(super) struct Rights {
    pub(super) group: String,
    /// Each with what it is for.
    pub(super) resources: Vec<(String, String)>,
    /// Only these objects; all where none is named.
    pub(super) names: &'static [&'static str],
    pub(super) verbs: &'static [&'static str],
}

/// What somebody may do, beside an audit.
pub(super) struct Beside<'a> {
    /// How the roles' names end.
    pub(super) suffix: &'static str,
    /// What is said first.
    pub(super) opening: &'static str,
    pub(super) rights: Vec<Rights>,
    /// The Lease's name; any where it is not known which environment it is for.
    pub(super) lease: Option<&'a str>,
}

impl Beside<'_> {
    fn name(&self, naming: &Naming) -> String {
        format!("{}-{}", naming.name, self.suffix)
    }

    /// The Lease is asked for, taken and given back. What is to be created has no name yet.
    fn of_lease(&self) -> Vec<Value> {
        let rule = |verbs: &[&str]| json!({"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": verbs});
        match self.lease {
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
        let name = self.name(naming);
        let rules = self.rights.iter().map(|rule| {
            let resources: Vec<&str> = rule
                .resources
                .iter()
                .map(|(resource, _)| resource.as_str())
                .collect();
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
        let name = self.name(naming);
        let name = scalar(&name);
        write!(
            out,
            "---\n# {}\napiVersion: {RBAC}\nkind: ClusterRole\nmetadata:\n  name: {name}\nrules:\n",
            self.opening
        )?;
        for rule in &self.rights {
            write!(out, "  - apiGroups: [{}]\n    resources:\n", scalar(&rule.group))?;
            for (resource, what_for) in &rule.resources {
                writeln!(out, "      - {} # {what_for}", scalar(resource))?;
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
        let rule = |out: &mut dyn Write, name: Option<&str>, verbs: &str| {
            out.write_all(b"  - apiGroups: [coordination.k8s.io]\n    resources:\n      - leases\n")?;
            if let Some(own) = name {
                writeln!(out, "    resourceNames: [{}]", scalar(own))?;
            }
            writeln!(out, "    verbs: [{verbs}]")
        };
        match self.lease {
            None => rule(out, None, "get, create, update, delete")?,
            own => {
                rule(out, None, "create")?;
                rule(out, own, "get, update, delete")?;
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
