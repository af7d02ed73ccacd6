//! What goes wrong with Prometheus and Grafana.

use super::{Fault, again, alter, replace, unready};

pub(super) const FAULTS: [Fault; 3] = [
    // Whoever finds Grafana may look.
    Fault {
        plant: |_, cluster| {
            let variable = (
                "env: [",
                "env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: \"true\"}, ",
            );
            alter(cluster, "Deployment prometheus/grafana", &[variable]);
        },
        mend: again,
        findings: &["grafana-not-public high prometheus/grafana[Deployment]"],
    },
    // Prometheus does not see what is to be scraped.
    Fault {
        plant: |_, cluster| {
            let label = (", labels: {release: kube-prometheus-stack}", "");
            alter(
                cluster,
                "ServiceMonitor prometheus/ingress-nginx-controller",
                &[label],
            );
        },
        mend: again,
        findings: &["monitor-selected medium prometheus/ingress-nginx-controller[ServiceMonitor]"],
    },
    // Grafana does not come up.
    Fault {
        plant: |_, cluster| unready(cluster, "prometheus", "app.kubernetes.io/name=grafana"),
        mend: |_, cluster| replace(cluster, "prometheus", "app.kubernetes.io/name=grafana"),
        findings: &["monitoring-ready high prometheus/grafana[Deployment]"],
    },
];
