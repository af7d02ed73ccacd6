# Declared proxies, what runs of them, and what stands behind them.
package envcheck.lib.proxies

import data.envcheck.lib.roles

# {item, workloads, applications, entrances, behind}: the proxy as declared and as it runs, what it stands before, the ids of
# those that lead to it (itself and a proxy before it), and by id what may not be reached past it.
of(workloads) := [proxy |
	some item in roles.of("proxy")
	own := roles.bearers(item, workloads)
	applications := bearers(item.namespace, item.declared.proxyFor, workloads)
	proxy := {
		"item": item,
		"workloads": own,
		"applications": applications,
		"entrances": {workload.id | some workload in own} | fronts(item, workloads),
		"behind": object.union(used(item, workloads), {workload.id: {"name": workload.name, "field": "proxyFor"} | some workload in applications}),
	}
]

# What runs under a declared name, else under that name alone.
bearers(namespace, name, workloads) := roles.bearers(item, workloads) if {
	item := roles.declared(namespace, name)
} else := roles.named({"namespace": namespace, "name": name}, workloads)

fronts(item, workloads) := {workload.id |
	some front in roles.of("proxy")
	front.namespace == item.namespace
	front.declared.proxyFor == item.name
	some workload in roles.bearers(front, workloads)
}

# What the proxy and the workload behind it use.
used(item, workloads) := {workload.id: {"name": workload.name, "field": "uses"} |
	some name in uses(item)
	[namespace, own] := split(name, "/")
	some workload in bearers(namespace, own, workloads)
}

uses(item) := {name | some name in item.declared.uses} | {name |
	behind := roles.declared(item.namespace, item.declared.proxyFor)
	some name in behind.declared.uses
}
