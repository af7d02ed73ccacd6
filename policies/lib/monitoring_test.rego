package envcheck.lib.monitoring_test

import data.envcheck.lib.monitoring

workload(changes) := object.union(
	{
		"longRunning": true,
		"hook": false,
		"labels": {},
		"podLabels": {},
		"containers": [{"name": "a", "type": "container", "image": "acme/web:1"}],
	},
	changes,
)

test_namespaces if {
	monitoring.namespaces == {"prometheus"} with data.environment.namespaces as [{"name": "back", "role": "application"}, {"name": "prometheus", "role": "monitoring"}]
}

test_by_label if {
	monitoring.is(workload({"labels": {"app.kubernetes.io/name": "grafana"}}), "grafana")
	monitoring.is(workload({"podLabels": {"app.kubernetes.io/name": "prometheus"}}), "prometheus")
	not monitoring.is(workload({"labels": {"app.kubernetes.io/name": "grafana"}}), "prometheus")
	not monitoring.is(workload({"labels": {"app.kubernetes.io/name": "prometheus-node-exporter"}}), "prometheus")
}

test_by_image if {
	monitoring.is(workload({"containers": [{"name": "a", "type": "container", "image": "docker.io/grafana/grafana:12"}]}), "grafana")
	monitoring.is(workload({"containers": [{"name": "a", "type": "container", "image": "quay.io/prometheus/prometheus:v3"}]}), "prometheus")
	not monitoring.is(workload({"containers": [{"name": "a", "type": "init", "image": "grafana/grafana:12"}]}), "grafana")
	not monitoring.is(workload({"containers": [{"name": "a", "type": "container", "image": "quay.io/prometheus/node-exporter:v1"}]}), "prometheus")
	not monitoring.is(workload({"containers": [{"name": "a", "type": "container", "image": null}]}), "prometheus")
}

test_jobs_and_hooks_are_none if {
	marked := workload({"labels": {"app.kubernetes.io/name": "grafana"}})
	not monitoring.is(object.union(marked, {"longRunning": false}), "grafana")
	not monitoring.is(object.union(marked, {"hook": true}), "grafana")
}
