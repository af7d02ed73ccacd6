# METADATA
# title: What Ingresses lead to exists
# description: >-
#   Every backend of an Ingress or HTTPRoute is a Service that exists, has the port that is named, and selects a workload; a
#   target port that the Service gives by name is a port of some container there. Default backends count. Services of type
#   ExternalName and those without a selector lead to something that is not seen here, so only their existence is judged;
#   backends that are no Services are left alone. Younger than ten minutes is pending.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress/
# custom:
#   id: ingress-backend-exists
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - gateway.networking.k8s.io/v1/HTTPRoute
#     - networking.k8s.io/v1/Ingress
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Create the Service, correct its name or port in the Ingress, or remove the rule.
#   noFix: Only its owner knows where the requests should go.
#   parameters:
#     grace: {default: 10m, description: "A younger Ingress or HTTPRoute may still wait for its Service."}
package envcheck.ingress.ingress_backend_exists

import data.envcheck.lib.named
import data.envcheck.lib.targets
import data.envcheck.lib.text

subjects contains backend.of.ref if some backend in backends

deny contains object.union(finding, place(backend)) if {
	some backend in backends
	message := problem(backend)
	not young(backend.of)
	finding := {
		"message": message,
		"resource": backend.of.ref,
		"key": key(backend),
	}
}

pending contains entry if {
	some backend in backends
	message := problem(backend)
	young(backend.of)
	words := text.age(text.past(backend.of.created))
	entry := {"resource": backend.of.ref, "message": sprintf("%s, created %s ago", [message, words])}
}

young(object) if text.past(object.created) < data.parameters.graceSeconds

# Every Service and port that something leads to, once for each Ingress; `path` is the first place. A port may be absent.
backends contains backend if {
	some ingress in data.view.ingresses
	some [service, port] in {[use.service, use.port] | some use in uses(ingress)}
	paths := [use.path | some use in uses(ingress); use.service == service; use.port == port]
	backend := {"of": ingress, "namespace": ingress.namespace, "service": service, "port": port, "path": min(paths)}
}

backends contains backend if {
	some route in data.view.http_routes
	some entry in route.backends
	object.get(entry, "kind", null) in {"Service", null}
	is_string(entry.name)
	backend := {"of": route, "namespace": entry.namespace, "service": entry.name, "port": entry.port, "path": null}
}

uses(ingress) := from_rules(ingress) | (from_default(ingress) | from_annotation(ingress))

from_rules(ingress) := {use |
	some index, rule in ingress.rules
	some position, path in rule.paths
	is_string(path.service)
	use := {
		"service": path.service,
		"port": path.port,
		"path": ["spec", "rules", index, "http", "paths", position, "backend", "service"],
	}
}

from_default(ingress) := {use |
	is_string(ingress.defaultBackend.service)
	use := {
		"service": ingress.defaultBackend.service,
		"port": ingress.defaultBackend.port,
		"path": ["spec", "defaultBackend", "service"],
	}
}

# ingress-nginx takes the first port of the Service that this names.
from_annotation(ingress) := {use |
	name := "nginx.ingress.kubernetes.io/default-backend"
	is_string(ingress.annotations[name])
	service := trim_space(ingress.annotations[name])
	service != ""
	use := {"service": service, "port": null, "path": ["metadata", "annotations", name]}
}

problem(backend) := sprintf("Service %s does not exist", [service_name(backend)]) if not found(backend)

problem(backend) := sprintf("Service %s has no port %v, only %s", [service_name(backend), backend.port, text.list(listed)]) if {
	service := found(backend)
	service.type != "ExternalName"
	wrong_port(service, backend.port)
	listed := sort([port_words(port) | some port in service.ports])
	count(listed) > 0
}

problem(backend) := sprintf("Service %s has no port %v, it has none at all", [service_name(backend), backend.port]) if {
	service := found(backend)
	service.type != "ExternalName"
	wrong_port(service, backend.port)
	count(service.ports) == 0
}

problem(backend) := sprintf("Service %s selects no workload", [service_name(backend)]) if {
	service := found(backend)
	not wrong_port(service, backend.port)
	service.type != "ExternalName"
	count(service.selector) > 0
	count(service.workloads) == 0
}

# The Service is there and selects something, and no Pod of it knows the port by its name.
problem(backend) := sprintf("port %s of Service %s leads nowhere: no container of %s has a port %s", [port_words(nowhere[0]), service_name(backend), names, nowhere[0].targetPort]) if {
	service := found(backend)
	service.type != "ExternalName"
	selected := [workload | some id in service.workloads; workload := by_id[id]]
	count(selected) > 0
	meant := ports_meant(service, backend.port)
	nowhere := [port | some port in meant; is_string(port.targetPort); not arrives(port, selected)]
	count(nowhere) > 0
	count(nowhere) == count(meant)
	names := text.list(sort({workload.name | some workload in selected}))
}

# Without a port it is the first of the Service.
ports_meant(service, port) := [one | some one in service.ports; port in {one.port, one.name}] if port != null

ports_meant(service, port) := array.slice(service.ports, 0, 1) if port == null

arrives(port, workloads) if {
	some workload in workloads
	count(targets.arrivals(port, workload)) > 0
}

by_id[workload.id] := workload if some workload in data.view.workloads

found(backend) := named.service(backend.namespace, backend.service)

wrong_port(service, port) if {
	port != null
	count(ports_meant(service, port)) == 0
}

port_words(port) := sprintf("%v (%s)", [port.port, port.name]) if is_string(port.name)

port_words(port) := sprintf("%v", [port.port]) if not is_string(port.name)

# With its namespace where it is another one than that of what leads to it.
service_name(backend) := backend.service if backend.namespace == backend.of.namespace

service_name(backend) := sprintf("%s/%s", [backend.namespace, backend.service]) if backend.namespace != backend.of.namespace

key(backend) := service_name(backend) if backend.port == null

key(backend) := sprintf("%s:%v", [service_name(backend), backend.port]) if backend.port != null

place(backend) := {"path": backend.path} if is_array(backend.path)

else := {}
