//! How many objects of each kind a filled cluster holds, and which of them belong together.

/// Namespaces over which everything is spread; they are not counted.
pub(crate) const NAMESPACES: usize = 40;

/// Objects of each kind; the proportions of an ordinary cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mixture {
    pub(crate) deployments: usize,
    pub(crate) stateful_sets: usize,
    pub(crate) jobs: usize,
    pub(crate) cron_jobs: usize,
    pub(crate) pods: usize,
    pub(crate) services: usize,
    pub(crate) config_maps: usize,
    pub(crate) secrets: usize,
    pub(crate) ingresses: usize,
    pub(crate) network_policies: usize,
}

/// Pods of a StatefulSet.
const REPLICAS: usize = 3;

impl Mixture {
    /// The mixture of `total` objects; what rounding leaves are Pods.
    pub(crate) fn of(total: usize) -> Self {
        let share = |of_ten_thousand: usize| total * of_ten_thousand / 10_000;
        let mut mixture = Self {
            deployments: share(1_300),
            stateful_sets: share(60),
            jobs: share(25),
            cron_jobs: share(25),
            pods: 0,
            services: share(800),
            config_maps: share(700),
            secrets: share(400),
            ingresses: share(150),
            network_policies: share(40),
        };
        mixture.pods = total - mixture.total();
        mixture
    }

    /// All objects but Namespaces. Each Deployment has one ReplicaSet.
    pub(crate) fn total(&self) -> usize {
        self.deployments * 2
            + self.stateful_sets
            + self.jobs
            + self.cron_jobs
            + self.pods
            + self.services
            + self.config_maps
            + self.secrets
            + self.ingresses
            + self.network_policies
    }

    /// Replicas of a Deployment, so that all of them together have the Pods that no other workload owns.
    pub(crate) fn replicas(&self, deployment: usize) -> usize {
        let rest = self
            .pods
            .saturating_sub(self.stateful_sets * REPLICAS + self.jobs);
        let each = rest.checked_div(self.deployments).unwrap_or(0);
        each + usize::from(deployment < rest - each * self.deployments)
    }

    /// Who owns each Pod.
    pub(crate) fn owners(&self) -> impl Iterator<Item = Owner> {
        let sets = (0..self.stateful_sets).flat_map(|set| (0..REPLICAS).map(move |ordinal| (set, ordinal)));
        let mixture = *self;
        let deployments = (0..self.deployments)
            .flat_map(move |own| (0..mixture.replicas(own)).map(move |ordinal| (own, ordinal)));
        sets.map(|(set, ordinal)| Owner::StatefulSet(set, ordinal))
            .chain((0..self.jobs).map(Owner::Job))
            .chain(deployments.map(|(deployment, ordinal)| Owner::ReplicaSet(deployment, ordinal)))
            .chain(std::iter::repeat(Owner::Nobody))
            .take(self.pods)
    }
}

/// The owner of a Pod: its number, and the Pod's place among the owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    ReplicaSet(usize, usize),
    StatefulSet(usize, usize),
    Job(usize),
    /// Only where there are too few workloads for the Pods.
    Nobody,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_objects_are_ten_thousand() {
        let mixture = Mixture::of(10_000);
        assert_eq!((mixture.pods, mixture.deployments), (5_200, 1_300));
        for total in [0, 1, 77, 9_999, 10_000, 100_000] {
            let mixture = Mixture::of(total);
            assert_eq!(mixture.total(), total);
            assert_eq!(mixture.owners().count(), mixture.pods);
        }
    }

    #[test]
    fn replicas_say_how_many_pods_there_are() {
        let mixture = Mixture::of(10_000);
        let of = |wanted| {
            let owned = |owner: &Owner| matches!(owner, Owner::ReplicaSet(own, _) if *own == wanted);
            mixture.owners().filter(owned).count()
        };
        for deployment in [0, 1, 1_000, 1_299] {
            assert_eq!(of(deployment), mixture.replicas(deployment));
        }
        assert!(!mixture.owners().any(|owner| owner == Owner::Nobody));
    }
}
