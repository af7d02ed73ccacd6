# METADATA
# title: Every Ingress has the declared class
# description: >-
#   Every Ingress names the class under ingress.class, in ingressClassName or in the old annotation; where the Gateway API is
#   declared, every Gateway names it as its gatewayClassName, too. An Ingress that names none is served only where a cluster
#   has a default class, and by whichever that is, so it fails.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
# custom:
#   id: ingress-class
#   severity: high
#   evaluates: object
#   kinds:
#     - gateway.networking.k8s.io/*/Gateway
#     - networking.k8s.io/*/Ingress
#   needs: []
#   declares: [ingress]
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Name the declared class in ingressClassName. Another controller serves the Ingress from then on, with the meaning that it
#     gives to the annotations. A Gateway gets another address with another class, and where the Gateway API is declared an
#     Ingress has to be written anew as an HTTPRoute: people do both.
#   parameters: {}
package envcheck.ingress.ingress_class

import data.envcheck.lib.fields

deny contains object.union(finding, repair) if {
	input.kind == "Ingress"
	some [path, name] in named
	name != declared
	finding := {
		"message": sprintf("is of class %s, %s is declared%s", [name, declared, gateways]),
		"path": path,
		"declared": ["ingress", "class"],
	}
}

deny contains object.union(finding, repair) if {
	input.kind == "Ingress"
	count(named) == 0
	finding := {
		"message": sprintf("names no class, %s is declared%s", [declared, gateways]),
		"path": ["spec"],
		"declared": ["ingress", "class"],
	}
}

deny contains finding if {
	input.kind == "Gateway"
	gateway_api
	name := input.spec.gatewayClassName
	name != declared
	finding := {
		"message": sprintf("is of class %s, %s is declared", [name, declared]),
		"path": ["spec", "gatewayClassName"],
		"declared": ["ingress", "class"],
	}
}

declared := data.environment.ingress.class

gateway_api if data.environment.ingress.controller == "gateway"

gateways := " for the Gateway API" if gateway_api

else := ""

old_name := "kubernetes.io/ingress.class"

# ingress-nginx heeds the annotation first, others the field: both have to be right.
named contains [["spec", "ingressClassName"], name] if {
	name := input.spec.ingressClassName
	is_string(name)
	name != ""
}

named contains [["metadata", "annotations", old_name], name] if {
	name := fields.map(input.metadata, "annotations")[old_name]
	is_string(name)
	name != ""
}

# The field says it alone afterwards: the API server takes no Ingress with both.
repair := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("give Ingress %s/%s the class %s", [namespace, input.metadata.name, declared]),
	"target": {"apiVersion": input.apiVersion, "kind": "Ingress", "namespace": namespace, "name": input.metadata.name},
	"patch": array.concat(without_annotation, [{"op": "add", "path": "/spec/ingressClassName", "value": declared}]),
}} if {
	not gateway_api
	not solver
	is_object(input.spec)
}

else := {}

without_annotation := [{"op": "remove", "path": "/metadata/annotations/kubernetes.io~1ingress.class"}] if {
	is_string(fields.map(input.metadata, "annotations")[old_name])
}

else := []

# cert-manager writes it anew as its issuer says.
solver if fields.map(input.metadata, "labels")["acme.cert-manager.io/http01-solver"]

namespace := input.metadata.namespace if is_string(input.metadata.namespace)

else := "default"
