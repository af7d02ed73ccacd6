# METADATA
# title: Users reach a web application through its proxy
# description: >-
#   Where a workload is declared with role proxy, every Ingress and HTTPRoute leads to it and never to the workload that it
#   stands before; for hosts of its namespace, nor to what these use. No LoadBalancer or NodePort Service opens that workload
#   either. The proxy exists, is not scaled to zero, and every host of its namespace leads to it; beside it, other workloads
#   that the spec declares there may have hosts of their own. Services of type ExternalName are followed to what they name. Where
#   an annotation is declared, Ingresses that lead to the proxy carry it with the proxy's name.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress/
# custom:
#   id: proxy-layer
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - cilium.io/v2/CiliumClusterwideNetworkPolicy
#     - cilium.io/v2/CiliumNetworkPolicy
#     - gateway.networking.k8s.io/*/HTTPRoute
#     - networking.k8s.io/*/Ingress
#     - networking.k8s.io/v1/NetworkPolicy
#     - policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy
#     - policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy
#     - crd.projectcalico.org/v1/GlobalNetworkPolicy
#     - crd.projectcalico.org/v1/NetworkPolicy
#     - projectcalico.org/v3/GlobalNetworkPolicy
#     - projectcalico.org/v3/NetworkPolicy
#     - v1/Namespace
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Let the Ingress name the proxy's Service, make Services of the application ClusterIPs that select it alone, and annotate
#     the Ingress as declared. How many Pods the proxy needs, only people can tell.
#   parameters: {}
package envcheck.proxy.proxy_layer

import data.envcheck.lib.hosts
import data.envcheck.lib.outside
import data.envcheck.lib.proxies
import data.envcheck.lib.roles
import data.envcheck.lib.routes
import data.envcheck.lib.services
import data.envcheck.lib.text

subjects contains workload.ref if {
	some proxy in declared
	some workload in proxy.workloads
}

subjects contains roles.ref(proxy.item) if {
	some proxy in declared
	count(proxy.workloads) == 0
	whole
}

subjects contains route.ref if {
	some proxy in declared
	some route in ways
	some id in routes.workloads(route)
	id in (proxy.entrances | object.keys(proxy.behind))
}

# It is not there, or runs nowhere.
deny contains finding if {
	whole
	some proxy in declared
	count(proxy.workloads) == 0
	finding := {
		"message": sprintf("is declared as the proxy before %s and does not exist", [proxy.item.declared.proxyFor]),
		"resource": roles.ref(proxy.item),
		"key": "missing",
		"declared": proxy.item.path,
	}
}

deny contains finding if {
	some proxy in declared
	some workload in proxy.workloads
	workload.replicas == 0
	finding := {
		"message": sprintf("is the proxy before %s and scaled to zero", [proxy.item.declared.proxyFor]),
		"resource": workload.ref,
		"path": ["spec", "replicas"],
		"key": "replicas",
		"declared": proxy.item.path,
	}
}

# An Ingress or HTTPRoute goes past it.
deny contains object.union(finding, repair) if {
	some proxy in declared
	some route in ways
	some id in routes.workloads(route)
	target := proxy.behind[id]
	concerned(proxy, route, target)
	finding := {
		"message": sprintf("%s leads to %s past proxy %s: Service %s/%s%s", [route.where, target.name, proxy.item.name, route.service.namespace, route.service.name, both(proxy, route)]),
		"resource": route.ref,
		"path": route.path,
		"key": sprintf("%s %s", [route.where, target.name]),
		"declared": array.concat(proxy.item.path, [target.field]),
	}
	repair := lead_to_proxy(proxy, route)
}

# A Service does.
deny contains object.union(finding, repair) if {
	some proxy in declared
	some service in data.view.services
	some opening in services.openings(service)
	reached := [workload | some workload in proxy.applications; workload.id in service.workloads; outside.reached(service, workload)]
	count(reached) > 0
	finding := {
		"message": sprintf("%s from outside the cluster to %s past proxy %s", [opening.what, proxy.item.declared.proxyFor, proxy.item.name]),
		"resource": service.ref,
		"path": ["spec", opening.field],
		"key": opening.field,
		"declared": array.concat(proxy.item.path, ["proxyFor"]),
	}
	repair := services.close(service, opening)
}

