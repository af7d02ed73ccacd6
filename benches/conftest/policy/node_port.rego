package main

import rego.v1

deny contains message if {
	input.kind == "Service"
	input.spec.type == "NodePort"
	some port in input.spec.ports
	message := sprintf("node-port: Service %s opens port %d on every node", [input.metadata.name, port.port])
}
