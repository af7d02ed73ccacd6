# METADATA
# title: Node pools are the declared ones
# description: >-
#   Each declared pool exists with its size, number of nodes, labels and taints, and there is no other. Where a pool scales by
#   itself only its bounds are compared: how many nodes it has just now is its own affair.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/add-node-pools/
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/autoscale/
# custom:
#   id: node-pool-as-declared
#   severity: medium
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Change the pool in the account, or what the spec declares. The size of a pool can never be changed: add a pool of the
#     other size, drain the old one and delete it. A label that is removed from a pool stays on the nodes that exist. Pools are
#     neither added nor deleted by a fix, since that moves every Pod.
#   parameters: {}
package envcheck.account.node_pool_as_declared

import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.text

subjects contains ref(pool.name) if some pool in cluster.declared.nodePools

subjects contains ref(name) if some name, _ in actual

not_evaluated contains gap if {
	some pool in cluster.declared.nodePools
	resource := ref(pool.name)
	gap := object.union(cluster.gap, {"resource": resource})
}

not_evaluated contains gap if {
	some name, pool in both
	some field in silent(pool)
	gap := {
		"resource": ref(name),
		"reason": "not said",
		"detail": sprintf("the account's answer has no %s of the pool", [field]),
	}
}

pending contains entry if {
	cluster.state == "provisioning"
	some pool in cluster.declared.nodePools
	not actual[pool.name]
	entry := {"resource": ref(pool.name), "message": "the cluster is still being created"}
}

deny contains finding if {
	cluster.found
	cluster.state != "provisioning"
	some index, pool in cluster.declared.nodePools
	not actual[pool.name]
	finding := {
		"message": sprintf("cluster %s has no node pool of this name", [cluster.found.name]),
		"resource": ref(pool.name),
		"key": "missing",
		"declared": ["digitalocean", "cluster", "nodePools", index],
	}
}

deny contains finding if {
	some name, pool in actual
	not declared[name]
	finding := {
		"message": undeclared(pool),
		"resource": ref(name),
		"key": "undeclared",
		"declared": ["digitalocean", "cluster", "nodePools"],
	}
}

deny contains finding if {
	some name, pool in both
	not "size" in silent(pool)
	pool.actual.size != pool.declared.size
	finding := {
		"message": sprintf("its nodes are of size %s, %s is declared", [pool.actual.size, pool.declared.size]),
		"resource": ref(name),
		"key": "size",
		"declared": ["digitalocean", "cluster", "nodePools", pool.index, "size"],
	}
}

# How many nodes

deny contains object.union(finding, fix(name, sprintf("scale to %d nodes", [wanted]), {"auto_scale": false, "count": wanted})) if {
	some name, pool in both
	not pool.declared.autoscale
	wanted := pool.declared.count
	words := numbers_differ(pool)
	finding := {
		"message": sprintf("%s, %d nodes are declared", [words, wanted]),
		"resource": ref(name),
		"key": "count",
		"declared": ["digitalocean", "cluster", "nodePools", pool.index, "count"],
	}
}

deny contains object.union(finding, fix(name, sprintf("scale by itself between %d and %d nodes", [wanted.min, wanted.max]), change)) if {
	some name, pool in both
	wanted := pool.declared.autoscale
	words := bounds_differ(pool)
	change := {"auto_scale": true, "min_nodes": wanted.min, "max_nodes": wanted.max}
	finding := {
		"message": sprintf("%s, between %d and %d nodes are declared", [words, wanted.min, wanted.max]),
		"resource": ref(name),
		"key": "autoscale",
		"declared": ["digitalocean", "cluster", "nodePools", pool.index, "autoscale"],
	}
}

# Labels and taints

deny contains object.union(finding, fix(name, "set the declared labels", {"labels": labels})) if {
	some name, pool in both
	not "labels" in silent(pool)
	labels := fields.map(pool.declared, "labels")
	differences := array.concat(labels_missing(labels, own_labels(pool.actual)), labels_extra(labels, own_labels(pool.actual)))
	count(differences) > 0
	words := text.list(differences)
	finding := {
		"message": sprintf("its labels differ: %s", [words]),
		"resource": ref(name),
		"key": "labels",
		"declared": ["digitalocean", "cluster", "nodePools", pool.index, "labels"],
	}
}

deny contains object.union(finding, fix(name, "set the declared taints", {"taints": sort(wanted)})) if {
	some name, pool in both
	not "taints" in silent(pool)
	wanted := {normal_taint(taint) | some taint in pool.declared.taints}
	present := {normal_taint(taint) | some taint in fields.list(pool.actual, "taints")}
	missing := {sprintf("%s is missing", [show_taint(taint)]) | some taint in (wanted - present)}
	extra := {sprintf("%s is not declared", [show_taint(taint)]) | some taint in (present - wanted)}
	differences := array.concat(sort(missing), sort(extra))
	count(differences) > 0
	words := text.list(differences)
	finding := {
		"message": sprintf("its taints differ: %s", [words]),
		"resource": ref(name),
		"key": "taints",
		"declared": ["digitalocean", "cluster", "nodePools", pool.index, "taints"],
	}
}

