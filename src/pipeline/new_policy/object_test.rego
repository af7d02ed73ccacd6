package {package}_test

import data.{package}

deployment(labels) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web", "namespace": "shop", "labels": labels},
}

found(labels) := result if {
	result := {name}.deny with input as deployment(labels) with data.parameters as {"label": "team"}
}

missing := {{"message": "label team is missing", "path": ["metadata", "labels"]}}

test_a_deployment_without_the_label_is_found if {
	found({"app": "web"}) == missing
	found(null) == missing
	found({"team": ""}) == missing
}

test_a_deployment_with_the_label_passes if {
	count(found({"app": "web", "team": "shop"})) == 0
}
