# Whether a controller takes snippets from Ingresses.
package envcheck.ingress.ingress_risky_annotation.snippets

import data.envcheck.ingress.ingress_risky_annotation.served
import data.envcheck.lib.ingress_controllers

names := {"auth-snippet", "configuration-snippet", "modsecurity-snippet", "server-snippet", "stream-snippet"}

yes := {"1", "t", "T", "TRUE", "true", "True"}

states[id] := state(controller) if some id, controller in served.controllers

# "on", "off" or "unknown": what its ConfigMap says, else what its version does of itself.
state(controller) := "on" if {
	written(controller) in yes
} else := "off" if {
	is_string(written(controller))
} else := "off" if {
	silent(controller)
	controller.version >= [1, 9, 0, 0]
} else := "on" if {
	silent(controller)
	controller.version
} else := "unknown"

written(controller) := settings(controller)["allow-snippet-annotations"]

silent(controller) if {
	is_object(settings(controller))
	not written(controller)
}

# What its ConfigMap says; empty where it is told of none or of one that does not exist, undefined where that is not known.
settings(controller) := {} if {
	is_object(controller.workload.template)
	not ingress_controllers.flag(controller, "configmap")
}

settings(controller) := {} if {
	id := config_map(controller)
	not maps[id]
}

settings(controller) := texts if {
	texts := maps[config_map(controller)].data
	is_object(texts)
}

maps[id] := record if {
	some record in data.view.config_maps
	id := [record.namespace, record.name]
}

# As told: namespace/name, $(POD_NAMESPACE)/name or the name alone.
config_map(controller) := [namespace, name] if {
	parts := split(ingress_controllers.flag(controller, "configmap"), "/")
	name := parts[count(parts) - 1]
	namespace := namespace_of(controller, parts)
}

namespace_of(controller, parts) := parts[0] if {
	count(parts) == 2
	not startswith(parts[0], "$")
} else := controller.workload.namespace
