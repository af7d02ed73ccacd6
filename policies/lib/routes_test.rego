package envcheck.lib.routes_test

import data.envcheck.lib.routes

ingress_ref := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "front-web", "name": "web"}

route_ref := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "namespace": "front-web", "name": "web"}

ingress := {
	"ref": ingress_ref,
	"namespace": "front-web",
	"annotations": {"a": "b"},
	"defaultBackend": {"service": "fallback", "port": 80},
	"rules": [
		{"host": "Stage.example.com", "paths": [{"path": "/", "pathType": "Prefix", "service": "proxy", "port": 80}]},
		{"host": null, "paths": [{"path": null, "pathType": "Prefix", "service": "web", "port": 80}, {"path": "/s", "pathType": "Prefix", "service": null, "port": null}]},
	],
}

http_route := {
	"ref": route_ref,
	"namespace": "front-web",
	"annotations": {},
	"hosts": ["stage.example.com"],
	"parents": [{"kind": "Gateway", "namespace": "edge", "name": "public"}],
	"backends": [
		{"kind": "Service", "namespace": "back", "name": "ii", "port": 80, "path": "/api"},
		{"kind": "Bucket", "namespace": "back", "name": "x", "port": null, "path": "/x"},
	],
}

test_ingresses if {
	found := routes.all with data.view as {"ingresses": [ingress], "http_routes": []}
	found == {
		{
			"ref": ingress_ref,
			"namespace": "front-web",
			"annotations": {"a": "b"},
			"host": "stage.example.com",
			"where": "stage.example.com/",
			"service": {"namespace": "front-web", "name": "proxy"},
			"path": ["spec", "rules", 0, "http", "paths", 0, "backend", "service", "name"],
		},
		{
			"ref": ingress_ref,
			"namespace": "front-web",
			"annotations": {"a": "b"},
			"host": "*",
			"where": "*/",
			"service": {"namespace": "front-web", "name": "web"},
			"path": ["spec", "rules", 1, "http", "paths", 0, "backend", "service", "name"],
		},
		{
			"ref": ingress_ref,
			"namespace": "front-web",
			"annotations": {"a": "b"},
			"host": "*",
			"where": "every other request",
			"service": {"namespace": "front-web", "name": "fallback"},
			"path": ["spec", "defaultBackend", "service", "name"],
		},
	}
}

test_http_routes if {
	found := routes.all with data.view as {"ingresses": [], "http_routes": [http_route]}
	found == {{
		"ref": route_ref,
		"namespace": "front-web",
		"annotations": {},
		"host": "stage.example.com",
		"where": "stage.example.com/api",
		"service": {"namespace": "back", "name": "ii"},
		"path": ["spec", "rules"],
	}}
}

test_http_routes_without_hosts_answer_for_all if {
	found := routes.all with data.view as {"ingresses": [], "http_routes": [object.union(http_route, {"hosts": []})]}
	{route.host | some route in found} == {"*"}
}

test_routes_within_the_mesh if {
	mesh := object.union(http_route, {"parents": [{"kind": "Service", "namespace": "front-web", "name": "web"}]})
	found := routes.all with data.view as {"ingresses": [], "http_routes": [mesh]}
	found == set()
}

test_workloads if {
	services := [
		{"namespace": "front-web", "name": "web", "workloads": ["front-web/web[Deployment]"]},
		{"namespace": "back", "name": "web", "workloads": ["back/web[Deployment]"]},
	]
	routes.workloads({"service": {"namespace": "front-web", "name": "web"}}) == {"front-web/web[Deployment]"} with data.view.services as services
	routes.workloads({"service": {"namespace": "front-web", "name": "gone"}}) == set() with data.view.services as services
}
