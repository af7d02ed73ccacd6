# METADATA
# title: Namespaces accept only what they declare
# description: >-
#   Every Pod of an application namespace is selected by a NetworkPolicy of type Ingress, and whoever can connect to it
#   is a declared source or its own namespace. Platform namespaces are held to it when they declare what they accept.
#   Where every namespace is accepted, sources are free. Workloads on the host network cannot be isolated at all.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: namespace-isolation
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
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.3.2"]}
#   remediation: >-
#     Select the workload with a NetworkPolicy of type Ingress that allows the namespaces declared under
#     network.accepts and nothing else, or declare the source.
#   parameters: {}
package envcheck.network.namespace_isolation

import data.envcheck.lib.network
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains workload.ref if some workload in judged

not_evaluated contains gap if {
	some workload in judged
	not workload.hostNetwork
	detail := network.gap(workload)
	gap := {"resource": workload.ref, "reason": "reachability unknown", "detail": detail}
}

# On the host network NetworkPolicies do not apply.
deny contains finding if {
	some workload in judged
	workload.hostNetwork
	path := array.concat(workloads.pod_spec(workload.kind), ["hostNetwork"])
	finding := {
		"message": "is on the host network: NetworkPolicies do not apply to it, isolation cannot be enforced",
		"resource": workload.ref,
		"path": path,
		"key": "hostNetwork",
		"declared": declared(workload),
	}
}

# Nothing selects it, so everything may connect.
deny contains object.union(finding, repair) if {
	some workload in judged_by_network
	facts := data.network.workloads[workload.id]
	not facts.isolatedIngress
	selected := unselected(facts)
	finding := {
		"message": sprintf("%s: every Pod of every namespace may connect", [selected]),
		"resource": workload.ref,
		"key": "unselected",
		"declared": declared(workload),
	}
	repair := isolate(workload)
}

# Namespaces may connect that are not declared.
deny contains finding if {
	some workload in judged_by_network
	facts := data.network.workloads[workload.id]
	facts.isolatedIngress
	sources := undeclared(workload, facts)
	through := network.through(workload, facts)
	accepted := expected(workload)
	finding := {
		"message": sprintf("%s may connect%s, %s", [sources, through, accepted]),
		"resource": workload.ref,
		"key": "namespaces",
		"declared": declared(workload),
	}
}

# Addresses outside the cluster may connect. Namespaces that accept all namespaces: backend-closed-to-outside.
deny contains finding if {
	some workload in judged_by_network
	facts := data.network.workloads[workload.id]
	facts.isolatedIngress
	not network.open[workload.namespace]
	not outside_declared(workload)
	outsiders := network.outsiders(facts)
	through := network.through(workload, facts)
	finding := {
		"message": sprintf("%s may connect%s", [outsiders, through]),
		"resource": workload.ref,
		"key": "outside",
		"declared": declared(workload),
	}
}

# Application namespaces always, others when they declare what they accept.
judged contains workload if {
	some workload in data.view.workloads
	network.accepting[workload.namespace]
	workloads.judged(workload)
}

judged_by_network contains workload if {
	some workload in judged
	not workload.hostNetwork
	not network.gap(workload)
}

declared(workload) := ["namespaces", network.accepting[workload.namespace].index, "network", "accepts"]

outside_declared(workload) if network.accepting[workload.namespace].accepts.outside == true

own_accepted(workload) if object.get(network.accepting[workload.namespace].accepts, "sameNamespace", true) != false

unselected(facts) := "no NetworkPolicy of type Ingress selects it" if count(facts.selectedBy.ingress) == 0

unselected(facts) := "no NetworkPolicy of type Ingress selects some of its Pods" if count(facts.selectedBy.ingress) > 0

# Whoever may connect and should not, in words; undefined when there is nobody.
undeclared(workload, facts) := "every namespace" if {
	not network.open[workload.namespace]
	count(facts.anyNamespace) > 0
}

undeclared(workload, facts) := text.list(sort(names)) if {
	not network.open[workload.namespace]
	count(facts.anyNamespace) == 0
	names := {source.namespace |
		some source in facts.sources
		connects(source)
		not allowed(workload, source.namespace)
	}
	count(names) > 0
}

connects(source) if count(source.workloads) > 0

connects(source) if count(source.everyPod) > 0

allowed(workload, namespace) if namespace in network.accepting[workload.namespace].accepts.fromNamespaces

allowed(workload, namespace) if {
	namespace == workload.namespace
	own_accepted(workload)
}

# "only ingress-nginx and its own namespace are declared".
expected(workload) := "no namespace is declared" if count(accepted_names(workload)) == 0

expected(workload) := sprintf("only %s is declared", [text.list(names)]) if {
	names := accepted_names(workload)
	count(names) == 1
}

expected(workload) := sprintf("only %s are declared", [text.list(names)]) if {
	names := accepted_names(workload)
	count(names) > 1
}

accepted_names(workload) := array.concat(others(workload), ["its own namespace"]) if own_accepted(workload)

accepted_names(workload) := others(workload) if not own_accepted(workload)

others(workload) := sort({name |
	some name in network.accepting[workload.namespace].accepts.fromNamespaces
	name != workload.namespace
})

# A policy for this workload alone that lets in what is declared: what must stay open is open the moment the rest closes.
isolate(workload) := {"fix": {
	"action": "kubernetes.create",
	"risk": "disruptive",
	"summary": sprintf("create NetworkPolicy %s/%s: only what is declared may connect to %s", [workload.namespace, name, workload.name]),
	"object": policy,
}} if {
	name := policy_name(workload)
	policy := network.proposal(workload, name, rules(workload))
}

isolate(workload) := {} if {
	name := policy_name(workload)
	not network.proposal(workload, name, rules(workload))
}

policy_name(workload) := sprintf("%s-accept-declared", [workload.name])

# An empty list of peers would admit everything, an empty list of rules admits nothing.
rules(workload) := [{"from": peers(workload)}] if count(peers(workload)) > 0

rules(workload) := [] if count(peers(workload)) == 0

peers(workload) := array.concat(namespaces(workload), array.concat(own(workload), addresses(workload)))

namespaces(workload) := [{"namespaceSelector": {}}] if network.open[workload.namespace]

namespaces(workload) := selectors if {
	not network.open[workload.namespace]
	selectors := [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} | some name in others(workload)]
}

own(workload) := [{"podSelector": {}}] if {
	not network.open[workload.namespace]
	own_accepted(workload)
}

else := []

addresses(workload) := [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}] if outside_declared(workload)

else := []
