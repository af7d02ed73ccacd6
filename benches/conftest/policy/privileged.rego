package main

import rego.v1

deny contains message if {
	input.kind == "Deployment"
	some container in containers
	container.securityContext.privileged == true
	message := sprintf("privileged: Deployment %s: container %s is privileged", [input.metadata.name, container.name])
}
