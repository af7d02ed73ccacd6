# METADATA
# title: The declared cluster exists and runs
# description: >-
#   The account has the declared cluster in the declared region, and DigitalOcean says that it is running. A cluster that is
#   being created or upgraded is pending for as long as that usually takes. A cluster of the same name in another region is
#   another cluster.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/
# custom:
#   id: cluster-running
#   severity: critical
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Create the cluster from the spec, or correct its name or region there. What is degraded or failed is DigitalOcean's to mend:
#     see the cluster's page and open a ticket.
#   noFix: >-
#     Whether a cluster is missing or only has another name people know, and nothing that envcheck could change repairs one that
#     failed.
#   parameters:
#     creationGrace: {default: 30m, description: "A cluster may take this long to be created."}
#     upgradeGrace: {default: 6h, description: "An upgrade may take this long, counted from the last change that DigitalOcean noted."}
package envcheck.account.cluster_running

import data.envcheck.lib.cluster
import data.envcheck.lib.text

subjects contains cluster.ref

not_evaluated contains cluster.ambiguous

not_evaluated contains gap if {
	cluster.found
	cluster.state == null
	gap := {
		"resource": cluster.ref,
		"reason": "no state",
		"detail": "the account's answer does not say in which state the cluster is",
	}
}

not_evaluated contains gap if {
	cluster.found
	is_string(cluster.state)
	not cluster.state in known_states
	gap := {
		"resource": cluster.ref,
		"reason": "unknown state",
		"detail": sprintf("DigitalOcean calls its state %s, which may be good or bad", [cluster.state]),
	}
}

pending contains entry if {
	words := under_way[cluster.state]
	not overdue
	entry := {"resource": cluster.ref, "message": sprintf("%s%s", [words, since])}
}

deny contains finding if {
	count(cluster.matches) == 0
	finding := {
		"message": sprintf("the account has no cluster of this name in %s%s", [cluster.region, other_regions]),
		"resource": cluster.ref,
		"key": "missing",
		"declared": ["digitalocean", "cluster", "name"],
	}
}

deny contains finding if {
	words := bad_states[cluster.state]
	finding := {
		"message": sprintf("%s%s", [words, explained]),
		"resource": cluster.ref,
		"key": "state",
	}
}

deny contains finding if {
	words := under_way[cluster.state]
	overdue
	finding := {
		"message": sprintf("%s%s, longer than %s", [words, since, allowed]),
		"resource": cluster.ref,
		"key": "state",
	}
}

known_states := {"running", "provisioning", "upgrading", "degraded", "error", "deleting", "deleted"}

under_way := {"provisioning": "is being created", "upgrading": "is being upgraded"}

bad_states := {
	"degraded": "is degraded",
	"error": "is in an error state",
	"deleting": "is being deleted",
	"deleted": "is deleted",
}

begun := cluster.found.created_at if cluster.state == "provisioning"

# When the upgrade began is not told. It was not after the last change.
begun := cluster.found.updated_at if cluster.state == "upgrading"

grace := data.parameters.creationGraceSeconds if cluster.state == "provisioning"

grace := data.parameters.upgradeGraceSeconds if cluster.state == "upgrading"

allowed := data.parameters.creationGrace if cluster.state == "provisioning"

allowed := data.parameters.upgradeGrace if cluster.state == "upgrading"

overdue if text.elapsed(begun) > grace

since := sprintf(" for %s", [text.age(text.elapsed(begun))]) if text.elapsed(begun)

else := ""

explained := sprintf(": %s", [trim_suffix(trim_space(message), ".")]) if {
	message := cluster.found.status.message
	is_string(message)
	trim_space(message) != ""
}

else := ""

other_regions := "" if count(cluster.elsewhere) == 0

other_regions := sprintf(", only in %s", [text.list(cluster.elsewhere)]) if count(cluster.elsewhere) > 0
