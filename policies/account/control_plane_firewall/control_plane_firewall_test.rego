package envcheck.account.control_plane_firewall_test

import data.envcheck.account.control_plane_firewall as policy

found_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": "c1"}

place := ["digitalocean", "cluster", "controlPlaneFirewall"]

result_of(addresses, row) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage", "controlPlaneFirewall": {"allowedAddresses": addresses}}}}
		with data.digitalocean as {"kubernetes_clusters": [object.union({"id": "c1", "name": "stage", "region": "fra1", "status": {"state": "running"}}, row)]}
}

result(setting) := result_of(["203.0.113.0/24"], {"control_plane_firewall": setting})

admitting(addresses) := result({"enabled": true, "allowed_addresses": addresses})

nothing := {"subjects": {found_ref}, "deny": set(), "not_evaluated": set()}

update := {
	"action": "cluster.update",
	"risk": "disruptive",
	"summary": "let only 203.0.113.0/24 reach the API server",
	"target": found_ref,
	"params": {"control_plane_firewall": {"enabled": true, "allowed_addresses": ["203.0.113.0/24"]}},
}

test_as_declared if {
	admitting(["203.0.113.0/24"]) == nothing
	result_of(["198.51.100.7"], {"control_plane_firewall": {"enabled": true, "allowed_addresses": ["198.51.100.7/32"]}}) == nothing
	result_of(["198.51.100.7/32"], {"control_plane_firewall": {"enabled": true, "allowed_addresses": ["198.51.100.7"]}}) == nothing
}

test_off if {
	every setting in [null, {"enabled": false, "allowed_addresses": ["203.0.113.0/24"]}, {"allowed_addresses": []}] {
		result(setting) == object.union(nothing, {"deny": {{
			"message": "the API server answers every address, one address or network is declared",
			"resource": found_ref,
			"key": "off",
			"declared": place,
			"fix": update,
		}}})
	}
}

test_admits_more if {
	admitting(["203.0.113.0/24", "198.51.100.7"]) == object.union(nothing, {"deny": {{
		"message": "the API server answers 198.51.100.7, which no entry declares",
		"resource": found_ref,
		"key": "surplus",
		"declared": place,
		"fix": update,
	}}})
	{finding.message | some finding in admitting(["0.0.0.0/0"]).deny} == {"the API server answers 0.0.0.0/0 (the whole Internet), which no entry declares"}
	{finding.message | some finding in admitting(["203.0.113.0/24", "0.0.0.0/1", "128.0.0.0/1"]).deny} == {"the API server answers 0.0.0.0/1 and 128.0.0.0/1 (the whole Internet), which no entry declares"}
}

test_admits_less if {
	admitting([]) == object.union(nothing, {"deny": {{
		"message": "the API server does not answer 203.0.113.0/24",
		"resource": found_ref,
		"key": "missing",
		"severity": "medium",
		"declared": place,
		"fix": update,
	}}})
	{finding.key | some finding in admitting(["203.0.113.0/25"]).deny} == {"missing"}
	{finding.key | some finding in admitting(["203.0.112.0/23"]).deny} == {"surplus"}
	{finding.key | some finding in admitting(null).deny} == {"missing"}
}

test_not_said if {
	result_of(["203.0.113.0/24"], {}) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "not said",
		"detail": "the account's answer has no control_plane_firewall of the cluster",
	}}})
}

test_only_a_running_cluster_is_fixed if {
	some finding in result_of(["203.0.113.0/24"], {"control_plane_firewall": null, "status": {"state": "upgrading"}}).deny
	not finding.fix
}

test_not_declared if {
	state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"digitalocean": {"region": "fra1", "cluster": {"name": "stage"}}}
		with data.digitalocean as {"kubernetes_clusters": [{"id": "c1", "name": "stage", "region": "fra1", "control_plane_firewall": null}]}
	state == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
