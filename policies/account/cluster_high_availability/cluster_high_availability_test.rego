package envcheck.account.cluster_high_availability_test

import data.envcheck.account.cluster_high_availability as policy

environment(available) := {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage", "highAvailability": available}}}

declared_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage"}

found_ref := object.union(declared_ref, {"id": "c1"})

node(state) := {"status": {"state": state}}

pool(changes) := object.union({"name": "general", "count": 3, "auto_scale": false, "nodes": [node("running"), node("running"), node("running")]}, changes)

row(changes) := object.union({"id": "c1", "name": "stage", "region": "fra1", "ha": true, "status": {"state": "running"}, "node_pools": [pool({})]}, changes)

result_of(available, rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as environment(available)
		with data.digitalocean as {"kubernetes_clusters": rows}
}

result(rows) := result_of(true, rows)

nothing := {"subjects": {found_ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

nodes_finding(message) := {
	"message": message,
	"resource": found_ref,
	"key": "nodes",
	"declared": ["digitalocean", "cluster", "nodePools"],
}

test_available if result([row({})]) == nothing

test_single_control_plane if {
	result([row({"ha": false})]) == object.union(nothing, {"deny": {{
		"message": "the control plane has a single replica, high availability is declared",
		"resource": found_ref,
		"key": "control-plane",
		"declared": ["digitalocean", "cluster", "highAvailability"],
	}}})
}

test_not_said if {
	every changes in [{"ha": null}, {"ha": "yes"}] {
		result([row(changes)]) == object.union(nothing, {"not_evaluated": {{
			"resource": found_ref,
			"reason": "not said",
			"detail": "the account's answer does not say whether the control plane is highly available",
		}}})
	}
}

test_one_node if {
	one := pool({"count": 1, "nodes": [node("running")]})
	result([row({"node_pools": [one]})]) == object.union(nothing, {"deny": {nodes_finding("it has one node and no pool that scales beyond one")}})
	result([row({"node_pools": null})]).deny == {nodes_finding("it has no node and no pool that scales beyond one")}
	result([row({"node_pools": [one, object.union(one, {"name": "second"})]})]) == nothing
}

test_scaling_beyond_one if {
	one := {"count": 1, "nodes": [node("running")], "auto_scale": true, "min_nodes": 1}
	result([row({"node_pools": [pool(object.union(one, {"max_nodes": 5}))]})]) == nothing
	result([row({"node_pools": [pool(object.union(one, {"max_nodes": 1}))]})]).deny == {nodes_finding("it has one node and no pool that scales beyond one")}
}

test_nodes_that_do_not_run if {
	down := pool({"nodes": [node("running"), node("draining"), node("deleting")]})
	result([row({"node_pools": [down]})]) == object.union(nothing, {"deny": {nodes_finding("only 1 of its 3 nodes runs")}})
	result([row({"node_pools": [pool({"nodes": null})]})]).deny == {nodes_finding("only 0 of its 3 nodes run")}
}

test_nodes_that_come_up if {
	up := pool({"nodes": [node("running"), node("provisioning"), node("provisioning")]})
	waits := object.union(nothing, {"pending": {{"resource": found_ref, "message": "only 1 of its 3 nodes runs, others are coming up"}}})
	result([row({"node_pools": [up]})]) == waits
	result([row({"node_pools": [pool({"nodes": [node("running")]})], "status": {"state": "upgrading"}})]) == waits
}

test_not_found if {
	result([]) == {
		"subjects": {declared_ref},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{
			"resource": declared_ref,
			"reason": "cluster not found",
			"detail": "the account has no cluster called stage in fra1",
		}},
	}
}

test_not_declared if {
	result_of(false, [row({"ha": false, "node_pools": [pool({"count": 1})]})]) == {"subjects": set(), "deny": set(), "pending": set(), "not_evaluated": set()}
}
