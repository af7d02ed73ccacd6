package envcheck.network.cross_namespace_access_test

import data.envcheck.network.cross_namespace_access as policy

environment := {
	"namespaces": [
		{"name": "b2b", "role": "application", "workloads": [{"name": "web", "kind": "Deployment", "uses": ["back/keydb"]}]},
		{"name": "back", "role": "application", "workloads": [{"name": "ii", "kind": "Deployment"}, {"name": "keydb", "kind": "StatefulSet"}]},
		{"name": "edge", "role": "ingress", "workloads": null},
		{"name": "prometheus", "role": "monitoring"},
	],
	"ingress": {"hosts": {"back": ["back.example.com"]}},
}

empty := {
	"complete": true,
	"role_bindings": [],
	"services": [],
	"endpoint_slices": [],
	"ingresses": [],
	"reference_grants": [],
}

ref(kind, namespace) := {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": "x"}

result(seen) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as object.union(empty, seen)
}

denied(seen) := result(seen).deny

binding(namespace, role, subject) := {
	"ref": ref("RoleBinding", namespace),
	"namespace": namespace,
	"name": "x",
	"role": role,
	"subjects": [subject],
}

view_role := {"kind": "ClusterRole", "name": "view"}

account(namespace) := {"kind": "ServiceAccount", "namespace": namespace, "name": "web"}

named(kind, name) := {"kind": kind, "namespace": null, "name": name}

bound(namespace, subject) := {finding.message | some finding in denied({"role_bindings": [binding(namespace, view_role, subject)]})}

test_a_service_account_of_another_application if {
	result({"role_bindings": [binding("back", view_role, account("b2b"))]}) == {
		"subjects": {ref("RoleBinding", "back")},
		"deny": {{
			"message": "gives ServiceAccount b2b/web the rights of ClusterRole view in namespace back",
			"resource": ref("RoleBinding", "back"),
			"path": ["subjects"],
			"key": "ServiceAccount b2b/web",
		}},
	}
}

test_in_a_namespace_of_the_platform if {
	bound("kube-system", account("b2b")) == {"gives ServiceAccount b2b/web the rights of ClusterRole view in namespace kube-system"}
}

test_in_every_namespace if {
	bound(null, account("b2b")) == {"gives ServiceAccount b2b/web the rights of ClusterRole view in every namespace"}
	bound(null, named("Group", "system:serviceaccounts:b2b")) == {"gives all ServiceAccounts of b2b the rights of ClusterRole view in every namespace"}
}

test_those_that_stand_for_service_accounts if {
	bound("back", named("User", "system:serviceaccount:b2b:web")) == {"gives ServiceAccount b2b/web the rights of ClusterRole view in namespace back"}
	bound("back", named("Group", "system:serviceaccounts:b2b")) == {"gives all ServiceAccounts of b2b the rights of ClusterRole view in namespace back"}
	every group in ["system:serviceaccounts", "system:authenticated"] {
		bound("back", named("Group", group)) == {sprintf("gives all ServiceAccounts (group %s) the rights of ClusterRole view in namespace back", [group])}
	}
}

test_who_may if {
	every subject in [
		account("back"),
		account("prometheus"),
		account("kube-system"),
		account(null),
		named("User", "jane"),
		named("User", "system:serviceaccount:back:web"),
		named("User", "system:serviceaccount:prometheus:web"),
		named("Group", "developers"),
		named("Group", "system:serviceaccounts:back"),
		named("Group", "system:serviceaccounts:prometheus"),
		named("Group", null),
	] {
		bound("back", subject) == set()
	}
}

test_roles_that_open_nothing if {
	every name in ["system:discovery", "system:service-account-issuer-discovery", "system:auth-delegator"] {
		denied({"role_bindings": [binding(null, {"kind": "ClusterRole", "name": name}, named("Group", "system:authenticated"))]}) == set()
	}
	count(denied({"role_bindings": [binding("back", {"kind": "Role", "name": "system:discovery"}, account("b2b"))]})) == 1
}

