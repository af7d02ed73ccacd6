package envcheck.monitoring.monitor_selected_test

import data.envcheck.monitoring.monitor_selected as policy

environment := {
	"monitoring": {"prometheus": true},
	"namespaces": [{"name": "back", "role": "application"}, {"name": "prometheus", "role": "monitoring"}],
	"systemNamespaces": {"names": ["kube-node-lease", "kube-public", "kube-system"]},
}

ref(kind, namespace, name) := {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "namespace": namespace, "name": name}

released := {"matchLabels": {"release": "stack"}}

prometheus(changes) := object.union(
	{
		"ref": ref("Prometheus", "prometheus", "main"),
		"namespace": "prometheus",
		"serviceMonitorSelector": released,
		"serviceMonitorNamespaceSelector": {},
		"podMonitorSelector": released,
		"podMonitorNamespaceSelector": {},
		"ruleSelector": released,
		"ruleNamespaceSelector": {},
	},
	changes,
)

monitor(kind, changes) := object.union(
	{
		"ref": ref(kind, "back", "ii"),
		"kind": kind,
		"namespace": "back",
		"name": "ii",
		"labels": {"release": "stack"},
		"selector": {"matchLabels": {"app": "ii"}},
		"namespaceSelector": {"any": false, "names": []},
		"endpoints": [{"port": "metrics", "targetPort": null}],
	},
	changes,
)

service := {
	"ref": {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "ii"},
	"namespace": "back",
	"name": "ii",
	"labels": {"app": "ii"},
	"ports": [{"name": "http", "port": 80}, {"name": "metrics", "port": 9100}],
}

workload := {
	"ref": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": "ii"},
	"namespace": "back",
	"name": "ii",
	"finished": false,
	"podLabels": {"app": "ii"},
	"containers": [{"name": "ii", "ports": [{"name": "metrics", "number": 9100}]}],
}

view(changes) := object.union(
	{
		"prometheuses": [prometheus({})],
		"monitors": [],
		"prometheus_rules": [],
		"services": [service],
		"workloads": [workload],
		"namespaces": [],
	},
	changes,
)

result(changes) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment with data.view as view(changes)
}

service_monitor := ref("ServiceMonitor", "back", "ii")

test_selected if {
	result({"monitors": [monitor("ServiceMonitor", {})]}) == {"subjects": {service_monitor}, "deny": set()}
	result({"monitors": [monitor("PodMonitor", {})]}).deny == set()
	result({"prometheus_rules": [monitor("PrometheusRule", {})]}) == {"subjects": {ref("PrometheusRule", "back", "ii")}, "deny": set()}
}

ignored(message) := {
	"message": message,
	"resource": service_monitor,
	"path": ["metadata", "labels"],
	"key": "selected",
}

test_label_missing if {
	result({"monitors": [monitor("ServiceMonitor", {"labels": null})]}).deny == {object.union(
		ignored("Prometheus prometheus/main ignores it: it selects only release=stack"),
		{"fix": {
			"action": "kubernetes.label",
			"risk": "safe",
			"summary": "label ServiceMonitor back/ii with release=stack",
			"target": service_monitor,
			"params": {"labels": {"release": "stack"}},
		}},
	)}
}

test_another_release if {
	result({"monitors": [object.union(monitor("ServiceMonitor", {}), {"labels": {"release": "other"}})]}).deny == {ignored("Prometheus prometheus/main ignores it: it selects only release=stack")}
}

test_no_selector_selects_nothing if {
	result({"prometheuses": [prometheus({"serviceMonitorSelector": null})], "monitors": [monitor("ServiceMonitor", {})]}).deny == {ignored("Prometheus prometheus/main ignores it: it has no serviceMonitorSelector and so selects nothing")}
}

test_an_empty_selector_selects_all if {
	result({"prometheuses": [prometheus({"serviceMonitorSelector": {}})], "monitors": [object.union(monitor("ServiceMonitor", {}), {"labels": {}})]}).deny == set()
}

