package {package}_test

import data.{package}

ref(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}

namespace(name) := {"ref": ref(name), "name": name}

result(namespaces, policies) := {"subjects": subjects, "deny": deny} if {
	view := {"namespaces": [namespace(name) | some name in namespaces], "network_policies": policies}
	parameters := {"prefix": "kube-"}
	subjects := {name}.subjects with data.view as view with data.parameters as parameters
	deny := {name}.deny with data.view as view with data.parameters as parameters
}

test_a_namespace_without_a_policy_is_found if {
	result(["shop"], [{"namespace": "other"}]) == {
		"subjects": {ref("shop")},
		"deny": {{"resource": ref("shop"), "message": "holds no NetworkPolicy"}},
	}
}

test_a_namespace_with_a_policy_passes if {
	result(["shop"], [{"namespace": "shop"}]) == {"subjects": {ref("shop")}, "deny": set()}
}

test_namespaces_of_kubernetes_are_left_alone if {
	result(["kube-system"], []) == {"subjects": set(), "deny": set()}
}
