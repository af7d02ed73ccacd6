# METADATA
# title: T
# description: D
# custom:
#   id: b
#   severity: high
#   evaluates: object
#   kinds: [v1/Pod, "*/Job"]
#   stages: [manifests]
#   parameters: {a: {default: 1, description: x}}
#   remediation: R
package a.b

deny contains {"message": sprintf("%v", [1])} if {
	input.kind in {"Pod", "Job"}
}
