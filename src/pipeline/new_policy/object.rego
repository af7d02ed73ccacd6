# METADATA
# title: Deployments name their team
# description: >-
#   Every Deployment carries the label of the team that answers for it. An example: say here what is checked, and why.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
# custom:
#   id: {id}
#   severity: medium
#   evaluates: object
#   kinds: [apps/v1/Deployment]
#   stages: [manifests, live]
#   parameters:
#     label: {default: team, description: the label that names the team}
#   remediation: Add the label, with the team that answers for the Deployment.
package {package}

deny contains finding if {
	not named
	finding := {
		"message": sprintf("label %s is missing", [data.parameters.label]),
		"path": ["metadata", "labels"],
	}
}

# An empty label names nobody.
named if {
	team := input.metadata.labels[data.parameters.label]
	is_string(team)
	team != ""
}
