package main

import rego.v1

deny contains message if {
	input.kind == "Deployment"
	some container in containers
	some resource in {"cpu", "memory"}
	not container.resources.limits[resource]
	message := sprintf("resource-limits: Deployment %s: container %s has no limit for %s", [input.metadata.name, container.name, resource])
}
