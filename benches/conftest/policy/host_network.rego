package main

import rego.v1

deny contains message if {
	input.kind == "Deployment"
	pod.hostNetwork == true
	message := sprintf("host-network: Deployment %s uses the host's network", [input.metadata.name])
}