service(namespace, host) := {
	"ref": ref("Service", namespace),
	"namespace": namespace,
	"name": "x",
	"type": "ExternalName",
	"externalName": host,
	"workloads": [],
}

target(name, ids) := {
	"ref": {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": name},
	"namespace": "back",
	"name": name,
	"type": "ClusterIP",
	"externalName": null,
	"workloads": ids,
}

leads(namespace, host, others) := {finding.message | some finding in denied({"services": array.concat([service(namespace, host)], others)})}

test_an_alias_of_another_namespace if {
	ii := target("ii", ["back/ii[Deployment]"])
	result({"services": [service("b2b", "ii.back.svc.cluster.local"), ii]}) == {
		"subjects": {ref("Service", "b2b")},
		"deny": {{
			"message": "leads to Service back/ii, which no workload of b2b is declared to use",
			"resource": ref("Service", "b2b"),
			"path": ["spec", "externalName"],
		}},
	}
}

test_every_way_to_write_it if {
	every host in ["ii.back.svc", "ii.back.svc.", "II.Back.SVC.cluster.local.", "ii-0.ii.back.svc.cluster.local"] {
		leads("b2b", host, []) == {"leads to Service back/ii, which no workload of b2b is declared to use"}
	}
	leads("b2b", "10-120-0-7.back.pod.cluster.local", []) == {"leads to a Pod of namespace back, which no workload of b2b is declared to use"}
	leads("b2b", "grafana.prometheus.svc", []) == {"leads to Service prometheus/grafana, which no workload of b2b is declared to use"}
}

test_aliases_that_may if {
	leads("b2b", "web.b2b.svc.cluster.local", []) == set()
	leads("b2b", "api.example.com", []) == set()
	leads("b2b", "api.svc.example.com", []) == set()
	leads("b2b", "svc", []) == set()
	leads("prometheus", "ii.back.svc", []) == set()
	leads("b2b", null, []) == set()
}

test_aliases_of_what_is_used if {
	leads("b2b", "redis.back.svc", [target("redis", ["back/keydb[StatefulSet]"])]) == set()
	leads("b2b", "keydb.back.svc", []) == set()
	leads("b2b", "keydb.back.svc", [target("keydb", [])]) == set()
	count(leads("b2b", "keydb.back.svc", [target("keydb", ["back/ii[Deployment]"])])) == 1
	count(leads("b2b", "all.back.svc", [target("all", ["back/ii[Deployment]", "back/keydb[StatefulSet]"])])) == 1
	count(leads("back", "keydb.b2b.svc", [])) == 1
}

test_a_part_of_the_environment if {
	seen := {"services": [service("b2b", "redis.back.svc")]}
	count(denied(seen)) == 1
	denied(object.union(seen, {"complete": false})) == set()
	count(denied({"complete": false, "services": [service("b2b", "grafana.prometheus.svc")]})) == 1
}

slice(namespace, endpoints) := {"ref": ref("EndpointSlice", namespace), "namespace": namespace, "name": "x", "endpoints": endpoints}

endpoint(namespace, target_name) := {
	"address": "10.120.0.7",
	"namespace": namespace,
	"target": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": target_name},
}

test_a_slice_made_by_hand if {
	result({"endpoint_slices": [slice("b2b", [endpoint("back", "ii-5d9c7b6f4-x")])]}) == {
		"subjects": {ref("EndpointSlice", "b2b")},
		"deny": {{
			"message": "was made by hand and leads to Pod ii-5d9c7b6f4-x of namespace back, which no workload of b2b is declared to use",
			"resource": ref("EndpointSlice", "b2b"),
			"path": ["endpoints"],
			"key": "back/Pod ii-5d9c7b6f4-x",
		}},
	}
}

address(namespace) := {"address": "10.120.0.7", "namespace": namespace, "target": null}

test_a_slice_of_addresses if {
	{finding.message | some finding in denied({"endpoint_slices": [slice("back", [address("b2b")])]})} == {"was made by hand and leads to 10.120.0.7 of namespace b2b, which no workload of back is declared to use"}
	denied({"endpoint_slices": [slice("b2b", [address("back")])]}) == set()
}

test_slices_that_may if {
	denied({"endpoint_slices": [
		slice("b2b", [endpoint("back", "keydb-0"), endpoint("b2b", "web-x"), address(null)]),
		slice("prometheus", [address("back")]),
	]}) == set()
}

ingress(namespace, annotations) := {"ref": ref("Ingress", namespace), "namespace": namespace, "name": "x", "annotations": annotations}

test_secrets_of_another_namespace if {
	every short in ["auth-secret", "auth-tls-secret", "proxy-ssl-secret"] {
		name := sprintf("nginx.ingress.kubernetes.io/%s", [short])
		result({"ingresses": [ingress("b2b", {name: "back/keys"})]}) == {
			"subjects": {ref("Ingress", "b2b")},
			"deny": {{
				"message": sprintf("%s names Secret keys of namespace back", [short]),
				"resource": ref("Ingress", "b2b"),
				"path": ["metadata", "annotations", name],
			}},
		}
	}
}

secrets(namespace, value) := count(denied({"ingresses": [ingress(namespace, {"nginx.ingress.kubernetes.io/auth-secret": value})]}))

test_secrets_that_may if {
	secrets("b2b", "keys") == 0
	secrets("b2b", "b2b/keys") == 0
	secrets("prometheus", "edge/keys") == 0
	secrets("prometheus", "back/keys") == 1
	secrets("b2b", "edge/ca") == 1
	secrets("b2b", 7) == 0
	denied({"ingresses": [ingress("b2b", {"nginx.ingress.kubernetes.io/auth-secret-type": "back/keys"})]}) == set()
}

grant(namespace, from, to) := {"ref": ref("ReferenceGrant", namespace), "namespace": namespace, "name": "x", "from": [from], "to": [to]}

source(kind, namespace) := {"group": "gateway.networking.k8s.io", "kind": kind, "namespace": namespace}

to_object(kind, name) := {"group": "", "kind": kind, "name": name}

test_a_grant_for_everything if {
	result({"reference_grants": [grant("back", source("HTTPRoute", "b2b"), to_object("Service", null))]}) == {
		"subjects": {ref("ReferenceGrant", "back")},
		"deny": {{
			"message": "lets any HTTPRoute of namespace b2b refer to every Service here, which is not declared",
			"resource": ref("ReferenceGrant", "back"),
			"path": ["spec"],
			"key": "HTTPRoute b2b to every Service here",
		}},
	}
}

granted(namespace, from, to) := {finding.message | some finding in denied({"reference_grants": [grant(namespace, from, to)]})}

test_grants_wider_than_declared if {
	granted("back", source("HTTPRoute", "b2b"), to_object("Service", "ii")) == {"lets any HTTPRoute of namespace b2b refer to Service ii, which is not declared"}
	granted("back", source("Gateway", "edge"), to_object("Secret", null)) == {"lets any Gateway of namespace edge refer to every Secret here, which is not declared"}
	granted("b2b", source("Gateway", "edge"), to_object("Secret", "tls")) == {"lets any Gateway of namespace edge refer to Secret tls, which is not declared"}
	granted("back", source("HTTPRoute", "edge"), to_object("Secret", "tls")) == {"lets any HTTPRoute of namespace edge refer to Secret tls, which is not declared"}
	granted("back", source("HTTPRoute", "tools"), to_object("Service", "ii")) == {"lets any HTTPRoute of namespace tools refer to Service ii, which is not declared"}
	granted("edge", source("Gateway", "b2b"), to_object("Secret", "tls")) == {"lets any Gateway of namespace b2b refer to Secret tls, which is not declared"}
}

test_grants_that_are_declared if {
	granted("back", source("HTTPRoute", "b2b"), to_object("Service", "keydb")) == set()
	granted("back", source("Gateway", "edge"), to_object("Secret", "tls")) == set()
	granted("back", source("HTTPRoute", "edge"), to_object("Service", "ii")) == set()
	granted("back", source("HTTPRoute", "back"), to_object("Service", null)) == set()
	granted("edge", source("HTTPRoute", "prometheus"), to_object("Service", null)) == set()
}
