# Who has to reach whom, as far as it is known: what Prometheus scrapes, what stands behind Ingresses, what workloads use.
package envcheck.network.declared_source_blocked.needs

import data.envcheck.lib.fields
import data.envcheck.lib.ingress_classes
import data.envcheck.lib.monitored
import data.envcheck.lib.named
import data.envcheck.lib.namespaces
import data.envcheck.lib.network
import data.envcheck.lib.roles
import data.envcheck.lib.targets
import data.envcheck.lib.text
import data.envcheck.lib.workloads

# Each: {id (of the destination), to (its namespace), from (those of the sources), sources (their ids), ports, complete, key,
# declared?}. `complete`: all of the ports have to be reached, not only some.
all contains {"id": id, "to": to, "from": way.from, "sources": way.sources, "ports": ports, "complete": true, "key": "scrape"} if {
	some id, found in scraped
	to := by_id[id].namespace
	way := scraping[to]
	not by_id[id].hostNetwork
	ports := {one.port | some one in found}
}

all contains {"id": id, "to": to, "from": way.from, "sources": way.sources, "ports": ports, "complete": true, "key": "ingress"} if {
	some id, found in routed
	to := by_id[id].namespace
	way := entering[to]
	not by_id[id].hostNetwork
	ports := {one.port | some one in found}
}

# Which of the ports is used is not known.
all contains need if {
	some index, namespace in data.environment.namespaces
	some place, workload in fields.list(namespace, "workloads")
	some position, used in fields.list(workload, "uses")
	[used_namespace, used_name] := split(used, "/")
	some source in declared_as(namespace.name, workload.name)
	some destination in declared_as(used_namespace, used_name)
	destination.id != source.id
	off_host_network({source, destination})
	count(destination.ports) > 0
	need := {
		"id": destination.id,
		"to": used_namespace,
		"from": [namespace.name],
		"sources": {source.id},
		"ports": {port | some port in destination.ports},
		"complete": false,
		"key": sprintf("from %s", [source.id]),
		"declared": ["namespaces", index, "workloads", place, "uses", position],
	}
}

# What is not as it should be, when it is not.
words(need) := sprintf("Prometheus cannot scrape %s, as %s asks", [ports_of(need), monitors]) if {
	need.key == "scrape"
	monitors := text.list(sort({one.monitor | some one in scraped[need.id]}))
} else := sprintf("the ingress controller does not reach %s, where %s leads", [ports_of(need), ingresses]) if {
	need.key == "ingress"
	ingresses := text.list(sort({one.ingress | some one in routed[need.id]}))
} else := sprintf("%s uses it and does not reach %s", [user, ports_of(need)]) if {
	user := concat(" and ", [text.qualified(by_id[id]) | some id in need.sources])
}

ports_of(need) := network.ports(sort(need.ports))

# By the destination's namespace, where the spec wants it: the namespaces of the sources, and the ids of those.
scraping[to] := way if {
	some to, _ in namespaces.declared
	way := from_some(scrapers, to)
}

entering[to] := way if {
	some to, _ in namespaces.declared
	way := from_some(entrances, to)
}

from_some(names, to) := {"from": from, "sources": {source.id | some source in sources}} if {
	from := [name | some name in names; wanted(name, to)]
	count(from) > 0
	sources := {source | some name in from; some source in acting(name)}
	off_host_network(sources)
}

# NetworkPolicies neither bind Pods on the host network nor know them as sources: their traffic has a node's address.
off_host_network(some_workloads) if {
	every workload in some_workloads {
		not workload.hostNetwork
	}
}

# Workloads that count, by namespace and by id.

by_namespace[workload.namespace] contains workload if {
	some workload in data.view.workloads
	workloads.judged(workload)
}

by_id[workload.id] := workload if {
	some workload in data.view.workloads
	workloads.judged(workload)
}

declared_as(namespace, name) := {workload |
	item := roles.declared(namespace, name)
	some workload in by_namespace[namespace]
	workload.name == name
	workload.kind == item.kind
}

existing contains namespace.name if some namespace in data.view.namespaces

existing contains name if some name, _ in by_namespace

# What of a namespace connects to others: of the platform the one that does it, else everything.
acting(name) := chosen(name) if {
	chosen(name)
} else := object.get(by_namespace, name, set())

chosen(name) := prometheus[name] if namespaces.declared[name].role == "monitoring"

chosen(name) := controllers[name] if namespaces.declared[name].role == "ingress"

prometheus[name] := servers if {
	some name, all_of in by_namespace
	servers := {workload | some workload in all_of; workload.podLabels["app.kubernetes.io/name"] == "prometheus"}
	count(servers) > 0
}

controllers[name] := found if {
	some name, all_of in by_namespace
	found := {workload | some workload in all_of; workload.podLabels["app.kubernetes.io/component"] == "controller"}
	count(found) > 0
}

scrapers := sort(with_role("monitoring", prometheus))

entrances := sort(with_role("ingress", controllers))

# Of several namespaces with the role those in which it runs, where it does.
with_role(role, running) := housing if {
	housing := {name | some name, namespace in namespaces.declared; namespace.role == role; running[name]}
	count(housing) > 0
} else := {name | some name, namespace in namespaces.declared; namespace.role == role; name in existing}

# The spec wants them connected: it accepts the source, or says nothing of whom it accepts; and the source may go there.
wanted(from, to) if {
	namespaces.declared[to]
	accepted(from, to)
	lets_out(from, to)
}

accepted(from, to) if from == to

accepted(_, to) if network.open[to]

accepted(from, to) if from in network.accepting[to].accepts.fromNamespaces

accepted(_, to) if {
	namespaces.declared[to]
	not network.accepting[to]
}

# What it declares of egress, where it does, names the destination.
lets_out(from, to) if not restricted(from, to)

restricted(from, to) if {
	from != to
	some namespace in data.environment.namespaces
	namespace.name == from
	is_array(namespace.network.egress.toNamespaces)
	not to in namespace.network.egress.toNamespaces
}

# Destination → what is scraped of it, and by which monitor's word.
scraped[one.id] contains one if some one in scrapes

scrapes contains {"id": id, "port": port, "monitor": words} if {
	some monitor in data.view.monitors
	some [id, port] in monitored.scraped(monitor, by_id)
	words := sprintf("%s %s/%s", [monitor.kind, monitor.namespace, monitor.name])
}

# Destination → where Ingresses of the declared class lead. Gateways have no Pods of their own.
routed[one.id] contains one if some one in routes

routes contains {"id": id, "port": port, "ingress": words} if {
	data.environment.ingress.controller == "ingress-nginx"
	some ingress in data.view.ingresses
	ingress_classes.of_ingress(ingress) == data.environment.ingress.class
	some backend in targets.backends(ingress)
	service := named.service(backend.namespace, backend.service)
	some candidate in targets.meant(service, backend.port)
	some id in service.workloads
	some port in targets.arrivals(candidate, by_id[id])
	words := sprintf("Ingress %s/%s", [ingress.namespace, ingress.name])
}
