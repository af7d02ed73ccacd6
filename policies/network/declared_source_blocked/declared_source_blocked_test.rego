package envcheck.network.declared_source_blocked_test

import data.envcheck.network.declared_source_blocked as policy

b2b := {"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": ["ingress-nginx", "partners", "prometheus"]}}}

back := {"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all"}}, "workloads": [{"name": "keydb", "kind": "StatefulSet", "uses": []}]}

environment := {
	"namespaces": [
		b2b,
		back,
		{"name": "ingress-nginx", "role": "ingress", "network": null},
		{"name": "partners", "role": "platform", "network": null},
		{"name": "prometheus", "role": "monitoring", "network": null},
		{"name": "web", "role": "application", "network": {"accepts": {"fromNamespaces": []}}, "workloads": [{"name": "proxy", "kind": "Deployment", "uses": ["back/keydb"]}]},
	],
	"ingress": {"controller": "ingress-nginx", "class": "nginx"},
}

ref(kind, namespace, name) := {"apiVersion": "apps/v1", "kind": kind, "namespace": namespace, "name": name}

namespace_ref(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}

tcp(number) := {"number": number, "protocol": "TCP"}

ranges(numbers) := [{"protocol": "TCP", "from": number, "to": number} | some number in numbers]

workload(kind, namespace, name, changes) := object.union(
	{
		"ref": ref(kind, namespace, name),
		"id": sprintf("%s/%s[%s]", [namespace, name, kind]),
		"namespace": namespace,
		"name": name,
		"kind": kind,
		"podLabels": {"app": name},
		"hostNetwork": false,
		"longRunning": true,
		"finished": false,
		"hook": false,
		"template": null,
		"containers": [],
		"ports": [tcp(8080)],
	},
	changes,
)

