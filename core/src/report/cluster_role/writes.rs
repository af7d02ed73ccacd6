//! What remediation may do in a cluster: a second role, of what the built-in fixes touch and of what they are held against
//! before they are done; and the Lease of an environment, in a role of namespace `default`.

use super::beside::{Beside, Rights};

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
    /// As roles.
    pub(super) fn beside(&self) -> Beside<'_> {
        let rights = RULES.iter().map(|rule| Rights {
            group: rule.group.to_owned(),
            resources: rule
                .resources
                .iter()
                .map(|(resource, what_for)| ((*resource).to_owned(), (*what_for).to_owned()))
                .collect(),
            names: rule.names,
            verbs: rule.verbs,
        });
        Beside {
            suffix: "remediation",
            opening: "What remediation changes, and what it looks at before it does. Of the DigitalOcean account the token decides.",
            rights: rights.collect(),
            lease: self.lease.as_deref(),
        }
    }
}
