package envcheck.network.backend_accepts_all_namespaces_test

import data.envcheck.network.backend_accepts_all_namespaces as policy

environment := {"namespaces": [
	{"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": ["prometheus"]}}},
	{"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all"}}},
]}

ref := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": "ii"}

workload(changes) := object.union(
	{
		"ref": ref,
		"id": "back/ii[Deployment]",
		"namespace": "back",
		"name": "ii",
		"kind": "Deployment",
		"podLabels": {"app": "ii"},
		"hostNetwork": false,
		"longRunning": true,
		"finished": false,
		"hook": false,
		"ports": [{"number": 8080, "protocol": "TCP"}],
	},
	changes,
)

facts(changes) := {"workloads": {"back/ii[Deployment]": object.union(
	{
		"acceptsFromAll": [],
		"explicitlyAccepts": [],
		"isolatedIngress": true,
		"selectedBy": {"ingress": ["default-deny"], "egress": []},
		"sources": [],
		"notEvaluated": null,
	},
	changes,
)}}

policies := [
	{"namespace": "back", "name": "default-deny", "types": ["Ingress"], "podSelector": {}},
	{"namespace": "back", "name": "allow-all", "types": ["Ingress"], "podSelector": {"matchLabels": {"app": "keydb"}}},
	{"namespace": "back", "name": "limit-egress", "types": ["Egress"], "podSelector": {"matchLabels": {"app": "x"}}},
	{"namespace": "b2b", "name": "other", "types": ["Ingress"], "podSelector": {"matchLabels": {"app": "x"}}},
]

result(workloads, network) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": workloads, "network_policies": policies}
		with data.network as network
}

fix(risk, ports, opened) := {
	"action": "kubernetes.create",
	"risk": risk,
	"summary": sprintf("create NetworkPolicy back/ii-accept-all-namespaces: every namespace may connect to ii on %s", [ports]),
	"object": {
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": "ii-accept-all-namespaces", "namespace": "back"},
		"spec": {
			"podSelector": {"matchLabels": {"app": "ii"}},
			"policyTypes": ["Ingress"],
			"ingress": [{"from": [{"namespaceSelector": {}}], "ports": opened}],
		},
	},
}

finding(message) := {
	"message": message,
	"resource": ref,
	"declared": ["namespaces", 1, "network", "accepts", "fromNamespaces"],
	"fix": fix("safe", "port 8080", [{"port": 8080, "protocol": "TCP"}]),
}

nothing := {"subjects": set(), "deny": set(), "not_evaluated": set()}

test_accepted if {
	result([workload({})], facts({"explicitlyAccepts": [{"protocol": "TCP", "from": 1, "to": 65535}]})) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": set(),
	}
}

test_closed if {
	result([workload({})], facts({})) == {
		"subjects": {ref},
		"deny": {finding("port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb")},
		"not_evaluated": set(),
	}
}

test_closed_by_several if {
	found := result([workload({})], facts({"selectedBy": {"ingress": ["allow-all", "default-deny"], "egress": []}})).deny
	found == {finding("port 8080 is closed to other namespaces: back/allow-all and back/default-deny select it")}
}

test_the_wrong_protocol_is_closed if {
	found := result([workload({})], facts({"explicitlyAccepts": [{"protocol": "UDP", "from": 1, "to": 65535}]})).deny
	count(found) == 1
}

test_only_the_missing_port_is_named_and_all_are_opened if {
	found := result(
		[workload({"ports": [{"number": 53, "protocol": "UDP"}, {"number": 8080, "protocol": "TCP"}, {"number": 9090, "protocol": "TCP"}]})],
		facts({"explicitlyAccepts": [{"protocol": "TCP", "from": 8080, "to": 8080}]}),
	).deny
	found == {{
		"message": "ports 53 (UDP) and 9090 are closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb",
		"resource": ref,
		"declared": ["namespaces", 1, "network", "accepts", "fromNamespaces"],
		"fix": fix("safe", "ports 53 (UDP), 8080 and 9090", [
			{"port": 53, "protocol": "UDP"},
			{"port": 8080, "protocol": "TCP"},
			{"port": 9090, "protocol": "TCP"},
		]),
	}}
}

