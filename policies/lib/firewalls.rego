# Firewalls of the account: which are DOKS's own, which reach the cluster's nodes, and what their rules admit. Rules of the
# API and of the spec are brought into one form: {protocol, from, to, peers}, peers being ["address", "203.0.113.0/24"],
# ["tag", "web"], ["droplet", "541203877"], ["load balancer", id] or ["cluster", id].
package envcheck.lib.firewalls

import data.envcheck.lib.addresses
import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.text

ref(firewall) := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": firewall.name, "id": firewall.id} if {
	is_string(firewall.id)
}

else := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": firewall.name}

# DOKS's own two of this cluster, by their exact names. Whoever can name a firewall could copy the form, but not the name.
worker_name := sprintf("k8s-%s-worker", [cluster_id])

public_name := sprintf("k8s-public-access-%s", [cluster_id])

owned_names := {worker_name, public_name}

# Shown with as much of the UUID as tells clusters apart.
short(name) := replace(name, cluster_id, text.short(cluster_id)) if is_string(cluster_id)

short(name) := name if not is_string(cluster_id)

# Which nodes

tags(firewall) := fields.list(firewall, "tags")

droplets(firewall) := [sprintf("%d", [id]) | some id in fields.list(firewall, "droplet_ids")]

# What functions here need of the cluster: regorus does not follow an import from a function that another package calls.
cluster_id := cluster.found.id

node_tags := cluster.node_tags

node_droplets := cluster.droplets

# The tags by which it reaches nodes, and the Droplets that it names itself.
by_tag(firewall) := [tag | some tag in tags(firewall); tag in node_tags]

by_droplet(firewall) := [id | some id in droplets(firewall); id in node_droplets]

reaching contains firewall if {
	some firewall in data.digitalocean.firewalls
	count(by_tag(firewall)) > 0
}

reaching contains firewall if {
	some firewall in data.digitalocean.firewalls
	count(by_droplet(firewall)) > 0
}

# What the token may not see of firewalls. A null is no proof: where one of them shows a list, the others have none.
unseen contains "tag:read" if {
	not cluster.tags_visible
	shown := [1 | some firewall in data.digitalocean.firewalls; is_array(firewall.tags)]
	count(shown) == 0
}

unseen contains "droplet:read" if {
	shown := [1 | some firewall in data.digitalocean.firewalls; is_array(firewall.droplet_ids)]
	count(shown) == 0
}

# Firewalls of which nobody can say whether they reach the nodes.
gaps contains gap if {
	cluster.found
	count(unseen) > 0
	scopes := text.list(sort(unseen))
	some firewall in data.digitalocean.firewalls
	not firewall.name in owned_names
	not firewall in reaching
	resource := ref(firewall)
	gap := {
		"resource": resource,
		"reason": "scope missing",
		"detail": sprintf("whether it reaches the nodes is not visible: the token needs %s", [scopes]),
	}
}

# "by tag k8s:8d2c5b1e", "by 2 of 3 Droplets".
how(firewall) := sprintf("by tag %s", [text.list([short(tag) | some tag in sort(by_tag(firewall))])]) if {
	count(by_tag(firewall)) > 0
}

else := sprintf("by %d of the nodes' %d Droplets", [count(by_droplet(firewall)), count(node_droplets)])

# Rules

inbound(firewall) := [rule |
	some raw in fields.list(firewall, "inbound_rules")
	is_object(raw)
	rule := normal(raw, object.get(raw, "sources", {}))
]

outbound(firewall) := [rule |
	some raw in fields.list(firewall, "outbound_rules")
	is_object(raw)
	rule := normal(raw, object.get(raw, "destinations", {}))
]

declared_inbound(firewall) := [rule |
	some raw in fields.list(firewall, "inboundRules")
	rule := normal(raw, raw.sources)
]

declared_outbound(firewall) := [rule |
	some raw in fields.list(firewall, "outboundRules")
	rule := normal(raw, raw.destinations)
]

normal(raw, side) := {
	"protocol": raw.protocol,
	"from": span[0],
	"to": span[1],
	"peers": peers(side),
	"raw": raw,
} if {
	span := ports(raw.protocol, object.get(raw, "ports", null))
}

# [from, to]; the whole range for "0", "all", nothing, and for ICMP, which has no ports.
ports(protocol, written) := [to_number(bounds[0]), to_number(bounds[count(bounds) - 1])] if {
	protocol != "icmp"
	is_string(written)
	regex.match(`^[1-9][0-9]*(-[1-9][0-9]*)?$`, written)
	bounds := split(written, "-")
}

else := [1, 65535]

peers(side) := {peer |
	some kind, name in {
		"address": "addresses",
		"tag": "tags",
		"droplet": "droplet_ids",
		"load balancer": "load_balancer_uids",
		"cluster": "kubernetes_ids",
	}
	some entry in fields.list(side, name)
	peer := [kind, entry_text(kind, entry)]
}

entry_text("address", entry) := addresses.canonical(entry)

entry_text(kind, entry) := sprintf("%v", [entry]) if kind != "address"

# One for each protocol, range of ports and peer: how rules are grouped does not matter.
atoms(rules) := {[rule.protocol, rule.from, rule.to, peer[0], peer[1]] | some rule in rules; some peer in rule.peers}

# What is open to the world: [protocol, from, to], of a firewall and of a declared one.
opened(firewall) := openings([wide |
	some raw in fields.list(firewall, "inbound_rules")
	is_object(raw)
	wide := wide_ranges(raw)
])

declared_opened(firewall) := openings([wide |
	some raw in fields.list(firewall, "inboundRules")
	wide := wide_ranges(raw)
])

# Only wide ranges can make up the world, so all other sources, which may be many, are left aside.
wide_ranges(raw) := {"protocol": raw.protocol, "from": span[0], "to": span[1], "ranges": ranges} if {
	ranges := {range | some range in fields.list(object.get(raw, "sources", {}), "addresses"); addresses.broad(range)}
	count(ranges) > 0
	span := ports(raw.protocol, object.get(raw, "ports", null))
}

# Ranges of several rules for the same ports count together.
openings(rules) := {[rule.protocol, rule.from, rule.to] |
	some rule in rules
	admitted := {range |
		some other in rules
		other.protocol == rule.protocol
		other.from <= rule.from
		other.to >= rule.to
		some range in other.ranges
	}
	addresses.world(admitted)
}

# The whole of the first lies in one of the others.
within(opening, openings) if {
	some other in openings
	other[0] == opening[0]
	other[1] <= opening[1]
	other[2] >= opening[2]
}

# "tcp 22", "tcp 8000-9000", "all tcp ports", "icmp".
show(protocol, _, _) := "icmp" if protocol == "icmp"

show(protocol, from, to) := sprintf("all %s ports", [protocol]) if {
	protocol != "icmp"
	from <= 1
	to == 65535
}

show(protocol, from, to) := sprintf("%s %d", [protocol, from]) if {
	protocol != "icmp"
	from == to
}

show(protocol, from, to) := sprintf("%s %d-%d", [protocol, from, to]) if {
	protocol != "icmp"
	from < to
	not whole(from, to)
}

whole(from, to) if {
	from <= 1
	to == 65535
}

# The declaration of a firewall: [index, as declared].
declaration(firewall) := min({[index, entry] |
	some index, entry in data.environment.digitalocean.firewalls
	entry.name == firewall.name
})
