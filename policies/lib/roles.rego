# Workloads that the spec declares with a role, and which of those that are there they are.
package envcheck.lib.roles

import data.envcheck.lib.fields

# The declared workloads of a role: {namespace, name, kind, path, declared}.
of(role) := {item |
	some index, namespace in data.environment.namespaces
	some place, workload in fields.list(namespace, "workloads")
	workload.role == role
	item := {
		"namespace": namespace.name,
		"name": workload.name,
		"kind": workload.kind,
		"path": ["namespaces", index, "workloads", place],
		"declared": workload,
	}
}

# How a finding names what is not there.
ref(item) := {"apiVersion": api[item.kind], "kind": item.kind, "namespace": item.namespace, "name": item.name}

api := {
	"CronJob": "batch/v1",
	"DaemonSet": "apps/v1",
	"Deployment": "apps/v1",
	"Job": "batch/v1",
	"Pod": "v1",
	"ReplicaSet": "apps/v1",
	"StatefulSet": "apps/v1",
}

# What runs under its name: of the declared kind, else of whatever kind.
bearers(item, workloads) := exact if {
	exact := [workload | some workload in named(item, workloads); workload.kind == item.kind]
	count(exact) > 0
} else := named(item, workloads)

named(item, workloads) := [workload |
	some workload in workloads
	workload.namespace == item.namespace
	workload.name == item.name
	not workload.hook
]

# The workload that the spec declares under this name, of whatever role; undefined when there is none.
declared(namespace, name) := item if {
	items := [candidate |
		some index, declared_namespace in data.environment.namespaces
		declared_namespace.name == namespace
		some place, workload in fields.list(declared_namespace, "workloads")
		workload.name == name
		candidate := {
			"namespace": namespace,
			"name": name,
			"kind": workload.kind,
			"path": ["namespaces", index, "workloads", place],
			"declared": workload,
		}
	]
	item := items[0]
}
