//! What removing an environment may do in a cluster that stays: roles of their own, so that nobody who repairs may delete a Namespace. What
//! may be deleted is what the caller says that `destroy` deletes.

use super::beside::{Beside, Rights};
use crate::inventory::resource_name::resource_name;
use std::collections::{BTreeMap, BTreeSet};

/// Who may own what holds data, beside what goes itself: such a thing goes with its owner.
const OWNERS: [(&str, &str); 4] = [
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
    ("", "Pod"),
];

/// The rights of removing an environment, beside those of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroys {
    /// Group and kind of the objects that are deleted, where they bear the environment's mark.
    pub kinds: BTreeSet<(String, String)>,
    /// The Lease's name; any where it is not known which environment it is for.
    pub lease: Option<String>,
}

impl Destroys {
    /// As roles.
    pub(super) fn beside(&self) -> Beside<'_> {
        let mut rights = vec![Rights {
            group: "*".to_owned(),
            resources: vec![(
                "*".to_owned(),
                "every kind is asked for what bears the environment's mark; only metadata, and Services"
                    .to_owned(),
            )],
            names: &[],
            verbs: &["list"],
        }];
        let going = self
            .kinds
            .iter()
            .map(|(group, kind)| (group.as_str(), kind.as_str()));
        let going: BTreeSet<(&str, &str)> = going.collect();
        rights.extend(by_group(
            &going,
            "goes where it bears the mark",
            &["get", "delete"],
        ));
        let owners = OWNERS.iter().filter(|owner| !going.contains(*owner));
        let owners = owners.copied().collect();
        rights.extend(by_group(
            &owners,
            "whether what holds data belongs to what goes",
            &["get"],
        ));
        Beside {
            suffix: "destruction",
            opening: "What destroy removes of an environment in a cluster that stays. Of the DigitalOcean account the token decides.",
            rights,
            lease: self.lease.as_deref(),
        }
    }
}

fn by_group(kinds: &BTreeSet<(&str, &str)>, what_for: &str, verbs: &'static [&'static str]) -> Vec<Rights> {
    let mut groups: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (group, kind) in kinds {
        let resource = (resource_name(group, kind), what_for.to_owned());
        groups.entry(group).or_default().push(resource);
    }
    let groups = groups.into_iter().map(|(group, resources)| Rights {
        group: group.to_owned(),
        resources,
        names: &[],
        verbs,
    });
    groups.collect()
}
