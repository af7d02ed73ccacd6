# METADATA
# title: Nothing on the nodes is open to the world unless declared
# description: >-
#   No firewall that reaches the nodes admits half of the Internet or more, unless the spec declares that rule. What
#   DOKS's public firewall admits is told of the Service that caused it: node ports are a finding, ports of Services of type
#   LoadBalancer are for exposure-undeclared to judge, and a rule that no Service caused is the firewall's own. Ping alone is
#   low.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/details/managed/
#   - ref: https://docs.digitalocean.com/products/networking/firewalls/
# custom:
#   id: firewall-open-to-world
#   severity: critical
#   evaluates: environment
#   kinds: [v1/Service]
#   needs: [digitalocean.firewalls, digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Annotate the Service with kubernetes.digitalocean.com/firewall-managed "false", or make it a ClusterIP; narrow the rule of
#     your own firewall, or declare it. DOKS's firewalls are never changed themselves, and an undeclared firewall may serve
#     other Droplets, so neither has a fix of its own.
#   parameters: {}
package envcheck.account.firewall_open_to_world

import data.envcheck.lib.cluster
import data.envcheck.lib.firewalls
import data.envcheck.lib.identity
import data.envcheck.lib.services
import data.envcheck.lib.text

subjects contains firewalls.ref(firewall) if some firewall in firewalls.reaching

subjects contains gap.resource if some gap in firewalls.gaps

subjects contains cluster.ref if not cluster.found

not_evaluated contains cluster.gap

not_evaluated contains gap if some gap in firewalls.gaps

# Which Services caused what DOKS's public firewall opens, only the cluster's own Services tell.
not_evaluated contains object.union(identity.gap, {"resource": firewalls.ref(firewall)}) if {
	count(public_openings) > 0
	some firewall in firewalls.reaching
	firewall.name == firewalls.public_name
}

# Firewalls of one's own, and DOKS's for private networks.
deny contains object.union(finding, lowered) if {
	some firewall in firewalls.reaching
	firewall.name != firewalls.public_name
	found := firewalls.opened(firewall)
	undeclared := {opening | some opening in found; not firewalls.within(opening, declared_openings(firewall))}
	count(undeclared) > 0
	words := listed(undeclared)
	reach := firewalls.how(firewall)
	lowered := harmless(undeclared)
	finding := {
		"message": sprintf("opens %s of the nodes to the world, %s%s", [words, reach, not_declared(firewall)]),
		"resource": firewalls.ref(firewall),
		"key": "world",
		"declared": ["digitalocean", "firewalls"],
	}
}

# Node ports, told of their Services.
deny contains finding if {
	not identity.doubt
	some service in data.view.services
	service.type == "NodePort"
	name := text.qualified(service.ref)
	own := causes[name]
	not services.exposure(name)
	ports := own & public_openings
	count(ports) > 0
	words := listed(ports)
	finding := {
		"message": sprintf("makes DOKS open %s of every node to the world", [words]),
		"resource": service.ref,
		"key": "node-port",
		"fix": services.close_node_ports(service.ref),
	}
}

# What no Service asks for.
deny contains object.union(finding, lowered) if {
	not identity.doubt
	count(unexplained) > 0
	some firewall in firewalls.reaching
	firewall.name == firewalls.public_name
	words := listed(unexplained)
	lowered := harmless(unexplained)
	finding := {
		"message": sprintf("opens %s of the nodes to the world, and no Service asks for it", [words]),
		"resource": firewalls.ref(firewall),
		"key": "unexplained",
	}
}

public_openings contains opening if {
	some firewall in firewalls.reaching
	firewall.name == firewalls.public_name
	some opening in firewalls.opened(firewall)
}

unexplained contains opening if {
	some opening in public_openings
	not opening in explained
}

explained contains opening if {
	some own in causes
	some opening in own
}

# Service → what the cloud controller opens for it.
causes[name] contains opening if {
	some service in data.view.services
	name := text.qualified(service.ref)
	services.firewall_managed(service.annotations)
	field := opened_field(service)
	some port in service.ports
	number := port[field]
	is_number(number)
	number > 0
	opening := [lower(port.protocol), number, number]
}

# A load balancer of type REGIONAL reaches the nodes over the private network; one of type REGIONAL_NETWORK passes packets on
# to the Service's ports. Node ports that a LoadBalancer has as well are opened for nobody.
opened_field(service) := "nodePort" if service.type == "NodePort"

opened_field(service) := "port" if {
	service.type == "LoadBalancer"
	not services.foreign(service.loadBalancerClass)
	upper(service.loadBalancerNetwork) != "INTERNAL"
	service.loadBalancerType != "REGIONAL"
}

declared_openings(firewall) := openings if {
	declaration := firewalls.declaration(firewall)
	openings := firewalls.declared_opened(declaration[1])
}

else := set()

not_declared(firewall) := ", which its declaration does not say" if firewalls.declaration(firewall)

else := ""

# Answering to ping admits nobody.
harmless(openings) := {"severity": "low"} if {
	every opening in openings {
		opening[0] == "icmp"
	}
}

else := {}

listed(openings) := text.list(sort({firewalls.show(opening[0], opening[1], opening[2]) | some opening in openings}))
