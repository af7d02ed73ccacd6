package envcheck.account.node_pool_as_declared_test

import data.envcheck.account.node_pool_as_declared as policy

ref(name, id) := {"apiVersion": "digitalocean.com/v2", "kind": "NodePool", "name": name, "id": id}

declared := {"name": "general", "size": "s-4vcpu-8gb", "count": 3, "labels": {}, "taints": []}

scaling := object.union(declared, {"autoscale": {"min": 2, "max": 5}})

actual := {"id": "p1", "name": "general", "size": "s-4vcpu-8gb", "count": 3, "auto_scale": false, "labels": null, "taints": [], "nodes": []}

place(field) := ["digitalocean", "cluster", "nodePools", 0, field]

result_in(state, specs, pools) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage", "nodePools": specs}}}
		with data.digitalocean as {"kubernetes_clusters": [{"id": "c1", "name": "stage", "region": "fra1", "status": {"state": state}, "node_pools": pools}]}
}

result(spec, pool) := result_in("running", [spec], [pool])

changed(changes) := result(declared, object.union(actual, changes))

nothing := {"subjects": {ref("general", "p1")}, "deny": set(), "pending": set(), "not_evaluated": set()}

update(summary, change) := {
	"action": "node_pool.update",
	"risk": "disruptive",
	"summary": sprintf("general: %s", [summary]),
	"target": ref("general", "p1"),
	"params": object.union({"cluster_id": "c1"}, change),
}

test_as_declared if {
	result(declared, actual) == nothing
	changed({"labels": {}, "taints": null}) == nothing
	changed({"labels": {"doks.digitalocean.com/node-pool": "general"}}) == nothing
}

test_several_pools if {
	specs := [declared, object.union(scaling, {"name": "db"}), object.union(declared, {"name": "gone"})]
	pools := [object.union(actual, {"name": "db", "id": "p2", "count": 9, "auto_scale": true, "min_nodes": 2, "max_nodes": 5}), object.union(actual, {"count": 2})]
	state := result_in("running", specs, pools)
	state.subjects == {ref("general", "p1"), ref("db", "p2"), object.remove(ref("gone", ""), ["id"])}
	{[finding.resource.name, finding.key] | some finding in state.deny} == {["general", "count"], ["gone", "missing"]}
	{finding.declared[3] | some finding in state.deny} == {0, 2}
}

