# METADATA
# title: No Service opens node ports to the Internet
# description: >-
#   DOKS opens the node ports of a Service of type NodePort to every address, on every node, unless an annotation forbids it.
#   Node ports that a Service of type LoadBalancer has as well are opened for nobody. A Service that stands under exposure is
#   meant to be reached, and one that cert-manager makes for the time of a challenge leads to nothing but the answer.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/details/managed/
#   - ref: https://github.com/digitalocean/digitalocean-cloud-controller-manager/blob/master/docs/controllers/firewall/README.md
# custom:
#   id: node-port-exposed
#   severity: high
#   evaluates: object
#   kinds: [v1/Service]
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Make it a ClusterIP and publish it by an Ingress or a load balancer of its own. Where the node port is needed within the
#     network, annotate the Service with kubernetes.digitalocean.com/firewall-managed "false", quoted.
#   parameters: {}
package envcheck.network.node_port_exposed

import data.envcheck.lib.services
import data.envcheck.lib.text

deny contains finding if {
	is_object(data.environment.digitalocean)
	input.spec.type == "NodePort"
	services.firewall_managed(annotations)
	not services.exposure(sprintf("%s/%s", [namespace, input.metadata.name]))
	not solver
	count(opened) > 0
	finding := {
		"message": sprintf("DOKS opens %s of every node to the Internet", [words]),
		"path": ["spec", "type"],
		"fix": services.close_node_ports(reference),
	}
}

namespace := input.metadata.namespace if is_string(input.metadata.namespace)

else := "default"

reference := {"apiVersion": "v1", "kind": "Service", "namespace": namespace, "name": input.metadata.name}

annotations := input.metadata.annotations if is_object(input.metadata.annotations)

else := {}

ports := [port | some port in input.spec.ports; is_object(port)] if is_array(input.spec.ports)

else := []

# The controller knows TCP and UDP only.
opened := [port |
	some port in ports
	protocol(port) in {"TCP", "UDP"}
]

protocol(port) := upper(port.protocol) if {
	is_string(port.protocol)
} else := "TCP"

numbers := sort({port.nodePort | some port in opened; is_number(port.nodePort); port.nodePort > 0})

words := "a node port" if {
	count(numbers) == 0
	count(opened) == 1
}

words := sprintf("%d node ports", [count(opened)]) if {
	count(numbers) == 0
	count(opened) > 1
}

words := sprintf("node port %d", [numbers[0]]) if count(numbers) == 1

words := sprintf("node ports %s", [text.list([sprintf("%d", [number]) | some number in numbers])]) if count(numbers) > 1

# What cert-manager makes for the time of a challenge: named, labelled and made like it, and it leads only to Pods that answer
# challenges, on the one port where they do. The label alone anybody can write.
solver if {
	startswith(input.metadata.name, "cm-acme-http-solver-")
	input.metadata.labels[challenge_label] == "true"
	input.spec.selector[challenge_label] == "true"
	count(ports) == 1
	ports[0].port == 8089
	object.get(ports[0], "targetPort", 8089) == 8089
}

challenge_label := "acme.cert-manager.io/http01-solver"
