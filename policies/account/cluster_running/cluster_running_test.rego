package envcheck.account.cluster_running_test

import data.envcheck.account.cluster_running as policy

environment := {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}}}

parameters := {"creationGrace": "30m", "creationGraceSeconds": 1800, "upgradeGrace": "6h", "upgradeGraceSeconds": 21600}

declared_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage"}

found_ref := object.union(declared_ref, {"id": "c1"})

row(status) := {
	"id": "c1",
	"name": "stage",
	"region": "fra1",
	"created_at": "2026-11-23T02:40:00Z",
	"updated_at": "2026-11-23T02:50:00Z",
	"status": status,
}

result_at(now, rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.digitalocean as {"kubernetes_clusters": rows}
		with data.parameters as parameters
		with data.now as now
}

result(rows) := result_at("2026-11-23T03:00:00Z", rows)

nothing := {"subjects": {found_ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

test_running if result([row({"state": "running"})]) == nothing

test_missing if {
	result([object.union(row({"state": "running"}), {"name": "dev"})]) == {
		"subjects": {declared_ref},
		"deny": {{
			"message": "the account has no cluster of this name in fra1",
			"resource": declared_ref,
			"key": "missing",
			"declared": ["digitalocean", "cluster", "name"],
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_in_another_region if {
	{finding.message | some finding in result([object.union(row({"state": "running"}), {"region": "ams3"})]).deny} == {"the account has no cluster of this name in fra1, only in ams3"}
}

test_bad_states if {
	result([row({"state": "degraded", "message": "etcd has no leader."})]) == object.union(nothing, {"deny": {{
		"message": "is degraded: etcd has no leader",
		"resource": found_ref,
		"key": "state",
	}}})
	{finding.message |
		some state in ["error", "deleting", "deleted"]
		some finding in result([row({"state": state})]).deny
	} == {"is in an error state", "is being deleted", "is deleted"}
}

test_under_way if {
	result([row({"state": "provisioning"})]) == object.union(nothing, {"pending": {{"resource": found_ref, "message": "is being created for 20 min"}}})
	result([row({"state": "upgrading"})]) == object.union(nothing, {"pending": {{"resource": found_ref, "message": "is being upgraded for 10 min"}}})
	result([object.union(row({"state": "upgrading"}), {"updated_at": null})]).pending == {{"resource": found_ref, "message": "is being upgraded"}}
}

test_under_way_too_long if {
	result_at("2026-11-23T04:40:00Z", [row({"state": "provisioning"})]) == object.union(nothing, {"deny": {{
		"message": "is being created for 2 h, longer than 30m",
		"resource": found_ref,
		"key": "state",
	}}})
	{finding.message | some finding in result_at("2026-11-23T11:00:00Z", [row({"state": "upgrading"})]).deny} == {"is being upgraded for 8 h, longer than 6h"}
}

test_unknown_states if {
	result([row({"state": "hibernating"})]) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "unknown state",
		"detail": "DigitalOcean calls its state hibernating, which may be good or bad",
	}}})
	result([row(null)]) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "no state",
		"detail": "the account's answer does not say in which state the cluster is",
	}}})
}

test_two_of_one_name if {
	result([row({"state": "running"}), object.union(row({"state": "running"}), {"id": "c2"})]) == {
		"subjects": {declared_ref},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{
			"resource": declared_ref,
			"reason": "more than one cluster",
			"detail": "the account has 2 clusters called stage in fra1, and nothing says which is meant",
		}},
	}
}

test_nothing_declared if {
	state := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1"}}
		with data.digitalocean as {"kubernetes_clusters": []}
		with data.parameters as parameters
		with data.now as "2026-11-23T03:00:00Z"
	state == {"subjects": set(), "deny": set()}
}
