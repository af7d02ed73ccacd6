# Where Ingresses and HTTPRoutes lead, in one list.
package envcheck.lib.routes

import data.envcheck.lib.aliases

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

# What ingress-nginx answers with where the backend has no Pods, and on the errors of custom-http-errors.
all contains route if {
	some ingress in data.view.ingresses
	is_string(ingress.annotations[fallback])
	name := trim_space(ingress.annotations[fallback])
	name != ""
	some host in ingress_hosts(ingress)
	route := object.union(origin(ingress), {
		"host": host,
		"where": sprintf("the default backend of %s", [host]),
		"service": {"namespace": ingress.namespace, "name": name},
		"path": ["metadata", "annotations", fallback],
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

fallback := "nginx.ingress.kubernetes.io/default-backend"

ingress_hosts(ingress) := {named(rule.host) | some rule in ingress.rules} if {
	count(ingress.rules) > 0
} else := {"*"}

origin(it) := {"ref": it.ref, "namespace": it.namespace, "annotations": it.annotations}

named(host) := lower(host) if {
	is_string(host)
	host != ""
} else := "*"

written(path) := path if {
	is_string(path)
} else := "/"

# What is null in the list is not there.
route_hosts(http_route) := found if {
	found := {lower(host) | some host in http_route.hosts; is_string(host)}
	count(found) > 0
} else := {"*"}

meshed(http_route) if {
	count(http_route.parents) > 0
	every parent in http_route.parents {
		parent.kind == "Service"
	}
}

# Ids of the workloads that a route leads to, through Services of type ExternalName as well.
workloads(route) := object.get(selected, sprintf("%s/%s", [route.service.namespace, route.service.name]), set())

selected[key] := ids if {
	some service in data.view.services
	key := key_of(service)
	ids := behind(service, key)
}

behind(service, key) := ids if {
	service.type == "ExternalName"
	ids := {id | some target in graph.reachable(leads, {key}); some id in direct[target]}
} else := {id | some id in service.workloads}

# Service → the one that it is another name for.
leads[key] := targets if {
	some service in data.view.services
	key := key_of(service)
	targets := other_names(service)
}

other_names(service) := {key} if {
	service.type == "ExternalName"
	is_string(service.externalName)
	target := aliases.inside(service.externalName)
	is_string(target.service)
	key := sprintf("%s/%s", [target.namespace, target.service])
} else := set()

direct[key] := ids if {
	some service in data.view.services
	key := key_of(service)
	ids := {id | some id in service.workloads}
}

key_of(service) := sprintf("%s/%s", [service.namespace, service.name])
