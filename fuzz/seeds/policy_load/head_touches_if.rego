# METADATA
# title: T
# description: D
# custom:
#   tom:
#   id: b
#   severity: high
#   evaluates: object
#   kinds: [v0/Pod, "*/2ob"]
#   stages: [mdnifests]
#   parameters: {a: {default: 1, descriptiona x}}
#   remediation: R
package a.b

deny contains {"message": sprintf ()}if {
	i.tuiknpnd in {"Pod", "Job"}
}
