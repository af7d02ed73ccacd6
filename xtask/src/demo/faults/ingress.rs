//! What is wrong with Ingresses and their controller.

use super::{Expected, Fault};
use crate::demo::kube::{Author, object};
use crate::demo::world::{Account, World};
use serde_json::{Value, json};

pub(super) const FAULTS: [Fault; 7] = [
    Fault {
        what: "the ingress controller was rolled back to a version with a published vulnerability",
        apply: old_controller,
        findings: &[Expected {
            policy: "ingress-controller-vulnerable",
            severity: "critical",
            resource: "ingress-nginx/ingress-nginx-controller (Deployment)",
            says: "ingress-nginx 1.15.0 is open to CVE-2026-4342; fixed in 1.13.9, 1.14.5 and 1.15.1",
        }],
    },
    Fault {
        what: "one of the two Pods of the ingress controller does not become ready",
        apply: half_a_controller,
        findings: &[Expected {
            policy: "ingress-controller-ready",
            severity: "medium",
            resource: "ingress-nginx/ingress-nginx-controller (Deployment)",
            says: "1 of its 2 Pods is ready",
        }],
    },
    Fault {
        what: "Ingress `b2b/b2b-status` names no class, so that no controller serves it",
        apply: no_class,
        findings: &[Expected {
            policy: "ingress-class",
            severity: "high",
            resource: "b2b/b2b-status (Ingress)",
            says: "names no class, nginx is declared",
        }],
    },
    Fault {
        what: "a second Ingress serves `b2b.stage.example.com`",
        apply: second_ingress,
        findings: &[Expected {
            policy: "ingress-host-conflict",
            severity: "high",
            resource: "b2b/b2b-web-copy (Ingress)",
            says: "host b2b.stage.example.com, path / (Prefix): Ingress b2b/b2b-web is older and gets the requests",
        }],
    },
    Fault {
        what: "Ingress `b2b/b2b-api` leads to a Service that was renamed",
        apply: renamed_service,
        findings: &[Expected {
            policy: "ingress-backend-exists",
            severity: "high",
            resource: "b2b/b2b-api (Ingress)",
            says: "Service b2b-api does not exist",
        }],
    },
    Fault {
        what: "snippets were allowed, and Ingress `front-web/web` brings one",
        apply: snippet,
        findings: &[Expected {
            policy: "ingress-risky-annotation",
            severity: "high",
            resource: "front-web/web (Ingress)",
            says: "annotation configuration-snippet writes into the controller's configuration, and allow-snippet-annotations is on",
        }],
    },
    Fault {
        what: "the certificate of `b2b.stage.example.com` is not renewed any more",
        apply: expiring_certificate,
        findings: &[Expected {
            policy: "ingress-tls",
            severity: "medium",
            resource: "b2b/b2b-stage-example-com-tls (Secret)",
            says: "its certificate expires in 5 days, and should have been renewed",
        }],
    },
];

fn old_controller(world: &mut World) -> Result<(), String> {
    let name = "ingress-nginx-controller";
    let image = "registry.k8s.io/ingress-nginx/controller:v1.15.0";
    let controller = world.object("Deployment", "ingress-nginx", name)?;
    controller["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    Ok(())
}

fn half_a_controller(world: &mut World) -> Result<(), String> {
    let name = "ingress-nginx-controller";
    let status = &mut world.object("Deployment", "ingress-nginx", name)?["status"];
    status["readyReplicas"] = json!(1);
    status["availableReplicas"] = json!(1);
    status["unavailableReplicas"] = json!(1);
    Ok(())
}

/// An Ingress in `b2b` for its host and one path, with the certificate that is there.
fn of_b2b(world: &mut World, name: &str, class: &Value, path: &str, service: &str) {
    let host = "b2b.stage.example.com";
    let mut body = json!({
        "metadata": {"creationTimestamp": "2026-11-20T08:12:45Z"},
        "spec": {
            "rules": [{"host": host, "http": {"paths": [{
                "path": path, "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"name": "http"}}},
            }]}}],
            "tls": [{"hosts": [host], "secretName": "b2b-stage-example-com-tls"}],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": Account::STAGE_BALANCER_IP}]}},
    });
    if !class.is_null() {
        body["spec"]["ingressClassName"] = class.clone();
    }
    world.add(object(
        "networking.k8s.io/v1",
        "Ingress",
        "b2b",
        name,
        Author::Kubectl,
        &body,
    ));
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn no_class(world: &mut World) -> Result<(), String> {
    of_b2b(world, "b2b-status", &Value::Null, "/status", "b2b-web");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn second_ingress(world: &mut World) -> Result<(), String> {
    of_b2b(world, "b2b-web-copy", &json!("nginx"), "/", "b2b-web");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every fault has this signature")]
fn renamed_service(world: &mut World) -> Result<(), String> {
    of_b2b(world, "b2b-api", &json!("nginx"), "/api", "b2b-api");
    Ok(())
}

fn snippet(world: &mut World) -> Result<(), String> {
    let settings = world.object("ConfigMap", "ingress-nginx", "ingress-nginx-controller")?;
    settings["data"]["allow-snippet-annotations"] = json!("true");
    let annotations = &mut world.object("Ingress", "front-web", "web")?["metadata"]["annotations"];
    annotations["nginx.ingress.kubernetes.io/configuration-snippet"] =
        json!("more_set_headers \"Server: acme\";");
    Ok(())
}

fn expiring_certificate(world: &mut World) -> Result<(), String> {
    let secret = world.object("Secret", "b2b", "b2b-stage-example-com-tls")?;
    let certificate = &mut secret["facts"]["tls.crt"]["certificate"];
    certificate["notBefore"] = json!("2026-08-30T03:00:00Z");
    certificate["notAfter"] = json!("2026-11-28T03:00:00Z");
    Ok(())
}
