package envcheck.account.cluster_as_declared_test

import data.envcheck.account.cluster_as_declared as policy

found_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": "c1"}

declared := {
	"name": "stage",
	"version": "1.35",
	"clusterSubnet": "10.120.0.0/16",
	"serviceSubnet": "10.121.0.0/20",
	"highAvailability": true,
	"autoUpgrade": true,
	"surgeUpgrade": true,
	"maintenance": {"day": "sunday", "startTime": "03:00"},
}

actual := {
	"id": "c1",
	"name": "stage",
	"region": "fra1",
	"version": "1.35.6-do.0",
	"cluster_subnet": "10.120.0.0/16",
	"service_subnet": "10.121.0.0/20",
	"ha": true,
	"auto_upgrade": true,
	"surge_upgrade": true,
	"maintenance_policy": {"day": "sunday", "start_time": "03:00", "duration": "4h0m0s"},
	"status": {"state": "running"},
}

result(spec, row) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "cluster": spec}}
		with data.digitalocean as {"kubernetes_clusters": [row]}
}

changed(changes) := result(declared, object.union(actual, changes))

respecified(changes) := result(object.union(declared, changes), actual)

nothing := {"subjects": {found_ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

update(summary, change) := {
	"action": "cluster.update",
	"risk": "disruptive",
	"summary": summary,
	"target": found_ref,
	"params": change,
}

test_as_declared if result(declared, actual) == nothing

test_minor_version if {
	changed({"version": "1.34.9-do.0"}) == object.union(nothing, {"deny": {{
		"message": "Kubernetes 1.34.9-do.0 runs, 1.35 is declared",
		"resource": found_ref,
		"key": "version",
		"declared": ["digitalocean", "cluster", "version"],
	}}})
}

test_patch_versions if {
	every version in ["1.35.6-do.0", "1.35.6", "1.35.4", "1.35.5-do.2"] {
		respecified({"version": version}) == nothing
	}
	every version in ["1.35.7-do.0", "1.35.10", "1.3"] {
		{finding.key | some finding in respecified({"version": version}).deny} == {"version"}
	}

	# Later patches are as declared only where they come by themselves.
	{finding.key | some finding in respecified({"version": "1.35.4", "autoUpgrade": false}).deny} == {"version", "autoUpgrade"}
}

test_while_upgrading if {
	changed({"version": "1.34.9-do.0", "status": {"state": "upgrading"}}) == object.union(nothing, {"pending": {{
		"resource": found_ref,
		"message": "Kubernetes 1.34.9-do.0 runs, 1.35 is declared while it is being upgraded",
	}}})
}

test_subnets if {
	changed({"cluster_subnet": "10.244.0.0/16"}) == object.union(nothing, {"deny": {{
		"message": "clusterSubnet is 10.244.0.0/16, 10.120.0.0/16 is declared",
		"resource": found_ref,
		"key": "clusterSubnet",
		"declared": ["digitalocean", "cluster", "clusterSubnet"],
	}}})
	{finding.key | some finding in changed({"service_subnet": "10.121.0.0/19"}).deny} == {"serviceSubnet"}
	spec := object.remove(declared, ["clusterSubnet", "serviceSubnet"])
	result(spec, object.union(actual, {"cluster_subnet": "10.244.0.0/16", "service_subnet": null})) == nothing
}

test_upgrades if {
	changed({"surge_upgrade": false}) == object.union(nothing, {"deny": {{
		"message": "surge upgrade is off, on is declared",
		"resource": found_ref,
		"key": "surgeUpgrade",
		"declared": ["digitalocean", "cluster", "surgeUpgrade"],
		"fix": update("turn surge upgrade on", {"surge_upgrade": true}),
	}}})
	respecified({"autoUpgrade": false}) == object.union(nothing, {"deny": {{
		"message": "auto upgrade is on, off is declared",
		"resource": found_ref,
		"key": "autoUpgrade",
		"declared": ["digitalocean", "cluster", "autoUpgrade"],
		"fix": update("turn auto upgrade off", {"auto_upgrade": false}),
	}}})
}

test_only_a_running_cluster_is_fixed if {
	some finding in changed({"surge_upgrade": false, "status": {"state": "degraded"}}).deny
	not finding.fix
}

test_maintenance if {
	changed({"maintenance_policy": {"day": "any", "start_time": "03:00"}}) == object.union(nothing, {"deny": {{
		"message": "the maintenance window is any 03:00, sunday 03:00 UTC is declared",
		"resource": found_ref,
		"key": "maintenance",
		"declared": ["digitalocean", "cluster", "maintenance"],
		"fix": update("move the maintenance window to sunday 03:00 UTC", {"maintenance_policy": {"day": "sunday", "start_time": "03:00"}}),
	}}})
	{finding.message | some finding in changed({"maintenance_policy": null}).deny} == {"the maintenance window is not set, sunday 03:00 UTC is declared"}
	changed({"maintenance_policy": {"day": "Sunday", "start_time": "3:00"}}) == nothing
	result(object.remove(declared, ["maintenance"]), object.union(actual, {"maintenance_policy": null})) == nothing
}

test_availability_that_is_not_declared if {
	respecified({"highAvailability": false}) == object.union(nothing, {"deny": {{
		"message": "high availability is on, off is declared; it can never be turned off",
		"resource": found_ref,
		"key": "highAvailability",
		"severity": "low",
		"declared": ["digitalocean", "cluster", "highAvailability"],
	}}})
	result(object.union(declared, {"highAvailability": false}), object.union(actual, {"ha": false})) == nothing
}

test_what_is_not_said if {
	row := object.union(object.remove(actual, ["maintenance_policy", "auto_upgrade"]), {"surge_upgrade": null, "cluster_subnet": "", "version": "latest"})
	state := result(declared, row)
	state.deny == set()
	{gap.detail | some gap in state.not_evaluated} == {sprintf("the account's answer has no %s of the cluster", [field]) |
		some field in ["maintenance_policy", "auto_upgrade", "surge_upgrade", "cluster_subnet", "version"]
	}
}

test_not_found if {
	{gap.reason | some gap in changed({"region": "ams3"}).not_evaluated} == {"cluster not found"}
	changed({"region": "ams3"}).deny == set()
}

test_a_version_that_is_null if {
	changed({"version": null}) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "not said",
		"detail": "the account's answer has no version of the cluster",
	}}})
}
