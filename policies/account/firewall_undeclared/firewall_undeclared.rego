# METADATA
# title: Firewalls that reach the nodes are declared
# description: >-
#   Every firewall that reaches a node, by a tag of the nodes or by their Droplets, is one of DOKS's two of this cluster or
#   stands under firewalls with the same rules. How rules are grouped does not matter. A declared firewall that is missing, or
#   admits less than declared, is medium.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/networking/firewalls/
# custom:
#   id: firewall-undeclared
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.firewalls, digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Declare the firewall under digitalocean.firewalls, or take the tag or the nodes' Droplets from it. It may serve other
#     Droplets too, so a fix only brings the rules of a declared firewall to what is declared.
#   parameters: {}
package envcheck.account.firewall_undeclared

import data.envcheck.lib.cluster
import data.envcheck.lib.firewalls
import data.envcheck.lib.text

subjects contains firewalls.ref(firewall) if some firewall in judged

subjects contains gap.resource if some gap in firewalls.gaps

subjects contains declared_ref(entry.name) if some entry in data.environment.digitalocean.firewalls

# Nothing reaches the nodes but what DOKS owns: that was looked at, too.
subjects contains cluster.ref

not_evaluated contains cluster.gap

not_evaluated contains gap if some gap in firewalls.gaps

deny contains finding if {
	some firewall in judged
	not firewalls.declaration(firewall)
	reach := firewalls.how(firewall)
	finding := {
		"message": sprintf("reaches the nodes %s and is not declared%s", [reach, admits(firewall)]),
		"resource": firewalls.ref(firewall),
		"key": "undeclared",
		"declared": ["digitalocean", "firewalls"],
	}
}

# More than declared.
deny contains object.union(finding, removal(firewall, change)) if {
	some change in compared
	firewall := change.firewall
	count(change.extra) > 0
	words := text.list(sort({show(atom, change.sign) | some atom in change.extra}))
	finding := {
		"message": sprintf("admits more than declared: %s", [words]),
		"resource": firewalls.ref(firewall),
		"key": sprintf("%s extra", [change.field]),
		"declared": ["digitalocean", "firewalls", change.index],
	}
}

# Less than declared.
deny contains object.union(finding, addition(firewall, change)) if {
	some change in compared
	firewall := change.firewall
	count(change.missing) > 0
	words := text.list(sort({show(atom, change.sign) | some atom in change.missing}))
	finding := {
		"message": sprintf("lacks what is declared: %s", [words]),
		"resource": firewalls.ref(firewall),
		"key": sprintf("%s missing", [change.field]),
		"severity": "medium",
		"declared": ["digitalocean", "firewalls", change.index],
	}
}

deny contains finding if {
	some index, entry in data.environment.digitalocean.firewalls
	not by_name[entry.name]
	finding := {
		"message": "the account has no firewall of this name",
		"resource": declared_ref(entry.name),
		"key": "missing",
		"severity": "medium",
		"declared": ["digitalocean", "firewalls", index],
	}
}

deny contains finding if {
	cluster.found
	some index, entry in data.environment.digitalocean.firewalls
	firewall := by_name[entry.name]
	wanted := wanted_tags(entry)
	count(firewalls.unseen) == 0
	lacking := sort({firewalls.short(tag) | some tag in wanted; not tag in firewalls.tags(firewall)})
	count(lacking) > 0
	not all_nodes(entry, firewall)
	words := text.list(lacking)
	finding := {
		"message": sprintf("is not applied to the tag %s", [words]),
		"resource": firewalls.ref(firewall),
		"key": "tags",
		"severity": "medium",
		"declared": ["digitalocean", "firewalls", index],
	}
}

judged contains firewall if {
	some firewall in firewalls.reaching
	not firewall.name in firewalls.owned_names
}

by_name[firewall.name] := firewall if {
	some firewall in data.digitalocean.firewalls
	firewall.name in declared_names
}

declared_names contains entry.name if some entry in data.environment.digitalocean.firewalls

declared_ref(name) := firewalls.ref(by_name[name]) if by_name[name]

else := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": name}

# Without tags of its own a declared firewall is for the cluster's nodes.
wanted_tags(entry) := entry.tags if count(entry.tags) > 0

