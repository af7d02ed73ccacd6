//! How fast loading is: `cargo test --release -p envcheck-core yaml -- --ignored --nocapture`.

use super::super::{Limits, documents, load_part, split};
use crate::source::SourceText;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

/// A stream of ordinary Deployments.
fn deployments(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        write!(
            text,
            r#"---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-{number}
  namespace: team-{}
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop-{number}
  annotations:
    description: "serves the shop, number {number}"
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/instance: shop-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: shop
        app.kubernetes.io/instance: shop-{number}
    spec:
      serviceAccountName: shop
      securityContext:
        runAsNonRoot: true # as everywhere
      containers:
        - name: web
          image: registry.digitalocean.com/acme/shop:1.{number}.0
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: LOG_LEVEL
              value: info
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: shop-database
                  key: url
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
"#,
            number % 20
        )
        .unwrap();
    }
    text
}

#[test]
#[ignore = "a measurement, meaningful in release mode only"]
fn loads_at_least_25_megabytes_a_second() {
    let yaml = SourceText::new("deployments.yaml", deployments(12_000));
    let items: Vec<_> = documents(&SourceText::new("", deployments(2_000)), &Limits::default())
        .map(|document| document.unwrap().value)
        .collect();
    let json = SourceText::new("list.json", crate::value::array(items).to_string());
    let mut slowest = f64::MAX;
    for source in [&yaml, &json] {
        let started = Instant::now();
        let parts = split(source);
        let splitting = started.elapsed();
        let mut count = 0;
        for part in &parts {
            count += usize::from(load_part(source, part, &Limits::default()).unwrap().is_some());
        }
        let taken = started.elapsed();
        assert_eq!(count, parts.len());
        let megabytes = f64::from(u32::try_from(source.text.len()).unwrap()) / 1e6;
        let speed = megabytes / taken.as_secs_f64();
        writeln!(
            std::io::stderr(),
            "{}: {megabytes:.1} MB, {count} documents, split in {splitting:?}, {speed:.0} MB/s",
            source.name
        )
        .unwrap();
        slowest = slowest.min(speed);
    }
    assert!(slowest >= 25.0, "{slowest:.1} MB/s");
}
