# What the spec declares of ways between namespaces: workloads use others, hosts come in through the ingress namespace.
package envcheck.network.cross_namespace_access.declared

import data.envcheck.lib.fields
import data.envcheck.lib.named

# Namespace → the workloads of others that its own use: {namespace, name}.
used[namespace.name] := found if {
	some namespace in data.environment.namespaces
	found := {{"namespace": parts[0], "name": parts[1]} |
		some workload in fields.list(namespace, "workloads")
		some text in fields.list(workload, "uses")
		parts := split(text, "/")
	}
}

# It leads to nothing but workloads that are used. Where the Service is not in view, or selects nothing, its name decides;
# of a part of the environment nothing is claimed about a namespace that is used at all.
uses_service(own, namespace, name) if {
	service := named.service(namespace, name)
	count(service.workloads) > 0
	names := used_names(own, namespace)
	every id in service.workloads {
		name_in(id) in names
	}
}

uses_service(own, namespace, name) if {
	not leads_somewhere(namespace, name)
	name in used_names(own, namespace)
}

uses_service(own, namespace, name) if {
	not object.get(data.view, "complete", true)
	is_string(name)
	not named.service(namespace, name)
	count(used_names(own, namespace)) > 0
}

leads_somewhere(namespace, name) if count(named.service(namespace, name).workloads) > 0

used_names(own, namespace) := {one.name | some one in used[own]; one.namespace == namespace}

# "back/keydb[StatefulSet]": the name between the two.
name_in(id) := split(split(id, "/")[1], "[")[0]

# A Pod's name begins with its workload's. An address alone tells only the namespace.
uses_endpoint(own, endpoint) if {
	not is_string(object.get(endpoint, ["target", "name"], null))
	count(used_names(own, endpoint.namespace)) > 0
}

uses_endpoint(own, endpoint) if {
	some name in used_names(own, endpoint.namespace)
	endpoint.target.name == name
}

uses_endpoint(own, endpoint) if {
	is_string(object.get(endpoint, ["target", "name"], null))
	some name in used_names(own, endpoint.namespace)
	startswith(endpoint.target.name, sprintf("%s-", [name]))
}

# A grant of `own` for this source and this object.
lets_in(own, from, to) if {
	to.kind == "Service"
	is_string(to.name)
	uses_service(from.namespace, own, to.name)
}

# Routes and Gateways of the ingress namespace, for hosts that are declared here.
lets_in(own, from, to) if {
	is_string(to.name)
	to.name != ""
	from.namespace in ingress_namespaces
	count(data.environment.ingress.hosts[own]) > 0
	fits(from.kind, to.kind)
}

fits(from, to) if {
	to == "Service"
	is_string(from)
	endswith(from, "Route")
}

fits(from, to) if {
	to == "Secret"
	from in {"Gateway", "ListenerSet", "XListenerSet"}
}

ingress_namespaces contains namespace.name if {
	some namespace in data.environment.namespaces
	namespace.role == "ingress"
}
