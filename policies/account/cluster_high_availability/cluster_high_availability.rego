# METADATA
# title: Control plane and nodes survive the loss of one
# description: >-
#   Where high availability is declared, the control plane has several replicas, and the cluster at least two nodes or a pool
#   that scales beyond one. Two nodes that exist but do not run are no two nodes; while the cluster or a node comes up that is
#   pending.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/enable-high-availability/
# custom:
#   id: cluster-high-availability
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Enable high availability in the control panel or with doctl. Give the cluster a second node, or let a pool scale.
#   noFix: >-
#     High availability is billed and can never be turned off, and what more nodes may cost people decide. Pools that differ from
#     the spec are for node-pool-as-declared to mend.
#   parameters: {}
package envcheck.account.cluster_high_availability

import data.envcheck.lib.cluster

subjects contains cluster.ref if judged

not_evaluated contains cluster.gap if judged

not_evaluated contains gap if {
	judged
	cluster.found
	not is_boolean(object.get(cluster.found, "ha", null))
	gap := {
		"resource": cluster.ref,
		"reason": "not said",
		"detail": "the account's answer does not say whether the control plane is highly available",
	}
}

pending contains entry if {
	judged
	coming_up
	entry := {"resource": cluster.ref, "message": sprintf("%s, others are coming up", [running_words])}
}

deny contains finding if {
	judged
	cluster.found.ha == false
	finding := {
		"message": "the control plane has a single replica, high availability is declared",
		"resource": cluster.ref,
		"key": "control-plane",
		"declared": ["digitalocean", "cluster", "highAvailability"],
	}
}

deny contains finding if {
	judged
	cluster.found
	not scales
	wanted < 2
	words := sprintf("it has %s and no pool that scales beyond one", [nodes_words(wanted)])
	finding := {
		"message": words,
		"resource": cluster.ref,
		"key": "nodes",
		"declared": ["digitalocean", "cluster", "nodePools"],
	}
}

deny contains finding if {
	few_running
	not coming_up
	finding := {
		"message": running_words,
		"resource": cluster.ref,
		"key": "nodes",
		"declared": ["digitalocean", "cluster", "nodePools"],
	}
}

judged if cluster.declared.highAvailability == true

scales if {
	some pool in cluster.pools
	pool.auto_scale == true
	pool.max_nodes >= 2
}

wanted := sum([pool.count | some pool in cluster.pools; is_number(pool.count)])

running := count([1 | some node in cluster.nodes; node.status.state == "running"])

few_running if {
	judged
	cluster.found
	not scales
	wanted >= 2
	running < 2
}

coming_up if {
	few_running
	cluster.state in {"provisioning", "upgrading"}
}

coming_up if {
	few_running
	some node in cluster.nodes
	node.status.state == "provisioning"
}

running_words := sprintf("only %d of its %d nodes run", [running, wanted]) if running != 1

running_words := sprintf("only 1 of its %d nodes runs", [wanted]) if running == 1

nodes_words(number) := "one node" if number == 1

nodes_words(number) := "no node" if number == 0
