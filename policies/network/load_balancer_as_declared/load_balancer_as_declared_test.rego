package envcheck.network.load_balancer_as_declared_test

import data.envcheck.network.load_balancer_as_declared as policy

id := "7c1e0d52-0000-4000-8000-000000000000"

ref := {"apiVersion": "v1", "kind": "Service", "namespace": "edge", "name": "web"}

service(changes) := object.union(
	{
		"ref": ref,
		"namespace": "edge",
		"name": "web",
		"type": "LoadBalancer",
		"created": "2026-11-20T00:00:00Z",
		"owner": null,
		"ports": [{"port": 80}, {"port": 443}],
		"loadBalancerClass": null,
		"loadBalancerId": id,
		"loadBalancerName": "aweb",
		"disowned": false,
	},
	changes,
)

row(changes) := object.union(
	{
		"id": id,
		"name": "aweb",
		"type": "REGIONAL_NETWORK",
		"network": "EXTERNAL",
		"status": "active",
		"size_unit": 1,
		"created_at": "2026-11-20T00:00:00Z",
		"forwarding_rules": [{"entry_protocol": "tcp", "entry_port": 80}, {"entry_protocol": "tcp", "entry_port": 443}],
	},
	changes,
)

seen(raw) := {
	"ref": {"apiVersion": "digitalocean.com/v2", "kind": "LoadBalancer", "name": raw.name, "id": raw.id},
	"id": raw.id,
	"name": raw.name,
	"created": raw.created_at,
	"clusters": ["c1"],
	"status": raw.status,
	"type": raw.type,
	"network": raw.network,
}

