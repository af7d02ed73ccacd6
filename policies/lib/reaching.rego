# Who reaches whom, by data.network.
package envcheck.lib.reaching

import data.envcheck.lib.network
import data.envcheck.lib.text

# Some Pods of the one workload reach some of the other on this port.
on_port(source, destination, port) if {
	some ranges in between(source, destination)
	network.covers(ranges, port)
}

# The same on any port.
at_all(source, destination) if {
	some ranges in between(source, destination)
	count(ranges) > 0
}

# Replicas can differ, and each pair of classes has ports of its own.
between(source, destination) := {ranges |
	some from in data.network.workloads[source].classes
	some to in data.network.workloads[destination].classes
	ranges := data.network.allowed[from][to]
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
	details := sort({sprintf("%s: %s", [workload.id, detail]) |
		some workload in sources | destinations
		detail := network.gap(workload)
	})
	count(details) > 0
}

# On which side it fails, in words.
side(sources, destinations, namespace, names) := sprintf("NetworkPolicies of type Egress in %s forbid it", [text.list(names)]) if {
	not isolated(destinations, "isolatedIngress")
	is_string(namespace)
}

side(sources, destinations, namespace, names) := sprintf("no NetworkPolicy of %s lets it in", [namespace]) if {
	isolated(destinations, "isolatedIngress")
	not isolated(sources, "isolatedEgress")
	count(names) > 0
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

isolated(workloads, member) if {
	some workload in workloads
	data.network.workloads[workload.id][member] == true
}
