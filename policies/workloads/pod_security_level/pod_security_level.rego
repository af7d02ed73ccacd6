# METADATA
# title: Namespaces enforce the declared Pod Security level
# description: >-
#   A namespace with podSecurity in the spec has the label pod-security.kubernetes.io/enforce with that level or a stricter
#   one, for which Kubernetes' version does not matter. Without the label nothing is enforced. Namespaces that declare no level
#   are left alone, as is one that is being deleted.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-admission/
# custom:
#   id: pod-security-level
#   severity: high
#   evaluates: object
#   kinds: [v1/Namespace]
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.2.1"]}
#   remediation: >-
#     Set the labels pod-security.kubernetes.io/warn and audit to the declared level, mend the Pods that they name, then set
#     pod-security.kubernetes.io/enforce. Pods that run stay; those that break the level cannot be created any more.
#   parameters: {}
package envcheck.workloads.pod_security_level

deny contains finding if {
	level := declared.podSecurity
	not satisfies(enforced, level)
	not is_string(input.metadata.deletionTimestamp)
	message := explain(level)
	repair := fix(level)
	finding := {
		"message": message,
		"path": path,
		"declared": ["namespaces", declared.index, "podSecurity"],
		"fix": repair,
	}
}

# The namespace in the spec, where it declares a level.
declared := {"index": index, "podSecurity": namespace.podSecurity} if {
	some index, namespace in data.environment.namespaces
	namespace.name == input.metadata.name
	is_string(namespace.podSecurity)
}

labels := input.metadata.labels if is_object(input.metadata.labels)

else := {}

enforced := object.get(labels, "pod-security.kubernetes.io/enforce", null)

# A label that is missing is at fault where labels would stand.
path := ["metadata", "labels", "pod-security.kubernetes.io/enforce"] if enforced != null

else := ["metadata", "labels"] if count(labels) > 0

else := ["metadata"]

ranks := {"privileged": 0, "baseline": 1, "restricted": 2}

satisfies(level, wanted) if ranks[level] >= ranks[wanted]

# Where nothing is set, everything is allowed.
satisfies(level, wanted) if {
	level == null
	wanted == "privileged"
}

explain(level) := sprintf("enforces no Pod Security level, %s is declared", [level]) if {
	enforced == null
} else := sprintf("enforces Pod Security level %s, %s is declared", [enforced, level]) if {
	ranks[enforced]
} else := sprintf("pod-security.kubernetes.io/enforce is %v, which is no level, %s is declared", [enforced, level])

# What a level would break is seen by warnings first.
fix(level) := {
	"action": "kubernetes.label",
	"risk": "disruptive",
	"summary": sprintf("enforce Pod Security level %s in namespace %s", [level, input.metadata.name]),
	"target": target,
	"params": {"labels": {"pod-security.kubernetes.io/enforce": level}},
} if {
	every mode in ["audit", "warn"] {
		warned := object.get(labels, sprintf("pod-security.kubernetes.io/%s", [mode]), null)
		satisfies(warned, level)
	}
} else := {
	"action": "kubernetes.label",
	"risk": "safe",
	"summary": sprintf("warn of what breaks Pod Security level %s in namespace %s, before it is enforced", [level, input.metadata.name]),
	"target": target,
	"params": {"labels": {"pod-security.kubernetes.io/audit": level, "pod-security.kubernetes.io/warn": level}},
}

target := {"apiVersion": "v1", "kind": "Namespace", "name": input.metadata.name}
