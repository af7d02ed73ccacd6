package envcheck.workloads.namespace_declared_test

import data.envcheck.workloads.namespace_declared as policy

environment := {"namespaces": [{"name": "b2b", "role": "application"}, {"name": "tools", "role": "platform"}]}

ref(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}

namespace(name, phase) := {"ref": ref(name), "name": name, "phase": phase}

result(namespaces) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"namespaces": namespaces}
}

test_all_there if {
	result([namespace("b2b", "Active"), namespace("tools", null), namespace("other", "Active")]) == {
		"subjects": {ref("b2b"), ref("tools")},
		"deny": set(),
	}
}

test_missing if {
	result([namespace("b2b", "Active")]) == {
		"subjects": {ref("b2b"), ref("tools")},
		"deny": {{
			"message": "is declared and does not exist",
			"resource": ref("tools"),
			"key": "missing",
			"declared": ["namespaces", 1],
			"fix": {
				"action": "kubernetes.create",
				"risk": "safe",
				"summary": "create Namespace tools",
				"object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tools"}},
			},
		}},
	}
}

test_the_level_is_enforced_from_the_beginning if {
	levels := {"namespaces": [{"name": "b2b", "role": "application", "podSecurity": "baseline"}, {"name": "back", "role": "application", "podSecurity": null}]}
	found := policy.deny with data.environment as levels with data.view as {"namespaces": []}
	{finding.fix.object.metadata | some finding in found} == {
		{"name": "b2b", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}},
		{"name": "back"},
	}
}

test_being_deleted if {
	found := result([namespace("b2b", "Terminating"), namespace("tools", "Active"), namespace("other", "Terminating")])
	found.deny == {{
		"message": "is declared and is being deleted",
		"resource": ref("b2b"),
		"key": "terminating",
		"declared": ["namespaces", 0],
	}}
}

test_nothing_declared if {
	found := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as {"namespaces": []}
		with data.view as {"namespaces": [namespace("b2b", "Active")]}
	found == {"subjects": set(), "deny": set()}
}
