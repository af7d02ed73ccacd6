# NetworkPolicies that let in who is declared, where nothing but one at the destination is missing. What restricts the source is
# not ours to open.
package envcheck.network.declared_source_blocked.repairs

import data.envcheck.lib.network
import data.envcheck.lib.text
import data.envcheck.lib.workloads
import data.envcheck.network.declared_source_blocked.needs

# Exactly the ports, to the declared source.
open_workload(need, restricts) := {"fix": {
	"action": "kubernetes.create",
	"risk": risk(need.to, workloads.lasting_labels(workload)),
	"summary": sprintf("create NetworkPolicy %s/%s: %s may connect to %s on %s", [need.to, name, text.list(need.from), workload.name, listed]),
	"object": policy,
}} if {
	not restricts
	every from in need.from {
		needs.accepted(from, need.to)
	}
	workload := needs.by_id[need.id]
	ports := sort(need.ports)
	name := sprintf("%s-accept-%s", [workload.name, concat("-", need.from)])
	listed := network.ports(ports)
	policy := network.proposal(workload, name, [{
		"from": [peer(from, need.to) | some from in need.from],
		"ports": [{"port": port.number, "protocol": port.protocol} | some port in ports],
	}])
} else := {}

# Of a namespace all workloads, since that is what the spec says.
open_namespace(pair, restricts) := {"fix": {
	"action": "kubernetes.create",
	"risk": risk(pair.to, {}),
	"summary": sprintf("create NetworkPolicy %s/%s: %s may connect to all of %s", [pair.to, name, pair.from, pair.to]),
	"object": {
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": name, "namespace": pair.to},
		"spec": {
			"podSelector": {},
			"policyTypes": ["Ingress"],
			"ingress": [{"from": [peer(pair.from, pair.to)]}],
		},
	},
}} if {
	not restricts
	network.accepting[pair.to].role == "application"
	name := sprintf("accept-%s", [pair.from])
	not network.taken(pair.to, name)
} else := {}

peer(from, to) := {"podSelector": {}} if from == to

peer(from, to) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": from}}} if from != to

# Pods that nothing selected are closed by the first policy that does.
risk(namespace, labels) := "disruptive" if network.would_isolate(namespace, labels)

else := "safe"
