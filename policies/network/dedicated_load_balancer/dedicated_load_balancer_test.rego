package envcheck.network.dedicated_load_balancer_test

import data.envcheck.network.dedicated_load_balancer as policy

stage := "8d2c0000-0000-4000-8000-000000000000"

dev := "de110000-0000-4000-8000-000000000000"

a := "7c1e0d52-0000-4000-8000-000000000000"

b := "b1a2c3d4-0000-4000-8000-000000000000"

service_ref(name) := {"apiVersion": "v1", "kind": "Service", "namespace": "edge", "name": name}

service(name, changes) := object.union(
	{
		"ref": service_ref(name),
		"namespace": "edge",
		"name": name,
		"type": "LoadBalancer",
		"created": "2026-11-23T00:00:00Z",
		"owner": null,
		"loadBalancerClass": null,
		"loadBalancerId": null,
		"loadBalancerName": sprintf("a%s", [name]),
		"disowned": false,
	},
	changes,
)

balancer_ref(id, name) := {"apiVersion": "digitalocean.com/v2", "kind": "LoadBalancer", "name": name, "id": id}

balancer(id, name, clusters) := {
	"ref": balancer_ref(id, name),
	"id": id,
	"name": name,
	"clusters": clusters,
	"created": "2026-11-22T00:00:00Z",
}

result_in(cluster, services, balancers) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"exposure": [{"service": "edge/web"}], "digitalocean": {"cluster": {"name": "stage"}}}
		with data.view as {"services": services, "load_balancers": balancers, "cluster": cluster}
		with data.digitalocean as {"kubernetes_clusters": [{"id": stage, "name": "stage"}, {"id": dev, "name": "dev"}]}
		with data.now as "2026-11-23T03:00:00Z"
}

result(services, balancers) := result_in({"id": stage, "name": "stage"}, services, balancers)

clean(subjects) := {"subjects": subjects, "deny": set(), "pending": set(), "not_evaluated": set()}

test_paired_by_id if {
	result([service("web", {"loadBalancerId": a})], [balancer(a, "renamed", [stage])]) == clean({service_ref("web"), balancer_ref(a, "renamed")})
}

test_paired_by_name if {
	result([service("web", {})], [balancer(a, "aweb", [stage])]) == clean({service_ref("web"), balancer_ref(a, "aweb")})
}

test_other_services_are_not_judged if {
	result(
		[
			service("cluster-ip", {"type": "ClusterIP"}),
			service("tailscale", {"loadBalancerClass": "tailscale"}),
			service("mine", {"disowned": true}),
		],
		[],
	) == clean(set())
}

