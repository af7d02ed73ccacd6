package envcheck.lib.load_balancers_test

import data.envcheck.lib.load_balancers

service(name, changes) := object.union(
	{
		"ref": {"apiVersion": "v1", "kind": "Service", "namespace": "edge", "name": name},
		"type": "LoadBalancer",
		"owner": null,
		"loadBalancerClass": null,
		"loadBalancerId": null,
		"loadBalancerName": null,
		"disowned": false,
	},
	changes,
)

balancers := [
	{"id": "a", "name": "x", "clusters": ["c1"]},
	{"id": "b", "name": "x", "clusters": ["c2"]},
	{"id": "c", "name": "y", "clusters": []},
]

pairing(services) := pairs if {
	pairs := load_balancers.pairing with data.view as {"cluster": {"id": "c1"}, "services": services, "load_balancers": balancers}
}

test_pairing if {
	pairing([
		service("by-id", {"loadBalancerId": "b"}),
		service("by-name", {"loadBalancerName": "x"}),
		service("by-any-name", {"loadBalancerName": "y"}),
		service("dangling", {"loadBalancerId": "z", "loadBalancerName": "x"}),
		service("none", {}),
		service("inside", {"type": "ClusterIP", "loadBalancerId": "a"}),
	]) == {"edge/by-id": "b", "edge/by-name": "a", "edge/by-any-name": "c"}
}

test_paired if {
	services := [service("by-id", {"loadBalancerId": "b"}), service("by-name", {"loadBalancerName": "x"})]
	id := load_balancers.paired(services[1]) with data.view as {"cluster": {"id": "c1"}, "services": services, "load_balancers": balancers}
	id == "a"
	ids := [found | found := load_balancers.paired(service("none", {}))] with data.view as {"cluster": {"id": "c1"}, "services": services, "load_balancers": balancers}
	ids == []
}

test_owned if {
	services := [service("own", {}), service("foreign", {"loadBalancerClass": "tailscale"}), service("disowned", {"disowned": true})]
	own := load_balancers.owned with data.view as {"services": services}
	{found.ref.name | some found in own} == {"own"}
}

test_a_gateways_service if {
	gateway := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "namespace": "edge", "name": "public"}
	load_balancers.resource(service("web", {"owner": gateway})) == gateway
	load_balancers.resource(service("web", {})).name == "web"
}
