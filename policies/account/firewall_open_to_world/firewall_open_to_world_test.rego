package envcheck.account.firewall_open_to_world_test

import data.envcheck.account.firewall_open_to_world as policy
import data.envcheck.lib.services

id := "8d2c1f60-5b1e-4c55-9f0e-2a4b7c9d1e3f"

own_tag := sprintf("k8s:%s", [id])

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": name, "id": sprintf("id of %s", [name])}

public := sprintf("k8s-public-access-%s", [id])

worker := sprintf("k8s-%s-worker", [id])

cluster := {"id": id, "name": "stage", "region": "fra1", "tags": ["k8s"], "node_pools": [{"tags": [], "nodes": [{"droplet_id": "11"}]}]}

world(protocol, ports) := {"protocol": protocol, "ports": ports, "sources": {"addresses": ["0.0.0.0/0", "::/0"]}}

firewall(name, rules) := {"id": ref(name).id, "name": name, "tags": [own_tag], "droplet_ids": [], "inbound_rules": rules}

private := {"protocol": "tcp", "ports": "0", "sources": {"addresses": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}}

service_ref(name) := {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": name}

service(name, kind, changes) := object.union(
	{
		"ref": service_ref(name),
		"type": kind,
		"annotations": {},
		"ports": [{"port": 443, "nodePort": 30379, "protocol": "TCP"}],
		"loadBalancerClass": null,
		"loadBalancerNetwork": "EXTERNAL",
		"loadBalancerType": null,
	},
	changes,
)

result_of(specs, exposure, rows, seen) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "exposure": exposure, "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}, "firewalls": specs}}
		with data.digitalocean as {"kubernetes_clusters": [cluster], "firewalls": rows}
		with data.view as {"services": seen}
}

result(rows, seen) := result_of([], [], rows, seen)

clean(names) := {"subjects": {ref(name) | some name in names}, "deny": set(), "not_evaluated": set()}

messages(state) := {[finding.resource.name, finding.message] | some finding in state.deny}

test_private_networks_only if {
	result([firewall(worker, [private]), firewall(public, [])], []) == clean([worker, public])
}

test_a_firewall_of_ones_own if {
	result([firewall("office", [world("tcp", "22")])], []) == object.union(clean(["office"]), {"deny": {{
		"message": "opens tcp 22 of the nodes to the world, by tag k8s:8d2c1f60",
		"resource": ref("office"),
		"key": "world",
		"declared": ["digitalocean", "firewalls"],
	}}})
}

test_every_way_to_write_it if {
	every addresses in [["::/0"], ["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"], ["2000::/3"]] {
		rule := {"protocol": "tcp", "ports": "all", "sources": {"addresses": addresses}}
		messages(result([firewall("office", [rule])], [])) == {["office", "opens all tcp ports of the nodes to the world, by tag k8s:8d2c1f60"]}
	}
}

test_halves_in_two_rules if {
	halves := [
		{"protocol": "udp", "ports": "53", "sources": {"addresses": ["0.0.0.0/2"]}},
		{"protocol": "udp", "ports": "1-1024", "sources": {"addresses": ["64.0.0.0/2"]}},
	]
	messages(result([firewall("office", halves)], [])) == {["office", "opens udp 53 of the nodes to the world, by tag k8s:8d2c1f60"]}
}

test_ping_is_low if {
	{finding.severity | some finding in result([firewall("office", [world("icmp", "")])], []).deny} == {"low"}
	some finding in result([firewall("office", [world("icmp", ""), world("tcp", "22")])], []).deny
	not finding.severity
	finding.message == "opens icmp and tcp 22 of the nodes to the world, by tag k8s:8d2c1f60"
}

test_what_is_declared if {
	spec := {"name": "office", "tags": [], "inboundRules": [{"protocol": "tcp", "ports": "20-30", "sources": {"addresses": ["0.0.0.0/0"], "tags": []}}]}
	result_of([spec], [], [firewall("office", [world("tcp", "22")])], []) == clean(["office"])
	messages(result_of([spec], [], [firewall("office", [world("tcp", "22"), world("tcp", "80")])], [])) == {["office", "opens tcp 80 of the nodes to the world, by tag k8s:8d2c1f60, which its declaration does not say"]}
	count(result_of([spec], [], [firewall("other", [world("tcp", "22")])], []).deny) == 1
}

