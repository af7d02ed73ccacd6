package envcheck.lib.namespaces_test

import data.envcheck.lib.namespaces

environment := {
	"namespaces": [
		{"name": "argocd", "role": "delivery", "workloads": null},
		{"name": "b2b", "role": "application", "workloads": [{"name": "web", "kind": "Deployment"}]},
		{"name": "back", "role": "application", "workloads": []},
		{"name": "tools", "role": "platform"},
	],
	"systemNamespaces": {"names": ["kube-system", "kube-public"]},
}

test_declared if {
	found := namespaces.declared with data.environment as environment
	found == {
		"argocd": {"index": 0, "role": "delivery"},
		"b2b": {"index": 1, "role": "application"},
		"back": {"index": 2, "role": "application"},
		"tools": {"index": 3, "role": "platform"},
	}
}

test_applications if {
	found := namespaces.applications with data.environment as environment
	found == {"b2b", "back"}
}

test_listing if {
	found := namespaces.listing with data.environment as environment
	found == {
		"b2b": {"index": 1, "workloads": [{"name": "web", "kind": "Deployment"}]},
		"back": {"index": 2, "workloads": []},
	}
}

test_system if {
	found := namespaces.system with data.environment as environment
	found == {"kube-public", "kube-system"}
}

test_ref if namespaces.ref("b2b") == {"apiVersion": "v1", "kind": "Namespace", "name": "b2b"}
