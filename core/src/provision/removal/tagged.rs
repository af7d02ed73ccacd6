//! What bears the environment's mark and is nothing that envcheck makes: somebody tagged it so. Nobody knows why, so it stays, and is told:
//! nobody can say that nothing of the environment is left.

use super::Part;
use super::draft::Draft;
use crate::provision::account::{is_marked, mark};
use crate::provision::steps::of_account;
use crate::value::ValueExt;

/// The lists of what may be tagged, with the kind and how projects and networks name it.
const TAGGED: [(&str, &str, &str); 4] = [
    ("droplets", "Droplet", "do:droplet"),
    ("load_balancers", "LoadBalancer", "do:loadbalancer"),
    ("snapshots", "Snapshot", "do:snapshot"),
    ("volumes", "Volume", "do:volume"),
];

/// Adds it; everything else has its place in the draft by now.
pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    for (list, kind, urn) in TAGGED {
        for row in part.rows(list) {
            let id = row.field("id");
            let id = id.and_then(|id| id.text().map(ToOwned::to_owned).or_else(|| id.to_json_str().ok()));
            let id = id.unwrap_or_default();
            // Nodes have the tags of their cluster.
            let known = part.of_another_cluster(row).is_some()
                || draft.knows(kind, &id)
                || draft.gone.contains(&format!("{urn}:{id}"));
            if known || !is_marked(row, part.environment) {
                continue;
            }
            let name = row.text_at(&["name"]).unwrap_or(&id);
            let why = format!(
                "it is marked {} and is nothing that envcheck makes: look whose it is",
                mark(part.environment)
            );
            draft.keep(of_account(kind, name, Some(&id)), why, true, true);
        }
    }
}
