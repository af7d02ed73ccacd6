package main

import rego.v1

warn contains message if {
	input.kind == "Deployment"
	some container in pod.containers
	some probe in {"livenessProbe", "readinessProbe"}
	not container[probe]
	message := sprintf("probes: Deployment %s: container %s has no %s", [input.metadata.name, container.name, probe])
}
