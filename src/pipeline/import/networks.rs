//! What NetworkPolicies allow: all of them, which is what a spec declares; and those alone that select every Pod, by which it is told
//! whether that holds for Pods that are to come.

use crate::pipeline::filling::fill_before;
use crate::pipeline::judge::gatherer;
use envcheck_core::import::Learnt;
use envcheck_core::inventory::view::Section;
use envcheck_core::inventory::{Feed, InventoryBuilder};
use envcheck_core::network::{self, Gatherer};
use envcheck_core::spec::Spec;

/// Both, as they come together.
pub(super) struct Networks {
    pub(super) all: Gatherer,
    pub(super) lasting: Gatherer,
}

impl Networks {
    pub(super) fn of(outline: Option<&Spec>) -> Self {
        Self {
            all: gatherer(outline, false),
            lasting: gatherer(outline, false),
        }
    }

    pub(super) fn cluster_subnets(&mut self, subnets: &[ipnet::IpNet]) {
        self.all.cluster_subnets(subnets.iter().copied());
        self.lasting.cluster_subnets(subnets.iter().copied());
    }

    /// Takes all that comes; which NetworkPolicies admit everybody is told, and is no part of the whole network.
    pub(super) fn absorb(&mut self, inventory: &mut InventoryBuilder, feed: &dyn Feed) -> Learnt {
        let mut learnt = Learnt::default();
        let runs = Section::kinds("workloads").unwrap_or_default();
        fill_before(inventory, feed, &mut |inventory, reference, value, _| {
            self.all.absorb(&learnt.learn(value), inventory.owners());
            let policy = reference.kind == "NetworkPolicy" && reference.group() == "networking.k8s.io";
            let counts = !policy || network::selects_every_pod(value);
            if counts && !runs.contains(&format!("{}/{}", reference.api_version, reference.kind).as_str()) {
                self.lasting.absorb(value, inventory.owners());
            }
        });
        learnt
    }
}