actual[pool.name] := pool if some pool in cluster.pools

declared[pool.name] := pool if some pool in cluster.declared.nodePools

both[pool.name] := pair if {
	some index, pool in cluster.declared.nodePools
	found := actual[pool.name]
	pair := {"index": index, "declared": pool, "actual": found}
}

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "NodePool", "name": name, "id": id} if {
	id := actual[name].id
	is_string(id)
}

else := {"apiVersion": "digitalocean.com/v2", "kind": "NodePool", "name": name}

undeclared(pool) := sprintf("%d of %s are in a pool that is not declared", [pool.count, pool.size]) if {
	is_number(pool.count)
	said(pool, "size")
}

else := "the pool is not declared"

# Fields that were to be compared and of which the answer says nothing.
silent(pool) := {field |
	some field in ["size", "auto_scale", "count", "min_nodes", "max_nodes", "labels", "taints"]
	unsaid(pool, field)
}

unsaid(pool, "size") if not said(pool.actual, "size")

unsaid(pool, "auto_scale") if not is_boolean(object.get(pool.actual, "auto_scale", null))

unsaid(pool, "count") if {
	not pool.declared.autoscale
	not scaling(pool)
	not is_number(object.get(pool.actual, "count", null))
}

unsaid(pool, field) if {
	field in {"min_nodes", "max_nodes"}
	pool.declared.autoscale
	scaling(pool)
	not is_number(object.get(pool.actual, field, null))
}

# None are written as null.
unsaid(pool, field) if {
	field in {"labels", "taints"}
	object.get(pool.actual, field, false) == false
}

said(pool, field) if {
	is_string(pool[field])
	pool[field] != ""
}

scaling(pool) if pool.actual.auto_scale == true

fixed(pool) if pool.actual.auto_scale == false

numbers_differ(pool) := sprintf("it scales by itself%s", [between(pool.actual)]) if scaling(pool)

numbers_differ(pool) := sprintf("it has %s", [node_words(pool.actual.count)]) if {
	fixed(pool)
	is_number(pool.actual.count)
	pool.actual.count != pool.declared.count
}

bounds_differ(pool) := sprintf("it does not scale by itself%s", [having(pool.actual)]) if fixed(pool)

bounds_differ(pool) := sprintf("it scales%s", [between(pool.actual)]) if {
	scaling(pool)
	count(silent(pool) & {"min_nodes", "max_nodes"}) == 0
	[pool.actual.min_nodes, pool.actual.max_nodes] != [pool.declared.autoscale.min, pool.declared.autoscale.max]
}

between(pool) := sprintf(" between %d and %d nodes", [pool.min_nodes, pool.max_nodes]) if {
	is_number(pool.min_nodes)
	is_number(pool.max_nodes)
}

else := ""

having(pool) := sprintf(" and has %s", [node_words(pool.count)]) if is_number(pool.count)

else := ""

node_words(number) := "1 node" if number == 1

node_words(number) := sprintf("%d nodes", [number]) if number != 1

# Labels that DOKS gives to every pool are not ours to declare.
own_labels(pool) := {key: value |
	some key, value in fields.map(pool, "labels")
	not contains(key, "doks.digitalocean.com/")
}

labels_missing(wanted, present) := sort({sprintf("%s=%s is missing", [key, value]) |
	some key, value in wanted
	object.get(present, key, null) != value
})

labels_extra(wanted, present) := sort({sprintf("%s=%s is not declared", [key, value]) |
	some key, value in present
	object.get(wanted, key, null) != value
})

normal_taint(taint) := {"key": taint.key, "value": value, "effect": taint.effect} if {
	value := taint.value
	is_string(value)
}

else := {"key": taint.key, "value": "", "effect": taint.effect}

show_taint(taint) := sprintf("%s=%s:%s", [taint.key, taint.value, taint.effect]) if taint.value != ""

show_taint(taint) := sprintf("%s:%s", [taint.key, taint.effect]) if taint.value == ""

# Only a cluster that runs takes changes.
fix(name, summary, change) := {"fix": {
	"action": "node_pool.update",
	"risk": "disruptive",
	"summary": sprintf("%s: %s", [name, summary]),
	"target": ref(name),
	"params": object.union({"cluster_id": cluster.found.id}, change),
}} if {
	cluster.state == "running"
}

else := {}
