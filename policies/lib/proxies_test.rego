package envcheck.lib.proxies_test

import data.envcheck.lib.proxies

environment := {"namespaces": [
	{"name": "argocd", "role": "delivery"},
	{"name": "front-web", "role": "application", "workloads": [
		{"name": "web", "kind": "Deployment", "uses": ["back/ii"]},
		{"name": "edge", "kind": "Deployment", "role": "proxy", "proxyFor": "proxy", "uses": []},
		{"name": "proxy", "kind": "Deployment", "role": "proxy", "proxyFor": "web", "uses": ["back/keydb"]},
	]},
]}

workload(namespace, name) := {"id": sprintf("%s/%s[Deployment]", [namespace, name]), "kind": "Deployment", "namespace": namespace, "name": name, "hook": false}

test_of if {
	running := [workload("front-web", "web"), workload("front-web", "edge"), workload("front-web", "proxy"), workload("back", "ii"), workload("back", "keydb"), workload("b2b", "web")]
	found := proxies.of(running) with data.environment as environment
	some proxy in found
	proxy.item.name == "proxy"
	proxy.workloads == [workload("front-web", "proxy")]
	proxy.applications == [workload("front-web", "web")]
	proxy.entrances == {"front-web/proxy[Deployment]", "front-web/edge[Deployment]"}
	proxy.behind == {
		"front-web/web[Deployment]": {"name": "web", "field": "proxyFor"},
		"back/ii[Deployment]": {"name": "ii", "field": "uses"},
		"back/keydb[Deployment]": {"name": "keydb", "field": "uses"},
	}
}

test_nothing_runs if {
	found := proxies.of([]) with data.environment as environment
	count(found) == 2
	every proxy in found {
		proxy.workloads == []
		proxy.behind == {}
	}
}