web := workload("Deployment", "b2b", "web", {"containers": [{"name": "web", "type": "container", "image": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP"}]}]})

keydb := workload("StatefulSet", "back", "keydb", {"ports": [tcp(6379), tcp(9121)]})

proxy := workload("Deployment", "web", "proxy", {"ports": []})

partner := workload("Deployment", "partners", "client", {"ports": []})

controller := workload("Deployment", "ingress-nginx", "controller", {
	"podLabels": {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"},
	"containers": [{"name": "controller", "type": "container", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1", "ports": []}],
})

prometheus := workload("StatefulSet", "prometheus", "prometheus", {"podLabels": {"app.kubernetes.io/name": "prometheus"}})

exporter := workload("DaemonSet", "prometheus", "node-exporter", {"hostNetwork": true})

facts(id, changes) := object.union(
	{
		"isolatedIngress": true,
		"isolatedEgress": false,
		"sources": [],
		"classes": [id],
		"notEvaluated": null,
	},
	changes,
)

# What is allowed between workloads, each of its own class.
network(workloads, allowed) := {
	"workloads": {one.id: facts(one.id, {"sources": sources(one.id, allowed)}) | some one in workloads},
	"allowed": allowed,
}

sources(id, allowed) := [source |
	is_object(allowed)
	some from, row in allowed
	ports := row[id]
	source := {"namespace": split(from, "/")[0], "workloads": [from], "ports": ports, "everyPod": [], "possible": ports}
]

view(workloads, changes) := object.union(
	{
		"workloads": workloads,
		"namespaces": [{"name": namespace.name, "labels": {}} | some namespace in environment.namespaces],
		"services": [],
		"ingresses": [],
		"ingress_classes": [],
		"network_policies": [],
		"monitors": [],
	},
	changes,
)

result(seen, reach) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as seen
		with data.network as reach
}

nothing(subjects) := {"subjects": subjects, "deny": set(), "not_evaluated": set()}

named(namespace) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}

# Of b2b every source but the one is connected.
rest := {
	controller.id: {web.id: ranges([8080])},
	prometheus.id: {web.id: ranges([9090])},
}

all_of_b2b := [web, partner, controller, prometheus, exporter]

test_every_source_gets_through if {
	allowed := object.union(rest, {partner.id: {web.id: ranges([8080])}})
	result(view(all_of_b2b, {}), network(all_of_b2b, allowed)) == nothing({namespace_ref("b2b")})
}

test_a_plain_source_is_cut_off if {
	result(view(all_of_b2b, {}), network(all_of_b2b, rest)) == {
		"subjects": {namespace_ref("b2b")},
		"deny": {{
			"message": "partners is declared and reaches none of its workloads: no NetworkPolicy of b2b lets it in",
			"resource": namespace_ref("b2b"),
			"key": "from partners",
			"declared": ["namespaces", 0, "network", "accepts", "fromNamespaces"],
			"fix": {
				"action": "kubernetes.create",
				"risk": "safe",
				"summary": "create NetworkPolicy b2b/accept-partners: partners may connect to all of b2b",
				"object": {
					"apiVersion": "networking.k8s.io/v1",
					"kind": "NetworkPolicy",
					"metadata": {"name": "accept-partners", "namespace": "b2b"},
					"spec": {
						"podSelector": {},
						"policyTypes": ["Ingress"],
						"ingress": [{"from": [named("partners")]}],
					},
				},
			},
		}},
		"not_evaluated": set(),
	}
}

test_a_port_that_nobody_declares_is_none if {
	allowed := object.union(rest, {partner.id: {web.id: ranges([80])}})
	{finding.key | some finding in result(view(all_of_b2b, {}), network(all_of_b2b, allowed)).deny} == {"from partners"}
}

test_one_workload_of_several_is_enough if {
	other := workload("Deployment", "b2b", "other", {})
	both := array.concat(all_of_b2b, [other])
	allowed := object.union(rest, {partner.id: {other.id: ranges([8080])}})
	result(view(both, {}), network(both, allowed)).deny == set()
}

test_a_source_that_restricts_egress if {
	reach := network(all_of_b2b, rest)
	closed := object.union(reach, {"workloads": {partner.id: facts(partner.id, {"isolatedEgress": true})}})
	found := result(view(all_of_b2b, {}), closed).deny
	{finding.message | some finding in found} == {"partners is declared and reaches none of its workloads: NetworkPolicies of b2b do not let it in, or those of type Egress in partners not out"}
	{finding | some finding in found; finding.fix} == set()
	open := object.union(closed, {"workloads": {web.id: facts(web.id, {"isolatedIngress": false})}})
	{finding.message | some finding in result(view(all_of_b2b, {}), open).deny} == {"partners is declared and reaches none of its workloads: NetworkPolicies of type Egress in partners forbid it"}
}

test_a_source_whose_declared_egress_leaves_it_out if {
	told := json.patch(environment, [{"op": "replace", "path": "/namespaces/3/network", "value": {"egress": {"toNamespaces": []}}}])
	found := policy.deny with data.environment as told with data.view as view(all_of_b2b, {}) with data.network as network(all_of_b2b, rest)
	found == set()
}

test_a_source_that_does_not_exist if {
	seen := view([web, controller, prometheus], {"namespaces": [{"name": "b2b", "labels": {}}]})
	result(seen, network([web, controller, prometheus], rest)) == nothing({namespace_ref("b2b")})
}

# Nobody is there, so what counts is whether anybody could come.
test_a_source_without_workloads if {
	seen := view([web, controller, prometheus], {})
	reach := network([web, controller, prometheus], rest)
	{finding.key | some finding in result(seen, reach).deny} == {"from partners"}
	possible := facts(web.id, {"sources": [{"namespace": "partners", "workloads": [], "ports": [], "everyPod": [], "possible": ranges([8080])}]})
	result(seen, object.union(reach, {"workloads": {web.id: possible}})).deny == set()
}

# Prometheus may be there only as what the operator makes it of, and what it scrapes need not be declared.
test_monitoring_without_workloads if {
	all := [web, partner, controller]
	reach := network(all, {controller.id: {web.id: ranges([8080])}, partner.id: {web.id: ranges([8080])}})
	{finding.key | some finding in result(view(all, {}), reach).deny} == {"from prometheus"}
	from_prometheus := {"namespace": "prometheus", "workloads": [], "ports": [], "everyPod": [], "possible": ranges([9090])}
	told := array.concat(reach.workloads[web.id].sources, [from_prometheus])
	result(view(all, {}), object.union(reach, {"workloads": {web.id: facts(web.id, {"sources": told})}})).deny == set()
}

test_sources_on_the_host_network_are_left_out if {
	node := object.union(partner, {"hostNetwork": true})
	all := [web, node, controller, prometheus]
	result(view(all, {}), network(all, rest)) == nothing({namespace_ref("b2b")})
	result(view([node, object.union(web, {"hostNetwork": true})], {}), network(all, {})) == nothing(set())
}

test_nothing_to_reach if {
	silent := object.union(web, {"ports": []})
	result(view([silent, partner], {}), network([silent, partner], {})) == nothing(set())
}

test_reachability_unknown if {
	reach := object.union(network(all_of_b2b, rest), {"workloads": {web.id: facts(web.id, {"notEvaluated": "CiliumNetworkPolicy b2b/x may select it"})}})
	result(view(all_of_b2b, {}), reach) == {
		"subjects": {namespace_ref("b2b")},
		"deny": set(),
		"not_evaluated": {{
			"resource": namespace_ref("b2b"),
			"reason": "reachability unknown",
			"detail": "b2b/web[Deployment]: CiliumNetworkPolicy b2b/x may select it",
		}},
	}
}

test_too_many_pairs if {
	found := result(view(all_of_b2b, {}), network(all_of_b2b, null))
	found.deny == set()
	{gap.detail | some gap in found.not_evaluated} == {"there are more pairs of workloads than are compared"}
}

monitor(kind, changes) := object.union(
	{
		"ref": ref(kind, "prometheus", "web"),
		"kind": kind,
		"namespace": "prometheus",
		"name": "web",
		"selector": {"matchLabels": {"app": "web"}},
		"namespaceSelector": {"any": false, "names": ["b2b"]},
		"endpoints": [{"port": "http", "targetPort": null}],
	},
	changes,
)

service := {
	"ref": {"apiVersion": "v1", "kind": "Service", "namespace": "b2b", "name": "web"},
	"namespace": "b2b",
	"name": "web",
	"labels": {"app": "web"},
	"ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
	"workloads": [web.id],
}

scraped := {controller.id: {web.id: ranges([8080])}, partner.id: {web.id: ranges([8080])}}

scrape_blocked(kind) := {
	"message": sprintf("Prometheus cannot scrape port 8080, as %s prometheus/web asks: no NetworkPolicy of b2b lets it in", [kind]),
	"resource": web.ref,
	"key": "scrape",
	"declared": ["namespaces", 0, "network", "accepts"],
	"fix": {
		"action": "kubernetes.create",
		"risk": "safe",
		"summary": "create NetworkPolicy b2b/web-accept-prometheus: prometheus may connect to web on port 8080",
		"object": {
			"apiVersion": "networking.k8s.io/v1",
			"kind": "NetworkPolicy",
			"metadata": {"name": "web-accept-prometheus", "namespace": "b2b"},
			"spec": {
				"podSelector": {"matchLabels": {"app": "web"}},
				"policyTypes": ["Ingress"],
				"ingress": [{
					"from": [named("prometheus")],
					"ports": [{"port": 8080, "protocol": "TCP"}],
				}],
			},
		},
	},
}

test_prometheus_cannot_scrape if {
	every kind in ["ServiceMonitor", "PodMonitor"] {
		seen := view(all_of_b2b, {"monitors": [monitor(kind, {})], "services": [service]})
		result(seen, network(all_of_b2b, scraped)) == {
			"subjects": {namespace_ref("b2b"), web.ref},
			"deny": {scrape_blocked(kind)},
			"not_evaluated": set(),
		}
	}
}

test_prometheus_on_another_port if {
	allowed := object.union(scraped, {prometheus.id: {web.id: ranges([9090])}})
	seen := view(all_of_b2b, {"monitors": [monitor("PodMonitor", {})], "services": []})
	result(seen, network(all_of_b2b, allowed)).deny == {scrape_blocked("PodMonitor")}
	open := object.union(scraped, {prometheus.id: {web.id: ranges([8080])}})
	result(seen, network(all_of_b2b, open)).deny == set()
}

test_monitors_of_what_does_not_accept_prometheus if {
	other := workload("Deployment", "web", "web", {})
	all := [other, prometheus, exporter]
	seen := view(all, {"monitors": [monitor("PodMonitor", {"namespaceSelector": {"any": true, "names": []}})]})
	result(seen, network(all, {})) == nothing(set())
}

ingress := {
	"ref": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "b2b", "name": "web"},
	"namespace": "b2b",
	"name": "web",
	"class": "nginx",
	"defaultBackend": null,
	"rules": [{"host": "b2b.example.com", "paths": [{"path": "/", "pathType": "Prefix", "service": "web", "port": 80}]}],
}

routed := {partner.id: {web.id: ranges([8080])}, prometheus.id: {web.id: ranges([9090])}}

test_the_controller_does_not_reach_a_backend if {
	seen := view(all_of_b2b, {"ingresses": [ingress], "services": [service]})
	found := result(seen, network(all_of_b2b, routed)).deny
	{[finding.resource, finding.key, finding.message] | some finding in found} == {[
		web.ref,
		"ingress",
		"the ingress controller does not reach port 8080, where Ingress b2b/web leads: no NetworkPolicy of b2b lets it in",
	]}

	# The Service's own port is not the Pod's.
	wrong := object.union(routed, {controller.id: {web.id: ranges([80])}})
	count(result(seen, network(all_of_b2b, wrong)).deny) == 1
	open := object.union(routed, {controller.id: {web.id: ranges([8080])}})
	result(seen, network(all_of_b2b, open)).deny == set()
}

test_ingresses_of_another_class if {
	seen := view([web, controller], {"ingresses": [object.union(ingress, {"class": "internal"})], "services": [service]})
	keys := {finding.key | some finding in result(seen, network([web, controller], {})).deny}
	not "ingress" in keys
}

uses := [keydb, proxy]

only_uses := {"namespaces": [object.union(back, {"network": {"accepts": {"fromNamespaces": ["web"]}}}), environment.namespaces[5]], "ingress": null}

used(allowed) := found if {
	found := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as only_uses
		with data.view as view(uses, {})
		with data.network as network(uses, allowed)
}

test_what_is_used_is_cut_off if {
	found := used({})
	found.subjects == {keydb.ref}
	{object.remove(finding, ["fix"]) | some finding in found.deny} == {{
		"message": "web/proxy uses it and does not reach ports 6379 and 9121: no NetworkPolicy of back lets it in",
		"resource": keydb.ref,
		"key": "from web/proxy[Deployment]",
		"declared": ["namespaces", 1, "workloads", 0, "uses", 0],
	}}
	{finding.fix.object.metadata.name | some finding in found.deny} == {"keydb-accept-web"}
}

test_one_port_of_what_is_used_is_enough if {
	used({proxy.id: {keydb.id: ranges([6379])}}).deny == set()
}

test_replicas_that_differ if {
	reach := object.union(network(uses, {"a": {"b": ranges([6379])}}), {"workloads": {
		proxy.id: facts(proxy.id, {"classes": ["a", "c"]}),
		keydb.id: facts(keydb.id, {"classes": ["b", "d"]}),
	}})
	found := policy.deny with data.environment as only_uses with data.view as view(uses, {}) with data.network as reach
	found == set()
}

test_a_namespace_that_accepts_all if {
	all := [keydb, partner]
	keys := {finding.key | some finding in result(view(all, {}), network(all, {})).deny}
	"from partners" in keys
	not "from back" in keys
}
