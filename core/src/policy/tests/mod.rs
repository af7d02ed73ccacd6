//! Tests of the catalogue, on small Rego texts.

mod declare;
mod heads;
mod hostile;
mod kinds;
mod link;
mod reads;
mod select;

use super::*;
use crate::source::Diagnostic;

/// Our own files, named and given.
pub(super) fn builtin(files: &[(&str, &str)]) -> (Catalogue, Vec<Diagnostic>) {
    Catalogue::load(&rego(files), &[])
}

/// One set of the user's.
pub(super) fn foreign(files: &[(&str, &str)]) -> (Catalogue, Vec<Diagnostic>) {
    Catalogue::load(&[], &[rego(files)])
}

pub(super) fn rego(files: &[(&str, &str)]) -> Vec<RegoFile> {
    files
        .iter()
        .map(|(name, text)| RegoFile::new(*name, *text))
        .collect()
}

/// What was said, one line each, with the hint after `|`.
pub(super) fn said(problems: &[Diagnostic]) -> Vec<String> {
    problems
        .iter()
        .map(|problem| match &problem.hint {
            Some(hint) => format!("{} | {hint}", problem.one_line()),
            None => problem.one_line(),
        })
        .collect()
}

pub(super) fn ids(catalogue: &Catalogue) -> Vec<&str> {
    catalogue
        .policies()
        .iter()
        .map(|policy| policy.id.as_ref())
        .collect()
}

/// A policy of ours that is complete.
pub(super) const GOOD: &str = r#"# METADATA
# title: One load balancer per exposed service
# description: Each Service has its own.
# scope: package
# related_resources: [{ref: "https://example.com"}]
# custom:
#   id: dedicated-load-balancer
#   severity: critical
#   evaluates: environment
#   kinds: [v1/Service]
#   needs: [digitalocean.load_balancers]
#   stages: [live]
#   requires: complete
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.3.2"]}
#   parameters:
#     maxAge: {default: 24h, description: How old a figure may be.}
#   remediation: Delete the orphan.
package envcheck.network.dedicated_load_balancer

deny contains finding if {
	some service in data.view.services
	finding := {"message": sprintf("%s", [service.name]), "resource": service.ref}
}

subjects contains service.ref if some service in data.view.services
"#;