test_missing_and_undeclared if {
	result_in("running", [declared], [object.union(actual, {"name": "old", "id": "p2"})]) == {
		"subjects": {object.remove(ref("general", ""), ["id"]), ref("old", "p2")},
		"deny": {
			{
				"message": "cluster stage has no node pool of this name",
				"resource": object.remove(ref("general", ""), ["id"]),
				"key": "missing",
				"declared": ["digitalocean", "cluster", "nodePools", 0],
			},
			{
				"message": "3 of s-4vcpu-8gb are in a pool that is not declared",
				"resource": ref("old", "p2"),
				"key": "undeclared",
				"declared": ["digitalocean", "cluster", "nodePools"],
			},
		},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_while_the_cluster_is_created if {
	state := result_in("provisioning", [declared], [])
	state.deny == set()
	state.pending == {{"resource": object.remove(ref("general", ""), ["id"]), "message": "the cluster is still being created"}}
}

test_size if {
	changed({"size": "s-2vcpu-4gb"}) == object.union(nothing, {"deny": {{
		"message": "its nodes are of size s-2vcpu-4gb, s-4vcpu-8gb is declared",
		"resource": ref("general", "p1"),
		"key": "size",
		"declared": place("size"),
	}}})
}

test_count if {
	changed({"count": 1}) == object.union(nothing, {"deny": {{
		"message": "it has 1 node, 3 nodes are declared",
		"resource": ref("general", "p1"),
		"key": "count",
		"declared": place("count"),
		"fix": update("scale to 3 nodes", {"auto_scale": false, "count": 3}),
	}}})
	{finding.message | some finding in changed({"auto_scale": true, "min_nodes": 1, "max_nodes": 9}).deny} == {"it scales by itself between 1 and 9 nodes, 3 nodes are declared"}
}

test_scaling_compares_the_bounds_only if {
	result(scaling, object.union(actual, {"auto_scale": true, "min_nodes": 2, "max_nodes": 5, "count": 4})) == nothing
	result(scaling, object.union(actual, {"auto_scale": true, "min_nodes": 1, "max_nodes": 5, "count": 3})) == object.union(nothing, {"deny": {{
		"message": "it scales between 1 and 5 nodes, between 2 and 5 nodes are declared",
		"resource": ref("general", "p1"),
		"key": "autoscale",
		"declared": place("autoscale"),
		"fix": update("scale by itself between 2 and 5 nodes", {"auto_scale": true, "min_nodes": 2, "max_nodes": 5}),
	}}})
	{finding.message | some finding in result(scaling, actual).deny} == {"it does not scale by itself and has 3 nodes, between 2 and 5 nodes are declared"}
	{finding.message | some finding in result(scaling, object.union(actual, {"count": null})).deny} == {"it does not scale by itself, between 2 and 5 nodes are declared"}
}

unsaid(spec, pool) := details if {
	state := result(spec, pool)
	state.deny == set()
	details := {gap.detail | some gap in state.not_evaluated; gap.resource == ref("general", "p1"); gap.reason == "not said"}
}

without(field) := sprintf("the account's answer has no %s of the pool", [field])

test_what_the_answer_does_not_say_is_not_compared if {
	every field in ["size", "count", "auto_scale", "labels", "taints"] {
		unsaid(declared, object.remove(actual, [field])) == {without(field)}
	}
	every field in ["size", "count", "auto_scale"] {
		unsaid(declared, object.union(actual, {field: null})) == {without(field)}
	}
	automatic := object.union(actual, {"auto_scale": true, "min_nodes": 2, "max_nodes": 5})
	every field in ["min_nodes", "max_nodes"] {
		unsaid(scaling, object.remove(automatic, [field])) == {without(field)}
		unsaid(scaling, object.union(automatic, {field: null})) == {without(field)}
	}
	unsaid(scaling, object.remove(automatic, ["count"])) == set()
	unsaid(scaling, object.remove(actual, ["auto_scale"])) == {without("auto_scale")}
}

test_no_text_has_a_null if {
	{finding.message | some finding in changed({"auto_scale": true}).deny} == {"it scales by itself, 3 nodes are declared"}
	every fields in [{"count": null}, {"size": null}] {
		state := result_in("running", [declared], [actual, object.union(object.union(actual, {"name": "old", "id": "p2"}), fields)])
		{finding.message | some finding in state.deny} == {"the pool is not declared"}
	}
}

test_labels if {
	spec := object.union(declared, {"labels": {"tier": "web", "team": "a"}})
	result(spec, object.union(actual, {"labels": {"tier": "db", "old": "x", "team": "a"}})) == object.union(nothing, {"deny": {{
		"message": "its labels differ: tier=web is missing, old=x is not declared and tier=db is not declared",
		"resource": ref("general", "p1"),
		"key": "labels",
		"declared": place("labels"),
		"fix": update("set the declared labels", {"labels": {"tier": "web", "team": "a"}}),
	}}})
	count(result(spec, actual).deny) == 1
}

test_taints if {
	taint := {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
	bare := {"key": "spot", "value": "", "effect": "NoExecute"}
	spec := object.union(declared, {"taints": [taint, bare]})
	result(spec, object.union(actual, {"taints": [object.union(bare, {"value": null}), taint]})) == nothing
	result(spec, object.union(actual, {"taints": [{"key": "spot", "effect": "NoExecute"}, taint]})) == nothing
	result(spec, object.union(actual, {"taints": [object.union(taint, {"effect": "NoExecute"}), bare]})) == object.union(nothing, {"deny": {{
		"message": "its taints differ: dedicated=db:NoSchedule is missing and dedicated=db:NoExecute is not declared",
		"resource": ref("general", "p1"),
		"key": "taints",
		"declared": place("taints"),
		"fix": update("set the declared taints", {"taints": [bare, taint]}),
	}}})
	{finding.message | some finding in result(spec, object.union(actual, {"taints": null})).deny} == {"its taints differ: dedicated=db:NoSchedule is missing and spot:NoExecute is missing"}
}

test_only_a_running_cluster_is_fixed if {
	some finding in result_in("upgrading", [declared], [object.union(actual, {"count": 1})]).deny
	not finding.fix
}

test_cluster_not_found if {
	gaps := policy.not_evaluated with data.environment as {"digitalocean": {"region": "fra1", "cluster": {"name": "stage", "nodePools": [declared]}}}
		with data.digitalocean as {"kubernetes_clusters": []}
	gaps == {{
		"resource": object.remove(ref("general", ""), ["id"]),
		"reason": "cluster not found",
		"detail": "the account has no cluster called stage in fra1",
	}}
}
