//! What brings software into the cluster, and what watches it.

use super::edge::most;
use super::page::{Page, list, map, text, word};
use super::roles::{Roles, images_of, repository};
use super::seen::Seen;
use super::sources::{Sources, applications, elsewhere};
use crate::spec::Role;
use crate::value::ValueExt;
use std::collections::{BTreeMap, BTreeSet};

const ARGOCD: &str = "argoproj/argocd";

pub(super) fn write(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) {
    let charts = charts(seen, roles);
    if roles.has(Role::Delivery) || !charts.is_empty() {
        page.gap();
    }
    let mut opened = false;
    if roles.has(Role::Delivery) {
        opened = argocd(seen, roles, page);
    }
    if !charts.is_empty() {
        if !opened {
            page.line(1, "delivery:");
        }
        page.line(2, "charts:");
        for (line, why) in charts {
            match why {
                None => page.line(3, &format!("- {line}")),
                Some(why) => page.unseen(3, &why),
            }
        }
    }
    let others: Vec<String> = elsewhere(seen)
        .map(|(name, cluster)| format!("{name} ({cluster})"))
        .collect();
    if !others.is_empty() {
        page.say(
            1,
            &format!(
                "Applications into clusters of other names or addresses, which may be this one, are not declared: {}",
                others.join(", ")
            ),
        );
    }
    let watching = [("prometheus", roles.prometheus), ("grafana", roles.grafana)];
    let watching: Vec<(&str, String)> = watching
        .into_iter()
        .filter(|(_, runs)| *runs)
        .map(|(name, _)| (name, "true".to_owned()))
        .collect();
    if !watching.is_empty() {
        page.gap();
        page.line(1, &format!("monitoring: {}", map(watching)));
    }
}

/// Argo CD; whether it could be declared.
fn argocd(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) -> bool {
    let versions = seen
        .workloads()
        .filter(|record| roles.role(text(record, "namespace")) == Some(Role::Delivery))
        .flat_map(images_of)
        .filter(|image| repository(image).ends_with(ARGOCD))
        .filter_map(tag);
    let version = most(versions);
    let sources = Sources::of(seen);
    let written = sources.repository;
    let repository = addressed(written);
    if !is_exact(version) || written.is_empty() {
        let why = if written.is_empty() {
            "no Application that surely leads into this cluster delivers from Git"
        } else {
            "its image has no tag with a version"
        };
        page.unseen(1, &format!("delivery.argocd: not declared: {why}"));
        return false;
    }
    page.line(1, "delivery:");
    page.line(2, "argocd:");
    page.line(3, &format!("version: {}", word(version)));
    page.guess(
        3,
        &format!("repository: {}", word(&repository)),
        "most Applications deliver from it",
    );
    let revision = most(sources.own.iter().map(|(_, source)| text(source, "revision")));
    if !matches!(revision, "" | "HEAD") {
        page.line(3, &format!("revision: {}", word(revision)));
    }
    if !sources.directory.is_empty() {
        page.line(3, &format!("path: {}", word(&sources.directory)));
    }
    let delivered: BTreeSet<&str> = sources
        .declarable()
        .map(|(namespace, _)| namespace)
        .filter(|namespace| roles.role(namespace) == Some(Role::Application))
        .collect();
    if !delivered.is_empty() {
        page.line(3, &format!("applications: {}", list(delivered)));
    }
    true
}

/// The tag of an image.
fn tag(image: &str) -> Option<&str> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let (_, tag) = name.rsplit_once(':')?;
    (!tag.contains('/')).then_some(tag)
}

/// Three numbers, with a `v` before them and words behind them or without: what a spec takes for a version.
fn is_exact(version: &str) -> bool {
    let plain = version.strip_prefix('v').unwrap_or(version);
    let core = plain.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(number)
}

/// The charts that Argo CD installs, each as a line, or why it cannot be declared.
fn charts(seen: &Seen<'_>, roles: &Roles<'_>) -> Vec<(String, Option<String>)> {
    let mut charts: BTreeMap<&str, (String, Option<String>)> = BTreeMap::new();
    for application in applications(seen) {
        let namespace = application
            .text_at(&["destination", "namespace"])
            .unwrap_or_default();
        for source in application.items_at(&["sources"]) {
            let (chart, version) = (text(source, "chart"), text(source, "revision"));
            if chart.is_empty() {
                continue;
            }
            let why = if !is_exact(version) {
                Some(format!(
                    "chart {chart} is not declared: {version} is no exact version"
                ))
            } else if !roles.knows(namespace) {
                Some(format!(
                    "chart {chart} is not declared: it is installed into no declared namespace"
                ))
            } else {
                None
            };
            let line = map([
                ("name", word(chart)),
                ("repository", word(&addressed(text(source, "repository")))),
                ("version", word(version)),
                ("namespace", word(namespace)),
            ]);
            // A spec knows a chart by its name, once.
            charts.entry(chart).or_insert((line, why));
        }
    }
    charts.into_values().collect()
}

/// Without what must not stand in a spec: the user and password of an address. Argo CD writes the addresses of OCI registries
/// without a scheme.
fn addressed(repository: &str) -> String {
    if let Some((scheme, rest)) = repository.split_once("://") {
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let Some((user, host)) = host.rsplit_once('@') else {
            return repository.to_owned();
        };
        // The account by which SSH is entered is no secret, and belongs to the address.
        return match user.split(':').next() {
            Some(user) if scheme == "ssh" => format!("ssh://{user}@{host}{path}"),
            _ => format!("{scheme}://{host}{path}"),
        };
    }
    if repository.contains('@') {
        repository.to_owned()
    } else {
        format!("oci://{repository}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_exact_or_none() {
        for good in ["v3.5.1", "4.15.1", "1.0.0-rc.1"] {
            assert!(is_exact(good), "{good}");
        }
        for bad in ["", "latest", "v3", "3.x", "*", "1.2.*"] {
            assert!(!is_exact(bad), "{bad}");
        }
        for (written, address) in [
            (
                "https://user:word@git.example.com/x.git",
                "https://git.example.com/x.git",
            ),
            ("ssh://git:word@git.example.com/x", "ssh://git@git.example.com/x"),
            ("git@github.com:acme/deploy.git", "git@github.com:acme/deploy.git"),
            ("ghcr.io/acme/charts", "oci://ghcr.io/acme/charts"),
            ("https://charts", "https://charts"),
        ] {
            assert_eq!(addressed(written), address);
        }
        assert_eq!(tag("quay.io/argoproj/argocd:v3.5.1@sha256:00"), Some("v3.5.1"));
        assert_eq!(tag("localhost:5000/a"), None);
    }
}
