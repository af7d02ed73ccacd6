//! What happens later: states that move on over the world's own time.

use super::World;
use crate::api::{balancers, clusters, firewalls, garbage, registries};
use crate::doks;
use jiff::Timestamp;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A cluster's control plane and its nodes have come up.
    ClusterRuns(String),
    /// A cluster has another version.
    ClusterUpgraded(String, String),
    /// Nodes that were being added to a pool have come up.
    NodesRun(String),
    /// A node that was being drained is gone; its cluster, pool and id, and whether another takes its place.
    NodeGone {
        cluster: String,
        pool: String,
        node: String,
        replace: bool,
    },
    /// A cluster that was to be deleted is gone.
    ClusterGone(String),
    /// What was to go with it is gone: its collection and id.
    Gone(&'static str, String),
    /// The firewalls of a cluster that was deleted go, too.
    FirewallsGone(String),
    /// A load balancer has its address.
    BalancerActive(String),
    /// A firewall's rules apply everywhere.
    FirewallApplied(String),
    /// A garbage collection goes on.
    CollectionGoesOn(String),
    /// A registry's storage is counted again.
    StorageCounted(String),
    /// A run of clusterlint is done.
    Linted(String),
}

/// Events in the order in which they are due.
#[derive(Debug, Default)]
pub(crate) struct Schedule(Vec<(Timestamp, Event)>);

impl Schedule {
    pub(crate) fn add(&mut self, at: Timestamp, event: Event) {
        let place = self.0.partition_point(|(own, _)| *own <= at);
        self.0.insert(place, (at, event));
    }

    /// The next event that is due.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<(Timestamp, Event)> {
        self.0
            .first()
            .is_some_and(|(at, _)| *at <= now)
            .then(|| self.0.remove(0))
    }
}

/// Lets an event happen, at its own time.
pub(crate) fn happen(world: &mut World, at: Timestamp, event: Event) {
    match event {
        Event::ClusterRuns(id) => clusters::run(world, &id, at),
        Event::ClusterUpgraded(id, version) => clusters::upgraded(world, &id, &version, at),
        Event::NodesRun(id) => doks::nodes_run(world, &id, at),
        Event::NodeGone {
            cluster,
            pool,
            node,
            replace,
        } => doks::node_gone(world, &cluster, &pool, &node, replace),
        Event::ClusterGone(cluster) => doks::cluster_gone(world, &cluster),
        Event::Gone(collection, id) => doks::gone(world, collection, &id),
        Event::FirewallsGone(cluster) => doks::firewalls_gone(world, &cluster),
        Event::BalancerActive(id) => balancers::active(world, &id),
        Event::FirewallApplied(id) => firewalls::applied(world, &id),
        Event::CollectionGoesOn(uuid) => garbage::go_on(world, &uuid, at),
        Event::StorageCounted(registry) => registries::counted(world, &registry, at),
        Event::Linted(run) => clusters::linted(world, &run, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::after;
    use std::time::Duration;

    #[test]
    fn what_is_due_first_happens_first() {
        let begin = Timestamp::UNIX_EPOCH;
        let mut schedule = Schedule::default();
        for (seconds, name) in [(30, "late"), (10, "early"), (30, "later")] {
            schedule.add(
                after(begin, Duration::from_secs(seconds)),
                Event::BalancerActive(name.to_owned()),
            );
        }
        assert!(schedule.next(begin).is_none());
        let end = after(begin, Duration::from_secs(30));
        let names: Vec<String> = std::iter::from_fn(|| schedule.next(end))
            .map(|(_, event)| format!("{event:?}"))
            .collect();
        assert_eq!(
            names,
            [
                r#"BalancerActive("early")"#,
                r#"BalancerActive("late")"#,
                r#"BalancerActive("later")"#
            ]
        );
    }
}
