# METADATA
# title: Both firewalls of DOKS are in place
# description: >-
#   DOKS keeps two firewalls for each cluster, recognised by their exact names: k8s-UUID-worker, which admits private networks,
#   and k8s-public-access-UUID, which admits what Services ask for. Both exist, are applied, and reach every node. Those of
#   other clusters do not count.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/details/managed/
# custom:
#   id: firewall-managed-present
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.firewalls, digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: DOKS creates both anew within minutes when they are gone or changed. Where it does not, open a ticket.
#   noFix: They are DOKS's own, so envcheck never creates or changes them.
#   parameters:
#     grace: {default: 10m, description: "Firewalls of a younger cluster may still be missing."}
package envcheck.account.firewall_managed_present

import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.firewalls
import data.envcheck.lib.text

subjects contains ref(name) if some name in firewalls.owned_names

subjects contains cluster.ref if not cluster.found

not_evaluated contains cluster.gap

not_evaluated contains gap if {
	some firewall in present
	not reaches_all(firewall)
	missing := unseen_of(firewall)
	count(missing) > 0
	scopes := text.list(sort(missing))
	gap := {
		"resource": firewalls.ref(firewall),
		"reason": "scope missing",
		"detail": sprintf("which nodes it reaches is not visible: the token needs %s", [scopes]),
	}
}

not_evaluated contains gap if {
	some firewall in present
	status := object.get(firewall, "status", null)
	not status in {"succeeded", "waiting", "failed"}
	said := status_words(status)
	gap := {
		"resource": firewalls.ref(firewall),
		"reason": "unknown status",
		"detail": said,
	}
}

pending contains entry if {
	some name in firewalls.owned_names
	not by_name[name]
	young
	entry := {"resource": ref(name), "message": "the cluster was created a moment ago"}
}

pending contains entry if {
	some firewall in present
	firewall.status != "failed"
	waiting(firewall)
	entry := {"resource": firewalls.ref(firewall), "message": sprintf("changes are being applied%s", [droplets(firewall)])}
}

deny contains finding if {
	some name in firewalls.owned_names
	not by_name[name]
	not young
	effect := effects[name]
	finding := {
		"message": sprintf("cluster %s has no such firewall: %s", [cluster.found.name, effect]),
		"resource": ref(name),
		"key": "missing",
	}
}

deny contains finding if {
	some firewall in present
	firewall.status == "failed"
	finding := {
		"message": "DigitalOcean failed to apply it",
		"resource": firewalls.ref(firewall),
		"key": "failed",
	}
}

deny contains finding if {
	some firewall in present
	not reaches_all(firewall)
	count(unseen_of(firewall)) == 0
	missed := count(cluster.droplets) - count(firewalls.by_droplet(firewall))
	finding := {
		"message": sprintf("lacks the tag %s and does not reach %d of %d nodes", [firewalls.short(cluster.own_tag), missed, count(cluster.droplets)]),
		"resource": firewalls.ref(firewall),
		"key": "nodes",
	}
}

status_words(status) := sprintf("the account calls its status %s, which may be good or bad", [status]) if is_string(status)

status_words(null) := "the account's answer has no status of the firewall"

effects := {
	firewalls.worker_name: "what may reach the nodes is not limited to private networks",
	firewalls.public_name: "what Services ask for is not admitted",
}

by_name[firewall.name] := firewall if {
	some firewall in data.digitalocean.firewalls
	firewall.name in firewalls.owned_names
}

present contains firewall if some firewall in by_name

ref(name) := firewalls.ref(by_name[name]) if by_name[name]

else := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": name}

young if cluster.state == "provisioning"

young if text.elapsed(cluster.found.created_at) < data.parameters.graceSeconds

waiting(firewall) if firewall.status == "waiting"

waiting(firewall) if count(fields.list(firewall, "pending_changes")) > 0

droplets(firewall) := sprintf(" to %d of its Droplets", [count(fields.list(firewall, "pending_changes"))]) if count(fields.list(firewall, "pending_changes")) > 0

else := ""

# By the tag it also reaches the nodes that are yet to come.
reaches_all(firewall) if cluster.own_tag in firewalls.tags(firewall)

reaches_all(firewall) if {
	count(cluster.droplets) > 0
	count(firewalls.by_droplet(firewall)) == count(cluster.droplets)
}

# DOKS's own always has a tag, so a list that is not shown may not be seen.
unseen_of(firewall) := {scope |
	some field, scope in {"tags": "tag:read", "droplet_ids": "droplet:read"}
	not is_array(object.get(firewall, field, null))
	scope in firewalls.unseen
}
