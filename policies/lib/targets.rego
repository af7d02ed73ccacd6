# Where ports lead: of a Service, an Ingress's backend, a monitor's endpoint, down to the numbers at a workload.
package envcheck.lib.targets

# The ports of a Service that a number or a name means.
meant(one, port) := {candidate | some candidate in one.ports; port in {candidate.port, candidate.name}}

# Where a port of a Service arrives at a workload: {number, protocol}. A name is looked up in the containers.
arrivals(port, _) := {{"number": port.targetPort, "protocol": port.protocol}} if is_number(port.targetPort)

arrivals(port, workload) := {found | some found in named(port.targetPort, workload); found.protocol == port.protocol} if {
	is_string(port.targetPort)
}

named(name, workload) := {{"number": port.number, "protocol": port.protocol} |
	some container in workload.containers
	some port in container.ports
	port.name == name
}

# What an Ingress leads to: {namespace, service, port}, once each.
backends(ingress) := {backend |
	some rule in ingress.rules
	some path in rule.paths
	is_string(path.service)
	backend := {"namespace": ingress.namespace, "service": path.service, "port": path.port}
} | {backend |
	is_string(ingress.defaultBackend.service)
	backend := {"namespace": ingress.namespace, "service": ingress.defaultBackend.service, "port": ingress.defaultBackend.port}
}

# What an endpoint of a monitor asks for: by the name of the Service's port, else by a port of the Pods.
of_service(endpoint, one, workload) := {port |
	some candidate in one.ports
	candidate.name == endpoint.port
	some port in arrivals(candidate, workload)
} if {
	is_string(endpoint.port)
} else := by_target(endpoint, workload)

of_pod(endpoint, workload) := named(endpoint.port, workload) if {
	is_string(endpoint.port)
} else := by_target(endpoint, workload)

by_target(endpoint, _) := {{"number": endpoint.targetPort, "protocol": "TCP"}} if is_number(endpoint.targetPort)

by_target(endpoint, workload) := named(endpoint.targetPort, workload) if is_string(endpoint.targetPort)

by_target(endpoint, _) := set() if endpoint.targetPort == null
