package envcheck.proxy.proxy_reaches_datastore_test

import data.envcheck.proxy.proxy_reaches_datastore as policy

environment := {"namespaces": [
	{
		"name": "back",
		"role": "application",
		"workloads": [{"name": "keydb", "kind": "StatefulSet", "role": "datastore", "uses": []}],
		"network": {"accepts": {"fromNamespaces": "all"}},
	},
	{"name": "front-web", "role": "application", "workloads": [
		{"name": "web", "kind": "Deployment", "uses": []},
		{"name": "proxy", "kind": "Deployment", "role": "proxy", "proxyFor": "web", "uses": ["back/keydb"]},
	]},
]}

path := ["namespaces", 1, "workloads", 1, "uses", 0]

proxy_ref := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "front-web", "name": "proxy"}

proxy(changes) := object.union(
	{
		"ref": proxy_ref,
		"id": "front-web/proxy[Deployment]",
		"kind": "Deployment",
		"namespace": "front-web",
		"name": "proxy",
		"hook": false,
		"hostNetwork": false,
		"podLabels": {"app": "proxy"},
		"ports": [{"number": 8080, "protocol": "TCP"}],
	},
	changes,
)

redis_port := {"number": 6379, "protocol": "TCP"}

keydb(changes) := object.union(
	{
		"ref": {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"},
		"id": "back/keydb[StatefulSet]",
		"kind": "StatefulSet",
		"namespace": "back",
		"name": "keydb",
		"hook": false,
		"hostNetwork": false,
		"podLabels": {"app": "keydb"},
		"ports": [redis_port, {"number": 9121, "protocol": "TCP"}],
	},
	changes,
)

facts(changes) := object.union(
	{"isolatedIngress": false, "isolatedEgress": false, "acceptsFromAll": [], "selectedBy": {"ingress": [], "egress": []}, "notEvaluated": null},
	changes,
)

range := {"protocol": "TCP", "from": 6379, "to": 6379}

open := {"p": {"k": [range]}}

guarded := {"isolatedIngress": true, "selectedBy": {"ingress": ["default-deny"], "egress": []}}

bound := {"isolatedEgress": true, "selectedBy": {"ingress": [], "egress": ["only-web"]}}

network(from, to, allowed) := {
	"workloads": {
		"front-web/proxy[Deployment]": facts(object.union({"classes": ["p"]}, from)),
		"back/keydb[StatefulSet]": facts(object.union({"classes": ["k"]}, to)),
	},
	"allowed": allowed,
}

result(pair, reachability) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": pair, "network_policies": []}
		with data.network as reachability
}

nothing := {"subjects": {proxy_ref}, "deny": set(), "not_evaluated": set()}

test_reaches if {
	result([proxy({}), keydb({})], network({}, guarded, open)) == nothing
}

finding(why) := {
	"message": sprintf("cannot connect to back/keydb on port 6379: %s", [why]),
	"resource": proxy_ref,
	"key": "back/keydb",
	"declared": path,
}

repair := {"fix": {
	"action": "kubernetes.create",
	"risk": "safe",
	"summary": "create NetworkPolicy back/keydb-accept-proxy: proxy may connect to keydb on port 6379",
	"object": {
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": "keydb-accept-proxy", "namespace": "back"},
		"spec": {
			"podSelector": {"matchLabels": {"app": "keydb"}},
			"policyTypes": ["Ingress"],
			"ingress": [{
				"from": [{
					"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "front-web"}},
					"podSelector": {"matchLabels": {"app": "proxy"}},
				}],
				"ports": [{"port": 6379, "protocol": "TCP"}],
			}],
		},
	},
}}

test_kept_out if {
	result([proxy({}), keydb({})], network({}, guarded, {})).deny == {object.union(finding("what keydb accepts is up to back/default-deny"), repair)}
}

test_not_let_out if {
	accepting := object.union(guarded, {"acceptsFromAll": [range]})
	result([proxy({}), keydb({})], network(bound, accepting, {})).deny == {finding("front-web/only-web limits what it may open")}
	result([proxy({}), keydb({})], network(bound, {}, {})).deny == {finding("front-web/only-web limits what it may open")}
}

test_either if {
	result([proxy({}), keydb({})], network(bound, guarded, {})).deny == {finding("front-web/only-web limits what it may open, what keydb accepts is up to back/default-deny")}
}

test_every_replica_counts if {
	split_up := object.union(guarded, {"classes": ["k", "l"]})
	count(result([proxy({}), keydb({})], network({}, split_up, open)).deny) == 1
	result([proxy({}), keydb({})], network({}, split_up, {"p": {"k": [range], "l": [range]}})).deny == set()
}

test_ports_of_other_servers_all_count if {
	store := keydb({"ports": [{"number": 7000, "protocol": "TCP"}, {"number": 7001, "protocol": "UDP"}]})
	some found in result([proxy({}), store], network({}, guarded, {"p": {"k": [{"protocol": "TCP", "from": 7000, "to": 7000}]}})).deny
	found.message == "cannot connect to back/keydb on port 7001 (UDP): what keydb accepts is up to back/default-deny"
}

gap(detail) := object.union(nothing, {"not_evaluated": {{"resource": proxy_ref, "reason": "reachability unknown", "detail": detail}}})

test_not_known if {
	result([proxy({"hostNetwork": true}), keydb({})], network({}, guarded, {})) == gap("it is on the host network: whether NetworkPolicies admit its node's address is not known")
	result([proxy({}), keydb({"hostNetwork": true})], network(bound, {}, {})) == gap("back/keydb is on the host network: whether NetworkPolicies let it connect to a node's address is not known")
	result([proxy({}), keydb({"ports": []})], network({}, guarded, {})) == gap("back/keydb declares no port")
	result([proxy({}), keydb({})], network({}, guarded, null)) == gap("there are too many classes of Pods to say who reaches whom")
	result([proxy({}), keydb({})], network({}, {"notEvaluated": "budget"}, open)) == gap("back/keydb: budget")
}

test_host_network_and_no_policy if {
	result([proxy({"hostNetwork": true}), keydb({})], network({}, {}, {})) == nothing
	result([proxy({}), keydb({"hostNetwork": true})], network({}, guarded, {})) == nothing
}

test_only_one_of_them_there if {
	result([proxy({})], network({}, {}, {})).subjects == set()
	result([keydb({})], network({}, {}, {})).subjects == set()
}
