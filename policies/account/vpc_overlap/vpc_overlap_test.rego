package envcheck.account.vpc_overlap_test

import data.envcheck.account.vpc_overlap as policy

home := "06b5b28b-2ba8-45c5-afa6-da4dd15cd9a5"

away := "9f9c9cd5-92d2-4414-aad5-ff4c1b3b1ed2"

stage := "8d2c1f60-5b1e-4c55-9f0e-2a4b7c9d1e3f"

dev := "de110c3a-77a2-4b0e-8d36-91c5f2a7b0d4"

cluster_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": stage}

vpc_ref := {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": "stage", "id": home}

own := {"id": home, "name": "stage", "region": "fra1", "ip_range": "10.20.0.0/20"}

other(range) := {"id": away, "name": "default-fra1", "region": "fra1", "ip_range": range}

cluster(id, name, pods, services) := {"id": id, "name": name, "region": "fra1", "cluster_subnet": pods, "service_subnet": services}

ours := cluster(stage, "stage", "10.120.0.0/16", "10.121.0.0/20")

result_of(vpc, rows, clusters) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": object.union({"region": "fra1", "cluster": {"name": "stage"}}, vpc)}
		with data.digitalocean as {"vpcs": rows, "kubernetes_clusters": clusters}
}

result(rows, clusters) := result_of({"vpc": {"name": "stage"}}, rows, clusters)

nothing := {"subjects": {vpc_ref, cluster_ref}, "deny": set(), "not_evaluated": set()}

test_apart if {
	result([own, other("10.114.0.0/20")], [ours, cluster(dev, "dev", "10.244.0.0/16", "10.245.0.0/16")]) == nothing
}

test_pods_of_two_clusters_may_be_the_same if {
	result([own], [ours, cluster(dev, "dev", "10.120.0.0/16", "10.121.0.0/20")]) == nothing
}

test_two_networks if {
	result([own, other("10.20.8.0/24")], [ours]) == object.union(nothing, {"deny": {{
		"message": "its addresses 10.20.0.0/20 overlap 10.20.8.0/24 of VPC default-fra1 (9f9c9cd5)",
		"resource": vpc_ref,
		"key": away,
	}}})
}

test_other_networks_are_not_ours_to_judge if {
	third := object.union(other("10.114.0.0/20"), {"id": "third"})
	result([own, other("10.114.0.0/20"), third], [ours]) == nothing
}

test_network_and_clusters if {
	result([own], [ours, cluster(dev, "dev", "10.20.0.0/16", "10.20.0.0/20")]) == object.union(nothing, {"deny": {
		{
			"message": "its addresses 10.20.0.0/20 overlap 10.20.0.0/16, the Pods of cluster dev (de110c3a)",
			"resource": vpc_ref,
			"key": sprintf("%s Pods", [dev]),
		},
		{
			"message": "its addresses 10.20.0.0/20 overlap 10.20.0.0/20, the Services of cluster dev (de110c3a)",
			"resource": vpc_ref,
			"key": sprintf("%s Services", [dev]),
		},
	}})
	count(result([own], [cluster(stage, "stage", "10.0.0.0/8", "10.121.0.0/20")]).deny) == 1
}

test_cluster_and_other_networks if {
	result([own, other("10.121.0.0/24")], [ours]) == object.union(nothing, {"deny": {{
		"message": "the addresses of its Services, 10.121.0.0/20, overlap 10.121.0.0/24 of VPC default-fra1 (9f9c9cd5)",
		"resource": cluster_ref,
		"key": sprintf("%s Services", [away]),
	}}})
	result_of({}, [own], [cluster(stage, "stage", "10.20.0.0/16", "10.121.0.0/20")]).deny == {{
		"message": "the addresses of its Pods, 10.20.0.0/16, overlap 10.20.0.0/20 of VPC stage (06b5b28b)",
		"resource": cluster_ref,
		"key": sprintf("%s Pods", [home]),
	}}
}

test_what_is_not_said if {
	result([own, other(null)], [ours, cluster(dev, "dev", "", "10.245.0.0/16")]) == object.union(nothing, {"not_evaluated": {
		{
			"resource": {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": "default-fra1", "id": away},
			"reason": "not said",
			"detail": "the account's answer has no ip_range of the network",
		},
		{
			"resource": {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "dev", "id": dev},
			"reason": "not said",
			"detail": "the account's answer has no cluster_subnet of the cluster",
		},
	}})
}

test_not_found if {
	{gap.reason | some gap in result([other("10.114.0.0/20")], []).not_evaluated} == {"VPC not found", "cluster not found"}
}

test_nothing_declared if {
	state := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as {"digitalocean": {"region": "fra1"}}
		with data.digitalocean as {"vpcs": [own, other("10.20.0.0/20")], "kubernetes_clusters": [ours]}
	state == {"subjects": set(), "deny": set()}
}
