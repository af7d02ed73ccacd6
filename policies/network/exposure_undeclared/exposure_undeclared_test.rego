package envcheck.network.exposure_undeclared_test

import data.envcheck.network.exposure_undeclared as policy

environment := {
	"exposure": [{"service": "ingress-nginx/ingress-nginx-controller"}, {"service": "edge/public"}],
	"ingress": {"hosts": {"front-web": ["stage.example.com", "*.apps.example.com"], "b2b": ["b2b.stage.example.com"], "any": ["*"]}},
}

service(namespace, name, spec) := {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace, "name": name}, "spec": object.union({"type": "LoadBalancer"}, spec)}

ingress(namespace, spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"namespace": namespace, "name": "web"}, "spec": spec}

route(namespace, spec) := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"namespace": namespace, "name": "web"}, "spec": spec}

annotated(key, value) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"namespace": "b2b", "name": "web", "annotations": {key: value}},
	"spec": {"type": "LoadBalancer"},
}

exposed := {"message": "asks for a public load balancer and is not declared under exposure", "path": ["spec", "type"]}

test_undeclared_service if {
	found := policy.deny with input as service("b2b", "web", {}) with data.environment as environment
	found == {exposed}
}

test_declared_service if {
	found := policy.deny with input as service("ingress-nginx", "ingress-nginx-controller", {}) with data.environment as environment
	found == set()
}

test_nothing_declared_at_all if {
	found := policy.deny with input as service("b2b", "web", {}) with data.environment as {"exposure": [], "ingress": null}
	found == {exposed}
}

test_missing_namespace_is_default if {
	object := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer"}}
	missing := policy.deny with input as object with data.environment as {"exposure": [{"service": "b2b/web"}]}
	missing == {exposed}
	there := policy.deny with input as object with data.environment as {"exposure": [{"service": "default/web"}]}
	there == set()
}

test_other_types_are_not_exposure if {
	every type in ["ClusterIP", "NodePort", "ExternalName"] {
		found := policy.deny with input as service("b2b", "web", {"type": type}) with data.environment as environment
		found == set()
	}
}

test_foreign_class if {
	found := policy.deny with input as service("b2b", "web", {"loadBalancerClass": "tailscale"}) with data.environment as environment
	found == set()
}

test_own_class if {
	found := policy.deny with input as service("b2b", "web", {"loadBalancerClass": "service.beta.kubernetes.io/do-loadbalancer"}) with data.environment as environment
	found == {exposed}
}

test_disowned if {
	found := policy.deny with input as annotated("service.kubernetes.io/do-loadbalancer-disown", "true") with data.environment as environment
	found == set()
	kept := policy.deny with input as annotated("service.kubernetes.io/do-loadbalancer-disown", "false") with data.environment as environment
	kept == {exposed}
}

test_internal if {
	found := policy.deny with input as annotated("service.beta.kubernetes.io/do-loadbalancer-network", "INTERNAL") with data.environment as environment
	found == set()
	external := policy.deny with input as annotated("service.beta.kubernetes.io/do-loadbalancer-network", "EXTERNAL") with data.environment as environment
	external == {exposed}
}

generated(gateway) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {
		"namespace": "edge",
		"name": sprintf("cilium-gateway-%s", [gateway]),
		"ownerReferences": [{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "name": gateway, "controller": true}],
	},
	"spec": {"type": "LoadBalancer"},
}

test_generated_service_follows_its_gateway if {
	declared := policy.deny with input as generated("public") with data.environment as environment
	declared == set()
	undeclared := policy.deny with input as generated("other") with data.environment as environment
	undeclared == {exposed}
}

test_ingress_hosts if {
	found := policy.deny with input as ingress("front-web", {"rules": [
		{"host": "stage.example.com"},
		{"host": "grafana.example.com"},
		{"host": "b2b.stage.example.com"},
		{"host": "grafana.example.com"},
	]})
		with data.environment as environment
	found == {
		{"message": "host grafana.example.com is not declared under ingress.hosts of front-web", "path": ["spec", "rules", 1, "host"]},
		{"message": "host b2b.stage.example.com is declared for namespace b2b, not for front-web", "path": ["spec", "rules", 2, "host"]},
	}
}

test_ingress_case_does_not_matter if {
	found := policy.deny with input as ingress("front-web", {"rules": [{"host": "Stage.Example.com"}]}) with data.environment as environment
	found == set()
}

test_declared_wildcard_covers_one_label if {
	covered := policy.deny with input as ingress("front-web", {"rules": [{"host": "a.apps.example.com"}, {"host": "*.apps.example.com"}]})
		with data.environment as environment
	covered == set()
	deeper := policy.deny with input as ingress("front-web", {"rules": [{"host": "a.b.apps.example.com"}]}) with data.environment as environment
	deeper == {{"message": "host a.b.apps.example.com is not declared under ingress.hosts of front-web", "path": ["spec", "rules", 0, "host"]}}
}

test_wildcard_is_not_covered_by_its_hosts if {
	found := policy.deny with input as ingress("front-web", {"rules": [{"host": "*.example.com"}]}) with data.environment as environment
	found == {{"message": "host *.example.com is not declared under ingress.hosts of front-web", "path": ["spec", "rules", 0, "host"]}}
}

test_rule_without_host if {
	found := policy.deny with input as ingress("front-web", {"rules": [{"host": "stage.example.com"}, {"http": {}}, {"host": ""}]}) with data.environment as environment
	found == {{
		"message": "a rule without host answers for every host, ingress.hosts of front-web declares only some",
		"path": ["spec", "rules", 1],
	}}
}

test_default_backend if {
	found := policy.deny with input as ingress("front-web", {"defaultBackend": {"service": {"name": "web"}}}) with data.environment as environment
	found == {{
		"message": "a default backend answers for every host, ingress.hosts of front-web declares only some",
		"path": ["spec", "defaultBackend"],
	}}
}

test_every_host_declared if {
	found := policy.deny with input as ingress("any", {"defaultBackend": {"service": {"name": "web"}}, "rules": [{"http": {}}, {"host": "x.example.com"}]})
		with data.environment as environment
	found == set()
}

test_ingress_in_a_namespace_without_hosts if {
	found := policy.deny with input as ingress("prometheus", {"rules": [{"host": "grafana.example.com"}]}) with data.environment as {"ingress": null}
	found == {{"message": "host grafana.example.com is not declared under ingress.hosts of prometheus", "path": ["spec", "rules", 0, "host"]}}
}

test_route_hostnames if {
	found := policy.deny with input as route("front-web", {"hostnames": ["stage.example.com", "www.example.com"]}) with data.environment as environment
	found == {{"message": "host www.example.com is not declared under ingress.hosts of front-web", "path": ["spec", "hostnames", 1]}}
}

test_route_without_hostnames if {
	found := policy.deny with input as route("front-web", {"parentRefs": [{"name": "public"}]}) with data.environment as environment
	found == {{
		"message": "a route without hostnames answers for every host of its Gateway, ingress.hosts of front-web declares only some",
		"path": ["spec"],
	}}
}

test_route_within_the_mesh if {
	found := policy.deny with input as route("front-web", {"parentRefs": [{"kind": "Service", "name": "web"}]}) with data.environment as environment
	found == set()
}

test_an_object_without_spec if {
	found := policy.deny with input as {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}} with data.environment as environment
	found == set()
}