test_doks_worker_firewall if {
	messages(result([firewall(worker, [private, world("tcp", "22")])], [])) == {[worker, "opens tcp 22 of the nodes to the world, by tag k8s:8d2c1f60"]}
}

test_node_ports_are_told_of_their_service if {
	rows := [firewall(public, [world("tcp", "30379")])]
	result(rows, [service("keydb-debug", "NodePort", {})]) == object.union(clean([public]), {"deny": {{
		"message": "makes DOKS open tcp 30379 of every node to the world",
		"resource": service_ref("keydb-debug"),
		"key": "node-port",
		"fix": services.close_node_ports(service_ref("keydb-debug")),
	}}})
	result_of([], [{"service": "back/keydb-debug"}], rows, [service("keydb-debug", "NodePort", {})]) == clean([public])
}

test_each_service_is_told_its_own_ports if {
	seen := [
		service("one", "NodePort", {"ports": [{"port": 1, "nodePort": 30001, "protocol": "TCP"}]}),
		service("two", "NodePort", {"ports": [{"port": 1, "nodePort": 30002, "protocol": "UDP"}]}),
	]
	messages(result([firewall(public, [world("tcp", "30001"), world("udp", "30002")])], seen)) == {
		["one", "makes DOKS open tcp 30001 of every node to the world"],
		["two", "makes DOKS open udp 30002 of every node to the world"],
	}
}

test_a_load_balancer_of_type_network_opens_its_ports if {
	rows := [firewall(public, [world("tcp", "443")])]
	every kind in ["REGIONAL_NETWORK", null] {
		result(rows, [service("web", "LoadBalancer", {"loadBalancerType": kind})]) == clean([public])
	}
}

test_rules_that_no_service_asks_for if {
	node_port := [firewall(public, [world("tcp", "30379")])]
	unexplained := object.union(clean([public]), {"deny": {{
		"message": "opens tcp 30379 of the nodes to the world, and no Service asks for it",
		"resource": ref(public),
		"key": "unexplained",
	}}})
	every seen in [
		[],
		[service("closed", "NodePort", {"annotations": {"kubernetes.digitalocean.com/firewall-managed": "false"}})],
		[service("inside", "ClusterIP", {})],
		[service("udp", "NodePort", {"ports": [{"port": 443, "nodePort": 30379, "protocol": "UDP"}]})],
		[service("web", "LoadBalancer", {"loadBalancerType": "REGIONAL_NETWORK"})],
	] {
		result(node_port, seen) == unexplained
	}
	every changes in [{"loadBalancerType": "REGIONAL"}, {"loadBalancerNetwork": "INTERNAL"}, {"loadBalancerClass": "tailscale"}] {
		count(result([firewall(public, [world("tcp", "443")])], [service("web", "LoadBalancer", changes)]).deny) == 1
	}
}

test_health_checks_come_from_the_load_balancer if {
	rule := {"protocol": "tcp", "ports": "31789", "sources": {"load_balancer_uids": ["7c1e"]}}
	result([firewall(public, [rule])], []) == clean([public])
}

test_of_other_nodes if {
	result([object.union(firewall("office", [world("tcp", "22")]), {"tags": ["k8s:de110c3a"]})], []) == clean([])
}

test_scopes_that_are_missing if {
	state := result([object.union(firewall("office", [world("tcp", "22")]), {"tags": ["other"], "droplet_ids": null})], [])
	state.deny == set()
	{gap.reason | some gap in state.not_evaluated} == {"scope missing"}
	state.subjects == {ref("office")}
}

test_whose_services_were_read_is_not_known if {
	rows := [firewall(public, [world("tcp", "30379")]), firewall("office", [world("tcp", "22")])]
	state := {"deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "exposure": [], "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}, "firewalls": []}}
		with data.digitalocean as {"kubernetes_clusters": [cluster], "firewalls": rows}
		with data.view as {"services": [service("keydb", "NodePort", {})], "cluster": {"name": "stage", "unverified": "nobody said"}}
	messages(state) == {["office", "opens tcp 22 of the nodes to the world, by tag k8s:8d2c1f60"]}
	state.not_evaluated == {{
		"resource": ref(public),
		"reason": "cluster not verified",
		"detail": "the Services that were read may not be those of stage: nobody said",
	}}
}
