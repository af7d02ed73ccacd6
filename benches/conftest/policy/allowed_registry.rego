package main

import rego.v1

allowed_registries := {"registry.digitalocean.com/acme/", "registry.k8s.io/"}

deny contains message if {
	input.kind == "Deployment"
	some container in containers
	not from_allowed_registry(container.image)
	message := sprintf("allowed-registry: Deployment %s: container %s comes from %s", [input.metadata.name, container.name, container.image])
}

from_allowed_registry(image) if {
	some registry in allowed_registries
	startswith(image, registry)
}
