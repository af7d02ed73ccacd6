package envcheck.lib.cluster_test

import data.envcheck.lib.cluster

environment := {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}}}

row(id, region, state) := {"id": id, "name": "stage", "region": region, "status": {"state": state}}

declared_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage"}

facts(rows) := answer if {
	answer := {
		"found": [id | id := cluster.found.id],
		"gap": [reason | reason := cluster.gap.reason],
		"ref": cluster.ref,
		"elsewhere": cluster.elsewhere,
	} with data.environment as environment
		with data.digitalocean as {"kubernetes_clusters": rows}
}

test_by_name_and_region if {
	facts([row("a", "ams3", "running"), row("b", "fra1", "running"), {"id": "c", "name": "dev", "region": "fra1"}]) == {
		"found": ["b"],
		"gap": [],
		"ref": object.union(declared_ref, {"id": "b"}),
		"elsewhere": ["ams3"],
	}
}

test_only_elsewhere if {
	facts([row("a", "ams3", "running")]) == {
		"found": [],
		"gap": ["cluster not found"],
		"ref": declared_ref,
		"elsewhere": ["ams3"],
	}
}

test_two_of_one_name if {
	facts([row("a", "fra1", "running"), row("b", "fra1", "provisioning")]) == {
		"found": [],
		"gap": ["more than one cluster"],
		"ref": declared_ref,
		"elsewhere": [],
	}
}

test_one_that_goes_makes_room if {
	facts([row("a", "fra1", "deleting"), row("b", "fra1", "provisioning")]).found == ["b"]
	facts([row("a", "fra1", "deleting")]).found == ["a"]
}

test_nothing_declared if {
	every digitalocean in [null, {"region": "fra1"}, {"region": "fra1", "cluster": null}] {
		seen := [thing | some thing in [cluster.found, cluster.ref]] with data.environment as {"digitalocean": digitalocean}
			with data.digitalocean as {"kubernetes_clusters": [row("a", "fra1", "running")]}
		seen == []
		gaps := [thing | thing := cluster.gap] with data.environment as {"digitalocean": digitalocean}
			with data.digitalocean as {"kubernetes_clusters": [row("a", "fra1", "running")]}
		gaps == []
	}
}

test_nodes_and_tags if {
	pool := {"tags": ["k8s", "k8s:b", "web"], "nodes": [{"droplet_id": "1"}, {"droplet_id": ""}, {"droplet_id": null}]}
	found := object.union(row("b", "fra1", "running"), {"tags": null, "node_pools": [pool, {"tags": null, "nodes": null}]})
	tags := cluster.node_tags with data.environment as environment with data.digitalocean as {"kubernetes_clusters": [found]}
	tags == {"k8s", "k8s:worker", "k8s-worker", "k8s:b", "web"}
	droplets := cluster.droplets with data.environment as environment with data.digitalocean as {"kubernetes_clusters": [found]}
	droplets == {"1"}
	cluster.tags_visible with data.environment as environment with data.digitalocean as {"kubernetes_clusters": [found]}
	not cluster.tags_visible with data.environment as environment with data.digitalocean as {"kubernetes_clusters": [row("b", "fra1", "running")]}
}
