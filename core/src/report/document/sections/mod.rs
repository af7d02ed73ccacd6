//! What a document tells, part by part. Each takes what was observed and gives a section; none knows a format.

mod account;
mod applications;
mod backups;
mod edges;
mod ingresses;
mod network;
mod overview;
mod ports;
mod services;
mod waivers;

use super::model::{Block, Document};
use super::observed::{Observed, Source};
use super::reads;
use std::collections::BTreeSet;

/// Writes the document.
pub(super) fn write(observed: &Observed<'_>) -> Document {
    let unread = unread(observed);
    let sections = vec![
        overview::section(observed, &unread),
        services::section(observed),
        ingresses::section(observed),
        applications::section(observed),
        network::section(observed),
        account::section(observed),
        backups::section(observed),
        waivers::section(observed),
    ];
    Document {
        environment: observed.declared(&["name"]).unwrap_or_default().to_owned(),
        captured: match observed.source {
            Source::Snapshot(time) => Some(time.to_string()),
            Source::Running => None,
        },
        sections,
        unread,
    }
}

/// All that is missing, each once.
fn unread(observed: &Observed<'_>) -> Vec<String> {
    let mut names = reads::kinds(observed.spec);
    names.extend(reads::collections(observed.spec, observed.figures.is_some()));
    let mut unread: BTreeSet<String> = observed.unread(&names).into_iter().collect();
    unread.extend(observed.network_gaps.iter().cloned());
    unread.extend(network::not_evaluated(observed));
    unread.into_iter().collect()
}

/// What could not be read, where it would stand.
fn told(unread: Vec<String>) -> Vec<Block> {
    unread.into_iter().map(Block::Unread).collect()
}
