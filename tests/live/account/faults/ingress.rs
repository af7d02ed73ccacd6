//! What goes wrong where HTTP comes in.

use super::{Fault, again, alter, delete, replace, unready};
use envcheck_test_fakes::tls_secret;

pub(super) const FAULTS: [Fault; 6] = [
    // An Ingress of a class that nobody serves, for a path that another one has.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply(&ingress(
                    "b2b",
                    "partners",
                    "internal",
                    "b2b.stage.example.com",
                    "/partners",
                    "b2b-web",
                ))
                .unwrap();
        },
        mend: |_, cluster| delete(cluster, "b2b", "ingress/partners"),
        findings: &["ingress-class high b2b/partners[Ingress]"],
    },
    // Two Ingresses want the same.
    Fault {
        plant: |_, cluster| {
            cluster
                .apply(&ingress(
                    "b2b",
                    "promotion",
                    "nginx",
                    "b2b.stage.example.com",
                    "/",
                    "b2b-shop",
                ))
                .unwrap();
        },
        mend: |_, cluster| delete(cluster, "b2b", "ingress/promotion"),
        findings: &[
            "ingress-backend-exists high b2b/promotion[Ingress]",
            "ingress-host-conflict high b2b/promotion[Ingress]",
        ],
    },
    // Nobody renewed a certificate.
    Fault {
        plant: |_, cluster| {
            let secret = tls_secret(
                "b2b",
                "b2b-stage-example-com-tls",
                "b2b.stage.example.com",
                -90,
                -1,
            );
            cluster.apply(&secret.unwrap()).unwrap();
        },
        mend: again,
        findings: &["ingress-tls medium b2b/b2b-stage-example-com-tls[Secret]"],
    },
    // An Ingress writes into the controller's configuration, which lets it.
    Fault {
        plant: |_, cluster| {
            let snippet = "{nginx.ingress.kubernetes.io/configuration-snippet: 'more_set_headers \"X: y\";', nginx-proxy-server: ";
            alter(
                cluster,
                "Ingress front-web/web",
                &[("{nginx-proxy-server: ", snippet)],
            );
            let setting = (
                "allow-snippet-annotations: \"false\"",
                "allow-snippet-annotations: \"true\"",
            );
            alter(
                cluster,
                "ConfigMap ingress-nginx/ingress-nginx-controller",
                &[setting],
            );
        },
        mend: again,
        findings: &["ingress-risky-annotation high front-web/web[Ingress]"],
    },
    // The controller went back to a version with known holes.
    Fault {
        plant: |_, cluster| {
            let place = "Deployment ingress-nginx/ingress-nginx-controller";
            alter(cluster, place, &[("controller:v1.15.1", "controller:v1.15.0")]);
        },
        mend: again,
        findings: &[
            "ingress-controller-vulnerable critical ingress-nginx/ingress-nginx-controller[Deployment]",
        ],
    },
    // And does not come up.
    Fault {
        plant: |_, cluster| unready(cluster, "ingress-nginx", "app.kubernetes.io/component=controller"),
        mend: |_, cluster| replace(cluster, "ingress-nginx", "app.kubernetes.io/component=controller"),
        findings: &["ingress-controller-ready critical ingress-nginx/ingress-nginx-controller[Deployment]"],
    },
];

/// An Ingress for one path, with the host's own certificate.
pub(super) fn ingress(
    namespace: &str,
    name: &str,
    class: &str,
    host: &str,
    path: &str,
    service: &str,
) -> String {
    let secret = format!("{}-tls", host.replace('.', "-"));
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}, namespace: {namespace}}}, spec: \
         {{ingressClassName: {class}, tls: [{{hosts: [{host}], secretName: {secret}}}], rules: [{{host: {host}, http: \
         {{paths: [{{path: {path}, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}]}}}}]}}}}"
    )
}
