# What the spec says a namespace accepts, reachability in words, and NetworkPolicies to propose.
package envcheck.lib.network

import data.envcheck.lib.text
import data.envcheck.lib.workloads

# Namespaces that declare what they accept: name → {index, role, accepts}.
accepting[namespace.name] := {"index": index, "role": namespace.role, "accepts": namespace.network.accepts} if {
	some index, namespace in data.environment.namespaces
	is_object(namespace.network.accepts)
}

# Those that accept every namespace.
open[name] := namespace if {
	some name, namespace in accepting
	namespace.accepts.fromNamespaces == "all"
}

# Why nothing can be said of this workload's reachability; undefined when something can.
gap(workload) := "no reachability facts were computed for it" if not data.network.workloads[workload.id]

gap(workload) := reason if {
	reason := data.network.workloads[workload.id].notEvaluated
	is_string(reason)
}

# Some range takes in this port.
covers(ranges, port) if {
	some range in ranges
	range.protocol == port.protocol
	range.from <= port.number
	range.to >= port.number
}

# "port 8080", "ports 8080 and 53 (UDP)".
ports(numbers) := sprintf("port %s", [text.list([port(number) | some number in numbers])]) if count(numbers) == 1

ports(numbers) := sprintf("ports %s", [text.list([port(number) | some number in numbers])]) if count(numbers) > 1

port(number) := sprintf("%d", [number.number]) if number.protocol == "TCP"

port(number) := sprintf("%d (%s)", [number.number, number.protocol]) if number.protocol != "TCP"

# Who may connect from outside the cluster, in words; undefined when nobody may.
outsiders(facts) := "every address outside the cluster" if facts.acceptsFromOutside == "all"

outsiders(facts) := sprintf("addresses outside the cluster (%s)", [text.list(blocks)]) if {
	facts.acceptsFromOutside == "partial"
	blocks := sort({peer.cidr | some peer in facts.outside})
	count(blocks) > 0
}

# " through b2b/allow-web" when only one NetworkPolicy can be the cause, else nothing.
through(workload, facts) := sprintf(" through %s/%s", [workload.namespace, facts.selectedBy.ingress[0]]) if {
	count(facts.selectedBy.ingress) == 1
}

through(_, facts) := "" if count(facts.selectedBy.ingress) != 1

# A NetworkPolicy of type Ingress for this workload. Undefined where none may be proposed: outside application namespaces,
# when no label tells the workload's Pods apart, or when the name is taken.
proposal(workload, name, rules) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": workload.namespace},
	"spec": {
		"podSelector": {"matchLabels": labels},
		"policyTypes": ["Ingress"],
		"ingress": rules,
	},
} if {
	accepting[workload.namespace].role == "application"
	labels := workloads.lasting_labels(workload)
	count(labels) > 0
	not taken(workload.namespace, name)
}

taken(namespace, name) if name in policy_names[namespace]

policy_names[policy.namespace] contains policy.name if some policy in data.view.network_policies

# Pods of this namespace that a policy with these labels would select and that nothing isolates today.
would_isolate(namespace, labels) if {
	some pod_labels in unisolated[namespace]
	object.subset(pod_labels, labels)
}

unisolated[workload.namespace] contains workload.podLabels if {
	some workload in data.view.workloads
	not workload.hostNetwork
	data.network.workloads[workload.id].isolatedIngress == false
}
