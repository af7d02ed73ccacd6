# Where Ingresses and HTTPRoutes lead, in one list.
package envcheck.lib.routes

# Each path: {ref, namespace, annotations, host, where, service: {namespace, name}, path}. `host` is "*" for a rule that
# answers for every host, `path` where it stands in the object. Backends that are no Services are left out.
all contains route if {
	some ingress in data.view.ingresses
	some index, rule in ingress.rules
	some place, path in rule.paths
	is_string(path.service)
	host := named(rule.host)
	route := object.union(origin(ingress), {
		"host": host,
		"where": sprintf("%s%s", [host, written(path.path)]),
		"service": {"namespace": ingress.namespace, "name": path.service},
		"path": ["spec", "rules", index, "http", "paths", place, "backend", "service", "name"],
	})
}

all contains route if {
	some ingress in data.view.ingresses
	is_string(ingress.defaultBackend.service)
	route := object.union(origin(ingress), {
		"host": "*",
		"where": "every other request",
		"service": {"namespace": ingress.namespace, "name": ingress.defaultBackend.service},
		"path": ["spec", "defaultBackend", "service", "name"],
	})
}

# A route whose parents are all Services stays within the mesh.
all contains route if {
	some http_route in data.view.http_routes
	not meshed(http_route)
	some host in route_hosts(http_route)
	some backend in http_route.backends
	backend.kind == "Service"
	route := object.union(origin(http_route), {
		"host": host,
		"where": sprintf("%s%s", [host, written(backend.path)]),
		"service": {"namespace": backend.namespace, "name": backend.name},
		"path": ["spec", "rules"],
	})
}

origin(it) := {"ref": it.ref, "namespace": it.namespace, "annotations": it.annotations}

named(host) := lower(host) if {
	is_string(host)
	host != ""
} else := "*"

written(path) := path if {
	is_string(path)
} else := "/"

route_hosts(http_route) := {lower(host) | some host in http_route.hosts} if {
	count(http_route.hosts) > 0
} else := {"*"}

meshed(http_route) if {
	count(http_route.parents) > 0
	every parent in http_route.parents {
		parent.kind == "Service"
	}
}

# Ids of the workloads that a route leads to.
workloads(route) := object.get(selected, sprintf("%s/%s", [route.service.namespace, route.service.name]), set())

selected[key] := ids if {
	some service in data.view.services
	key := sprintf("%s/%s", [service.namespace, service.name])
	ids := {id | some id in service.workloads}
}