result_of(declared, services, rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"exposure": [{"service": "edge/web", "loadBalancer": declared}]}
		with data.view as {"cluster": {"id": "c1"}, "services": services, "load_balancers": [seen(raw) | some raw in rows]}
		with data.digitalocean as {"load_balancers": rows}
		with data.parameters as {"grace": "10m", "graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

result(services, rows) := result_of({"type": "REGIONAL_NETWORK"}, services, rows)

changed(changes) := result([service({})], [row(changes)])

nothing := {"subjects": {ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

annotate(summary, annotations) := {
	"action": "kubernetes.annotate",
	"risk": "disruptive",
	"summary": summary,
	"target": ref,
	"params": {"annotations": annotations},
}

test_as_declared if {
	changed({}) == nothing
	changed({"size_unit": 3}) == nothing
	result([service({"loadBalancerId": null})], [row({})]) == nothing
}

test_each_its_own_load_balancer if {
	other := "b1a2c3d4-0000-4000-8000-000000000000"
	inner := service({"ref": object.union(ref, {"name": "inner"}), "loadBalancerId": other})
	result([inner, service({})], [row({"id": other, "type": "REGIONAL"}), row({})]) == nothing
	{finding.key | some finding in result([inner, service({})], [row({"id": other}), row({"type": "REGIONAL"})]).deny} == {"type"}
}

test_type if {
	changed({"type": "REGIONAL"}) == object.union(nothing, {"deny": {{
		"message": "load balancer 7c1e0d52 is of type REGIONAL, REGIONAL_NETWORK is declared",
		"resource": ref,
		"key": "type",
		"declared": ["exposure", 0, "loadBalancer", "type"],
	}}})
	{finding.message | some finding in changed({"type": "QUANTUM"}).deny} == {"load balancer 7c1e0d52 is of type QUANTUM, REGIONAL_NETWORK is declared"}
}

test_size if {
	result_of({"type": "REGIONAL_NETWORK", "sizeUnit": 2}, [service({})], [row({})]) == object.union(nothing, {"deny": {{
		"message": "load balancer 7c1e0d52 has 1 node, 2 declared",
		"resource": ref,
		"key": "size",
		"declared": ["exposure", 0, "loadBalancer", "sizeUnit"],
		"fix": annotate("give the load balancer of edge/web 2 nodes", {"service.beta.kubernetes.io/do-loadbalancer-size-unit": "2"}),
	}}})
	{gap.detail | some gap in result_of({"type": "REGIONAL_NETWORK", "sizeUnit": 2}, [service({})], [row({"size_unit": null})]).not_evaluated} == {"the account's answer has no size_unit of load balancer 7c1e0d52"}
}

test_internal if {
	changed({"network": "INTERNAL"}) == object.union(nothing, {"deny": {{
		"message": "load balancer 7c1e0d52 is internal: nothing outside the VPC reaches it",
		"resource": ref,
		"key": "network",
		"declared": ["exposure", 0],
	}}})
}

test_status if {
	changed({"status": "errored"}) == object.union(nothing, {"deny": {{
		"message": "load balancer 7c1e0d52 is in an error state",
		"resource": ref,
		"key": "status",
		"declared": ["exposure", 0],
	}}})
	changed({"status": "new", "created_at": "2026-11-23T02:55:00Z"}) == object.union(nothing, {"pending": {{"resource": ref, "message": "load balancer 7c1e0d52 is being created"}}})
	{finding.message | some finding in changed({"status": "new"}).deny} == {"load balancer 7c1e0d52 is still not active 3 days after it was created"}
	{gap.detail | some gap in changed({"status": "paused"}).not_evaluated} == {"the account calls the status of load balancer 7c1e0d52 paused, which may be good or bad"}
}

touch := annotate("touch Service edge/web, so that DOKS writes its load balancer anew", {"envcheck.dev/reconcile": "2026-11-23T03:00:00Z"})

test_ports if {
	changed({"forwarding_rules": [{"entry_protocol": "tcp", "entry_port": 443}]}) == object.union(nothing, {"deny": {{
		"message": "load balancer 7c1e0d52 does not listen on port 80",
		"resource": ref,
		"key": "ports",
		"declared": ["exposure", 0],
		"fix": touch,
	}}})
	{finding.message | some finding in result([service({"ports": [{"port": 443}]})], [row({})]).deny} == {"load balancer 7c1e0d52 listens on port 80, which the Service does not have"}
	{finding.message | some finding in result([service({"ports": [{"port": 443}, {"port": 8080}]})], [row({})]).deny} == {"load balancer 7c1e0d52 listens on port 80 instead of port 8080"}
	result([service({"ports": [{"port": 443}], "created": "2026-11-23T02:55:00Z"})], [row({})]) == nothing
	changed({"forwarding_rules": array.concat(row({}).forwarding_rules, [{"entry_protocol": "http3", "entry_port": 8443}])}) == nothing
}

test_missing_service if {
	result([], []) == object.union(nothing, {"deny": {{
		"message": "is declared under exposure, and the cluster has no such Service",
		"resource": ref,
		"key": "missing",
		"declared": ["exposure", 0],
	}}})
}

test_of_another_type if {
	result([service({"type": "ClusterIP"})], []) == object.union(nothing, {"deny": {{
		"message": "is of type ClusterIP, a load balancer is declared for it",
		"resource": ref,
		"path": ["spec", "type"],
		"declared": ["exposure", 0],
	}}})
}

test_no_load_balancer if {
	result([service({})], []) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "no load balancer",
		"detail": "the account has no load balancer of this Service that could be compared",
	}}})
}

test_not_said if {
	changed({"type": null}) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "not said",
		"detail": "the account's answer has no type of load balancer 7c1e0d52",
	}}})
}

test_not_served_by_digitalocean if {
	every changes in [{"disowned": true}, {"loadBalancerClass": "tailscale"}] {
		state := result([service(changes)], [row({"type": "REGIONAL"})])
		state.deny == set()
		{gap.reason | some gap in state.not_evaluated} == {"another controller's"}
	}
}

test_of_a_gateway if {
	gateway := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "namespace": "edge", "name": "web"}
	generated := service({"owner": gateway, "name": "cilium-gateway-web", "ref": object.union(ref, {"name": "cilium-gateway-web"})})
	state := result([generated], [row({"type": "REGIONAL"})])
	state.subjects == {gateway}
	{finding.resource | some finding in state.deny} == {gateway}
}