# Its Ingresses say whose they are.
deny contains finding if {
	some proxy in declared
	key := proxy.item.declared.annotation
	some route in ways
	some workload in proxy.workloads
	workload.id in routes.workloads(route)
	object.get(route.annotations, key, null) != proxy.item.name
	finding := {
		"message": sprintf("leads to proxy %s and %s", [proxy.item.name, mark(route, key)]),
		"resource": route.ref,
		"path": ["metadata", "annotations", key],
		"key": key,
		"declared": array.concat(proxy.item.path, ["annotation"]),
		"fix": {
			"action": "kubernetes.annotate",
			"risk": "safe",
			"summary": sprintf("annotate %s %s/%s with %s: %s", [route.ref.kind, route.ref.namespace, route.ref.name, key, proxy.item.name]),
			"target": route.ref,
			"params": {"annotations": {key: proxy.item.name}},
		},
	}
}

# A declared host leads nowhere. Whoever opens the proxy by a load balancer of its own needs no Ingress.
deny contains finding if {
	whole
	some proxy in declared
	some workload in proxy.workloads
	some host in data.environment.ingress.hosts[proxy.item.namespace]
	not served(proxy, host)
	not opened(workload)
	words := instead(host)
	finding := {
		"message": sprintf("no Ingress or HTTPRoute leads from %s to it%s", [host, words]),
		"resource": workload.ref,
		"key": host,
		"declared": ["ingress", "hosts", proxy.item.namespace],
	}
}

declared := proxies.of(data.view.workloads)

ways := routes.all

whole if object.get(data.view, "complete", true)

# What stands behind the proxy may not be reached for any host, what is used there may for hosts of other namespaces.
concerned(_, _, target) if target.field == "proxyFor"

concerned(proxy, route, target) if {
	target.field == "uses"
	some host in data.environment.ingress.hosts[proxy.item.namespace]
	hosts.meet(host, route.host)
}

both(proxy, route) := " selects both" if {
	some workload in proxy.workloads
	workload.id in routes.workloads(route)
} else := ""

mark(route, key) := sprintf("lacks the annotation %s", [key]) if not is_string(object.get(route.annotations, key, null))

else := sprintf("its annotation %s says %s", [key, route.annotations[key]])

# It leads to a proxy of the namespace.
served(proxy, host) if through_a_proxy(proxy.item.namespace, host)

# Or past it, which is found above.
served(proxy, host) if {
	some route in ways
	hosts.meet(host, route.host)
	some id in routes.workloads(route)
	proxy.behind[id]
}

# Or to nothing but other workloads that the spec declares there, and the proxy has another host: they may have their own.
served(proxy, host) if {
	ids := {id | some route in ways; hosts.meet(host, route.host); some id in routes.workloads(route)}
	count(ids) > 0
	every id in ids {
		id in others(proxy)
	}
	some other in data.environment.ingress.hosts[proxy.item.namespace]
	other != host
	through_a_proxy(proxy.item.namespace, other)
}

# By a rule of its own: what answers on errors alone does not serve it.
through_a_proxy(namespace, host) if {
	some route in ways
	route.path[0] == "spec"
	hosts.meet(host, route.host)
	some id in routes.workloads(route)
	id in entrances[namespace]
}

entrances[proxy.item.namespace] contains id if {
	some proxy in declared
	some id in proxy.entrances
}

others(proxy) := {workload.id |
	some workload in data.view.workloads
	workload.namespace == proxy.item.namespace
	roles.declared(workload.namespace, workload.name)
	not proxy.behind[workload.id]
}

# Where it leads, in words.
instead(host) := sprintf(", only to %s", [text.list(sort(names))]) if {
	names := {sprintf("Service %s/%s", [route.service.namespace, route.service.name]) |
		some route in ways
		hosts.meet(host, route.host)
		count(routes.workloads(route)) > 0
	}
	count(names) > 0
} else := ""

opened(workload) if {
	some service in data.view.services
	workload.id in service.workloads
	count(services.openings(service)) > 0
}

# Where one Service selects the proxy and nothing else, and has one port, that is where the path was meant to lead.
lead_to_proxy(proxy, route) := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("let %s of Ingress %s/%s lead to Service %s", [route.where, route.ref.namespace, route.ref.name, names[0]]),
	"target": route.ref,
	"patch": [{
		"op": "replace",
		"path": sprintf("/%s", [concat("/", [sprintf("%v", [step]) | some step in array.slice(route.path, 0, count(route.path) - 2)])]),
		"value": {"service": {"name": names[0], "port": {"number": numbers[0]}}},
	}],
}} if {
	route.ref.kind == "Ingress"
	route.path[0] == "spec"
	own := [service |
		some service in data.view.services
		service.namespace == route.namespace
		count(service.workloads) > 0
		every id in service.workloads {
			id in {workload.id | some workload in proxy.workloads}
		}
	]
	names := [service.name | some service in own]
	numbers := [port.port | some service in own; some port in service.ports]
	count(names) == 1
	count(numbers) == 1
} else := {}