wanted_tags(entry) := [cluster.own_tag] if count(entry.tags) == 0

all_nodes(entry, firewall) if {
	count(entry.tags) == 0
	some tag in firewalls.tags(firewall)
	tag in {"k8s", "k8s:worker", "k8s-worker"}
}

all_nodes(entry, firewall) if {
	count(entry.tags) == 0
	count(cluster.droplets) > 0
	count(firewalls.by_droplet(firewall)) == count(cluster.droplets)
}

# Rules of declared firewalls beside the declared ones, each way.

compared contains change if {
	some index, entry in data.environment.digitalocean.firewalls
	firewall := by_name[entry.name]
	some field, rules in {
		"inbound_rules": [firewalls.inbound(firewall), firewalls.declared_inbound(entry)],
		"outbound_rules": [firewalls.outbound(firewall), firewalls.declared_outbound(entry)],
	}
	actual := firewalls.atoms(rules[0])
	wanted := firewalls.atoms(rules[1])
	change := {
		"firewall": firewall,
		"index": index,
		"field": field,
		"sign": {"inbound_rules": "from", "outbound_rules": "to"}[field],
		"side": {"inbound_rules": "sources", "outbound_rules": "destinations"}[field],
		"rules": rules[0],
		"extra": actual - wanted,
		"missing": wanted - actual,
	}
}

show(atom, sign) := sprintf("%s %s %s", [firewalls.show(atom[0], atom[1], atom[2]), sign, atom[4]]) if atom[3] == "address"

show(atom, sign) := sprintf("%s %s %s %s", [firewalls.show(atom[0], atom[1], atom[2]), sign, atom[3], atom[4]]) if atom[3] != "address"

admits(firewall) := sprintf(": it admits %s", [text.list(texts)]) if {
	texts := sort({sprintf("%s from %s", [ports, peers]) |
		some rule in firewalls.inbound(firewall)
		ports := firewalls.show(rule.protocol, rule.from, rule.to)
		peers := text.list(sort({words(source) | some source in rule.peers}))
	})
	count(texts) > 0
}

else := ""

words(source) := source[1] if source[0] == "address"

words(source) := concat(" ", source) if source[0] != "address"

# Rules are removed as a whole, as the account has them: only those of which nothing is declared.
removal(firewall, change) := {"fix": {
	"action": "firewall.remove_rules",
	"risk": "destructive",
	"summary": sprintf("remove from firewall %s the rules that are not declared", [firewall.name]),
	"target": firewalls.ref(firewall),
	"params": {change.field: whole},
}} if {
	whole := [rule.raw |
		some rule in change.rules
		own := firewalls.atoms([rule])
		count(own) > 0
		count(own - change.extra) == 0
	]
	count(whole) > 0
	whole_covers(change, whole)
}

else := {}

whole_covers(change, whole) if {
	kept := {atom |
		some rule in change.rules
		not rule.raw in whole
		some atom in firewalls.atoms([rule])
	}
	count(change.extra & kept) == 0
}

addition(firewall, change) := {"fix": {
	"action": "firewall.add_rules",
	"risk": "disruptive",
	"summary": sprintf("add the declared rules to firewall %s", [firewall.name]),
	"target": firewalls.ref(firewall),
	"params": {change.field: rules},
}} if {
	rules := sort({rule |
		some atom in change.missing
		rule := object.union(ports(atom), {"protocol": atom[0], change.side: peer(atom)})
	})
}

# ICMP has no ports, and the API calls all of them "0".
ports(atom) := {} if atom[0] == "icmp"

ports(atom) := {"ports": "0"} if {
	atom[0] != "icmp"
	firewalls.whole(atom[1], atom[2])
}

ports(atom) := {"ports": sprintf("%d", [atom[1]])} if {
	atom[0] != "icmp"
	atom[1] == atom[2]
}

ports(atom) := {"ports": sprintf("%d-%d", [atom[1], atom[2]])} if {
	atom[0] != "icmp"
	atom[1] < atom[2]
	not firewalls.whole(atom[1], atom[2])
}

peer(atom) := {"addresses": [atom[4]]} if atom[3] == "address"

peer(atom) := {"tags": [atom[4]]} if atom[3] == "tag"
