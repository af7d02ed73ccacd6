# METADATA
# title: Datastores are not reachable from outside
# description: >-
#   Nothing leads from outside the cluster to a declared datastore: no NodePort or LoadBalancer Service and no external IP, no
#   Ingress or HTTPRoute, be it through a Service of type ExternalName, no port that the ingress controller passes on
#   (tcp-services), no hostPort and no host network, and no NetworkPolicy admits addresses outside the cluster's subnets, unless
#   its namespace declares outside. With externalTrafficPolicy Cluster source addresses are rewritten, so the Service decides;
#   with Local the NetworkPolicy does.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy
#   - ref: https://kubernetes.github.io/ingress-nginx/user-guide/exposing-tcp-udp-services/
# custom:
#   id: datastore-not-exposed
#   severity: critical
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
#     - v1/ConfigMap
#     - v1/Namespace
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Make the Service a ClusterIP, take the path or port off the ingress controller, drop hostPort and hostNetwork, and allow
#     namespaces instead of addresses. Whoever has to look into it can do so by `kubectl port-forward`.
#   parameters: {}
package envcheck.datastores.datastore_not_exposed

import data.envcheck.lib.fields
import data.envcheck.lib.network
import data.envcheck.lib.outside
import data.envcheck.lib.roles
import data.envcheck.lib.routes
import data.envcheck.lib.services
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains entry.workload.ref if some entry in found

not_evaluated contains gap if {
	some entry in found
	not entry.workload.hostNetwork
	detail := network.gap(entry.workload)
	gap := {"resource": entry.workload.ref, "reason": "reachability unknown", "detail": detail}
}

# A Service leads in.
deny contains object.union(finding, repair) if {
	some service in doors
	some opening in services.openings(service)
	reached := [entry | some entry in led_to(service); outside.reached(service, entry.workload)]
	count(reached) > 0
	names := text.list(sort({entry.workload.name | some entry in reached}))
	why := outside.reason(service)
	finding := {
		"message": sprintf("%s from outside the cluster to datastore %s: %s", [opening.what, names, why]),
		"resource": service.ref,
		"path": ["spec", opening.field],
		"key": opening.field,
		"declared": min({entry.item.path | some entry in reached}),
	}
	repair := services.close(service, opening)
}

# An Ingress or HTTPRoute leads in.
deny contains finding if {
	some route in ways
	some id in routes.workloads(route)
	entry := by_id[id]
	finding := {
		"message": sprintf("%s leads to datastore %s through Service %s/%s", [route.where, entry.workload.name, route.service.namespace, route.service.name]),
		"resource": route.ref,
		"path": route.path,
		"key": sprintf("%s %s", [route.where, entry.workload.name]),
		"declared": entry.item.path,
	}
}

# The ingress controller passes a port on, as "6379": "back/keydb:6379".
deny contains finding if {
	some config_map in data.view.config_maps
	config_map.namespace in edges
	some port, target in fields.map(config_map, "data")
	some id in routes.workloads({"service": passed_on(target)})
	entry := by_id[id]
	finding := {
		"message": sprintf("port %s of the ingress controller is passed on to datastore %s", [port, entry.workload.name]),
		"resource": config_map.ref,
		"path": ["data", port],
		"key": port,
		"declared": entry.item.path,
	}
}

# A port of the node, or the node's network, is the Pod's.
deny contains finding if {
	some entry in found
	not entry.workload.hostNetwork
	ports := outside.host_ports(entry.workload)
	count(ports) > 0
	listed := text.list([sprintf("%d", [number]) | some number in sort(ports)])
	finding := {
		"message": sprintf("is open on its node's own address through hostPort %s", [listed]),
		"resource": entry.workload.ref,
		"path": outside.host_port(entry.workload, min(ports)),
		"key": "hostPort",
		"declared": entry.item.path,
	}
}

deny contains finding if {
	some entry in found
	entry.workload.hostNetwork
	finding := {
		"message": "is on the host network: it listens on its node's own address, no NetworkPolicy applies",
		"resource": entry.workload.ref,
		"path": array.concat(workloads.pod_spec(entry.workload.kind), ["hostNetwork"]),
		"key": "hostNetwork",
		"declared": entry.item.path,
	}
}

# A NetworkPolicy admits addresses.
deny contains finding if {
	some entry in found
	not entry.workload.hostNetwork
	not network.gap(entry.workload)
	not outside_declared(entry.workload.namespace)
	facts := data.network.workloads[entry.workload.id]
	facts.isolatedIngress
	outsiders := network.outsiders(facts)
	through := network.through(entry.workload, facts)
	finding := {
		"message": sprintf("%s may connect%s", [outsiders, through]),
		"resource": entry.workload.ref,
		"key": "networkPolicy",
		"declared": entry.item.path,
	}
}

found contains entry if {
	some item in roles.of("datastore")
	some workload in roles.bearers(item, data.view.workloads)
	workloads.judged(workload)
	entry := {"item": item, "workload": workload}
}

by_id[entry.workload.id] := entry if some entry in found

# Services that select a datastore.
doors := [service | some service in data.view.services; count(led_to(service)) > 0]

led_to(service) := {entry |
	some id in service.workloads
	entry := by_id[id]
}

ways := routes.all

edges := {namespace.name | some namespace in data.environment.namespaces; namespace.role == "ingress"}

# "back/keydb:6379", with or without the words for the PROXY protocol behind it.
passed_on(target) := {"namespace": namespace, "name": name} if {
	is_string(target)
	[namespace, place] := split(target, "/")
	contains(place, ":")
	name := split(place, ":")[0]
}

outside_declared(namespace) if network.accepting[namespace].accepts.outside == true
