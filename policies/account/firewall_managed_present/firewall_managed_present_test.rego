package envcheck.account.firewall_managed_present_test

import data.envcheck.account.firewall_managed_present as policy

id := "8d2c1f60-5b1e-4c55-9f0e-2a4b7c9d1e3f"

worker := sprintf("k8s-%s-worker", [id])

public := sprintf("k8s-public-access-%s", [id])

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": name, "id": sprintf("id of %s", [name])}

absent(name) := object.remove(ref(name), ["id"])

cluster(changes) := object.union(
	{
		"id": id,
		"name": "stage",
		"region": "fra1",
		"created_at": "2026-11-20T00:00:00Z",
		"status": {"state": "running"},
		"tags": ["k8s"],
		"node_pools": [{"nodes": [{"droplet_id": "11"}, {"droplet_id": "12"}]}],
	},
	changes,
)

firewall(name, changes) := object.union(
	{
		"id": ref(name).id,
		"name": name,
		"status": "succeeded",
		"tags": [sprintf("k8s:%s", [id])],
		"droplet_ids": [],
		"pending_changes": [],
	},
	changes,
)

result_of(found, firewalls) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}}}
		with data.digitalocean as {"kubernetes_clusters": found, "firewalls": firewalls}
		with data.parameters as {"grace": "10m", "graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

result(firewalls) := result_of([cluster({})], firewalls)

with_worker(changes) := result([firewall(worker, changes), firewall(public, {})])

nothing := {"subjects": {ref(worker), ref(public)}, "deny": set(), "pending": set(), "not_evaluated": set()}

test_present if {
	result([firewall(worker, {}), firewall(public, {"pending_changes": null})]) == nothing
}

test_reaching_by_every_droplet if {
	with_worker({"tags": [], "droplet_ids": [11, 12, 13]}) == nothing
	with_worker({"tags": null, "droplet_ids": [11, 12]}) == nothing
}

test_missing if {
	others := "de110c3a-77a2-4b0e-8d36-91c5f2a7b0d4"
	result([firewall(sprintf("k8s-%s-worker", [others]), {}), firewall("k8s-stage-worker", {}), firewall(sprintf("k8s-public-access-%s", [others]), {})]) == {
		"subjects": {absent(worker), absent(public)},
		"deny": {
			{
				"message": "cluster stage has no such firewall: what may reach the nodes is not limited to private networks",
				"resource": absent(worker),
				"key": "missing",
			},
			{
				"message": "cluster stage has no such firewall: what Services ask for is not admitted",
				"resource": absent(public),
				"key": "missing",
			},
		},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_of_a_young_cluster if {
	waits := {{"resource": absent(worker), "message": "the cluster was created a moment ago"}}
	every changes in [{"created_at": "2026-11-23T02:51:00Z"}, {"status": {"state": "provisioning"}}] {
		state := result_of([cluster(changes)], [firewall(public, {})])
		state.deny == set()
		state.pending == waits
	}
	count(result_of([cluster({"created_at": "2026-11-23T02:50:00Z"})], [firewall(public, {})]).deny) == 1
}

test_being_applied if {
	change := {"droplet_id": 11, "removing": false, "status": "waiting"}
	with_worker({"status": "waiting", "pending_changes": [change]}) == object.union(nothing, {"pending": {{"resource": ref(worker), "message": "changes are being applied to 1 of its Droplets"}}})
	with_worker({"status": "waiting"}).pending == {{"resource": ref(worker), "message": "changes are being applied"}}
}

test_failed if {
	with_worker({"status": "failed", "pending_changes": [{"droplet_id": 11}]}) == object.union(nothing, {"deny": {{
		"message": "DigitalOcean failed to apply it",
		"resource": ref(worker),
		"key": "failed",
	}}})
}

test_nodes_that_are_not_reached if {
	with_worker({"tags": [], "droplet_ids": [11]}) == object.union(nothing, {"deny": {{
		"message": "lacks the tag k8s:8d2c1f60 and does not reach 1 of 2 nodes",
		"resource": ref(worker),
		"key": "nodes",
	}}})
}

test_unknown_status if {
	{gap.detail | some gap in with_worker({"status": "paused"}).not_evaluated} == {"the account calls its status paused, which may be good or bad"}
	{gap.detail | some gap in with_worker({"status": null}).not_evaluated} == {"the account's answer has no status of the firewall"}
}

test_scopes_that_are_missing if {
	hidden := {"tags": null, "droplet_ids": null}
	state := result_of([cluster({"tags": null})], [firewall(worker, hidden), firewall(public, hidden)])
	state.deny == set()
	state.not_evaluated == {{
		"resource": resource,
		"reason": "scope missing",
		"detail": "which nodes it reaches is not visible: the token needs droplet:read and tag:read",
	} |
		some resource in [ref(worker), ref(public)]
	}
}

test_cluster_not_found if {
	state := result_of([], [firewall(worker, {})])
	count(state.subjects) == 1
	{gap.reason | some gap in state.not_evaluated} == {"cluster not found"}
	state.deny == set()
}
