# METADATA
# title: Declared sources get through
# description: >-
#   What the spec wants connected is not cut off by NetworkPolicies, at the destination or at the source. Prometheus reaches
#   each port that a ServiceMonitor or PodMonitor asks it to scrape; the ingress controller each workload behind an Ingress of
#   the declared class; a workload some port of what it uses. Any other source under network.accepts reaches at least one
#   declared port of one workload there, Prometheus' namespace any port: which ones it needs is not known, so nothing more is
#   claimed. Of a source without workloads it is asked whether any Pod with the right labels would get in. A namespace whose
#   own declared egress leaves out the destination is meant to be cut off. Pods on the host network are left out.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: declared-source-blocked
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - cilium.io/v2/CiliumClusterwideNetworkPolicy
#     - cilium.io/v2/CiliumNetworkPolicy
#     - monitoring.coreos.com/v1/PodMonitor
#     - monitoring.coreos.com/v1/ServiceMonitor
#     - networking.k8s.io/v1/Ingress
#     - networking.k8s.io/v1/IngressClass
#     - networking.k8s.io/v1/NetworkPolicy
#     - policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy
#     - policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy
#     - crd.projectcalico.org/v1/GlobalNetworkPolicy
#     - crd.projectcalico.org/v1/NetworkPolicy
#     - projectcalico.org/v3/GlobalNetworkPolicy
#     - projectcalico.org/v3/NetworkPolicy
#     - v1/Namespace
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Let a NetworkPolicy of the destination allow the source on the ports, and one of the source allow the way out where it
#     restricts egress; or take the source out of the spec.
#   parameters: {}
package envcheck.network.declared_source_blocked

import data.envcheck.lib.namespaces
import data.envcheck.lib.network
import data.envcheck.lib.reaching
import data.envcheck.network.declared_source_blocked.needs
import data.envcheck.network.declared_source_blocked.repairs

subjects contains needs.by_id[need.id].ref if some need in needs.all

subjects contains namespaces.ref(pair.to) if some pair in pairs

not_evaluated contains gap if {
	some need in unmet
	detail := reaching.gap(need.sources | {need.id})
	gap := {"resource": needs.by_id[need.id].ref, "reason": "reachability unknown", "detail": detail}
}

not_evaluated contains gap if {
	some pair in cut_off
	detail := gap_between(pair)
	gap := {"resource": namespaces.ref(pair.to), "reason": "reachability unknown", "detail": detail}
}

# Something known to be needed is cut off.
deny contains object.union_n([finding, declared, repair]) if {
	some need in unmet
	not reaching.gap(need.sources | {need.id})
	restricts := reaching.restricts(need.sources)
	words := needs.words(need)
	side := reaching.side(reaching.isolates({need.id}), restricts, need.to, need.from)
	declared := where_declared(need)
	repair := repairs.open_workload(need, restricts)
	finding := {
		"message": sprintf("%s: %s", [words, side]),
		"resource": needs.by_id[need.id].ref,
		"key": need.key,
	}
}

# A declared source of which nothing more is known.
deny contains object.union(finding, repair) if {
	some pair in cut_off
	not gap_between(pair)
	side := reaching.side(receivers[pair.to].isolates, senders[pair.from].restricts, pair.to, [pair.from])
	repair := repairs.open_namespace(pair, senders[pair.from].restricts)
	finding := {
		"message": sprintf("%s is declared and reaches none of its workloads: %s", [pair.from, side]),
		"resource": namespaces.ref(pair.to),
		"key": sprintf("from %s", [pair.from]),
		"declared": ["namespaces", network.accepting[pair.to].index, "network", "accepts", "fromNamespaces"],
	}
}

unmet contains need if {
	some need in needs.all
	not reached(need)
}

cut_off contains pair if {
	some pair in pairs
	not connected(pair)
}

# Every port of those that are needed at once, or one of several.
reached(need) if {
	need.complete
	every port in need.ports {
		gets_in(need, port)
	}
}

reached(need) if {
	not need.complete
	some port in need.ports
	gets_in(need, port)
}

gets_in(need, port) if reaching.on_port(need.sources, need.id, port)

# Without workloads it is the namespace that may send one.
gets_in(need, port) if {
	count(need.sources) == 0
	some namespace in need.from
	reaching.possible(namespace, need.id, port)
}

# Declared sources whose needs are not known, where there is something to reach.
pairs contains {"from": from, "to": to} if {
	some to, _ in receivers
	some from in sources_of(to)
	senders[from]
	needs.lets_out(from, to)
	not [from, to] in known_ways
}

# What of a namespace can be reached: name → {ids, gap, isolates}.
receivers[to] := {"ids": ids, "gap": gap_of(ids), "isolates": reaching.isolates(ids)} if {
	some to, _ in network.accepting
	ids := {workload.id |
		some workload in needs.by_namespace[to]
		workload.longRunning
		not workload.hostNetwork
		count(workload.ports) > 0
	}
	count(ids) > 0
}

# What of a namespace connects, unless some of it is on the host network: name → {ids, gap, restricts}.
senders[from] := {"ids": ids, "gap": gap_of(ids), "restricts": reaching.restricts(ids)} if {
	some from in needs.existing
	acting := needs.acting(from)
	needs.off_host_network(acting)
	ids := {workload.id | some workload in acting}
}

gap_of(ids) := detail if {
	detail := reaching.gap(ids)
} else := null

gap_between(pair) := min(details) if {
	details := {detail | some detail in {senders[pair.from].gap, receivers[pair.to].gap}; is_string(detail)}
	count(details) > 0
}

sources_of(to) := {name | some name in network.accepting[to].accepts.fromNamespaces; name != to} if not network.open[to]

sources_of(to) := {name | some name, _ in namespaces.declared; name != to} if network.open[to]

known_ways contains [from, need.to] if {
	some need in needs.all
	some from in need.from
}

connected(pair) if {
	not needs.chosen(pair.from)
	[pair.from, pair.to] in open_ways
}

connected(pair) if {
	needs.chosen(pair.from)
	some id in receivers[pair.to].ids
	some port in needs.by_id[id].ports
	reaching.on_port(senders[pair.from].ids, id, port)
}

# What Prometheus scrapes need not be a declared port.
connected(pair) if {
	namespaces.declared[pair.from].role == "monitoring"
	reaching.at_all(senders[pair.from].ids, receivers[pair.to].ids)
}

connected(pair) if {
	namespaces.declared[pair.from].role == "monitoring"
	count(senders[pair.from].ids) == 0
	some id in receivers[pair.to].ids
	some source in data.network.workloads[id].sources
	source.namespace == pair.from
	count(source.possible) > 0
}

# Some workload of the one reaches some of the other on a declared port; or could, where the one has none.
open_ways contains [source.namespace, to] if {
	some to, there in receivers
	some id in there.ids
	some source in data.network.workloads[id].sources
	some port in needs.by_id[id].ports
	network.covers(ports_for(source), port)
}

ports_for(source) := source.ports if count(senders[source.namespace].ids) > 0

else := source.possible

where_declared(need) := {"declared": need.declared} if need.declared

else := {"declared": ["namespaces", accepting.index, "network", "accepts"]} if {
	accepting := network.accepting[need.to]
}

else := {}
