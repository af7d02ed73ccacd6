# How Services let traffic in, which of type LoadBalancer are DigitalOcean's to serve, and which the spec declares.
package envcheck.lib.services

import data.envcheck.lib.text

# Another controller's: a class is set, and it is not one of DigitalOcean's.
foreign(class) if {
	is_string(class)
	class != ""
	not own_class(class)
}

own_class(class) if class == "service.beta.kubernetes.io/do-loadbalancer"

own_class(class) if startswith(class, "digitalocean")

own_class(class) if contains(class, ".digitalocean.com/")

# The entry under exposure that names this Service or Gateway ("ns/name"), as a path into the spec.
exposure(name) := ["exposure", min(indices)] if {
	indices := {index | some index, entry in data.environment.exposure; entry.service == name}
	count(indices) > 0
}

# The cloud controller opens the Service's ports in the cluster's public firewall: unless the annotation says a plain no. What it
# cannot read as a boolean it takes for yes.
firewall_managed(annotations) if {
	not object.get(annotations, "kubernetes.digitalocean.com/firewall-managed", "true") in {"0", "f", "F", "false", "False", "FALSE"}
}

# How node ports are closed: at the Service, since DOKS writes the firewall from it.
close_node_ports(ref) := {
	"action": "kubernetes.annotate",
	"risk": "disruptive",
	"summary": sprintf("close the node ports of Service %s/%s to the world", [ref.namespace, ref.name]),
	"target": ref,
	"params": {"annotations": {"kubernetes.digitalocean.com/firewall-managed": "false"}},
}

# How a Service lets traffic in from outside.
openings(service) := {opening | some opening in [by_type(service), by_address(service)]; opening.field != null}

by_type(service) := {"field": "type", "what": sprintf("node port %s leads", [numbers])} if {
	service.type == "NodePort"
	numbers := text.list([sprintf("%d", [port.nodePort]) | some port in service.ports; is_number(port.nodePort)])
}

else := {"field": "type", "what": "a node port leads"} if service.type == "NodePort"

else := {"field": "type", "what": "a load balancer leads"} if service.type == "LoadBalancer"

else := {"field": null}

by_address(service) := {"field": "externalIPs", "what": sprintf("%s leads", [text.list(addresses(service))])} if {
	count(addresses(service)) == 1
}

else := {"field": "externalIPs", "what": sprintf("%s lead", [text.list(addresses(service))])} if {
	count(addresses(service)) > 1
}

else := {"field": null}

addresses(service) := sort([address | some address in service.externalIPs; is_string(address)])

# Takes the opening away where a patch can. A Service's type is changed by people: whoever uses the node port loses it.
close(service, opening) := {"fix": {
	"action": "instructions",
	"risk": "safe",
	"summary": sprintf("make Service %s/%s a ClusterIP, once nobody uses its node ports", [service.namespace, service.name]),
}} if {
	opening.field == "type"
	service.type == "NodePort"
	count(addresses(service)) == 0
}

else := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("remove the external IPs of Service %s/%s", [service.namespace, service.name]),
	"target": service.ref,
	"patch": [{"op": "remove", "path": "/spec/externalIPs"}],
}} if {
	opening.field == "externalIPs"
}

else := {}
