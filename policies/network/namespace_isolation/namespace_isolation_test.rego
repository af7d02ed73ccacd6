package envcheck.network.namespace_isolation_test

import data.envcheck.network.namespace_isolation as policy

environment := {"namespaces": [
	{"name": "argocd", "role": "delivery", "network": null},
	{"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": ["prometheus", "ingress-nginx"], "sameNamespace": true, "outside": false}}},
	{"name": "back", "role": "application", "network": {"accepts": {"fromNamespaces": "all", "sameNamespace": true, "outside": false}}},
	{"name": "tools", "role": "platform", "network": {"accepts": {"fromNamespaces": [], "sameNamespace": false, "outside": false}}},
	{"name": "edge", "role": "application", "network": {"accepts": {"fromNamespaces": [], "sameNamespace": false, "outside": true}}},
]}

ref(namespace) := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": namespace, "name": "web"}

workload(namespace, changes) := object.union(
	{
		"ref": ref(namespace),
		"id": sprintf("%s/web[Deployment]", [namespace]),
		"namespace": namespace,
		"name": "web",
		"kind": "Deployment",
		"podLabels": {"app": "web"},
		"hostNetwork": false,
		"finished": false,
		"hook": false,
	},
	changes,
)

facts(namespace, changes) := {"workloads": {sprintf("%s/web[Deployment]", [namespace]): object.union(
	{
		"acceptsFromOutside": "none",
		"isolatedIngress": true,
		"selectedBy": {"ingress": ["allow-web"], "egress": []},
		"outside": [],
		"sources": [],
		"anyNamespace": [],
		"notEvaluated": null,
	},
	changes,
)}}

every_port := [{"protocol": "TCP", "from": 1, "to": 65535}]

source(namespace, workloads, admitted) := {"namespace": namespace, "workloads": workloads, "ports": admitted, "everyPod": admitted}

result(workloads, network) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": workloads, "network_policies": [{"namespace": "b2b", "name": "allow-web"}]}
		with data.network as network
}

clean(namespace) := {"subjects": {ref(namespace)}, "deny": set(), "not_evaluated": set()}

test_declared_sources_may_connect if {
	result([workload("b2b", {})], facts("b2b", {"sources": [
		source("b2b", ["b2b/web[Deployment]"], every_port),
		source("ingress-nginx", ["ingress-nginx/controller[Deployment]"], []),
		source("prometheus", [], every_port),
		source("argocd", [], []),
	]})) == clean("b2b")
}

named(namespace) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}

test_unselected if {
	found := result([workload("b2b", {})], facts("b2b", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false, "anyNamespace": every_port, "acceptsFromOutside": "all"})).deny
	found == {{
		"message": "no NetworkPolicy of type Ingress selects it: every Pod of every namespace may connect",
		"resource": ref("b2b"),
		"key": "unselected",
		"declared": ["namespaces", 1, "network", "accepts"],
		"fix": {
			"action": "kubernetes.create",
			"risk": "disruptive",
			"summary": "create NetworkPolicy b2b/web-accept-declared: only what is declared may connect to web",
			"object": {
				"apiVersion": "networking.k8s.io/v1",
				"kind": "NetworkPolicy",
				"metadata": {"name": "web-accept-declared", "namespace": "b2b"},
				"spec": {
					"podSelector": {"matchLabels": {"app": "web"}},
					"policyTypes": ["Ingress"],
					"ingress": [{"from": [named("ingress-nginx"), named("prometheus"), {"podSelector": {}}]}],
				},
			},
		},
	}}
}

test_unselected_in_a_namespace_that_accepts_all if {
	found := result([workload("back", {})], facts("back", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})).deny
	{finding.fix.object.spec.ingress | some finding in found} == {[{"from": [{"namespaceSelector": {}}]}]}
}

test_unselected_where_the_outside_is_declared if {
	found := result([workload("edge", {})], facts("edge", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})).deny
	{finding.fix.object.spec.ingress | some finding in found} == {[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]}]}
}

test_unselected_outside_application_namespaces_has_no_fix if {
	found := result([workload("tools", {})], facts("tools", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})).deny
	found == {{
		"message": "no NetworkPolicy of type Ingress selects it: every Pod of every namespace may connect",
		"resource": ref("tools"),
		"key": "unselected",
		"declared": ["namespaces", 3, "network", "accepts"],
	}}
}

