# METADATA
# title: The backend is closed to the outside
# description: >-
#   Where a namespace accepts all namespaces, it still accepts nothing from outside the cluster: no NetworkPolicy admits
#   addresses outside the cluster's subnets, no NodePort or LoadBalancer Service and no external IP leads to its Pods, and
#   they use neither hostPort nor hostNetwork. With externalTrafficPolicy Cluster source addresses are rewritten, so the
#   Service decides; with Local the NetworkPolicy does. What arrives through an Ingress comes from the controller's Pods.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy
# custom:
#   id: backend-closed-to-outside
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
#     Allow "namespaceSelector: {}" instead of addresses or an empty from, make the Service a ClusterIP, and drop hostPort
#     and hostNetwork; or declare "outside: true" under network.accepts.
#   parameters: {}
package envcheck.network.backend_closed_to_outside

import data.envcheck.lib.network
import data.envcheck.lib.outside
import data.envcheck.lib.services
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains workload.ref if some workload in judged

subjects contains service.ref if {
	some service in data.view.services
	count(led_to(service)) > 0
}

not_evaluated contains gap if {
	some workload in judged
	not workload.hostNetwork
	detail := network.gap(workload)
	gap := {"resource": workload.ref, "reason": "reachability unknown", "detail": detail}
}

# A NetworkPolicy admits addresses.
deny contains finding if {
	some workload in judged
	not workload.hostNetwork
	not network.gap(workload)
	facts := data.network.workloads[workload.id]
	facts.isolatedIngress
	outsiders := network.outsiders(facts)
	through := network.through(workload, facts)
	finding := {
		"message": sprintf("%s may connect%s", [outsiders, through]),
		"resource": workload.ref,
		"key": "networkPolicy",
		"declared": declared(workload.namespace),
	}
}

# A Service leads in from outside.
deny contains object.union(finding, repair) if {
	some service in data.view.services
	some opening in services.openings(service)
	names := sort({workload.name | some workload in led_to(service); outside.reached(service, workload)})
	count(names) > 0
	listed := text.list(names)
	why := outside.reason(service)
	finding := {
		"message": sprintf("%s from outside the cluster to %s: %s", [opening.what, listed, why]),
		"resource": service.ref,
		"path": ["spec", opening.field],
		"key": opening.field,
		"declared": declared(service.namespace),
	}
	repair := services.close(service, opening)
}

# A port of the node is the Pod's.
deny contains finding if {
	some workload in judged
	not workload.hostNetwork
	ports := outside.host_ports(workload)
	count(ports) > 0
	listed := text.list([sprintf("%d", [number]) | some number in sort(ports)])
	finding := {
		"message": sprintf("is open on its node's own address through hostPort %s", [listed]),
		"resource": workload.ref,
		"path": outside.host_port(workload, min(ports)),
		"key": "hostPort",
		"declared": declared(workload.namespace),
	}
}

# The node's network is the Pod's.
deny contains finding if {
	some workload in judged
	workload.hostNetwork
	path := array.concat(workloads.pod_spec(workload.kind), ["hostNetwork"])
	finding := {
		"message": "is on the host network: it listens on its node's own address, no NetworkPolicy applies",
		"resource": workload.ref,
		"path": path,
		"key": "hostNetwork",
		"declared": declared(workload.namespace),
	}
}

closed[name] := namespace if {
	some name, namespace in network.open
	object.get(namespace.accepts, "outside", false) != true
}

declared(namespace) := ["namespaces", closed[namespace].index, "network", "accepts"]

judged contains workload if {
	some workload in data.view.workloads
	closed[workload.namespace]
	workloads.judged(workload)
}

# The judged workloads a Service selects.
led_to(service) := {workload |
	some id in service.workloads
	workload := judged_by_id[id]
}

judged_by_id[workload.id] := workload if some workload in judged
