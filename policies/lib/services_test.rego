package envcheck.lib.services_test

import data.envcheck.lib.services

test_foreign if {
	services.foreign("tailscale")
	services.foreign("io.cilium/bgp-control-plane")
	not services.foreign(null)
	not services.foreign("")
	not services.foreign("service.beta.kubernetes.io/do-loadbalancer")
	not services.foreign("digitalocean.com/load-balancer")
	not services.foreign("lb.digitalocean.com/network")
}

test_exposure if {
	exposed := [{"service": "a/b"}, {"service": "ingress-nginx/ingress-nginx-controller"}]
	services.exposure("ingress-nginx/ingress-nginx-controller") == ["exposure", 1] with data.environment.exposure as exposed
	not services.exposure("b2b/web") with data.environment.exposure as exposed
	not services.exposure("b2b/web") with data.environment as {}
}

test_firewall_managed if {
	key := "kubernetes.digitalocean.com/firewall-managed"
	every annotations in [{}, {key: "true"}, {key: "no"}, {key: ""}, {key: false}] {
		services.firewall_managed(annotations)
	}
	every value in ["false", "False", "FALSE", "f", "F", "0"] {
		not services.firewall_managed({key: value})
	}
}

test_close_node_ports if {
	ref := {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "debug"}
	services.close_node_ports(ref) == {
		"action": "kubernetes.annotate",
		"risk": "disruptive",
		"summary": "close the node ports of Service back/debug to the world",
		"target": ref,
		"params": {"annotations": {"kubernetes.digitalocean.com/firewall-managed": "false"}},
	}
}

service(changes) := object.union({"type": "ClusterIP", "ports": [{"nodePort": null}], "externalIPs": []}, changes)

test_openings if {
	services.openings(service({})) == set()
	services.openings(service({"type": "LoadBalancer", "externalIPs": ["203.0.113.7"]})) == {
		{"field": "type", "what": "a load balancer leads"},
		{"field": "externalIPs", "what": "203.0.113.7 leads"},
	}
	services.openings(service({"type": "NodePort"})) == {{"field": "type", "what": "a node port leads"}}
}

test_what_cannot_be_closed_by_a_patch if {
	services.close(service({"type": "LoadBalancer"}), {"field": "type", "what": ""}) == {}
}

test_nulls_in_lists if {
	plain := {"type": "ClusterIP", "ports": []}
	services.openings(object.union(plain, {"externalIPs": [null]})) == set()
	{opening.what | some opening in services.openings(object.union(plain, {"externalIPs": [null, "203.0.113.9"]}))} == {"203.0.113.9 leads"}
}
