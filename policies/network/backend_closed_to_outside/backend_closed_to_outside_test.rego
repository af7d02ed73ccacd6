package envcheck.network.backend_closed_to_outside_test

import data.envcheck.network.backend_closed_to_outside as policy

environment := {
	"namespaces": [
		{"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": ["prometheus"], "outside": false}}},
		{"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all", "outside": false}}},
		{"name": "open", "role": "application", "network": {"accepts": {"fromNamespaces": "all", "outside": true}}},
	],
}

declared := ["namespaces", 1, "network", "accepts"]

ref := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": "ii"}

service_ref := {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "ii"}

workload(changes) := object.union(
	{
		"ref": ref,
		"id": "back/ii[Deployment]",
		"namespace": "back",
		"name": "ii",
		"kind": "Deployment",
		"hostNetwork": false,
		"finished": false,
		"hook": false,
		"containers": [{"name": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP", "hostPort": null}]}],
	},
	changes,
)

facts(changes) := {"workloads": {"back/ii[Deployment]": object.union(
	{"isolatedIngress": true, "acceptsFromOutside": "none", "selectedBy": {"ingress": ["allow-all"], "egress": []}, "outside": [], "notEvaluated": null},
	changes,
)}}

service(changes) := object.union(
	{
		"ref": service_ref,
		"namespace": "back",
		"name": "ii",
		"type": "ClusterIP",
		"ports": [{"name": "http", "port": 80, "targetPort": 8080, "nodePort": null, "protocol": "TCP"}],
		"externalIPs": [],
		"externalTrafficPolicy": "Cluster",
		"workloads": ["back/ii[Deployment]"],
	},
	changes,
)

node_port := {"type": "NodePort", "ports": [{"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30080, "protocol": "TCP"}]}

result(workloads, services, network) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": workloads, "services": services}
		with data.network as network
}

found(workloads, services, network) := result(workloads, services, network).deny

test_closed if {
	result([workload({})], [service({})], facts({})) == {"subjects": {ref, service_ref}, "deny": set(), "not_evaluated": set()}
}

test_addresses_admitted if {
	found([workload({})], [], facts({"acceptsFromOutside": "all", "outside": [{"cidr": "0.0.0.0/0", "ports": []}, {"cidr": "::/0", "ports": []}]})) == {{
		"message": "every address outside the cluster may connect through back/allow-all",
		"resource": ref,
		"key": "networkPolicy",
		"declared": declared,
	}}
	found([workload({})], [], facts({"acceptsFromOutside": "partial", "outside": [{"cidr": "203.0.113.0/24", "ports": []}]})) == {{
		"message": "addresses outside the cluster (203.0.113.0/24) may connect through back/allow-all",
		"resource": ref,
		"key": "networkPolicy",
		"declared": declared,
	}}
}

test_no_policy_is_left_to_the_other_policy if {
	found([workload({})], [], facts({"isolatedIngress": false, "acceptsFromOutside": "all", "outside": [{"cidr": "0.0.0.0/0", "ports": []}]})) == set()
}

test_node_port if {
	found([workload({})], [service(node_port)], facts({})) == {{
		"message": "node port 30080 leads from outside the cluster to ii: with externalTrafficPolicy Cluster no NetworkPolicy can close it",
		"resource": service_ref,
		"path": ["spec", "type"],
		"key": "type",
		"declared": declared,
		"fix": {
			"action": "instructions",
			"risk": "safe",
			"summary": "make Service back/ii a ClusterIP, once nobody uses its node ports",
		},
	}}
}

local := object.union(node_port, {"externalTrafficPolicy": "Local"})

test_local_and_shut if {
	found([workload({})], [service(local)], facts({})) == set()
}

test_local_and_open if {
	found([workload({})], [service(local)], facts({"isolatedIngress": false, "acceptsFromOutside": "all"})) == {{
		"message": "node port 30080 leads from outside the cluster to ii: with externalTrafficPolicy Local no NetworkPolicy closes it",
		"resource": service_ref,
		"path": ["spec", "type"],
		"key": "type",
		"declared": declared,
		"fix": {
			"action": "instructions",
			"risk": "safe",
			"summary": "make Service back/ii a ClusterIP, once nobody uses its node ports",
		},
	}}
}

test_load_balancer if {
	found([workload({})], [service({"type": "LoadBalancer"})], facts({})) == {{
		"message": "a load balancer leads from outside the cluster to ii: with externalTrafficPolicy Cluster no NetworkPolicy can close it",
		"resource": service_ref,
		"path": ["spec", "type"],
		"key": "type",
		"declared": declared,
	}}
}

test_external_addresses if {
	found([workload({})], [service({"externalIPs": ["203.0.113.7", "198.51.100.1"]})], facts({})) == {{
		"message": "198.51.100.1 and 203.0.113.7 lead from outside the cluster to ii: with externalTrafficPolicy Cluster no NetworkPolicy can close it",
		"resource": service_ref,
		"path": ["spec", "externalIPs"],
		"key": "externalIPs",
		"declared": declared,
		"fix": {
			"action": "kubernetes.patch",
			"risk": "disruptive",
			"summary": "remove the external IPs of Service back/ii",
			"target": service_ref,
			"patch": [{"op": "remove", "path": "/spec/externalIPs"}],
		},
	}}
}

test_a_service_that_selects_nothing_here if {
	result([workload({})], [service(object.union(node_port, {"workloads": []}))], facts({})) == {"subjects": {ref}, "deny": set(), "not_evaluated": set()}
}

test_host_port if {
	pod := workload({"containers": [
		{"name": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP", "hostPort": 8080}]},
		{"name": "side", "ports": [{"name": null, "number": 9090, "protocol": "TCP", "hostPort": 9090}, {"name": null, "number": 1, "protocol": "TCP", "hostPort": null}]},
	]})
	found([pod], [], facts({})) == {{
		"message": "is open on its node's own address through hostPort 8080 and 9090",
		"resource": ref,
		"path": ["spec", "template", "spec", "containers", "name=web", "ports", "hostPort=8080", "hostPort"],
		"key": "hostPort",
		"declared": declared,
	}}
}

test_host_network if {
	found([workload({"hostNetwork": true})], [], facts({"isolatedIngress": false})) == {{
		"message": "is on the host network: it listens on its node's own address, no NetworkPolicy applies",
		"resource": ref,
		"path": ["spec", "template", "spec", "hostNetwork"],
		"key": "hostNetwork",
		"declared": declared,
	}}
}

test_not_judged if {
	nothing := {"subjects": set(), "deny": set(), "not_evaluated": set()}
	every changes in [{"namespace": "b2b"}, {"namespace": "open"}, {"namespace": "kube-system"}, {"finished": true}, {"hook": true}] {
		result([workload(object.union(changes, {"hostNetwork": true}))], [service(node_port)], facts({})) == nothing
	}
}

test_facts_missing if {
	result([workload({})], [service(local)], facts({"notEvaluated": "selector budget exceeded"})) == {
		"subjects": {ref, service_ref},
		"deny": set(),
		"not_evaluated": {{"resource": ref, "reason": "reachability unknown", "detail": "selector budget exceeded"}},
	}
	count(found([workload({})], [service(node_port)], facts({"notEvaluated": "selector budget exceeded"}))) == 1
}
