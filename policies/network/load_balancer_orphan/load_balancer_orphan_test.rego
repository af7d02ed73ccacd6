package envcheck.network.load_balancer_orphan_test

import data.envcheck.network.load_balancer_orphan as policy

stage := "8d2c0000-0000-4000-8000-000000000000"

dev := "de110000-0000-4000-8000-000000000000"

gone := "60ae0000-0000-4000-8000-000000000000"

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "LoadBalancer", "name": name, "id": name}

service := {"apiVersion": "v1", "kind": "Service", "namespace": "edge", "name": "web"}

balancer(name, changes) := object.union(
	{
		"ref": ref(name),
		"id": name,
		"name": name,
		"ip": "192.0.2.58",
		"clusters": [stage],
		"ofCluster": "declared",
		"ours": true,
		"clusterExists": true,
		"services": [],
		"dropletIds": [1, 2],
		"unattachedSince": "2026-11-21T03:00:00Z",
		"unattachedRuns": 3,
	},
	changes,
)

result_with(cluster, balancers) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.view as {"load_balancers": balancers, "cluster": cluster}
		with data.environment as {"digitalocean": {"cluster": {"name": "stage"}}}
		with data.digitalocean as {"kubernetes_clusters": [{"id": stage, "name": "stage"}, {"id": dev, "name": "dev"}]}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"grace": "24h", "graceSeconds": 86400}
}

result(balancers) := result_with({"id": stage, "name": "stage", "dropletIds": [1, 2, 3]}, balancers)

clean(subjects) := {"subjects": subjects, "deny": set(), "pending": set(), "not_evaluated": set()}

fix(name) := {
	"action": "load_balancer.delete",
	"risk": "destructive",
	"summary": sprintf("delete load balancer %s; its address 192.0.2.58 is lost", [name]),
	"target": ref(name),
	"params": {"id": name},
}

test_attached if {
	result([balancer("a", {"services": [service]})]) == clean({ref("a")})
}

test_left_over if {
	result([balancer("a", {})]) == {
		"subjects": {ref("a")},
		"deny": {{
			"message": "no Service has it, for 2 days over 3 runs; it goes on billing",
			"resource": ref("a"),
			"fix": fix("a"),
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_candidates if {
	cases := {
		"candidate: no Service has it, seen so for the first time": [
			{"unattachedSince": null, "unattachedRuns": 0},
			{"unattachedSince": "2026-11-23T03:00:00Z", "unattachedRuns": 1},
			{"unattachedSince": "2026-11-01T03:00:00Z", "unattachedRuns": 1},
		],
		"candidate: no Service has it, seen so for 23 h in 9 runs": [{"unattachedSince": "2026-11-22T03:00:01Z", "unattachedRuns": 9}],
	}
	every message, list in cases {
		every changes in list {
			result([balancer("a", changes)]) == {
				"subjects": {ref("a")},
				"deny": set(),
				"pending": {{"resource": ref("a"), "message": message}},
				"not_evaluated": set(),
			}
		}
	}
}

test_exactly_a_day_in_two_runs if {
	count(result([balancer("a", {"unattachedSince": "2026-11-22T03:00:00Z", "unattachedRuns": 2})]).deny) == 1
}

of_gone := {"clusters": [gone], "ofCluster": "other", "ours": false, "clusterExists": false}

test_of_a_deleted_cluster if {
	result([balancer("a", of_gone)]).deny == {{
		"message": "is left of cluster 60ae0000, which no longer exists, for 2 days over 3 runs; it goes on billing",
		"resource": ref("a"),
		"fix": fix("a"),
	}}
	young := object.union(of_gone, {"unattachedSince": null, "unattachedRuns": 0})
	result([balancer("a", young)]).pending == {{
		"resource": ref("a"),
		"message": "candidate: is left of cluster 60ae0000, which no longer exists, seen so for the first time",
	}}
}

test_whether_the_cluster_exists_is_not_known if {
	result([balancer("a", object.union(of_gone, {"clusterExists": null}))]) == {
		"subjects": {ref("a")},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{"resource": ref("a"), "reason": "cluster not known", "detail": "whether cluster 60ae0000 exists could not be asked"}},
	}
}

test_another_clusters if {
	result([balancer("a", {"clusters": [dev], "ofCluster": "other", "ours": false})]) == clean(set())
}

test_tagged_for_another_cluster_as_well if {
	result([balancer("a", {"clusters": [stage, dev]})]) == {
		"subjects": {ref("a")},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{
			"resource": ref("a"),
			"reason": "may belong to another cluster",
			"detail": "it is tagged for cluster dev as well, whose Services were not read",
		}},
	}
	count(result([balancer("a", {"clusters": [stage, gone]})]).deny) == 1
}

untagged := {"clusters": [], "ofCluster": "none", "clusterExists": null}

test_without_a_tag if {
	result([balancer("a", object.union(untagged, {"ours": false}))]) == clean(set())
	result([balancer("a", untagged)]).deny == {{
		"message": "no Service has it, for 2 days over 3 runs; it goes on billing",
		"resource": ref("a"),
	}}
}

test_ours_with_the_tag_of_a_cluster_that_is_gone if {
	every exists in [false, null] {
		{finding.message | some finding in result([balancer("a", object.union(of_gone, {"ours": true, "clusterExists": exists}))]).deny} == {"no Service has it, for 2 days over 3 runs; it goes on billing"}
	}
}

test_the_cluster_is_not_known if {
	every cluster in [null, {"id": null, "name": "stage", "dropletIds": []}] {
		result_with(cluster, [balancer("a", {"ofCluster": null, "ours": null})]) == {
			"subjects": set(),
			"deny": set(),
			"pending": set(),
			"not_evaluated": {{
				"reason": "the cluster is not known in the account",
				"detail": "without its id, load balancers that belong to it cannot be told from others",
			}},
		}
	}
}

# A cluster that is not of the account has no load balancers there.
test_no_cluster_declared if {
	count(policy.not_evaluated) == 0 with data.view as {"load_balancers": [balancer("a", {"ofCluster": null, "ours": null})], "cluster": null}
		with data.environment as {"digitalocean": {"region": "fra1"}}
		with data.digitalocean as {"kubernetes_clusters": []}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"grace": "24h", "graceSeconds": 86400}
}

test_an_address_that_there_is_not_yet_is_not_told if {
	every ip in ["", null] {
		found := result([balancer("a", {"ip": ip})]).deny
		{finding.fix.summary | some finding in found} == {"delete load balancer a; its address is lost"}
	}
}

test_whose_services_were_read_is_not_known if {
	doubtful := {"id": stage, "name": "stage", "dropletIds": [1, 2, 3], "unverified": "it has no Node that could be compared"}
	gap := {
		"reason": "cluster not verified",
		"detail": "the Services that were read may not be those of stage: it has no Node that could be compared",
	}
	result_with(doubtful, [balancer("a", {}), balancer("b", of_gone), balancer("c", {"unattachedRuns": 1})]) == {
		"subjects": {ref("a"), ref("b"), ref("c")},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {object.union(gap, {"resource": ref(name)}) | some name in ["a", "b", "c"]},
	}
	result_with(doubtful, []).not_evaluated == {gap}
}
