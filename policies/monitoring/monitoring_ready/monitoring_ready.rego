# METADATA
# title: Prometheus and Grafana run
# description: >-
#   What the spec declares under monitoring runs in a namespace with role monitoring, and its Pods are ready: Prometheus by the
#   operator's resource or a workload of its own, Grafana by its workload. They are known by the label app.kubernetes.io/name
#   or by their image. What was just created, or has not been unavailable for long, is pending.
# scope: package
# related_resources:
#   - ref: https://prometheus-operator.dev/docs/platform/operator/
# custom:
#   id: monitoring-ready
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - monitoring.coreos.com/v1/Prometheus
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   stages: [live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Install the declared chart into the namespace with role monitoring, or look at the Pods that do not become ready and at the
#     operator.
#   noFix: Why Pods do not become ready only people can tell, and what a chart is installed with is not written in the spec.
#   parameters:
#     grace: {default: 10m, description: "Prometheus and Grafana may take this long to become ready."}
package envcheck.monitoring.monitoring_ready

import data.envcheck.lib.monitoring
import data.envcheck.lib.readiness
import data.envcheck.lib.text

subjects contains absence.ref if some absence in absent

subjects contains entry.workload.ref if some entry in found

not_evaluated contains gap if {
	some entry in found
	entry.state.state == "unknown"
	gap := {"resource": entry.workload.ref, "reason": "readiness unknown", "detail": entry.state.message}
}

pending contains waiting if {
	some entry in found
	entry.state.state == "pending"
	waiting := {"resource": entry.workload.ref, "message": entry.state.message}
}

pending contains waiting if {
	some absence in absent
	absence.young
	waiting := {"resource": absence.ref, "message": absence.message}
}

deny contains finding if {
	some absence in absent
	not absence.young
	finding := {
		"message": absence.message,
		"resource": absence.ref,
		"key": absence.part,
		"declared": ["monitoring", absence.part],
	}
}

deny contains object.union(finding, milder(entry.state)) if {
	some entry in found
	entry.state.state == "unready"
	not replaced(entry)
	finding := {
		"message": entry.state.message,
		"resource": entry.workload.ref,
		"key": entry.part,
		"declared": ["monitoring", entry.part],
	}
}

wanted contains part if {
	some part, _ in monitoring.names
	data.environment.monitoring[part] == true
	count(places) > 0
}

places := monitoring.namespaces

found contains entry if {
	some part in wanted
	some workload in data.view.workloads
	workload.namespace in places
	monitoring.is(workload, part)
	entry := {"part": part, "workload": workload, "state": readiness.state(workload, data.parameters.graceSeconds)}
}

# What was scaled to zero beside one that runs was put aside.
replaced(entry) if {
	entry.workload.ready.desired == 0
	some other in found
	other.part == entry.part
	other.state.state == "ready"
}

milder(state) := {"severity": "medium"} if {
	state.partly
} else := {}

# The parts of which no workload is in a declared namespace.
absent contains absence if {
	some part in wanted
	count([entry | some entry in found; entry.part == part]) == 0
	absence := missing(part)
}

missing("prometheus") := {
	"part": "prometheus",
	"ref": resource.ref,
	"message": "the operator has made no StatefulSet of it",
	"young": young(resource),
} if {
	resources := [resource | some resource in data.view.prometheuses; resource.namespace in places]
	count(resources) > 0
	resource := resources[0]
} else := absence if {
	absence := nowhere("prometheus")
}

missing("grafana") := nowhere("grafana")

nowhere(part) := {
	"part": part,
	"ref": {"apiVersion": "v1", "kind": "Namespace", "name": min(places)},
	"message": sprintf("no %s runs in it%s", [monitoring.names[part], elsewhere(part)]),
	"young": false,
}

young(resource) if {
	text.past(resource.created) < data.parameters.graceSeconds
} else := false

elsewhere(part) := sprintf(", one runs in %s", [text.list(sort(others))]) if {
	others := {workload.namespace |
		some workload in data.view.workloads
		monitoring.is(workload, part)
		readiness.state(workload, data.parameters.graceSeconds).state == "ready"
	}
	count(others) > 0
} else := ""
