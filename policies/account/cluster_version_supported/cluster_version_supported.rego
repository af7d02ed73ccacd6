# METADATA
# title: DigitalOcean still supports the cluster's Kubernetes
# description: >-
#   The minor version that runs is among those that DigitalOcean offers, as its own table says today; so is the declared one.
#   An older patch of an offered minor version is supported; it is only mentioned where patches are not installed by
#   themselves.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/details/supported-releases/
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/upgrade-cluster/
# custom:
#   id: cluster-version-supported
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters, digitalocean.kubernetes_options, digitalocean.kubernetes_upgrades]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Upgrade the cluster minor version by minor version, each after its newest patch, before DigitalOcean does it by force.
#   noFix: An upgrade replaces every node and cannot be undone, so it is left to a person.
#   parameters: {}
package envcheck.account.cluster_version_supported

import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.text
import data.envcheck.lib.versions

subjects contains cluster.ref

not_evaluated contains cluster.gap

not_evaluated contains gap if {
	cluster.found
	count(offered) == 0
	gap := {
		"resource": cluster.ref,
		"reason": "no table of versions",
		"detail": "DigitalOcean's answer lists no version of Kubernetes",
	}
}

not_evaluated contains gap if {
	cluster.found
	not running
	gap := {
		"resource": cluster.ref,
		"reason": "unknown version",
		"detail": sprintf("%s is not the number of a version", [written]),
	}
}

# The table may be older than the cluster.
not_evaluated contains gap if {
	running > max(offered)
	version := versions.show(running)
	newest := versions.show(max(offered))
	gap := {
		"resource": cluster.ref,
		"reason": "version not in the table",
		"detail": sprintf("%s is newer than %s, the newest that DigitalOcean's table has", [version, newest]),
	}
}

deny contains finding if {
	count(offered) > 0
	not running in offered
	running < max(offered)
	version := versions.show(running)
	finding := {
		"message": sprintf("Kubernetes %s is no longer supported, DigitalOcean offers %s%s", [version, offer, next_step]),
		"resource": cluster.ref,
		"key": "version",
	}
}

deny contains finding if {
	cluster.found
	count(offered) > 0
	wanted := versions.minor(cluster.declared.version)
	not wanted in offered
	wanted != running
	finding := {
		"message": sprintf("Kubernetes %s is declared, DigitalOcean offers %s", [cluster.declared.version, offer]),
		"resource": cluster.ref,
		"key": "declared",
		"severity": "medium",
		"declared": ["digitalocean", "cluster", "version"],
	}
}

deny contains finding if {
	cluster.found.auto_upgrade == false
	running in offered
	count(patches) > 0
	slug := newest(patches)
	finding := {
		"message": sprintf("%s is available, and patches are not installed by themselves", [slug]),
		"resource": cluster.ref,
		"key": "patch",
		"severity": "low",
	}
}

running := versions.minor(cluster.found.version)

written := cluster.found.version if is_string(cluster.found.version)

else := "what the account's answer has"

# Minor versions in the table.
offered contains versions.minor(version.slug) if {
	some options in data.digitalocean.kubernetes_options
	some version in fields.list(options, "versions")
}

offer := text.list([versions.show(minor) | some minor in sort(offered)])

# Upgrades that DigitalOcean offers this cluster, by their numbers.
upgrades[numbers] := row.slug if {
	some row in data.digitalocean.kubernetes_upgrades
	row.cluster_id == cluster.found.id
	numbers := versions.numbers_of(row.slug)
}

patches[numbers] := slug if {
	some numbers, slug in upgrades
	array.slice(numbers, 0, 2) == running
	not numbers <= versions.numbers_of(cluster.found.version)
}

newest(slugs) := slug if {
	last := max(object.keys(slugs))
	slug := slugs[last]
}

next_step := words if {
	first := min(object.keys(upgrades))
	slug := upgrades[first]
	words := sprintf("; the next step is %s", [slug])
}

else := ""
