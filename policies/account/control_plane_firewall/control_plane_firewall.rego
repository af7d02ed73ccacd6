# METADATA
# title: Only declared addresses reach the API server
# description: >-
#   The control plane's firewall is on and admits what controlPlaneFirewall.allowedAddresses declares and nothing else.
#   Admitting more is high, admitting less medium. Not applicable where the spec declares no such list.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/add-control-plane-firewall/
# custom:
#   id: control-plane-firewall
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Set the declared list. Be sure that your own address is in it, and those of the pipelines that deploy: whoever is not
#     loses the API server at once.
#   parameters: {}
package envcheck.account.control_plane_firewall

import data.envcheck.lib.addresses
import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.text

subjects contains cluster.ref if declared

not_evaluated contains cluster.gap if declared

not_evaluated contains gap if {
	declared
	cluster.found
	setting == "absent"
	gap := {
		"resource": cluster.ref,
		"reason": "not said",
		"detail": "the account's answer has no control_plane_firewall of the cluster",
	}
}

deny contains object.union(finding, fix) if {
	declared
	cluster.found
	off
	finding := {
		"message": sprintf("the API server answers every address, %s declared", [number_words]),
		"resource": cluster.ref,
		"key": "off",
		"declared": path,
	}
}

deny contains object.union(finding, fix) if {
	count(surplus) > 0
	words := text.list(sort(surplus))
	finding := {
		"message": sprintf("the API server answers %s%s, which no entry declares", [words, everyone]),
		"resource": cluster.ref,
		"key": "surplus",
		"declared": path,
	}
}

deny contains object.union(finding, fix) if {
	count(missing) > 0
	words := text.list(sort(missing))
	finding := {
		"message": sprintf("the API server does not answer %s", [words]),
		"resource": cluster.ref,
		"key": "missing",
		"severity": "medium",
		"declared": path,
	}
}

path := ["digitalocean", "cluster", "controlPlaneFirewall"]

declared := cluster.declared.controlPlaneFirewall.allowedAddresses

# As the account has it; null is how it writes that there is none.
setting := object.get(cluster.found, "control_plane_firewall", "absent")

off if setting == null

off if {
	is_object(setting)
	object.get(setting, "enabled", false) != true
}

allowed contains addresses.canonical(address) if {
	setting.enabled == true
	some address in fields.list(setting, "allowed_addresses")
}

surplus contains address if {
	declared
	some address in allowed
	not addresses.covered(address, declared)
}

missing contains address if {
	setting.enabled == true
	some address in declared
	not addresses.covered(address, allowed)
}

everyone := " (the whole Internet)" if addresses.world(surplus)

else := ""

number_words := "one address or network is" if count(declared) == 1

number_words := sprintf("%d addresses or networks are", [count(declared)]) if count(declared) > 1

# Only a cluster that runs takes changes.
fix := {"fix": {
	"action": "cluster.update",
	"risk": "disruptive",
	"summary": sprintf("let only %s reach the API server", [text.list(sort(declared))]),
	"target": cluster.ref,
	"params": {"control_plane_firewall": {"enabled": true, "allowed_addresses": sort(declared)}},
}} if {
	cluster.state == "running"
}

else := {}
