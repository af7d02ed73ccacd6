package envcheck.lib.firewalls_test

import data.envcheck.lib.firewalls

rule(ports, addresses) := {"protocol": "tcp", "ports": ports, "sources": {"addresses": addresses}}

admitting(rules) := {"inbound_rules": rules}

inbound(rules) := firewalls.inbound({"inbound_rules": rules})

test_ports if {
	firewalls.ports("tcp", "443") == [443, 443]
	firewalls.ports("udp", "8000-9000") == [8000, 9000]
	every written in ["0", "all", "", null, "1-65535"] {
		firewalls.ports("tcp", written) == [1, 65535]
	}
	firewalls.ports("icmp", "8") == [1, 65535]
}

test_show if {
	firewalls.show("tcp", 1, 65535) == "all tcp ports"
	firewalls.show("tcp", 0, 65535) == "all tcp ports"
	firewalls.show("tcp", 22, 22) == "tcp 22"
	firewalls.show("udp", 8000, 9000) == "udp 8000-9000"
	firewalls.show("icmp", 1, 65535) == "icmp"
}

test_grouping_does_not_matter if {
	together := firewalls.atoms(inbound([rule("22", ["198.51.100.7/32", "203.0.113.0/24"])]))
	apart := firewalls.atoms(inbound([rule("22", ["203.0.113.0/24"]), rule("22-22", ["198.51.100.7"])]))
	together == apart
	together == firewalls.atoms(firewalls.declared_inbound({"inboundRules": [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24", "198.51.100.7"], "tags": []}}]}))
}

test_every_kind_of_peer if {
	raw := {"protocol": "tcp", "ports": "0", "destinations": {
		"addresses": ["::/0"],
		"tags": ["web"],
		"droplet_ids": [541203877],
		"load_balancer_uids": ["7c1e"],
		"kubernetes_ids": ["8d2c"],
	}}
	firewalls.atoms(firewalls.outbound({"outbound_rules": [raw]})) == {
		["tcp", 1, 65535, "address", "::/0"],
		["tcp", 1, 65535, "tag", "web"],
		["tcp", 1, 65535, "droplet", "541203877"],
		["tcp", 1, 65535, "load balancer", "7c1e"],
		["tcp", 1, 65535, "cluster", "8d2c"],
	}
	firewalls.atoms(inbound([{"protocol": "tcp", "ports": "22", "sources": {"addresses": null}}])) == set()
	firewalls.outbound({"outbound_rules": null}) == []
}

test_open_to_the_world if {
	firewalls.opened(admitting([rule("22", ["::/0"]), rule("443", ["203.0.113.0/24"])])) == {["tcp", 22, 22]}
	firewalls.opened(admitting([rule("22", ["0.0.0.0/1"]), rule("0", ["128.0.0.0/1"])])) == {["tcp", 22, 22], ["tcp", 1, 65535]}
	firewalls.opened(admitting([rule("22", ["0.0.0.0/2"]), rule("20-30", ["64.0.0.0/2"])])) == {["tcp", 22, 22]}
	firewalls.opened(admitting([rule("22", ["0.0.0.0/2"]), object.union(rule("22", ["64.0.0.0/2"]), {"protocol": "udp"})])) == set()
}

test_what_is_declared_open if {
	spec := {"inboundRules": [{"protocol": "tcp", "sources": {"addresses": ["0.0.0.0/0"], "tags": []}}, {"protocol": "udp", "ports": "53", "sources": {"addresses": [], "tags": ["web"]}}]}
	firewalls.declared_opened(spec) == {["tcp", 1, 65535]}
	firewalls.opened({"inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": null}]}) == set()
}

test_within if {
	firewalls.within(["tcp", 22, 22], {["tcp", 20, 30]})
	not firewalls.within(["tcp", 22, 22], {["udp", 20, 30], ["tcp", 23, 30]})
}

environment := {"digitalocean": {"region": "fra1", "cluster": {"name": "stage"}}}

cluster(tags) := {
	"id": "c1",
	"name": "stage",
	"region": "fra1",
	"tags": tags,
	"node_pools": [{"tags": tags, "nodes": [{"droplet_id": "11"}, {"droplet_id": "12"}]}],
}

reach(tags, rows) := answer if {
	answer := {
		"reaching": {firewall.name | some firewall in firewalls.reaching},
		"gaps": {[gap.resource.name, gap.detail] | some gap in firewalls.gaps},
	} with data.environment as environment
		with data.digitalocean as {"kubernetes_clusters": [cluster(tags)], "firewalls": rows}
}

test_reaching if {
	reach(["k8s", "k8s:c1", "web"], [
		{"name": "own", "tags": ["k8s:c1"], "droplet_ids": []},
		{"name": "all", "tags": ["k8s"], "droplet_ids": null},
		{"name": "workers", "tags": ["k8s:worker"]},
		{"name": "pool", "tags": ["web"]},
		{"name": "droplets", "tags": [], "droplet_ids": [12, 13]},
		{"name": "other", "tags": ["k8s:c2"], "droplet_ids": [13]},
		{"name": "none", "tags": null, "droplet_ids": null},
	]) == {"reaching": {"own", "all", "workers", "pool", "droplets"}, "gaps": set()}
}

test_scopes_that_are_missing if {
	reach(null, [{"name": "a", "tags": null, "droplet_ids": [13]}, {"name": "b", "droplet_ids": [11]}]) == {
		"reaching": {"b"},
		"gaps": {["a", "whether it reaches the nodes is not visible: the token needs tag:read"]},
	}
	reach(["k8s"], [{"name": "a", "tags": ["other"]}]) == {
		"reaching": set(),
		"gaps": {["a", "whether it reaches the nodes is not visible: the token needs droplet:read"]},
	}
	reach(null, [{"name": "a"}, {"name": "k8s-c1-worker"}]) == {
		"reaching": set(),
		"gaps": {["a", "whether it reaches the nodes is not visible: the token needs droplet:read and tag:read"]},
	}
}

test_rules_that_are_none if {
	firewalls.inbound({"inbound_rules": [null, 5]}) == []
	firewalls.opened({"inbound_rules": [null, {"protocol": "tcp", "ports": "22", "sources": {"addresses": [null, "0.0.0.0/0"]}}]}) == {["tcp", 22, 22]}
}
