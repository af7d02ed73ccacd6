# Who reaches whom, by data.network. Workloads go by their ids.
package envcheck.lib.reaching

import data.envcheck.lib.network
import data.envcheck.lib.text

# Equal for the network; more than one for a workload whose replicas differ.
classes(ids) := {class | some id in ids; some class in data.network.workloads[id].classes}

# Some Pods of one of these workloads reach some of another on this port.
on_port(sources, destination, port) if {
	some from in classes(sources)
	some to in classes({destination})
	network.covers(data.network.allowed[from][to], port)
}

# The same on any port.
at_all(sources, destinations) if {
	some from in classes(sources)
	some to in classes(destinations)
	count(data.network.allowed[from][to]) > 0
}

# Pods with the right labels, existing or not, may come from this namespace.
possible(namespace, destination, port) if {
	some source in data.network.workloads[destination].sources
	source.namespace == namespace
	network.covers(source.possible, port)
}

# Why nothing can be denied of these with certainty; undefined when it can.
gap(_) := "there are more pairs of workloads than are compared" if {
	is_object(data.network.workloads)
	data.network.allowed == null
}

gap(ids) := min(details) if {
	data.network.allowed != null
	details := {sprintf("%s: %s", [id, detail]) |
		some id in ((ids & unclear) | (ids - known))
		detail := network.gap({"id": id})
	}
	count(details) > 0
}

known := {id | some id, _ in data.network.workloads}

unclear := {id | some id, facts in data.network.workloads; facts.notEvaluated != null}

# On which side it fails, in words: at a destination that isolates its Pods, at sources that restrict theirs, or either.
side(isolates, restricts, _, names) := sprintf("NetworkPolicies of type Egress in %s forbid it", [text.list(names)]) if {
	not isolates
	restricts
}

side(_, restricts, namespace, _) := sprintf("no NetworkPolicy of %s lets it in", [namespace]) if not restricts

side(isolates, restricts, namespace, names) := sprintf("NetworkPolicies of %s do not let it in, or those of type Egress in %s not out", [namespace, text.list(names)]) if {
	isolates
	restricts
}

# NetworkPolicies of type Ingress select some of these.
isolates(ids) := count(ids & closed_in) > 0

closed_in := {id | some id, facts in data.network.workloads; facts.isolatedIngress}

# Those of type Egress do.
restricts(ids) := count(ids & closed_out) > 0

closed_out := {id | some id, facts in data.network.workloads; facts.isolatedEgress}
