package main

import rego.v1

deny contains message if {
	input.kind == "Deployment"
	some container in containers
	moving(container.image)
	message := sprintf("latest-tag: Deployment %s: container %s runs %s", [input.metadata.name, container.name, container.image])
}

moving(image) if endswith(image, ":latest")

moving(image) if {
	parts := split(image, "/")
	not contains(parts[count(parts) - 1], ":")
}
