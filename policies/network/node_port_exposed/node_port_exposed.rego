# METADATA
# title: No Service opens node ports to the Internet
# description: >-
#   DOKS opens the node ports of a Service of type NodePort to every address, on every node, unless an annotation forbids it.
#   Node ports that a Service of type LoadBalancer has as well are opened for nobody. A Service that stands under exposure is
#   meant to be reached.
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

ports := input.spec.ports if is_array(input.spec.ports)

else := []

# The controller knows TCP and UDP only.
opened := [port |
	some port in ports
	upper(object.get(port, "protocol", "TCP")) in {"TCP", "UDP"}
]

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
