package envcheck.ingress.ingress_class_test

import data.envcheck.ingress.ingress_class as policy

nginx := {"ingress": {"controller": "ingress-nginx", "class": "nginx"}}

gateways := {"ingress": {"controller": "gateway", "class": "cilium"}}

ingress(metadata, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "Ingress",
	"metadata": object.union({"namespace": "b2b", "name": "web"}, metadata),
	"spec": spec,
}

annotated(name) := {"annotations": {"kubernetes.io/ingress.class": name}}

found(document, environment) := answer if {
	answer := policy.deny with input as document with data.environment as environment
}

fix(patch) := {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": "give Ingress b2b/web the class nginx",
	"target": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "b2b", "name": "web"},
	"patch": patch,
}

set_class := {"op": "add", "path": "/spec/ingressClassName", "value": "nginx"}

drop_annotation := {"op": "remove", "path": "/metadata/annotations/kubernetes.io~1ingress.class"}

test_declared_class if {
	found(ingress({}, {"ingressClassName": "nginx"}), nginx) == set()
	found(ingress(annotated("nginx"), {}), nginx) == set()
	found(ingress(annotated("nginx"), {"ingressClassName": "nginx"}), nginx) == set()
}

test_another_class if {
	found(ingress({}, {"ingressClassName": "traefik"}), nginx) == {{
		"message": "is of class traefik, nginx is declared",
		"path": ["spec", "ingressClassName"],
		"declared": ["ingress", "class"],
		"fix": fix([set_class]),
	}}
}

test_another_class_by_annotation if {
	found(ingress(annotated("traefik"), {}), nginx) == {{
		"message": "is of class traefik, nginx is declared",
		"path": ["metadata", "annotations", "kubernetes.io/ingress.class"],
		"declared": ["ingress", "class"],
		"fix": fix([drop_annotation, set_class]),
	}}
	{finding.path[0] | some finding in found(ingress(annotated("traefik"), {"ingressClassName": "nginx"}), nginx)} == {"metadata"}
}

test_no_class if {
	every document in [ingress({}, {}), ingress({"annotations": null}, {"ingressClassName": ""}), ingress({}, {"ingressClassName": null})] {
		found(document, nginx) == {{
			"message": "names no class, nginx is declared",
			"path": ["spec"],
			"declared": ["ingress", "class"],
			"fix": fix([set_class]),
		}}
	}
}

test_a_solver_is_left_to_cert_manager if {
	solver := ingress({"labels": {"acme.cert-manager.io/http01-solver": "true"}}, {"ingressClassName": "traefik"})
	{object.get(finding, "fix", null) | some finding in found(solver, nginx)} == {null}
}

gateway(name) := {
	"apiVersion": "gateway.networking.k8s.io/v1",
	"kind": "Gateway",
	"metadata": {"namespace": "edge", "name": "public"},
	"spec": {"gatewayClassName": name},
}

test_gateways if {
	found(gateway("cilium"), gateways) == set()
	found(gateway("istio"), gateways) == {{
		"message": "is of class istio, cilium is declared",
		"path": ["spec", "gatewayClassName"],
		"declared": ["ingress", "class"],
	}}
	found(gateway("cilium"), nginx) == set()
}

test_ingresses_beside_gateways if {
	found(ingress({}, {"ingressClassName": "nginx"}), gateways) == {{
		"message": "is of class nginx, cilium is declared for the Gateway API",
		"path": ["spec", "ingressClassName"],
		"declared": ["ingress", "class"],
	}}
	found(ingress({}, {"ingressClassName": "cilium"}), gateways) == set()
}
