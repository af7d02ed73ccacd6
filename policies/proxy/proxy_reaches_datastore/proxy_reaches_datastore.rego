# METADATA
# title: A proxy reaches what it uses
# description: >-
#   NetworkPolicies let every Pod of a declared proxy connect to every Pod of what it uses, its datastore first: at the port
#   that its kind of server is known by, else at every port that it declares. Both ends count, what the proxy may open and
#   what the datastore accepts. A proxy on the host network has its node's address, which policies may or may not know.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: proxy-reaches-datastore
#   severity: medium
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
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Let a NetworkPolicy of the datastore accept the proxy at its port, and where policies limit what the proxy may open, let
#     one of them allow it. What a policy of type Egress was meant to forbid, only people can tell.
#   parameters: {}
package envcheck.proxy.proxy_reaches_datastore

import data.envcheck.lib.network
import data.envcheck.lib.proxies
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains pair.from.ref if some pair in pairs

not_evaluated contains gap if {
	some pair in pairs
	detail := unknown(pair)
	gap := {"resource": pair.from.ref, "reason": "reachability unknown", "detail": detail}
}

deny contains object.union(finding, repair) if {
	some pair in pairs
	not unknown(pair)
	missing := [port | some port in needed(pair.to); not reached(pair, port)]
	count(missing) > 0
	finding := {
		"message": sprintf("cannot connect to %s on %s: %s", [text.qualified(pair.to.ref), network.ports(missing), reason(pair, missing)]),
		"resource": pair.from.ref,
		"key": pair.name,
		"declared": pair.path,
	}
	repair := accept(pair, missing)
}

# Each declared proxy that runs, with each declared workload that it uses.
pairs contains pair if {
	some proxy in proxies.of(data.view.workloads)
	some from in proxy.workloads
	some index, name in proxy.item.declared.uses
	[namespace, own] := split(name, "/")
	some to in proxies.bearers(namespace, own, data.view.workloads)
	pair := {"from": from, "to": to, "name": name, "path": array.concat(proxy.item.path, ["uses", index])}
}

unknown(pair) := detail if detail := network.gap(pair.from)

else := sprintf("%s: %s", [pair.name, detail]) if detail := network.gap(pair.to)

else := "it is on the host network: whether NetworkPolicies admit its node's address is not known" if {
	pair.from.hostNetwork
	data.network.workloads[pair.to.id].isolatedIngress
	not pair.to.hostNetwork
}

else := sprintf("%s is on the host network: whether NetworkPolicies let it connect to a node's address is not known", [pair.name]) if {
	pair.to.hostNetwork
	not pair.from.hostNetwork
	data.network.workloads[pair.from.id].isolatedEgress
}

else := sprintf("%s declares no port", [pair.name]) if count(pair.to.ports) == 0

else := "there are too many classes of Pods to say who reaches whom" if data.network.allowed == null

# The ports by which servers are known: what else a datastore declares, as metrics, is not for its clients.
needed(workload) := known if {
	known := [port | some port in workload.ports; port.protocol == "TCP"; port.number in known_ports]
	count(known) > 0
} else := workload.ports

known_ports := {1433, 3306, 5432, 5672, 6379, 8123, 9042, 9092, 9200, 11211, 27017}

# Every Pod of the one reaches every Pod of the other. On the host network nothing stops it.
reached(pair, _) if pair.from.hostNetwork

reached(pair, _) if pair.to.hostNetwork

reached(pair, port) if {
	from := data.network.workloads[pair.from.id].classes
	to := data.network.workloads[pair.to.id].classes
	every source in from {
		every target in to {
			network.covers(object.get(data.network.allowed, [source, target], []), port)
		}
	}
}

reason(pair, missing) := sprintf("%s, %s", [limits(pair), accepts(pair)]) if {
	limited(pair)
	closed(pair, missing)
} else := limits(pair) if {
	limited(pair)
} else := accepts(pair)

limited(pair) if data.network.workloads[pair.from.id].isolatedEgress

# Not every Pod of every namespace gets in, so this one may be kept out here.
closed(pair, missing) if {
	facts := data.network.workloads[pair.to.id]
	facts.isolatedIngress
	some port in missing
	not network.covers(facts.acceptsFromAll, port)
}

limits(pair) := sprintf("%s limits what it may open", [names]) if {
	names := listed(pair.from.namespace, data.network.workloads[pair.from.id].selectedBy.egress)
} else := "a policy limits what it may open"

accepts(pair) := sprintf("what %s accepts is up to %s", [pair.to.name, names]) if {
	names := listed(pair.to.namespace, data.network.workloads[pair.to.id].selectedBy.ingress)
} else := sprintf("a policy keeps it out of %s", [pair.to.name])

listed(namespace, names) := text.list(sort({sprintf("%s/%s", [namespace, name]) | some name in names}))

# A policy that lets in the proxy alone, at the missing ports, where that is all that is missing.
accept(pair, missing) := {"fix": {
	"action": "kubernetes.create",
	"risk": "safe",
	"summary": sprintf("create NetworkPolicy %s/%s: %s may connect to %s on %s", [pair.to.namespace, name, pair.from.name, pair.to.name, network.ports(missing)]),
	"object": policy,
}} if {
	not limited(pair)
	data.network.workloads[pair.to.id].isolatedIngress
	name := sprintf("%s-accept-%s", [pair.to.name, pair.from.name])
	labels := workloads.lasting_labels(pair.from)
	count(labels) > 0
	peer := {
		"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": pair.from.namespace}},
		"podSelector": {"matchLabels": labels},
	}
	policy := network.proposal(pair.to, name, [{"from": [peer], "ports": [{"port": port.number, "protocol": port.protocol} | some port in missing]}])
	not network.would_isolate(pair.to.namespace, workloads.lasting_labels(pair.to))
} else := {}