test_dangling_id if {
	result([service("web", {"loadBalancerId": a})], []) == {
		"subjects": {service_ref("web")},
		"deny": {{
			"message": "names load balancer 7c1e0d52, which the account does not have",
			"resource": service_ref("web"),
			"key": "dangling",
			"declared": ["exposure", 0],
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_shared_id if {
	result([service("web", {"loadBalancerId": a}), service("b2b", {"loadBalancerId": a})], [balancer(a, "x", [stage])]).deny == {
		{
			"message": "shares load balancer 7c1e0d52 with edge/b2b",
			"resource": service_ref("web"),
			"key": "shared",
			"declared": ["exposure", 0],
		},
		{
			"message": "shares load balancer 7c1e0d52 with edge/web",
			"resource": service_ref("b2b"),
			"key": "shared",
		},
	}
}

test_shared_by_name if {
	found := result([service("web", {"loadBalancerId": a}), service("b2b", {"loadBalancerName": "x"})], [balancer(a, "x", [stage])]).deny
	{finding.resource.name | some finding in found; finding.key == "shared"} == {"web", "b2b"}
}

test_handed_over_by_disowning if {
	result([service("web", {"loadBalancerId": a}), service("old", {"loadBalancerId": a, "disowned": true})], [balancer(a, "x", [stage])]) == clean({
		service_ref("web"),
		balancer_ref(a, "x"),
	})
}

test_another_clusters if {
	result([service("b2b", {"loadBalancerId": a})], [balancer(a, "x", [dev])]).deny == {{
		"message": "uses load balancer 7c1e0d52, which is tagged for cluster dev",
		"resource": service_ref("b2b"),
		"key": "cluster",
	}}
}

test_an_unknown_clusters if {
	gone := "60ae0000-0000-4000-8000-000000000000"
	result([service("b2b", {"loadBalancerId": a})], [balancer(a, "x", [gone])]).deny == {{
		"message": "uses load balancer 7c1e0d52, which is tagged for cluster 60ae0000",
		"resource": service_ref("b2b"),
		"key": "cluster",
	}}
	result([service("web", {"loadBalancerId": a})], [balancer(a, "x", [gone, stage])]).deny == set()
	count(result([service("web", {"loadBalancerId": a})], [balancer(a, "x", [dev, stage])]).deny) == 1
}

test_not_yet_tagged if {
	result([service("web", {"loadBalancerId": a})], [balancer(a, "x", [])]).deny == set()
}

test_pending if {
	result([service("web", {"created": "2026-11-23T02:50:01Z"})], []) == {
		"subjects": {service_ref("web")},
		"deny": set(),
		"pending": {{"resource": service_ref("web"), "message": "no load balancer yet, created 9 min ago"}},
		"not_evaluated": set(),
	}
}

test_missing if {
	result([service("web", {"created": "2026-11-23T02:50:00Z"})], []) == {
		"subjects": {service_ref("web")},
		"deny": {{
			"message": "has no load balancer 10 min after it was created",
			"resource": service_ref("web"),
			"key": "missing",
			"declared": ["exposure", 0],
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
	{finding.message | some finding in result([service("web", {"created": null})], []).deny} == {"has no load balancer"}
}

test_unclaimed if {
	result([], [balancer(a, "x", [stage]), balancer(b, "y", [dev]), balancer("c", "z", [])]) == {
		"subjects": {balancer_ref(a, "x")},
		"deny": {{
			"message": "is tagged for this cluster, but no Service has it",
			"resource": balancer_ref(a, "x"),
			"key": "unclaimed",
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_a_young_load_balancer_is_pending if {
	young := object.union(balancer(a, "x", [stage]), {"created": "2026-11-23T02:58:00Z"})
	result([], [young]) == {
		"subjects": {balancer_ref(a, "x")},
		"deny": set(),
		"pending": {{"resource": balancer_ref(a, "x"), "message": "no Service has it yet, created 2 min ago"}},
		"not_evaluated": set(),
	}
}

test_disowned_and_foreign_services_claim_theirs if {
	result(
		[service("mine", {"disowned": true, "loadBalancerId": a}), service("theirs", {"loadBalancerClass": "tailscale", "loadBalancerName": "y"})],
		[balancer(a, "x", [stage]), balancer(b, "y", [stage])],
	) == clean({balancer_ref(a, "x"), balancer_ref(b, "y")})
}

gateway := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "namespace": "edge", "name": "public"}

test_a_gateways_service_is_reported_at_the_gateway if {
	result([service("cilium-gateway-public", {"owner": gateway, "loadBalancerId": a})], []) == {
		"subjects": {gateway},
		"deny": {{
			"message": "names load balancer 7c1e0d52, which the account does not have",
			"resource": gateway,
			"key": "dangling",
		}},
		"pending": set(),
		"not_evaluated": set(),
	}
}

test_cluster_unknown if {
	result_in(null, [service("web", {"loadBalancerId": b})], [balancer(a, "x", [stage])]) == {
		"subjects": {service_ref("web")},
		"deny": {{
			"message": "names load balancer b1a2c3d4, which the account does not have",
			"resource": service_ref("web"),
			"key": "dangling",
			"declared": ["exposure", 0],
		}},
		"pending": set(),
		"not_evaluated": {{
			"reason": "the cluster is not known in the account",
			"detail": "without its id, load balancers that belong to it and have no Service cannot be told from others",
		}},
	}
	result_in(null, [service("web", {"loadBalancerId": a})], [balancer(a, "x", [dev])]).deny == set()
}

# A cluster that is not of the account has no load balancers there.
test_no_cluster_declared if {
	count(policy.not_evaluated) == 0 with data.environment as {"digitalocean": {"region": "fra1"}}
		with data.view as {"services": [], "load_balancers": [balancer(a, "x", [dev])], "cluster": null}
		with data.digitalocean as {"kubernetes_clusters": []}
		with data.now as "2026-11-23T03:00:00Z"
}

test_whose_services_were_read_is_not_known if {
	doubtful := {"id": stage, "name": "stage", "unverified": "it has no Node that could be compared"}
	gap := {
		"reason": "cluster not verified",
		"detail": "the Services that were read may not be those of stage: it has no Node that could be compared",
	}
	services := [service("web", {"loadBalancerId": b}), service("api", {}), service("one", {"created": "2026-11-23T02:59:00Z"})]
	refs := {service_ref("web"), service_ref("api"), service_ref("one"), balancer_ref(a, "x")}
	result_in(doubtful, services, [balancer(a, "x", [stage])]) == {
		"subjects": refs,
		"deny": set(),
		"pending": set(),
		"not_evaluated": {object.union(gap, {"resource": ref}) | some ref in refs},
	}
	result_in(doubtful, [], []).not_evaluated == {gap}
}

unclaimed(confirmed) := result([], [object.union(balancer(a, "x", [stage]), {"confirmed": confirmed})])

test_what_a_second_reading_does_not_confirm if {
	count(unclaimed(true).deny) == 1
	unclaimed(false) == clean({balancer_ref(a, "x")})
	unclaimed(null) == {
		"subjects": {balancer_ref(a, "x")},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{
			"resource": balancer_ref(a, "x"),
			"reason": "not read again",
			"detail": "no Service had it, and whether that is still so could not be read a second time",
		}},
	}
}
