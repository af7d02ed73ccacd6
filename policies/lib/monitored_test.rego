package envcheck.lib.monitored_test

import data.envcheck.lib.monitored

tcp(number) := {"number": number, "protocol": "TCP"}

web := {"namespace": "b2b", "podLabels": {"app": "web"}, "containers": [
	{"name": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP"}, {"name": null, "number": 9, "protocol": "TCP"}]},
	{"name": "dns", "ports": [{"name": "dns", "number": 53, "protocol": "UDP"}, {"name": "dns", "number": 53, "protocol": "TCP"}]},
]}

port(name, number, target, protocol) := {"name": name, "port": number, "targetPort": target, "protocol": protocol}

service := {
	"namespace": "b2b",
	"name": "web",
	"labels": {"app": "web"},
	"ports": [port("http", 80, "http", "TCP"), port("raw", 81, 8081, "TCP")],
	"workloads": ["b2b/web[Deployment]"],
}

monitor(kind, changes) := object.union(
	{
		"kind": kind,
		"namespace": "prometheus",
		"selector": {"matchLabels": {"app": "web"}},
		"namespaceSelector": {"any": false, "names": ["b2b"]},
		"endpoints": [{"port": "http", "targetPort": null}],
	},
	changes,
)

scraped(kind, changes) := {one[1] | some one in found} if {
	found := monitored.scraped(monitor(kind, changes), {"b2b/web[Deployment]": web}) with data.view as {"services": [service], "workloads": [{"namespace": "b2b", "id": "b2b/web[Deployment]", "podLabels": {"app": "web"}}]}
}

test_scraped if {
	every kind in ["ServiceMonitor", "PodMonitor"] {
		scraped(kind, {}) == {tcp(8080)}
		scraped(kind, {"namespaceSelector": {"any": true, "names": []}}) == {tcp(8080)}
		scraped(kind, {"namespace": "b2b", "namespaceSelector": {"any": false, "names": []}}) == {tcp(8080)}
		scraped(kind, {"namespaceSelector": {"any": false, "names": []}}) == set()
		scraped(kind, {"selector": {"matchLabels": {"app": "other"}}}) == set()
		scraped(kind, {"endpoints": [{"port": null, "targetPort": 9090}, {"port": null, "targetPort": "http"}]}) == {tcp(8080), tcp(9090)}
		scraped(kind, {"endpoints": [{"port": null, "targetPort": null}, {"port": "none", "targetPort": 1}]}) == set()
	}
	scraped("ServiceMonitor", {"endpoints": [{"port": "raw", "targetPort": null}]}) == {tcp(8081)}
	scraped("PodMonitor", {"endpoints": [{"port": "raw", "targetPort": null}]}) == set()
}

# The rarest label leads, whatever the others have in common.
common := {"a": "all", "b": "web", "c": null}

selected(kind, selector) := {one.name | some one in found} if {
	kind == "ServiceMonitor"
	found := monitored.services(monitor_of(selector)) with data.view.services as many
} else := {one.name | some one in found} if {
	found := monitored.workloads(monitor_of(selector)) with data.view.workloads as many
}

monitor_of(selector) := {"namespace": "b2b", "namespaceSelector": {"any": false, "names": [null, "b2b"]}, "selector": selector}

many := [
	{"name": "web", "namespace": "b2b", "labels": common, "podLabels": common},
	{"name": "api", "namespace": "b2b", "labels": {"a": "all", "b": "api"}, "podLabels": {"a": "all", "b": "api"}},
	{"name": "other", "namespace": "back", "labels": common, "podLabels": common},
	{"name": "bare", "namespace": "b2b", "labels": {}, "podLabels": {}},
]

test_selected if {
	every kind in ["ServiceMonitor", "PodMonitor"] {
		selected(kind, {"matchLabels": {"a": "all"}}) == {"web", "api"}
		selected(kind, {"matchLabels": {"a": "all", "b": "web"}}) == {"web"}
		selected(kind, {"matchLabels": {"a": "all", "b": "none"}}) == set()
		selected(kind, {}) == {"web", "api", "bare"}
		selected(kind, {"matchExpressions": [{"key": "b", "operator": "In", "values": ["api", null]}]}) == {"api"}
		selected(kind, null) == set()
	}
}

# Each of many monitors finds its one of as many Services that have a label in common.
hundreds := numbers.range(1, 400)

labels_of(number) := {"app.kubernetes.io/instance": "shop", "app.kubernetes.io/name": sprintf("web-%d", [number])}

id_of(number) := sprintf("b2b/web-%d[Deployment]", [number])

test_many if {
	services := [object.union(service, {"labels": labels_of(number), "workloads": [id_of(number)]}) | some number in hundreds]
	by_id := {id_of(number): {"containers": [{"name": "web", "ports": [{"name": "http", "number": number, "protocol": "TCP"}]}]} | some number in hundreds}
	monitors := [object.union(monitor("ServiceMonitor", {}), {"selector": {"matchLabels": labels_of(number)}}) | some number in hundreds]
	found := [one | some each in monitors; some one in monitored.scraped(each, by_id)] with data.view.services as services
	found == [[id_of(number), tcp(number)] | some number in hundreds]
}
