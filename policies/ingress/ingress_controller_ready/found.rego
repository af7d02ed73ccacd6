# What there is of the declared controller: its workloads, its class, the Services that lead to it, or the Gateways.
package envcheck.ingress.ingress_controller_ready.found

import data.envcheck.lib.images
import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.text

controller := data.environment.ingress.controller

gateway_api if controller == "gateway"

# Workloads of the declared controller where it belongs.
workloads contains workload if {
	some workload in candidates
	workload.namespace in ingress_controllers.ingress_namespaces
}

candidates contains one.workload if {
	controller == "ingress-nginx"
	some one in ingress_controllers.nginx
}

# Of another product no more is known than its name.
candidates contains workload if {
	not controller in {"ingress-nginx", "gateway"}
	some workload in ingress_controllers.running
	called(workload)
}

called(workload) if workload.name == controller

called(workload) if workload.podLabels["app.kubernetes.io/name"] == controller

called(workload) if workload.podLabels.app == controller

called(workload) if {
	some container in workload.containers
	container.type == "container"
	controller in split(images.repository(container.image), "/")
}

homes := sort(ingress_controllers.ingress_namespaces)

# Where a finding belongs that is about nothing that exists.
home := {"apiVersion": "v1", "kind": "Namespace", "name": homes[0]} if count(homes) > 0

else := {"apiVersion": "envcheck.dev/v1", "kind": "Environment", "name": data.environment.name}

where := sprintf("in %s", [text.list(homes)]) if count(homes) > 0

else := "anywhere: no namespace is declared with role ingress"

elsewhere := sprintf(", only in %s, which is not declared with role ingress", [text.list(names)]) if {
	count(homes) > 0
	names := sort({workload.namespace | some workload in candidates})
	count(names) > 0
} else := ""

# The declared IngressClass.
class := matches[0] if {
	matches := [record | some record in data.view.ingress_classes; record.name == data.environment.ingress.class]
}

class_ref := {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "name": data.environment.ingress.class}

# What the controllers that run call themselves: known of ingress-nginx alone.
class_names contains name if {
	controller == "ingress-nginx"
	class
	some one in ingress_controllers.nginx
	one.workload in workloads
	name := ingress_controllers.controller_class(one)
}

# Services of type LoadBalancer that lead to them.
services contains service if {
	some workload in workloads
	some service in leading_to(workload)
}

leading_to(workload) := [service |
	some service in data.view.services
	service.type == "LoadBalancer"
	workload.id in service.workloads
]

# No way leads to any of them from outside, not by their nodes' ports either.
closed contains workload if {
	count(services) == 0
	some workload in workloads
	open := [one | some one in workloads; by_node(one)]
	count(open) == 0
}

by_node(workload) if workload.hostNetwork

by_node(workload) if {
	some container in workload.containers
	some port in container.ports
	is_number(port.hostPort)
	port.hostPort > 0
}

# Gateways of the declared class.
gateways contains gateway if {
	gateway_api
	some gateway in data.view.gateways
	gateway.class == data.environment.ingress.class
}

# The Services that were made for one.
services_of(gateway) := [service |
	some service in data.view.services
	service.type == "LoadBalancer"
	service.owner.kind == "Gateway"
	service.owner.name == gateway.name
	service.namespace == gateway.namespace
]
