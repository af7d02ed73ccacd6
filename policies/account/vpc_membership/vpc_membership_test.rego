package envcheck.account.vpc_membership_test

import data.envcheck.account.vpc_membership as policy

home := "06b5b28b-2ba8-45c5-afa6-da4dd15cd9a5"

away := "9f9c9cd5-92d2-4414-aad5-ff4c1b3b1ed2"

cluster_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": "c1"}

vpc_ref := {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": "stage", "id": home}

balancer_ref := {"apiVersion": "digitalocean.com/v2", "kind": "LoadBalancer", "name": "web", "id": "lb1"}

networks := [
	{"id": home, "name": "stage", "region": "fra1", "ip_range": "10.20.0.0/20"},
	{"id": away, "name": "default-fra1", "region": "fra1", "ip_range": "10.114.0.0/20"},
]

declared := {"name": "stage", "ipRange": "10.20.0.0/20"}

cluster(changes) := object.union({"id": "c1", "name": "stage", "region": "fra1", "vpc_uuid": home, "tags": ["k8s"]}, changes)

balancer(changes) := object.union({"ref": balancer_ref, "id": "lb1", "name": "web", "type": "REGIONAL", "vpc": home, "clusters": ["c1"]}, changes)

result_of(vpc, rows, found, balancers) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": object.union({"region": "fra1", "cluster": {"name": "stage"}}, vpc)}
		with data.digitalocean as {"vpcs": rows, "kubernetes_clusters": found, "load_balancers": []}
		with data.view as {"load_balancers": balancers}
}

result(found, balancers) := result_of({"vpc": declared}, networks, [found], balancers)

nothing := {"subjects": {vpc_ref, cluster_ref, balancer_ref}, "deny": set(), "not_evaluated": set()}

test_in_the_declared_network if {
	result(cluster({}), [balancer({})]) == nothing
}

test_cluster_elsewhere if {
	result(cluster({"vpc_uuid": away}), [balancer({})]) == object.union(nothing, {"deny": {{
		"message": "is in VPC default-fra1 (9f9c9cd5), stage (06b5b28b) is declared",
		"resource": cluster_ref,
		"key": "vpc",
		"declared": ["digitalocean", "vpc"],
	}}})
}

test_load_balancer_elsewhere if {
	result(cluster({}), [balancer({"vpc": "11111111-2222"})]) == object.union(nothing, {"deny": {{
		"message": "is in VPC 11111111, stage (06b5b28b) is declared",
		"resource": balancer_ref,
		"key": "vpc",
		"declared": ["digitalocean", "vpc"],
	}}})
}

test_several_load_balancers if {
	others := [balancer({"ref": object.union(balancer_ref, {"id": id, "name": id}), "id": id, "vpc": away}) | some id in ["lb2", "lb3"]]
	{finding.resource.id | some finding in result(cluster({}), array.concat(others, [balancer({})])).deny} == {"lb2", "lb3"}
}

test_other_load_balancers if {
	result(cluster({}), [balancer({"vpc": away, "clusters": ["c2"]}), balancer({"vpc": null, "type": "GLOBAL"})]) == object.union(nothing, {"subjects": {vpc_ref, cluster_ref}})
}

test_network_missing if {
	absent := object.remove(vpc_ref, ["id"])
	result_of({"vpc": declared}, [object.union(networks[0], {"region": "ams3"}), networks[1]], [cluster({})], []) == {
		"subjects": {absent},
		"deny": {{
			"message": "the account has no VPC of this name in fra1, only in ams3",
			"resource": absent,
			"key": "missing",
			"declared": ["digitalocean", "vpc", "name"],
		}},
		"not_evaluated": set(),
	}
}

test_other_addresses if {
	result_of({"vpc": object.union(declared, {"ipRange": "10.20.0.0/19"})}, networks, [cluster({})], []).deny == {{
		"message": "it has the addresses 10.20.0.0/20, 10.20.0.0/19 is declared",
		"resource": vpc_ref,
		"key": "range",
		"severity": "medium",
		"declared": ["digitalocean", "vpc", "ipRange"],
	}}
	result_of({"vpc": {"name": "stage"}}, networks, [cluster({})], []).deny == set()
}

test_scopes_that_are_missing if {
	hidden := "in which network it is cannot be seen: the token needs vpc:read"
	every changes in [{"vpc_uuid": null}, {"vpc_uuid": ""}] {
		result(cluster(changes), [balancer({})]) == object.union(nothing, {"not_evaluated": {{"resource": cluster_ref, "reason": "scope missing", "detail": hidden}}})
	}
	result(cluster({}), [balancer({"vpc": null})]).not_evaluated == {{"resource": balancer_ref, "reason": "scope missing", "detail": hidden}}
	result(cluster({"tags": null}), [balancer({"clusters": []})]).not_evaluated == {{
		"resource": cluster_ref,
		"reason": "scope missing",
		"detail": "which load balancers belong to the cluster is not visible: the token needs tag:read",
	}}
}

test_cluster_not_found if {
	{gap.reason | some gap in result_of({"vpc": declared}, networks, [], []).not_evaluated} == {"cluster not found"}
}

test_nothing_declared if {
	result_of({}, networks, [cluster({"vpc_uuid": away})], [balancer({"vpc": away})]) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}

test_a_network_that_does_not_say_its_addresses if {
	every row in [object.remove(networks[0], ["ip_range"]), object.union(networks[0], {"ip_range": null}), object.union(networks[0], {"ip_range": ""})] {
		result_of({"vpc": declared}, [row], [cluster({})], [balancer({})]) == object.union(nothing, {"not_evaluated": {{
			"resource": vpc_ref,
			"reason": "not said",
			"detail": "the account's answer has no ip_range of the network",
		}}})
	}
	result_of({"vpc": {"name": "stage"}}, [object.remove(networks[0], ["ip_range"])], [cluster({})], [balancer({})]) == nothing
}