test_a_list_of_todays_namespaces if {
	found := result([workload({})], facts({
		"sources": [
			{"namespace": "back", "ports": [{"protocol": "TCP", "from": 1, "to": 65535}]},
			{"namespace": "b2b", "ports": [{"protocol": "TCP", "from": 8080, "to": 8080}]},
			{"namespace": "front-web", "ports": [{"protocol": "TCP", "from": 8080, "to": 8080}]},
			{"namespace": "prometheus", "ports": [{"protocol": "TCP", "from": 9090, "to": 9090}]},
		],
	})).deny
	found == {finding("port 8080 is not open to every Pod of every namespace, only to some (b2b and front-web): only back/default-deny selects it")}
}

test_open_without_selectors if {
	found := result([workload({})], facts({"acceptsFromAll": [{"protocol": "TCP", "from": 1, "to": 65535}], "selectedBy": {"ingress": ["allow-everything"], "egress": []}})).deny
	found == {finding("port 8080 is open, but not through a namespaceSelector: only back/allow-everything selects it")}
}

test_no_policy if {
	found := result([workload({})], facts({"acceptsFromAll": [{"protocol": "TCP", "from": 1, "to": 65535}], "isolatedIngress": false, "selectedBy": {"ingress": [], "egress": []}})).deny
	found == {{
		"message": "no NetworkPolicy selects it: port 8080 is open by default, not by an explicit policy",
		"resource": ref,
		"declared": ["namespaces", 1, "network", "accepts", "fromNamespaces"],
		"fix": fix("disruptive", "port 8080", [{"port": 8080, "protocol": "TCP"}]),
	}}
}

test_no_fix_without_labels if {
	unlabelled := {"ref": ref, "id": "back/ii[Deployment]", "namespace": "back", "name": "ii", "podLabels": {}, "hostNetwork": false, "longRunning": true, "finished": false, "hook": false, "ports": [{"number": 8080, "protocol": "TCP"}]}
	found := result([unlabelled], facts({})).deny
	found == {{
		"message": "port 8080 is closed to other namespaces: only back/default-deny selects it, back/allow-all selects app=keydb",
		"resource": ref,
		"declared": ["namespaces", 1, "network", "accepts", "fromNamespaces"],
	}}
}

test_not_judged if {
	result([workload({"ports": []})], facts({})) == nothing
	result([workload({"longRunning": false})], facts({})) == nothing
	result([workload({"hostNetwork": true})], facts({})) == nothing
	result([workload({"finished": true})], facts({})) == nothing
	result([workload({"hook": true})], facts({})) == nothing
	result([workload({"namespace": "b2b"})], facts({})) == nothing
	result([workload({"namespace": "undeclared"})], facts({})) == nothing
}

test_facts_missing if {
	result([workload({})], facts({"notEvaluated": "selector budget exceeded"})) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": {{"resource": ref, "reason": "reachability unknown", "detail": "selector budget exceeded"}},
	}
}

test_selectors_in_words if {
	policy.selector_text({"matchLabels": {"app": "keydb", "tier": "data"}}) == "app=keydb,tier=data"
	policy.selector_text({"matchExpressions": [
		{"key": "app", "operator": "In", "values": ["b", null, "a"]},
		{"key": "debug", "operator": "DoesNotExist"},
		{"key": "tier", "operator": "NotIn", "values": ["x"]},
		{"key": "web", "operator": "Exists"},
	]}) == "!debug,app in (a, b),tier not in (x),web"
	policy.selector_text({}) == "other Pods"
	policy.selector_text(null) == "other Pods"
}
