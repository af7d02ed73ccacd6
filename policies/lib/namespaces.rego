# What the spec declares of namespaces.
package envcheck.lib.namespaces

# Declared namespaces: name → {index, role}.
declared[namespace.name] := {"index": index, "role": namespace.role} if {
	some index, namespace in data.environment.namespaces
}

applications contains namespace.name if {
	some namespace in data.environment.namespaces
	namespace.role == "application"
}

# Those that list their workloads, which may be none: name → {index, workloads}.
listing[namespace.name] := {"index": index, "workloads": namespace.workloads} if {
	some index, namespace in data.environment.namespaces
	is_array(namespace.workloads)
}

# Kubernetes' own. What may be there is for no-apps-in-system-namespaces.
system := {name | some name in data.environment.systemNamespaces.names}

ref(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}
