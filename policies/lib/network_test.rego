package envcheck.lib.network_test

import data.envcheck.lib.network

namespaces := [
	{"name": "argocd", "role": "delivery", "network": null},
	{"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": ["prometheus"], "sameNamespace": true, "outside": false}}},
	{"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all", "sameNamespace": true, "outside": false}}},
	{"name": "tools", "role": "platform", "network": {"accepts": null, "egress": []}},
]

workload := {"id": "b2b/web[Deployment]", "namespace": "b2b", "name": "web", "hostNetwork": false, "podLabels": {"app": "web", "pod-template-hash": "1"}}

test_accepting if {
	network.accepting == {
		"b2b": {"index": 1, "role": "application", "accepts": {"fromNamespaces": ["prometheus"], "sameNamespace": true, "outside": false}},
		"back": {"index": 2, "role": "application", "accepts": {"fromNamespaces": "all", "sameNamespace": true, "outside": false}},
	} with data.environment.namespaces as namespaces
	object.keys(network.open) == {"back"} with data.environment.namespaces as namespaces
}

test_gap if {
	network.gap(workload) == "no reachability facts were computed for it" with data.network as {"workloads": {}}
	network.gap(workload) == "budget" with data.network as {"workloads": {"b2b/web[Deployment]": {"notEvaluated": "budget"}}}
	not network.gap(workload) with data.network as {"workloads": {"b2b/web[Deployment]": {"notEvaluated": null}}}
}

test_covers if {
	ranges := [{"protocol": "TCP", "from": 8080, "to": 8090}]
	network.covers(ranges, {"number": 8080, "protocol": "TCP"})
	network.covers(ranges, {"number": 8090, "protocol": "TCP"})
	not network.covers(ranges, {"number": 8091, "protocol": "TCP"})
	not network.covers(ranges, {"number": 8079, "protocol": "TCP"})
	not network.covers(ranges, {"number": 8080, "protocol": "UDP"})
	not network.covers([], {"number": 8080, "protocol": "TCP"})
}

test_ports if {
	network.ports([{"number": 8080, "protocol": "TCP"}]) == "port 8080"
	network.ports([{"number": 53, "protocol": "UDP"}, {"number": 8080, "protocol": "TCP"}]) == "ports 53 (UDP) and 8080"
}

test_outsiders if {
	blocks := [{"cidr": "203.0.113.0/24", "ports": []}, {"cidr": "198.51.100.0/24", "ports": []}]
	network.outsiders({"acceptsFromOutside": "all", "outside": blocks}) == "every address outside the cluster"
	network.outsiders({"acceptsFromOutside": "partial", "outside": blocks}) == "addresses outside the cluster (198.51.100.0/24 and 203.0.113.0/24)"
	not network.outsiders({"acceptsFromOutside": "none", "outside": []})
}

test_through if {
	network.through(workload, {"selectedBy": {"ingress": ["allow-web"]}}) == " through b2b/allow-web"
	network.through(workload, {"selectedBy": {"ingress": ["a", "b"]}}) == ""
	network.through(workload, {"selectedBy": {"ingress": []}}) == ""
}

test_proposal if {
	network.proposal(workload, "web-x", []) == {
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": "web-x", "namespace": "b2b"},
		"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": []},
	} with data.environment.namespaces as namespaces with data.view as {"network_policies": []}
}

test_no_proposal_under_a_taken_name if {
	not network.proposal(workload, "web-x", []) with data.environment.namespaces as namespaces
		with data.view as {"network_policies": [{"namespace": "b2b", "name": "web-x"}]}
}

test_no_proposal_without_labels if {
	bare := object.union(workload, {"podLabels": {"pod-template-hash": "1"}})
	unlabelled := {"id": bare.id, "namespace": "b2b", "name": "web", "podLabels": {"pod-template-hash": "1"}}
	not network.proposal(unlabelled, "web-x", []) with data.environment.namespaces as namespaces with data.view as {"network_policies": []}
}

test_no_proposal_for_platform_namespaces if {
	platform := [{"name": "b2b", "role": "platform", "network": {"accepts": {"fromNamespaces": "all"}}}]
	not network.proposal(workload, "web-x", []) with data.environment.namespaces as platform with data.view as {"network_policies": []}
}

test_would_isolate if {
	network.would_isolate("b2b", {"app": "web"}) with data.view as {"workloads": [workload]}
		with data.network as {"workloads": {"b2b/web[Deployment]": {"isolatedIngress": false}}}
	not network.would_isolate("b2b", {"app": "web"}) with data.view as {"workloads": [workload]}
		with data.network as {"workloads": {"b2b/web[Deployment]": {"isolatedIngress": true}}}
	not network.would_isolate("b2b", {"app": "other"}) with data.view as {"workloads": [workload]}
		with data.network as {"workloads": {"b2b/web[Deployment]": {"isolatedIngress": false}}}
}
