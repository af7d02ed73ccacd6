//! Generated Kubernetes objects: the mixture of an ordinary repository, the same bytes on every machine.

use std::fmt::Write as _;

/// YAML documents of `count` objects, about 1.4 kB each. With one object it is a Deployment.
pub(crate) fn manifests(count: usize) -> String {
    let mut text = String::with_capacity(count * 1500);
    for number in 0..count {
        text.push_str("---\n");
        match number % 10 {
            0 | 3 | 6 | 8 => deployment(&mut text, number),
            1 | 4 => service(&mut text, number),
            2 | 5 | 7 => config_map(&mut text, number),
            _ => ingress(&mut text, number),
        }
    }
    text
}

/// True for about one in `of`, without a pattern that lines up with the kinds.
pub(crate) fn one_in(of: usize, number: usize, salt: usize) -> bool {
    (number.wrapping_mul(2_654_435_761) >> 7)
        .wrapping_add(salt * 97)
        .is_multiple_of(of)
}

fn head(text: &mut String, version: &str, kind: &str, number: usize) {
    let _ = write!(
        text,
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: app-{number:05}\n  namespace: team-{:02}\n  labels:\n    \
         app.kubernetes.io/name: app-{number:05}\n    app.kubernetes.io/part-of: suite-{}\n    \
         app.kubernetes.io/managed-by: kustomize\n  annotations:\n    example.com/owner: team-{:02}@example.com\n",
        number % 40,
        number % 7,
        number % 40,
    );
}

fn deployment(text: &mut String, number: usize) {
    head(text, "apps/v1", "Deployment", number);
    let _ = write!(
        text,
        "spec:\n  replicas: {}\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: app-{number:05}\n  template:\n    \
         metadata:\n      labels:\n        app.kubernetes.io/name: app-{number:05}\n    spec:\n",
        number % 5 + 1
    );
    if one_in(50, number, 1) {
        text.push_str("      hostNetwork: true\n");
    }
    if !one_in(4, number, 2) {
        text.push_str("      securityContext:\n        runAsNonRoot: true\n        fsGroup: 2000\n");
    }
    text.push_str("      containers:\n");
    let containers = if one_in(3, number, 3) { 2 } else { 1 };
    for position in 0..containers {
        container(text, number * 2 + position, position);
    }
}

fn container(text: &mut String, number: usize, position: usize) {
    let registry = if one_in(6, number, 4) {
        "docker.io/library"
    } else {
        "registry.digitalocean.com/acme"
    };
    let tag = match () {
        () if one_in(9, number, 5) => ":latest".to_owned(),
        () if one_in(17, number, 6) => String::new(),
        () => format!(":1.{}.{}", number % 30, number % 11),
    };
    let name = if position == 0 { "main" } else { "sidecar" };
    let _ = write!(
        text,
        "        - name: {name}\n          image: {registry}/service-{}{tag}\n          imagePullPolicy: IfNotPresent\n          \
         args: [\"--listen=:8080\", \"--log-level=info\"]\n          ports:\n            - name: http\n              \
         containerPort: {}\n              protocol: TCP\n          env:\n",
        number % 90,
        8080 + position,
    );
    for variable in ["DATABASE_HOST", "CACHE_HOST", "QUEUE_HOST", "FEATURE_FLAGS"] {
        let _ = write!(
            text,
            "            - name: {variable}\n              value: \"{}.back.svc.cluster.local:{}\"\n",
            variable.to_lowercase().replace('_', "-"),
            5000 + number % 100
        );
    }
    text.push_str(
        "          resources:\n            requests:\n              cpu: 100m\n              memory: 128Mi\n",
    );
    if !one_in(3, number, 7) {
        text.push_str("            limits:\n              cpu: 500m\n              memory: 256Mi\n");
    }
    if !one_in(3, number, 8) {
        text.push_str("          livenessProbe:\n            httpGet:\n              path: /healthz\n              port: http\n");
        text.push_str("          readinessProbe:\n            httpGet:\n              path: /ready\n              port: http\n");
    }
    let privileged = one_in(40, number, 9);
    let _ = writeln!(
        text,
        "          securityContext:\n            privileged: {privileged}\n            allowPrivilegeEscalation: {privileged}"
    );
}

fn service(text: &mut String, number: usize) {
    head(text, "v1", "Service", number);
    let kind = if one_in(8, number, 10) {
        "NodePort"
    } else {
        "ClusterIP"
    };
    let _ = write!(
        text,
        "spec:\n  type: {kind}\n  selector:\n    app.kubernetes.io/name: app-{number:05}\n  ports:\n"
    );
    for (name, port) in [("http", 80), ("metrics", 9090)] {
        let _ = write!(
            text,
            "    - name: {name}\n      port: {port}\n      targetPort: {name}\n      protocol: TCP\n"
        );
    }
}

fn config_map(text: &mut String, number: usize) {
    head(text, "v1", "ConfigMap", number);
    text.push_str("data:\n  application.yaml: |\n");
    for line in 0..18 {
        let _ = writeln!(
            text,
            "    setting-{line:02}: \"value {} of application {number:05}, line {line}\"",
            line * number % 977
        );
    }
    let _ = writeln!(text, "  MODE: production\n  WORKERS: \"{}\"", number % 16 + 1);
}

fn ingress(text: &mut String, number: usize) {
    head(text, "networking.k8s.io/v1", "Ingress", number);
    let host = format!("app-{number:05}.stage.example.com");
    let _ = write!(
        text,
        "spec:\n  ingressClassName: nginx\n  tls:\n    - hosts: [{host}]\n      secretName: app-{number:05}-tls\n  rules:\n"
    );
    let _ = writeln!(text, "    - host: {host}\n      http:\n        paths:");
    for path in ["/", "/api", "/static"] {
        let _ = write!(
            text,
            "          - path: {path}\n            pathType: Prefix\n            backend:\n              service:\n                \
             name: app-{number:05}\n                port:\n                  name: http\n"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_objects_are_about_fourteen_megabytes() {
        let text = manifests(10_000);
        assert!((12_000_000..16_000_000).contains(&text.len()), "{}", text.len());
        assert_eq!(text.matches("---\n").count(), 10_000);
        assert_eq!(text, manifests(10_000));
    }

    #[test]
    fn every_rule_has_something_to_find() {
        let text = manifests(1_000);
        for wanted in [
            "hostNetwork: true",
            "privileged: true",
            "type: NodePort",
            ":latest",
            "docker.io/",
        ] {
            assert!(text.contains(wanted), "{wanted}");
        }
    }
}