test_nothing_accepted_is_an_empty_list_of_rules if {
	closed := {"namespaces": [{"name": "b2b", "role": "application", "network": {"accepts": {"fromNamespaces": [], "sameNamespace": false, "outside": false}}}]}
	found := policy.deny with data.environment as closed
		with data.view as {"workloads": [workload("b2b", {})], "network_policies": []}
		with data.network as facts("b2b", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})
	{finding.fix.object.spec.ingress | some finding in found} == {[]}
}

test_host_network if {
	found := result([workload("b2b", {"hostNetwork": true})], facts("b2b", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})).deny
	found == {{
		"message": "is on the host network: NetworkPolicies do not apply to it, isolation cannot be enforced",
		"resource": ref("b2b"),
		"path": ["spec", "template", "spec", "hostNetwork"],
		"key": "hostNetwork",
		"declared": ["namespaces", 1, "network", "accepts"],
	}}
}

test_undeclared_sources if {
	found := result([workload("b2b", {})], facts("b2b", {"sources": [
		source("b2b", [], every_port),
		source("front-web", ["front-web/web[Deployment]"], []),
		source("kube-system", [], every_port),
	]})).deny
	found == {{
		"message": "front-web and kube-system may connect through b2b/allow-web, only ingress-nginx, prometheus and its own namespace are declared",
		"resource": ref("b2b"),
		"key": "namespaces",
		"declared": ["namespaces", 1, "network", "accepts"],
	}}
}

test_every_namespace if {
	found := result([workload("b2b", {})], facts("b2b", {
		"anyNamespace": every_port,
		"selectedBy": {"ingress": ["allow-web", "default-deny"], "egress": []},
		"sources": [source("front-web", ["front-web/web[Deployment]"], every_port)],
	})).deny
	found == {{
		"message": "every namespace may connect, only ingress-nginx, prometheus and its own namespace are declared",
		"resource": ref("b2b"),
		"key": "namespaces",
		"declared": ["namespaces", 1, "network", "accepts"],
	}}
}

test_own_namespace_when_it_is_not_accepted if {
	found := result([workload("tools", {})], facts("tools", {"sources": [source("tools", [], every_port)]})).deny
	found == {{
		"message": "tools may connect through tools/allow-web, no namespace is declared",
		"resource": ref("tools"),
		"key": "namespaces",
		"declared": ["namespaces", 3, "network", "accepts"],
	}}
}

test_outside if {
	found := result([workload("b2b", {})], facts("b2b", {"acceptsFromOutside": "partial", "outside": [{"cidr": "203.0.113.0/24", "ports": []}]})).deny
	found == {{
		"message": "addresses outside the cluster (203.0.113.0/24) may connect through b2b/allow-web",
		"resource": ref("b2b"),
		"key": "outside",
		"declared": ["namespaces", 1, "network", "accepts"],
	}}
}

test_outside_where_declared_or_left_to_another_policy if {
	outside := {"acceptsFromOutside": "partial", "outside": [{"cidr": "203.0.113.0/24", "ports": []}]}
	result([workload("edge", {})], facts("edge", outside)) == clean("edge")
	result([workload("back", {})], facts("back", outside)) == clean("back")
}

test_sources_are_free_where_all_are_accepted if {
	result([workload("back", {})], facts("back", {"anyNamespace": every_port, "sources": [source("front-web", [], every_port)]})) == clean("back")
}

test_not_judged if {
	nothing := {"subjects": set(), "deny": set(), "not_evaluated": set()}
	result([workload("argocd", {})], facts("argocd", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})) == nothing
	result([workload("default", {})], facts("default", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})) == nothing
	result([workload("b2b", {"finished": true})], facts("b2b", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})) == nothing
	result([workload("b2b", {"hook": true})], facts("b2b", {"selectedBy": {"ingress": [], "egress": []}, "isolatedIngress": false})) == nothing
}

test_facts_missing if {
	result([workload("b2b", {})], facts("b2b", {"notEvaluated": "selector budget exceeded"})) == {
		"subjects": {ref("b2b")},
		"deny": set(),
		"not_evaluated": {{"resource": ref("b2b"), "reason": "reachability unknown", "detail": "selector budget exceeded"}},
	}
	result([workload("b2b", {})], {"workloads": {}}).not_evaluated == {{
		"resource": ref("b2b"),
		"reason": "reachability unknown",
		"detail": "no reachability facts were computed for it",
	}}
}

test_some_replicas_unselected if {
	found := result([workload("b2b", {})], facts("b2b", {"isolatedIngress": false})).deny
	{finding.message | some finding in found} == {"no NetworkPolicy of type Ingress selects some of its Pods: every Pod of every namespace may connect"}
}
