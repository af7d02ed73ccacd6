# METADATA
# title: What is reachable from outside is declared
# description: >-
#   Every Service of type LoadBalancer with a public address stands under exposure, by its own name or its Gateway's, and
#   every host of an Ingress or HTTPRoute under ingress.hosts of its namespace. A rule without a host answers for every host.
#   Internal load balancers, Services of another controller's class and disowned ones are left alone.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/configure-load-balancers/
# custom:
#   id: exposure-undeclared
#   severity: critical
#   evaluates: object
#   kinds:
#     - gateway.networking.k8s.io/*/HTTPRoute
#     - networking.k8s.io/*/Ingress
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Declare the Service under exposure or the host under ingress.hosts, or take it off the Internet.
#   noFix: Whether it is meant to be public only its owner knows, and a Service that is taken off the Internet loses its address.
#   parameters: {}
package envcheck.network.exposure_undeclared

import data.envcheck.lib.hosts
import data.envcheck.lib.services

deny contains finding if {
	public_service
	count(declared_names) == 0
	finding := {
		"message": "asks for a public load balancer and is not declared under exposure",
		"path": ["spec", "type"],
	}
}

deny contains finding if {
	input.kind == "Ingress"
	some index, rule in rules
	host := named(rule)
	not repeated(index, host)
	not hosts.declared(namespace, host)
	message := undeclared(host)
	finding := {"message": message, "path": ["spec", "rules", index, "host"]}
}

deny contains finding if {
	input.kind == "Ingress"
	some index, rule in rules
	not named(rule)
	not hosts.declared(namespace, "*")
	not nameless_before(index)
	finding := {
		"message": sprintf("a rule without host answers for every host, ingress.hosts of %s declares only some", [namespace]),
		"path": ["spec", "rules", index],
	}
}

deny contains finding if {
	input.kind == "Ingress"
	is_object(input.spec.defaultBackend)
	not hosts.declared(namespace, "*")
	finding := {
		"message": sprintf("a default backend answers for every host, ingress.hosts of %s declares only some", [namespace]),
		"path": ["spec", "defaultBackend"],
	}
}

deny contains finding if {
	routes_from_gateway
	some index, name in hostnames
	is_string(name)
	host := lower(name)
	not hosts.declared(namespace, host)
	message := undeclared(host)
	finding := {"message": message, "path": ["spec", "hostnames", index]}
}

deny contains finding if {
	routes_from_gateway
	count([name | some name in hostnames; is_string(name)]) == 0
	not hosts.declared(namespace, "*")
	finding := {
		"message": sprintf("a route without hostnames answers for every host of its Gateway, ingress.hosts of %s declares only some", [namespace]),
		"path": ["spec"],
	}
}

namespace := input.metadata.namespace if is_string(input.metadata.namespace)

else := "default"

annotations := input.metadata.annotations if is_object(input.metadata.annotations)

else := {}

# Lists that are written as null hold nothing, nor does what is null in a list: templates leave them so.

rules := input.spec.rules if is_array(input.spec.rules)

else := []

hostnames := input.spec.hostnames if is_array(input.spec.hostnames)

else := []

parents := [parent | some parent in input.spec.parentRefs; is_object(parent)] if is_array(input.spec.parentRefs)

else := []

owners := [owner | some owner in input.metadata.ownerReferences; is_object(owner)] if is_array(input.metadata.ownerReferences)

else := []

# Services

public_service if {
	input.kind == "Service"
	input.spec.type == "LoadBalancer"
	not services.foreign(object.get(input.spec, "loadBalancerClass", null))
	not disowned
	not vpc_only
}

disowned if annotations["service.kubernetes.io/do-loadbalancer-disown"] in {"1", "t", "T", "true", "True", "TRUE"}

vpc_only if {
	network := annotations["service.beta.kubernetes.io/do-loadbalancer-network"]
	is_string(network)
	upper(network) == "INTERNAL"
}

# Its own name under exposure, or that of the Gateway it was generated for.
declared_names contains name if {
	name := sprintf("%s/%s", [namespace, input.metadata.name])
	services.exposure(name)
}

declared_names contains name if {
	some owner in owners
	owner.kind == "Gateway"
	name := sprintf("%s/%s", [namespace, owner.name])
	services.exposure(name)
}

# Hosts

named(rule) := lower(rule.host) if {
	is_string(rule.host)
	rule.host != ""
}

# An earlier rule of the same Ingress names the same host.
repeated(index, host) if {
	some earlier, rule in rules
	earlier < index
	named(rule) == host
}

nameless_before(index) if {
	some earlier, rule in rules
	earlier < index
	not named(rule)
}

undeclared(host) := sprintf("host %s is declared for namespace %s, not for %s", [host, elsewhere, namespace]) if {
	elsewhere := min({other |
		some other, names in data.environment.ingress.hosts
		some declared in names
		lower(declared) == host
	})
}

else := sprintf("host %s is not declared under ingress.hosts of %s", [host, namespace])

# A route whose parents are all Services stays within the mesh.
routes_from_gateway if {
	input.kind == "HTTPRoute"
	meshed := [parent | some parent in parents; object.get(parent, "kind", "Gateway") == "Service"]
	not stays_inside(meshed)
}

stays_inside(meshed) if {
	count(parents) > 0
	count(parents) == count(meshed)
}
