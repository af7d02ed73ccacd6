//! The policies that come with the program, embedded when it is built.

pub(crate) mod examples;

use envcheck_core::policy::RegoFile;
use envcheck_core::source::SourceText;
use examples::{Example, Examples};

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// A fixture's name and the part of it that is shown.
type Part = Option<(&'static str, &'static str)>;
/// What fails, what passes, whether repairs are proposed, and which: action and risk.
type Shown = (Part, Part, bool, &'static [(&'static str, &'static str)]);

const SHOWN: &[(&str, Shown)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The built-in policy files, named from the project's root (`policies/…`).
pub fn policies() -> Vec<RegoFile> {
    FILES
        .iter()
        .map(|(name, text)| RegoFile {
            source: SourceText::new(*name, *text),
        })
        .collect()
}

/// What shows the built-in policy in this file at work.
pub(crate) fn examples_of(file: &str) -> Examples {
    let owned = |part: Part| {
        part.map(|(name, text)| Example {
            name: name.to_owned(),
            text: text.to_owned(),
        })
    };
    let Some((_, (fail, pass, proposes, fixes))) = SHOWN.iter().find(|(name, _)| *name == file) else {
        return Examples::default();
    };
    Examples {
        fail: owned(*fail),
        pass: owned(*pass),
        proposes: *proposes,
        fixes: fixes
            .iter()
            .map(|(action, risk)| ((*action).to_owned(), (*risk).to_owned()))
            .collect(),
    }
}

/// Ids of the environment's policies that are settled but not in this version yet: a spec may already mention them.
pub const PLANNED: &[&str] = &[
    "argocd-covers-namespace",
    "argocd-initial-secret",
    "argocd-project-scope",
    "argocd-ready",
    "argocd-source-declared",
    "argocd-synced",
    "backup-fresh",
    "backup-retention",
    "cluster-as-declared",
    "cluster-high-availability",
    "cluster-running",
    "cluster-version-supported",
    "control-plane-firewall",
    "cross-namespace-access",
    "datastore-authenticated",
    "datastore-not-exposed",
    "datastore-persistent",
    "datastore-ready",
    "declared-source-blocked",
    "firewall-managed-present",
    "firewall-open-to-world",
    "firewall-undeclared",
    "grafana-not-public",
    "image-from-declared-registry",
    "image-in-use",
    "ingress-backend-exists",
    "ingress-class",
    "ingress-controller-ready",
    "ingress-controller-supported",
    "ingress-controller-vulnerable",
    "ingress-host-conflict",
    "ingress-risky-annotation",
    "ingress-tls",
    "load-balancer-as-declared",
    "load-balancer-orphan",
    "monitor-selected",
    "monitoring-ready",
    "namespace-declared",
    "namespace-undeclared",
    "node-pool-as-declared",
    "node-port-exposed",
    "pod-security-level",
    "proxy-layer",
    "proxy-reaches-datastore",
    "registry-as-declared",
    "registry-garbage",
    "registry-integrated",
    "space-exists",
    "space-key-scope",
    "space-lifecycle",
    "space-private",
    "vpc-membership",
    "vpc-overlap",
    "workload-declared",
    "workload-undeclared",
];
