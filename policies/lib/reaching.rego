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
	opens(from, to, port)
}

opens(from, to, port) if network.covers(data.network.allowed[from][to], port)

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

# Why a connection between them cannot be denied with certainty; undefined when it can.
gap(_, _) := "there are more pairs of workloads than are compared" if {
	is_object(data.network.workloads)
	data.network.allowed == null
}

gap(sources, destinations) := details[0] if {
	data.network.allowed != null
	details := sort({sprintf("%s: %s", [id, detail]) |
		some id in sources | destinations
		detail := network.gap({"id": id})
	})
	count(details) > 0
}

# On which side it fails, in words: at the namespace of the destinations, or in those that the sources are in.
side(sources, destinations, _, names) := sprintf("NetworkPolicies of type Egress in %s forbid it", [text.list(names)]) if {
	not isolated(destinations, "isolatedIngress")
	isolated(sources, "isolatedEgress")
}

side(sources, _, namespace, _) := sprintf("no NetworkPolicy of %s lets it in", [namespace]) if {
	not isolated(sources, "isolatedEgress")
}

side(sources, destinations, namespace, names) := sprintf("NetworkPolicies of %s do not let it in, or those of type Egress in %s not out", [namespace, text.list(names)]) if {
	isolated(destinations, "isolatedIngress")
	isolated(sources, "isolatedEgress")
}

# A NetworkPolicy at the destination is what is missing, and nothing else.
only_ingress(sources, destinations) if {
	isolated(destinations, "isolatedIngress")
	not isolated(sources, "isolatedEgress")
}

# Some of them are.
isolated(ids, member) if {
	some id in ids
	data.network.workloads[id][member] == true
}
