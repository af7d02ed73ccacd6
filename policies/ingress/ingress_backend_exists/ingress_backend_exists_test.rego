package envcheck.ingress.ingress_backend_exists_test

import data.envcheck.ingress.ingress_backend_exists as policy

ref := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "b2b", "name": "web"}

ingress(changes) := object.union(
	{
		"ref": ref,
		"namespace": "b2b",
		"name": "web",
		"annotations": {},
		"created": "2026-09-01T00:00:00Z",
		"defaultBackend": null,
		"rules": [],
	},
	changes,
)

to(service, port) := {"rules": [{"host": "b2b.stage.example.com", "paths": [{"path": "/", "pathType": "Prefix", "service": service, "port": port}]}]}

web := {
	"namespace": "b2b",
	"name": "web",
	"type": "ClusterIP",
	"selector": {"app": "web"},
	"ports": [{"name": "http", "port": 80}, {"name": null, "port": 8080}],
	"workloads": ["b2b/web[Deployment]"],
}

first := ["spec", "rules", 0, "http", "paths", 0, "backend", "service"]

result_of(view) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending} with data.view as object.union({"http_routes": [], "workloads": []}, view)
		with data.parameters as {"graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

result(ingresses, services) := result_of({"ingresses": ingresses, "services": services})

clean := {"subjects": {ref}, "deny": set(), "pending": set()}

failed(message, key) := object.union(clean, {"deny": {{"message": message, "resource": ref, "key": key, "path": first}}})

test_exists if {
	every port in [80, "http", 8080] {
		result([ingress(to("web", port))], [web]) == clean
	}
}

test_missing if {
	result([ingress(to("gone", 80))], [web]) == failed("Service gone does not exist", "gone:80")

	# One of this name in another namespace is none.
	result([ingress(to("web", 80))], [object.union(web, {"namespace": "other"})]) == failed("Service web does not exist", "web:80")
}

test_no_such_port if {
	result([ingress(to("web", 8443))], [web]) == failed("Service web has no port 8443, only 80 (http) and 8080", "web:8443")
	result([ingress(to("web", "https"))], [web]) == failed("Service web has no port https, only 80 (http) and 8080", "web:https")
	result([ingress(to("web", 80))], [object.union(web, {"ports": []})]) == failed("Service web has no port 80, it has none at all", "web:80")
}

test_selects_nothing if {
	result([ingress(to("web", 80))], [object.union(web, {"workloads": []})]) == failed("Service web selects no workload", "web:80")
}

test_what_leads_elsewhere if {
	result([ingress(to("web", 443))], [{"namespace": "b2b", "name": "web", "type": "ExternalName", "selector": {}, "ports": [], "workloads": []}]) == clean
	result([ingress(to("web", 80))], [object.union(object.remove(web, ["selector"]), {"selector": {}, "workloads": []})]) == clean
}

test_resources_are_left_alone if {
	result([ingress(to(null, null))], []) == {"subjects": set(), "deny": set(), "pending": set()}
}

test_default_backends if {
	found := result([ingress({"defaultBackend": {"service": "gone", "port": 80}, "annotations": {"nginx.ingress.kubernetes.io/default-backend": "errors"}})], [])
	found.deny == {
		{"message": "Service gone does not exist", "resource": ref, "key": "gone:80", "path": ["spec", "defaultBackend", "service"]},
		{"message": "Service errors does not exist", "resource": ref, "key": "errors", "path": ["metadata", "annotations", "nginx.ingress.kubernetes.io/default-backend"]},
	}
	result([ingress({"annotations": {"nginx.ingress.kubernetes.io/default-backend": "web"}})], [web]) == clean
}

test_each_service_is_told_once if {
	paths := [{"path": path, "pathType": "Prefix", "service": "gone", "port": 80} | some path in ["/a", "/b", "/c"]]
	result([ingress({"rules": [{"host": null, "paths": paths}]})], [web]) == failed("Service gone does not exist", "gone:80")
}

test_young if {
	result([ingress(object.union(to("gone", 80), {"created": "2026-11-23T02:55:00Z"}))], []) == {
		"subjects": {ref},
		"deny": set(),
		"pending": {{"resource": ref, "message": "Service gone does not exist, created 5 min ago"}},
	}

	# Manifests have no age.
	count(result([ingress(object.union(to("gone", 80), {"created": null}))], []).deny) == 1
}

route_ref := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "namespace": "b2b", "name": "web"}

route(backends) := {"ref": route_ref, "namespace": "b2b", "name": "web", "created": null, "backends": backends}

test_routes if {
	found := result_of({"ingresses": [], "services": [web], "http_routes": [route([
		{"kind": "Service", "namespace": "b2b", "name": "web", "port": 80, "path": "/"},
		{"kind": "Service", "namespace": "back", "name": "ii", "port": 80, "path": "/ii"},
		{"kind": "Bucket", "namespace": "b2b", "name": "x", "port": null, "path": "/x"},
	])]})
	found == {
		"subjects": {route_ref},
		"deny": {{"message": "Service back/ii does not exist", "resource": route_ref, "key": "back/ii:80"}},
		"pending": set(),
	}
}

# By the name of a port that a container has, or has not.
targeted(port, containers) := result_of({
	"ingresses": [ingress(to("web", 80))],
	"services": [object.union(object.remove(web, ["ports"]), {"ports": [{"name": "http", "port": 80, "targetPort": port, "protocol": "TCP"}]})],
	"workloads": [{"id": "b2b/web[Deployment]", "name": "web", "containers": containers}],
})

listening := [{"name": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP"}, {"name": "dns", "number": 53, "protocol": "UDP"}]}, {"name": "bare", "ports": []}]

test_target_ports_by_name if {
	targeted("http", listening) == clean
	targeted(9999, listening) == clean
	targeted("https", listening) == failed("port 80 (http) of Service web leads nowhere: no container of web has a port https", "web:80")
	targeted("dns", listening) == failed("port 80 (http) of Service web leads nowhere: no container of web has a port dns", "web:80")
	targeted("https", []) == failed("port 80 (http) of Service web leads nowhere: no container of web has a port https", "web:80")
}

test_one_workload_with_the_port_is_enough if {
	service := {
		"namespace": "b2b",
		"name": "web",
		"type": "ClusterIP",
		"selector": {"app": "web"},
		"ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
		"workloads": ["b2b/web[Deployment]", "b2b/next[Deployment]"],
	}
	workloads := [{"id": "b2b/web[Deployment]", "name": "web", "containers": listening}, {"id": "b2b/next[Deployment]", "name": "next", "containers": []}]
	result_of({"ingresses": [ingress(to("web", 80))], "services": [service], "workloads": workloads}) == clean
	by_annotation := ingress({"annotations": {"nginx.ingress.kubernetes.io/default-backend": " web "}})
	result_of({"ingresses": [by_annotation], "services": [service], "workloads": workloads}) == clean
	nowhere := result_of({"ingresses": [by_annotation], "services": [service], "workloads": [workloads[1]]})
	{finding.message | some finding in nowhere.deny} == {"port 80 (http) of Service web leads nowhere: no container of next has a port http"}
}
