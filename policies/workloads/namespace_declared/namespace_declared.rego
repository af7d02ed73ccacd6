# METADATA
# title: Declared namespaces exist
# description: >-
#   Every namespace of the spec exists and is not being deleted. Of manifests this can be said only when they are the whole
#   environment: then a Namespace that something else creates on delivery has to be among them.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
# custom:
#   id: namespace-declared
#   severity: high
#   evaluates: environment
#   kinds: [v1/Namespace]
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.7.1"]}
#   remediation: >-
#     Create the namespace, or remove it from the spec. One that is being deleted cannot be kept: it has to be created again
#     when it is gone.
#   parameters: {}
package envcheck.workloads.namespace_declared

import data.envcheck.lib.namespaces

subjects contains namespaces.ref(name) if some name, _ in namespaces.declared

deny contains finding if {
	some name, declared in namespaces.declared
	not name in existing
	metadata := wanted(name, declared.index)
	finding := {
		"message": "is declared and does not exist",
		"resource": namespaces.ref(name),
		"key": "missing",
		"declared": ["namespaces", declared.index],
		"fix": {
			"action": "kubernetes.create",
			"risk": "safe",
			"summary": sprintf("create Namespace %s", [name]),
			"object": {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata},
		},
	}
}

# Nothing can be created in it any more, and what it holds goes.
deny contains finding if {
	some namespace in data.view.namespaces
	declared := namespaces.declared[namespace.name]
	namespace.phase == "Terminating"
	finding := {
		"message": "is declared and is being deleted",
		"resource": namespace.ref,
		"key": "terminating",
		"declared": ["namespaces", declared.index],
	}
}

existing := {namespace.name | some namespace in data.view.namespaces}

# Nothing runs in it yet that the declared Pod Security level could break.
wanted(name, index) := {"name": name, "labels": {"pod-security.kubernetes.io/enforce": level}} if {
	level := data.environment.namespaces[index].podSecurity
	is_string(level)
} else := {"name": name}
