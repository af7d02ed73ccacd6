//! The role as YAML for people: what each line is for stands beside it.

use super::{CAPTURED, CONNECTIONS, ClusterRole, IDENTITY, Listed, SYSTEM_NAMESPACE};
use crate::policy::PolicyIds;
use std::io::{self, Write};

/// Words that YAML readers take for something else than text.
const NOT_TEXT: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];

pub(super) fn write(role: &ClusterRole, out: &mut dyn Write) -> io::Result<()> {
    let captured = role
        .lists
        .values()
        .flat_map(|own| own.values())
        .any(|listed| listed.capture);
    let readers = if captured {
        "an audit and a capture read"
    } else {
        "an audit reads"
    };
    writeln!(
        out,
        "# What {readers} of the cluster, and nothing else. Each resource names the policies that need it."
    )?;
    out.write_all(
        b"# Discovery and /version need no rule: every authenticated client has them by Kubernetes' own roles\n\
          # system:discovery and system:public-info-viewer.\n",
    )?;
    for (kind, policies) in role.unplaced() {
        let kind = kind.escape_debug();
        writeln!(
            out,
            "# Left out: {kind}, whose API group is not known ({})",
            ids(policies)
        )?;
    }
    let name = scalar(&role.naming.name);
    write!(
        out,
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {name}\nrules:\n"
    )?;
    write!(
        out,
        "  # the cluster's UID\n  - apiGroups: [\"\"]\n    resources:\n      - namespaces\n    \
         resourceNames: [{SYSTEM_NAMESPACE}]\n    verbs: [get]\n"
    )?;
    if role.any.is_empty() {
        for (group, resources) in &role.lists {
            write!(out, "  - apiGroups: [{}]\n    resources:\n", scalar(group))?;
            for (resource, listed) in resources {
                writeln!(
                    out,
                    "      - {} # {}",
                    scalar(resource),
                    reasons(group, resource, listed)
                )?;
            }
            out.write_all(b"    verbs: [list]\n")?;
        }
    } else {
        write!(
            out,
            "  # every kind, Secrets too: {} may judge objects of any; of Secrets only metadata and key names are kept\n  \
             - apiGroups: [\"*\"]\n    resources: [\"*\"]\n    verbs: [list]\n",
            ids(&role.any)
        )?;
    }
    if let Some((namespace, account)) = &role.naming.service_account {
        write!(
            out,
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {name}\n\
             roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {name}\n\
             subjects:\n  - kind: ServiceAccount\n    namespace: {}\n    name: {}\n",
            scalar(namespace),
            scalar(account)
        )?;
    }
    Ok(())
}

fn reasons(group: &str, resource: &str, listed: &Listed) -> String {
    let mut reasons = Vec::new();
    if listed.identity {
        reasons.push(IDENTITY.to_owned());
    }
    if listed.remediation && listed.policies.is_empty() {
        reasons.push(CONNECTIONS.to_owned());
    }
    if listed.capture && !listed.identity && listed.policies.is_empty() {
        reasons.push(CAPTURED.to_owned());
    }
    if !listed.policies.is_empty() {
        reasons.push(ids(&listed.policies));
    }
    if (group, resource) == ("", "secrets") {
        reasons.push("only metadata and key names are kept".to_owned());
    }
    if listed.guessed {
        reasons.push("the plural is guessed from the kind".to_owned());
    }
    reasons.join("; ")
}

fn ids(policies: &PolicyIds) -> String {
    policies
        .iter()
        .map(AsRef::as_ref)
        .collect::<Vec<&str>>()
        .join(", ")
}

/// Plain where that is certainly a text, else quoted.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/".contains(&byte))
        && !NOT_TEXT.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
