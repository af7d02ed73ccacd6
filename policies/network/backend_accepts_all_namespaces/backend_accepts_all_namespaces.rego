# METADATA
# title: The backend accepts every namespace
# description: >-
#   Where a namespace accepts all namespaces, every long-running workload accepts, on each port it declares, every Pod of
#   every namespace, existing or not, whatever their labels, through explicit NetworkPolicies with selectors. A list of
#   today's namespaces is not enough, an ipBlock never counts for Pods, several policies may do it together.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: backend-accepts-all-namespaces
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
#     Let one NetworkPolicy select the workload and allow "namespaceSelector: {}" on its ports; "ingress: [{}]" would open
#     it to addresses outside the cluster as well.
#   parameters: {}
package envcheck.network.backend_accepts_all_namespaces

import data.envcheck.lib.network
import data.envcheck.lib.selectors
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains workload.ref if some workload in judged

not_evaluated contains gap if {
	some workload in judged
	detail := network.gap(workload)
	gap := {"resource": workload.ref, "reason": "reachability unknown", "detail": detail}
}

deny contains object.union(finding, repair) if {
	some workload in judged
	not network.gap(workload)
	facts := data.network.workloads[workload.id]
	missing := closed(workload, facts)
	count(missing) > 0
	message := explain(workload, facts, missing)
	finding := {
		"message": message,
		"resource": workload.ref,
		"declared": ["namespaces", network.open[workload.namespace].index, "network", "accepts", "fromNamespaces"],
	}
	repair := allow(workload)
}

# Long-running workloads off the host network that declare a port.
judged contains workload if {
	some workload in data.view.workloads
	network.open[workload.namespace]
	workloads.judged(workload)
	workload.longRunning
	not workload.hostNetwork
	count(workload.ports) > 0
}

# Its ports that no selector opens to every possible Pod.
closed(workload, facts) := [port |
	some port in workload.ports
	not network.covers(facts.explicitlyAccepts, port)
]

explain(_, facts, missing) := sprintf("no NetworkPolicy selects it: %s open by default, not by an explicit policy", [state]) if {
	count(facts.selectedBy.ingress) == 0
	state := be(missing)
}

explain(workload, facts, missing) := sprintf("%s open, but not through a namespaceSelector: %s", [be(missing), selectedBy]) if {
	count(facts.selectedBy.ingress) > 0
	accepted_anyhow(facts, missing)
	selectedBy := selected(workload, facts)
}

explain(workload, facts, missing) := sprintf("%s not open to every Pod of every namespace, only to some (%s): %s", [be(missing), reached, selectedBy]) if {
	count(facts.selectedBy.ingress) > 0
	not accepted_anyhow(facts, missing)
	names := reaching(workload, facts, missing)
	count(names) > 0
	reached := text.list(sort(names))
	selectedBy := selected(workload, facts)
}

explain(workload, facts, missing) := sprintf("%s closed to other namespaces: %s", [be(missing), selectedBy]) if {
	count(facts.selectedBy.ingress) > 0
	not accepted_anyhow(facts, missing)
	count(reaching(workload, facts, missing)) == 0
	selectedBy := concat(", ", array.concat([selected(workload, facts)], bystanders(workload, facts)))
}

# Every possible Pod does get in, because some rule asks for no source at all.
accepted_anyhow(facts, missing) if {
	every port in missing {
		network.covers(facts.acceptsFromAll, port)
	}
}

# "port 8080 is".
be(ports) := sprintf("%s is", [network.ports(ports)]) if count(ports) == 1

be(ports) := sprintf("%s are", [network.ports(ports)]) if count(ports) > 1

# Other namespaces that reach one of these ports today.
reaching(workload, facts, missing) := {source.namespace |
	some source in facts.sources
	source.namespace != workload.namespace
	some port in missing
	network.covers(source.ports, port)
}

# "only back/default-deny selects it".
selected(workload, facts) := sprintf("only %s/%s selects it", [workload.namespace, facts.selectedBy.ingress[0]]) if {
	count(facts.selectedBy.ingress) == 1
}

selected(workload, facts) := sprintf("%s select it", [text.list(names)]) if {
	count(facts.selectedBy.ingress) != 1
	names := sort({name |
		some policy in facts.selectedBy.ingress
		name := sprintf("%s/%s", [workload.namespace, policy])
	})
}

# Policies of the namespace that select something else, when they are few: one of them was probably meant.
bystanders(workload, facts) := sort([text |
	some name in others
	selector := selector_text(ingress_policies[workload.namespace][name])
	text := sprintf("%s/%s selects %s", [workload.namespace, name, selector])
]) if {
	others := object.keys(object.get(ingress_policies, workload.namespace, {})) - {name | some name in facts.selectedBy.ingress}
	count(others) <= 2
}

else := []

# Namespace → name → selector of its policies of type Ingress.
ingress_policies[namespace] := selectors if {
	some namespace, _ in network.open
	selectors := {policy.name: policy.podSelector |
		some policy in data.view.network_policies
		policy.namespace == namespace
		"Ingress" in policy.types
	}
}

selector_text(selector) := concat(",", selectors.parts(selector)) if count(selectors.parts(selector)) > 0

else := "other Pods"

# A policy that opens exactly the workload's ports to every namespace.
allow(workload) := {"fix": {
	"action": "kubernetes.create",
	"risk": risk(workload),
	"summary": sprintf("create NetworkPolicy %s/%s: every namespace may connect to %s on %s", [workload.namespace, name, workload.name, ports]),
	"object": policy,
}} if {
	name := policy_name(workload)
	ports := network.ports(workload.ports)
	policy := network.proposal(workload, name, rules(workload))
}

allow(workload) := {} if {
	name := policy_name(workload)
	not network.proposal(workload, name, rules(workload))
}

policy_name(workload) := sprintf("%s-accept-all-namespaces", [workload.name])

rules(workload) := [{
	"from": [{"namespaceSelector": {}}],
	"ports": [{"port": port.number, "protocol": port.protocol} | some port in workload.ports],
}]

# Where nothing selected the Pods, the first policy also closes what it does not open.
risk(workload) := "disruptive" if network.would_isolate(workload.namespace, workloads.lasting_labels(workload))

else := "safe"
