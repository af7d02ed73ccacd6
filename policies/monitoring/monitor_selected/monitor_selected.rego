# METADATA
# title: Prometheus reads every monitor
# description: >-
#   Each ServiceMonitor, PodMonitor and PrometheusRule of a declared namespace is matched by a Prometheus resource, by its
#   selector and its selector of namespaces: what none selects is silently ignored. And each monitor's own selector matches a
#   Service, or a workload's Pods, with a port of the name that it asks for. What looks into Kubernetes' own namespaces is
#   held to the first only: charts bring monitors for components that DOKS keeps to itself.
# scope: package
# related_resources:
#   - ref: https://prometheus-operator.dev/docs/developer/getting-started/
#   - ref: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
# custom:
#   id: monitor-selected
#   severity: medium
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - monitoring.coreos.com/v1/PodMonitor
#     - monitoring.coreos.com/v1/Prometheus
#     - monitoring.coreos.com/v1/PrometheusRule
#     - monitoring.coreos.com/v1/ServiceMonitor
#     - v1/Namespace
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Give the monitor the labels that Prometheus selects, or let Prometheus select all (for the chart
#     serviceMonitorSelectorNilUsesHelmValues false), and let its own selector and ports name the Service as it is.
#   parameters: {}
package envcheck.monitoring.monitor_selected

import data.envcheck.lib.monitored
import data.envcheck.lib.selectors
import data.envcheck.lib.text

subjects contains thing.ref if {
	some thing in judged
	some_prometheus
}

# Prometheus does not read it.
deny contains object.union(finding, repair) if {
	some_prometheus
	some thing in judged
	not selected(thing)
	finding := {
		"message": unselected(thing),
		"resource": thing.ref,
		"path": ["metadata", "labels"],
		"key": "selected",
	}
	repair := label(thing)
}

# It finds nothing.
deny contains finding if {
	some_prometheus
	some hunt in hunts
	hunt.targets == 0
	monitor := hunt.monitor
	finding := {
		"message": sprintf("its selector (%s) matches no %s in %s", [selectors.wording(monitor.selector), noun[monitor.kind], range(monitor)]),
		"resource": monitor.ref,
		"path": ["spec", "selector"],
		"key": "target",
	}
}

# It finds something, without the port.
deny contains finding if {
	some_prometheus
	some hunt in hunts
	hunt.targets > 0
	some endpoint in hunt.monitor.endpoints
	is_string(endpoint.port)
	not endpoint.port in hunt.ports
	finding := {
		"message": sprintf("asks for port %s, and no %s that it selects has it%s", [endpoint.port, noun[hunt.monitor.kind], instead(hunt.ports)]),
		"resource": hunt.monitor.ref,
		"path": ["spec", list[hunt.monitor.kind]],
		"key": sprintf("port %s", [endpoint.port]),
	}
}

noun := {"PodMonitor": "workload", "ServiceMonitor": "Service"}

list := {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}

declared := {namespace.name | some namespace in data.environment.namespaces}

judged contains thing if {
	some monitor in data.view.monitors
	monitor.namespace in declared
	thing := object.union(monitor, {"selectorField": selecting[monitor.kind][0], "namespaceField": selecting[monitor.kind][1]})
}

judged contains thing if {
	some rule in data.view.prometheus_rules
	rule.namespace in declared
	thing := object.union(rule, {"kind": "PrometheusRule", "selectorField": "ruleSelector", "namespaceField": "ruleNamespaceSelector"})
}

selecting := {
	"PodMonitor": ["podMonitorSelector", "podMonitorNamespaceSelector"],
	"ServiceMonitor": ["serviceMonitorSelector", "serviceMonitorNamespaceSelector"],
}

# Where the spec wants Prometheus, monitors without one are read by nobody.
some_prometheus if count(data.view.prometheuses) > 0

some_prometheus if data.environment.monitoring.prometheus == true

selected(thing) if {
	some prometheus in data.view.prometheuses
	by_labels(prometheus, thing)
	by_namespace(prometheus, thing)
}

by_labels(prometheus, thing) if selectors.matches(prometheus[thing.selectorField], thing.labels)

by_namespace(prometheus, thing) if selectors.takes_in(prometheus[thing.namespaceField], prometheus.namespace, thing.namespace)

unselected(_) := "nothing reads it: there is no Prometheus resource" if count(data.view.prometheuses) == 0

unselected(thing) := sprintf("Prometheus %s ignores it: it %s", [text.qualified(prometheus.ref), selects(prometheus, thing)]) if {
	count(data.view.prometheuses) == 1
	prometheus := data.view.prometheuses[0]
	not by_labels(prometheus, thing)
}

unselected(thing) := sprintf("Prometheus %s ignores it: it looks only into %s", [text.qualified(prometheus.ref), looked_into(prometheus, thing)]) if {
	count(data.view.prometheuses) == 1
	prometheus := data.view.prometheuses[0]
	by_labels(prometheus, thing)
}

unselected(thing) := sprintf("none of %d Prometheus resources selects it and looks into %s", [count(data.view.prometheuses), thing.namespace]) if {
	count(data.view.prometheuses) > 1
}

selects(prometheus, thing) := sprintf("has no %s and so selects nothing", [thing.selectorField]) if {
	not is_object(prometheus[thing.selectorField])
} else := sprintf("selects only %s", [selectors.wording(prometheus[thing.selectorField])])

looked_into(prometheus, thing) := "its own namespace" if prometheus[thing.namespaceField] == null

looked_into(prometheus, thing) := sprintf("namespaces with %s", [selectors.wording(prometheus[thing.namespaceField])]) if {
	is_object(prometheus[thing.namespaceField])
}

# The labels that the one Prometheus asks for, where nothing else is in the way.
label(thing) := {"fix": {
	"action": "kubernetes.label",
	"risk": "safe",
	"summary": sprintf("label %s %s/%s with %s", [thing.kind, thing.namespace, thing.name, selectors.wording({"matchLabels": labels})]),
	"target": thing.ref,
	"params": {"labels": labels},
}} if {
	count(data.view.prometheuses) == 1
	prometheus := data.view.prometheuses[0]
	by_namespace(prometheus, thing)
	labels := selectors.missing_labels(prometheus[thing.selectorField], thing.labels)
} else := {}

# What a monitor finds: those that look into Kubernetes' own namespaces alone are not asked.
hunts := [hunt |
	some monitor in judged
	monitor.kind in object.keys(noun)
	not of_the_system(monitor)
	found := targets(monitor)
	hunt := {
		"monitor": monitor,
		"targets": count(found),
		"ports": {name | some target in found; some name in port_names(target)},
	}
]

of_the_system(monitor) if {
	not monitor.namespaceSelector.any
	count(monitor.namespaceSelector.names) > 0
	every name in monitor.namespaceSelector.names {
		name in system
	}
}

system := {"default"} | {name | some name in data.environment.systemNamespaces.names}

targets(monitor) := monitored.services(monitor) if monitor.kind == "ServiceMonitor"

targets(monitor) := [workload | some workload in monitored.workloads(monitor); not workload.finished] if {
	monitor.kind == "PodMonitor"
}

range(monitor) := "any namespace" if {
	monitor.namespaceSelector.any
} else := text.list(sort(monitor.namespaceSelector.names)) if {
	count(monitor.namespaceSelector.names) > 0
} else := monitor.namespace

# Of a Service its own ports, of a workload those of its containers.
port_names(target) := {port.name | some port in target.ports; is_string(port.name)} if target.ref.kind == "Service"

port_names(target) := {port.name | some container in target.containers; some port in container.ports; is_string(port.name)} if {
	target.ref.kind != "Service"
}

instead(names) := sprintf(", only %s", [text.list(sort(names))]) if {
	count(names) > 0
} else := ": they have no names"
