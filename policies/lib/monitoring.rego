# What watches the cluster: which workloads are Prometheus and Grafana, and where they belong.
package envcheck.lib.monitoring

import data.envcheck.lib.containers

# The namespaces that are declared for it.
namespaces := {namespace.name | some namespace in data.environment.namespaces; namespace.role == "monitoring"}

names := {"grafana": "Grafana", "prometheus": "Prometheus"}

images := {"grafana": {"grafana", "grafana-enterprise", "grafana-oss"}, "prometheus": {"prometheus"}}

# A workload is one by the label that charts and the operator set, or by its image.
is(workload, part) if {
	workload.longRunning
	not workload.hook
	labelled(workload, part)
}

is(workload, part) if {
	workload.longRunning
	not workload.hook
	some container in workload.containers
	container.type == "container"
	is_string(container.image)
	contains(container.image, part)
	containers.product(container) in images[part]
}

labelled(workload, part) if workload.labels["app.kubernetes.io/name"] == part

labelled(workload, part) if workload.podLabels["app.kubernetes.io/name"] == part
