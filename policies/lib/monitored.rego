# What monitors of the Prometheus operator find: Services, workloads, and the ports that are scraped there.
package envcheck.lib.monitored

import data.envcheck.lib.fields
import data.envcheck.lib.selectors
import data.envcheck.lib.targets

# The Services that a ServiceMonitor selects, each once.
services(monitor) := [service |
	some index in candidates(monitor, services_with)
	service := data.view.services[index]
	selectors.matches(monitor.selector, service.labels)
]

# The workloads whose Pods a PodMonitor selects.
workloads(monitor) := [workload |
	some index in candidates(monitor, workloads_with)
	workload := data.view.workloads[index]
	selectors.matches(monitor.selector, workload.podLabels)
]

# What a monitor asks to be scraped: pairs of a workload's id and {number, protocol}. `by_id` has the workloads that count.
scraped(monitor, by_id) := {[id, port] |
	monitor.kind == "ServiceMonitor"
	some service in services(monitor)
	some id in service.workloads
	some endpoint in monitor.endpoints
	some port in targets.of_service(endpoint, service, by_id[id])
} | {[id, port] |
	monitor.kind == "PodMonitor"
	some workload in workloads(monitor)
	id := workload.id
	some endpoint in monitor.endpoints
	some port in targets.of_pod(endpoint, by_id[id])
}

# Where Services and workloads are in their lists: by namespace, or "*", and each label, or none. To try each of thousands for each
# of hundreds of monitors takes too long.
services_with[key] contains index if {
	some index, service in data.view.services
	some key in keys(service.namespace, service.labels)
}

workloads_with[key] contains index if {
	some index, workload in data.view.workloads
	some key in keys(workload.namespace, workload.podLabels)
}

keys(namespace, labels) := {key |
	some place in ["*", namespace]
	some pair in ({""} | {pair_words(name, value) | some name, value in labels})
	key := sprintf("%s %s", [place, pair])
}

# Those that have the rarest of the labels that are asked for: of one that all have in common nothing would be gained.
candidates(monitor, index) := {place |
	some namespace in searched(monitor)
	some place in rarest(index, {sprintf("%s %s", [namespace, pair]) | some pair in pairs(monitor.selector)})
}

rarest(index, wanted) := index[chosen[1]] if {
	chosen := min({[count(object.get(index, key, set())), key] | some key in wanted})
	chosen[0] > 0
} else := set()

pairs(selector) := labels if {
	labels := {pair_words(name, value) | some name, value in fields.map(selector, "matchLabels")}
	count(labels) > 0
} else := {""}

pair_words(name, value) := sprintf("%v=%v", [name, value])

# Without a selector of namespaces it is the monitor's own.
searched(monitor) := {"*"} if {
	monitor.namespaceSelector.any == true
} else := {name | some name in monitor.namespaceSelector.names; is_string(name)} if {
	count(monitor.namespaceSelector.names) > 0
} else := {monitor.namespace}