test_namespaces if {
	own := [prometheus({"serviceMonitorNamespaceSelector": null})]
	result({"prometheuses": own, "monitors": [monitor("ServiceMonitor", {})]}).deny == {ignored("Prometheus prometheus/main ignores it: it looks only into its own namespace")}
	marked := [prometheus({"serviceMonitorNamespaceSelector": {"matchLabels": {"monitored": "true"}}})]
	result({"prometheuses": marked, "monitors": [monitor("ServiceMonitor", {})]}).deny == {ignored("Prometheus prometheus/main ignores it: it looks only into namespaces with monitored=true")}
	result({"prometheuses": marked, "monitors": [monitor("ServiceMonitor", {})], "namespaces": [{"name": "back", "labels": {"monitored": "true"}}]}).deny == set()
}

test_several if {
	others := [prometheus({"serviceMonitorSelector": null}), prometheus({"serviceMonitorNamespaceSelector": null})]
	result({"prometheuses": others, "monitors": [monitor("ServiceMonitor", {})]}).deny == {ignored("none of 2 Prometheus resources selects it and looks into back")}
	result({"prometheuses": array.concat(others, [prometheus({})]), "monitors": [monitor("ServiceMonitor", {})]}).deny == set()
}

test_no_prometheus if {
	result({"prometheuses": [], "monitors": [monitor("ServiceMonitor", {})]}).deny == {ignored("nothing reads it: there is no Prometheus resource")}
	answer := policy.subjects with data.environment as object.union(environment, {"monitoring": {"prometheus": false}})
		with data.view as view({"prometheuses": [], "monitors": [monitor("ServiceMonitor", {})]})
	answer == set()
}

test_finds_nothing if {
	result({"services": [], "monitors": [monitor("ServiceMonitor", {})]}).deny == {{
		"message": "its selector (app=ii) matches no Service in back",
		"resource": service_monitor,
		"path": ["spec", "selector"],
		"key": "target",
	}}
	result({"workloads": [], "monitors": [monitor("PodMonitor", {"namespaceSelector": {"any": true}})]}).deny == {{
		"message": "its selector (app=ii) matches no workload in any namespace",
		"resource": ref("PodMonitor", "back", "ii"),
		"path": ["spec", "selector"],
		"key": "target",
	}}
}

test_looks_elsewhere if {
	some finding in result({"monitors": [monitor("ServiceMonitor", {"namespaceSelector": {"names": ["b2b", "front-web"]}})]}).deny
	finding.message == "its selector (app=ii) matches no Service in b2b and front-web"
	elsewhere := object.union(service, {"namespace": "b2b"})
	result({"services": [elsewhere], "monitors": [monitor("ServiceMonitor", {"namespaceSelector": {"names": ["b2b"]}})]}).deny == set()
	result({"services": [elsewhere], "monitors": [monitor("ServiceMonitor", {"namespaceSelector": {"any": true}})]}).deny == set()
	count(result({"services": [elsewhere], "monitors": [monitor("ServiceMonitor", {})]}).deny) == 1
}

test_port if {
	result({"monitors": [monitor("ServiceMonitor", {"endpoints": [{"port": "metrics", "targetPort": null}, {"port": "web", "targetPort": null}]})]}).deny == {{
		"message": "asks for port web, and no Service that it selects has it, only http and metrics",
		"resource": service_monitor,
		"path": ["spec", "endpoints"],
		"key": "port web",
	}}
	some finding in result({"monitors": [monitor("PodMonitor", {"endpoints": [{"port": "http", "targetPort": null}]})]}).deny
	finding.message == "asks for port http, and no workload that it selects has it, only metrics"
	nameless := object.union(service, {"ports": [{"name": null, "port": 80}]})
	some other in result({"services": [nameless], "monitors": [monitor("ServiceMonitor", {})]}).deny
	other.message == "asks for port metrics, and no Service that it selects has it: they have no names"
	result({"services": [nameless], "monitors": [monitor("ServiceMonitor", {"endpoints": [{"port": null, "targetPort": 9100}]})]}).deny == set()
}

test_the_control_plane_is_not_looked_for if {
	every names in [["kube-system"], ["default"]] {
		result({"services": [], "monitors": [monitor("ServiceMonitor", {"namespaceSelector": {"names": names}})]}).deny == set()
	}
	count(result({"services": [], "monitors": [monitor("ServiceMonitor", {"namespaceSelector": {"names": ["back", "kube-system"]}})]}).deny) == 1
}

test_only_declared_namespaces if {
	result({"monitors": [monitor("ServiceMonitor", {"namespace": "tools"})]}).subjects == set()
}
