# How what a cluster runs is open to the outside: Services that lead in, ports and networks of nodes. What arrives through an
# Ingress comes from the controller's Pods and is not meant here.
package envcheck.lib.outside

import data.envcheck.lib.network
import data.envcheck.lib.workloads

# With Cluster the Pods see a node's address, so no NetworkPolicy can tell who it was.
reached(service, _) if service.externalTrafficPolicy != "Local"

reached(service, workload) if {
	service.externalTrafficPolicy == "Local"
	not workload.hostNetwork
	not network.gap(workload)
	settled(data.network.workloads[workload.id])
	not shut(data.network.workloads[workload.id])
}

reached(service, workload) if {
	service.externalTrafficPolicy == "Local"
	workload.hostNetwork
}

# That no NetworkPolicy closes it can be said only of a policy that is there, or with everything in view.
settled(_) if object.get(data.view, "complete", true)

settled(facts) if {
	facts.isolatedIngress
	facts.acceptsFromOutside != "none"
}

shut(facts) if {
	facts.isolatedIngress
	facts.acceptsFromOutside == "none"
}

reason(service) := "with externalTrafficPolicy Local no NetworkPolicy closes it" if service.externalTrafficPolicy == "Local"

reason(service) := "with externalTrafficPolicy Cluster no NetworkPolicy can close it" if service.externalTrafficPolicy != "Local"

# Ports of the node that are this workload's.
host_ports(workload) := {number |
	some container in workload.containers
	some port in container.ports
	number := port.hostPort
	is_number(number)
	number > 0
}

# Where the port is opened, by the names of its container and the number: indexes are not in the view.
host_port(workload, number) := array.concat(workloads.pod_spec(workload.kind), step) if {
	name := min({container.name | some container in workload.containers; container.ports[_].hostPort == number})
	list := {"container": "containers", "init": "initContainers", "ephemeral": "ephemeralContainers"}
	types := {object.get(container, "type", "container") | some container in workload.containers; container.name == name}
	step := [list[min(types)], sprintf("name=%s", [name]), "ports", sprintf("hostPort=%d", [number]), "hostPort"]
}
