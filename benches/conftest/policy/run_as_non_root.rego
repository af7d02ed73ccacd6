package main

import rego.v1

deny contains message if {
	input.kind == "Deployment"
	some container in containers
	not non_root(container)
	message := sprintf("run-as-non-root: Deployment %s: container %s may run as root", [input.metadata.name, container.name])
}

non_root(container) if container.securityContext.runAsNonRoot == true

non_root(container) if {
	not has_own_choice(container)
	pod.securityContext.runAsNonRoot == true
}

has_own_choice(container) if is_boolean(container.securityContext.runAsNonRoot)
