# METADATA
# title: The cluster's settings are the declared ones
# description: >-
#   Version, subnets, upgrades and maintenance window of the cluster, against the spec. A declared minor version stands for
#   all its patches, and with autoUpgrade a later patch is as declared. High availability and the control plane's firewall
#   have policies of their own; here it is only said when high availability is on and declared off.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/upgrade-cluster/
# custom:
#   id: cluster-as-declared
#   severity: medium
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Change the setting in the account, or what the spec declares. Subnets can never be changed, high availability can never
#     be turned off, and Kubernetes is not upgraded by a repair: for these there is no fix but another cluster or another spec.
#   parameters: {}
package envcheck.account.cluster_as_declared

import data.envcheck.lib.addresses
import data.envcheck.lib.cluster
import data.envcheck.lib.versions

subjects contains cluster.ref

not_evaluated contains cluster.gap

not_evaluated contains gap if {
	cluster.found
	some field in silent
	gap := {
		"resource": cluster.ref,
		"reason": "not said",
		"detail": sprintf("the account's answer has no %s of the cluster", [field]),
	}
}

pending contains entry if {
	other_version
	cluster.state == "upgrading"
	entry := {"resource": cluster.ref, "message": sprintf("%s while it is being upgraded", [version_words])}
}

deny contains finding if {
	other_version
	cluster.state != "upgrading"
	finding := {
		"message": version_words,
		"resource": cluster.ref,
		"key": "version",
		"declared": ["digitalocean", "cluster", "version"],
	}
}

deny contains finding if {
	some name, field in subnets
	wanted := cluster.declared[name]
	actual := cluster.found[field]
	is_string(actual)
	actual != ""
	not same_range(wanted, actual)
	finding := {
		"message": sprintf("%s is %s, %s is declared", [name, actual, wanted]),
		"resource": cluster.ref,
		"key": name,
		"declared": ["digitalocean", "cluster", name],
	}
}

deny contains object.union(finding, fix(summary, change)) if {
	some name, setting in switches
	wanted := cluster.declared[name]
	actual := cluster.found[setting.field]
	is_boolean(actual)
	actual != wanted
	summary := sprintf("turn %s %s", [setting.title, words[wanted]])
	change := {setting.field: wanted}
	finding := {
		"message": sprintf("%s is %s, %s is declared", [setting.title, words[actual], words[wanted]]),
		"resource": cluster.ref,
		"key": name,
		"declared": ["digitalocean", "cluster", name],
	}
}

deny contains object.union(finding, fix(summary, change)) if {
	wanted := cluster.declared.maintenance
	not "maintenance_policy" in silent
	actual := window(cluster.found.maintenance_policy)
	declared := sprintf("%s %s", [wanted.day, wanted.startTime])
	actual != plain(declared)
	finding := {
		"message": sprintf("the maintenance window is %s, %s UTC is declared", [shown(cluster.found.maintenance_policy), declared]),
		"resource": cluster.ref,
		"key": "maintenance",
		"declared": ["digitalocean", "cluster", "maintenance"],
	}
	summary := sprintf("move the maintenance window to %s UTC", [declared])
	change := {"maintenance_policy": {"day": wanted.day, "start_time": wanted.startTime}}
}

deny contains finding if {
	cluster.declared.highAvailability == false
	cluster.found.ha == true
	finding := {
		"message": "high availability is on, off is declared; it can never be turned off",
		"resource": cluster.ref,
		"key": "highAvailability",
		"severity": "low",
		"declared": ["digitalocean", "cluster", "highAvailability"],
	}
}

subnets := {"clusterSubnet": "cluster_subnet", "serviceSubnet": "service_subnet"}

switches := {
	"autoUpgrade": {"field": "auto_upgrade", "title": "auto upgrade"},
	"surgeUpgrade": {"field": "surge_upgrade", "title": "surge upgrade"},
}

words := {true: "on", false: "off"}

# Fields that were to be compared and of which the answer says nothing.
silent contains field if {
	some name, field in subnets
	cluster.declared[name]
	object.get(cluster.found, field, null) in {null, ""}
}

silent contains setting.field if {
	some setting in switches
	not is_boolean(object.get(cluster.found, setting.field, null))
}

# No window is written as null.
silent contains "maintenance_policy" if {
	cluster.declared.maintenance
	cluster.found
	object.get(cluster.found, "maintenance_policy", false) == false
}

silent contains "version" if {
	cluster.found
	not versions.minor(object.get(cluster.found, "version", ""))
}

# Version

other_version if {
	versions.minor(cluster.found.version)
	not as_declared(cluster.declared.version, cluster.found.version)
}

as_declared(wanted, actual) if {
	numbers := versions.numbers_of(wanted)
	array.slice(versions.numbers_of(actual), 0, count(numbers)) == numbers
}

as_declared(wanted, actual) if {
	cluster.declared.autoUpgrade
	versions.minor(wanted) == versions.minor(actual)
	versions.numbers_of(actual) > versions.numbers_of(wanted)
}

version_words := sprintf("Kubernetes %s runs, %s is declared", [cluster.found.version, cluster.declared.version])

same_range(one, other) if {
	addresses.covers(one, other)
	addresses.covers(other, one)
}

# Maintenance: "sunday 3:00", however the hour is written.

window(policy) := "" if policy == null

window(policy) := plain(lower(sprintf("%s %s", [policy.day, policy.start_time]))) if policy != null

plain(text) := replace(text, " 0", " ")

shown(policy) := "not set" if policy == null

shown(policy) := sprintf("%s %s", [policy.day, policy.start_time]) if policy != null

# Only a cluster that runs takes changes.
fix(summary, change) := {"fix": {
	"action": "cluster.update",
	"risk": "disruptive",
	"summary": summary,
	"target": cluster.ref,
	"params": change,
}} if {
	cluster.state == "running"
}

else := {}
