package envcheck.account.firewall_undeclared_test

import data.envcheck.account.firewall_undeclared as policy

id := "8d2c1f60-5b1e-4c55-9f0e-2a4b7c9d1e3f"

own_tag := sprintf("k8s:%s", [id])

cluster_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": id}

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Firewall", "name": "office", "id": "f1"}

cluster := {"id": id, "name": "stage", "region": "fra1", "tags": ["k8s"], "node_pools": [{"tags": ["web"], "nodes": [{"droplet_id": "11"}, {"droplet_id": "12"}]}]}

ssh := {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24"]}}

everywhere := {"protocol": "tcp", "ports": "0", "destinations": {"addresses": ["0.0.0.0/0", "::/0"]}}

firewall(changes) := object.union({"id": "f1", "name": "office", "tags": [own_tag], "droplet_ids": [], "inbound_rules": [ssh], "outbound_rules": [everywhere]}, changes)

declared := {
	"name": "office",
	"tags": [],
	"inboundRules": [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24"], "tags": []}}],
	"outboundRules": [{"protocol": "tcp", "destinations": {"addresses": ["0.0.0.0/0", "::/0"], "tags": []}}],
}

result(specs, rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage"}, "firewalls": specs}}
		with data.digitalocean as {"kubernetes_clusters": [cluster], "firewalls": rows}
}

nothing := {"subjects": {cluster_ref, ref}, "deny": set(), "not_evaluated": set()}

changed(changes) := result([declared], [firewall(changes)])

test_as_declared if {
	changed({}) == nothing
	changed({"tags": ["k8s:worker"]}) == nothing
	changed({"tags": [], "droplet_ids": [11, 12]}) == nothing
}

test_grouping_does_not_matter if {
	apart := [
		{"protocol": "tcp", "ports": "all", "destinations": {"addresses": ["::/0"]}},
		{"protocol": "tcp", "ports": "1-65535", "destinations": {"addresses": ["0.0.0.0/0"]}},
	]
	changed({"outbound_rules": apart}) == nothing
}

test_doks_own if {
	rows := [firewall({"id": "w", "name": sprintf("k8s-%s-worker", [id])}), firewall({"id": "p", "name": sprintf("k8s-public-access-%s", [id])})]
	result([], rows) == object.union(nothing, {"subjects": {cluster_ref}})
}

test_names_like_doks_own_are_not_enough if {
	every name in ["k8s-de110c3a-77a2-4b0e-8d36-91c5f2a7b0d4-worker", "k8s-stage-worker"] {
		{finding.key | some finding in result([], [firewall({"name": name})]).deny} == {"undeclared"}
	}
}

test_undeclared if {
	result([], [firewall({})]) == object.union(nothing, {"deny": {{
		"message": "reaches the nodes by tag k8s:8d2c1f60 and is not declared: it admits tcp 22 from 203.0.113.0/24",
		"resource": ref,
		"key": "undeclared",
		"declared": ["digitalocean", "firewalls"],
	}}})
	{finding.message | some finding in result([], [firewall({"tags": ["web", "k8s", "other"], "inbound_rules": null})]).deny} == {"reaches the nodes by tag k8s and web and is not declared"}
	{finding.message | some finding in result([], [firewall({"tags": [], "droplet_ids": [12, 13], "inbound_rules": []})]).deny} == {"reaches the nodes by 1 of the nodes' 2 Droplets and is not declared"}
}

test_of_other_droplets if {
	result([], [firewall({"tags": ["db", "k8s:de110c3a"], "droplet_ids": [99]})]) == object.union(nothing, {"subjects": {cluster_ref}})
}

test_admits_more if {
	more := {"protocol": "tcp", "ports": "8000-9000", "sources": {"tags": ["ci"], "addresses": ["198.51.100.7"]}}
	changed({"inbound_rules": [ssh, more]}) == object.union(nothing, {"deny": {{
		"message": "admits more than declared: tcp 8000-9000 from 198.51.100.7 and tcp 8000-9000 from tag ci",
		"resource": ref,
		"key": "inbound_rules extra",
		"declared": ["digitalocean", "firewalls", 0],
		"fix": {
			"action": "firewall.remove_rules",
			"risk": "destructive",
			"summary": "remove from firewall office the rules that are not declared",
			"target": ref,
			"params": {"inbound_rules": [more]},
		},
	}}})
}

test_a_rule_that_is_partly_declared_is_not_removed if {
	wider := object.union(ssh, {"sources": {"addresses": ["203.0.113.0/24", "198.51.100.7"]}})
	some finding in changed({"inbound_rules": [wider]}).deny
	finding.message == "admits more than declared: tcp 22 from 198.51.100.7"
	not finding.fix
}

test_admits_less if {
	changed({"outbound_rules": []}) == object.union(nothing, {"deny": {{
		"message": "lacks what is declared: all tcp ports to 0.0.0.0/0 and all tcp ports to ::/0",
		"resource": ref,
		"key": "outbound_rules missing",
		"severity": "medium",
		"declared": ["digitalocean", "firewalls", 0],
		"fix": {
			"action": "firewall.add_rules",
			"risk": "disruptive",
			"summary": "add the declared rules to firewall office",
			"target": ref,
			"params": {"outbound_rules": [
				{"protocol": "tcp", "ports": "0", "destinations": {"addresses": ["0.0.0.0/0"]}},
				{"protocol": "tcp", "ports": "0", "destinations": {"addresses": ["::/0"]}},
			]},
		},
	}}})
}

test_declared_tags_and_icmp_are_added if {
	spec := object.union(declared, {"inboundRules": [
		{"protocol": "icmp", "sources": {"addresses": [], "tags": ["ci"]}},
		{"protocol": "udp", "ports": "53", "sources": {"addresses": [], "tags": ["ci"]}},
		{"protocol": "udp", "ports": "60-70", "sources": {"addresses": [], "tags": ["ci"]}},
	]})
	some finding in result([spec], [firewall({"inbound_rules": []})]).deny
	{rule | some rule in finding.fix.params.inbound_rules} == {
		{"protocol": "icmp", "sources": {"tags": ["ci"]}},
		{"protocol": "udp", "ports": "53", "sources": {"tags": ["ci"]}},
		{"protocol": "udp", "ports": "60-70", "sources": {"tags": ["ci"]}},
	}
}

test_declared_and_missing if {
	absent := object.remove(ref, ["id"])
	result([declared], []) == {
		"subjects": {cluster_ref, absent},
		"deny": {{
			"message": "the account has no firewall of this name",
			"resource": absent,
			"key": "missing",
			"severity": "medium",
			"declared": ["digitalocean", "firewalls", 0],
		}},
		"not_evaluated": set(),
	}
}

test_not_applied if {
	changed({"tags": ["other"], "droplet_ids": [11]}).deny == {{
		"message": "is not applied to the tag k8s:8d2c1f60",
		"resource": ref,
		"key": "tags",
		"severity": "medium",
		"declared": ["digitalocean", "firewalls", 0],
	}}
	spec := object.union(declared, {"tags": ["web", "db"]})
	{finding.message | some finding in result([spec], [firewall({"tags": ["web"]})]).deny} == {"is not applied to the tag db"}
}

test_scopes_that_are_missing if {
	state := result([], [firewall({"droplet_ids": null, "tags": ["other"]})])
	state.deny == set()
	state.not_evaluated == {{
		"resource": ref,
		"reason": "scope missing",
		"detail": "whether it reaches the nodes is not visible: the token needs droplet:read",
	}}
	state.subjects == {cluster_ref, ref}
}

test_cluster_not_found if {
	gaps := policy.not_evaluated with data.environment as {"digitalocean": {"region": "fra1", "cluster": {"name": "stage"}, "firewalls": []}}
		with data.digitalocean as {"kubernetes_clusters": [], "firewalls": [firewall({})]}
	{gap.reason | some gap in gaps} == {"cluster not found"}
}
