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

test_default_backends_by_annotation if {
	annotated := object.union(object.remove(ingress, ["defaultBackend"]), {"defaultBackend": null, "annotations": {routes.fallback: " errors "}})
	found := {[route.host, route.where, route.service.name, route.path] |
		some route in routes.all
		route.service.name == "errors"
	} with data.view as {"ingresses": [annotated], "http_routes": []}
	path := ["metadata", "annotations", "nginx.ingress.kubernetes.io/default-backend"]
	found == {
		["stage.example.com", "the default backend of stage.example.com", "errors", path],
		["*", "the default backend of *", "errors", path],
	}
	empty := object.union(annotated, {"rules": [], "annotations": {routes.fallback: ""}})
	all := routes.all with data.view as {"ingresses": [empty], "http_routes": []}
	all == set()
}

test_nulls_in_lists if {
	found := routes.all with data.view as {"ingresses": [], "http_routes": [object.union(http_route, {"hosts": [null]})]}
	{route.host | some route in found} == {"*"}
	some_named := routes.all with data.view as {"ingresses": [], "http_routes": [object.union(http_route, {"hosts": [null, "a.example.com"]})]}
	{route.host | some route in some_named} == {"a.example.com"}
}

alias(name, host) := {"namespace": "front-web", "name": name, "type": "ExternalName", "externalName": host, "workloads": []}

test_workloads_by_another_name if {
	services := [
		{"namespace": "back", "name": "keydb", "type": "ClusterIP", "externalName": null, "workloads": ["back/keydb[StatefulSet]"]},
		alias("direct", "keydb.back.svc.cluster.local"),
		alias("twice", "direct.front-web.svc"),
		alias("round", "about.front-web.svc"),
		alias("about", "round.front-web.svc"),
		alias("outside", "db.example.com"),
		alias("gone", "gone.back.svc"),
		alias("nothing", null),
	]
	every name in ["direct", "twice"] {
		routes.workloads({"service": {"namespace": "front-web", "name": name}}) == {"back/keydb[StatefulSet]"} with data.view.services as services
	}
	every name in ["round", "outside", "gone", "nothing"] {
		routes.workloads({"service": {"namespace": "front-web", "name": name}}) == set() with data.view.services as services
	}
}
