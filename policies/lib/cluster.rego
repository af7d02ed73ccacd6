# The declared cluster as the account has it: by name and region, since two regions may each have one of that name.
package envcheck.lib.cluster

import data.envcheck.lib.fields

declared := cluster if {
	cluster := data.environment.digitalocean.cluster
	is_object(cluster)
}

# The only one that it can be; undefined when there is none or several.
found := matches[0] if count(matches) == 1

# By its id where the account has it, else as it is declared.
ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": declared.name, "id": found.id} if is_string(found.id)

else := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": declared.name} if declared

# Why nothing can be said of it.
gap := {
	"resource": ref,
	"reason": "cluster not found",
	"detail": sprintf("the account has no cluster called %s in %s", [declared.name, region]),
} if {
	declared
	count(matches) == 0
}

gap := ambiguous if count(matches) > 1

ambiguous := {
	"resource": ref,
	"reason": "more than one cluster",
	"detail": sprintf("the account has %d clusters called %s in %s, and nothing says which is meant", [count(matches), declared.name, region]),
} if {
	count(matches) > 1
}

region := data.environment.digitalocean.region

# Where else the account has clusters of this name.
elsewhere := sort({cluster.region |
	some cluster in named
	cluster.region != region
	not leaving(cluster)
})

named := [cluster |
	some cluster in data.digitalocean.kubernetes_clusters
	cluster.name == declared.name
]

here := [cluster | some cluster in named; cluster.region == region]

staying := [cluster | some cluster in here; not leaving(cluster)]

# One that is being deleted counts only while no other has taken its place.
matches := staying if count(staying) > 0

matches := here if count(staying) == 0

leaving(cluster) if state_of(cluster) in {"deleting", "deleted"}

state_of(cluster) := object.get(cluster, ["status", "state"], null)

# Its state; null when the answer has none.
state := state_of(found)

pools := [pool | some pool in fields.list(found, "node_pools"); is_object(pool)] if found

else := []

nodes := [node | some pool in pools; some node in fields.list(pool, "nodes")]

# Droplets of its nodes, as texts.
droplets contains id if {
	some node in nodes
	id := node.droplet_id
	is_string(id)
	id != ""
}

# The tag that every Droplet and load balancer of it has.
own_tag := sprintf("k8s:%s", [found.id])

# The tags that its Droplets have: DOKS's own, and those of cluster and pools.
node_tags contains tag if some tag in ["k8s", "k8s:worker", "k8s-worker", own_tag]

node_tags contains tag if some tag in fields.list(found, "tags")

node_tags contains tag if {
	some pool in pools
	some tag in fields.list(pool, "tags")
}

# The token sees tags: everything of DOKS has some.
tags_visible if is_array(found.tags)

tags_visible if {
	some pool in pools
	is_array(pool.tags)
}
