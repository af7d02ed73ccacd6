package envcheck.lib.selectors_test

import data.envcheck.lib.selectors

labels := {"app": "web", "tier": "a"}

expression(operator, key, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

test_none_and_empty if {
	not selectors.matches(null, labels)
	selectors.matches({}, labels)
	selectors.matches({}, {})
	selectors.matches({"matchLabels": null, "matchExpressions": null}, labels)
}

test_labels if {
	selectors.matches({"matchLabels": {"app": "web"}}, labels)
	selectors.matches({"matchLabels": {"app": "web", "tier": "a"}}, labels)
	not selectors.matches({"matchLabels": {"app": "web", "tier": "b"}}, labels)
	not selectors.matches({"matchLabels": {"release": "x"}}, labels)
	not selectors.matches({"matchLabels": {"app": "web"}}, {})
}

test_in if {
	selectors.matches(expression("In", "tier", ["a", "b"]), labels)
	not selectors.matches(expression("In", "tier", ["b"]), labels)
	not selectors.matches(expression("In", "other", ["a"]), labels)
}

test_not_in if {
	selectors.matches(expression("NotIn", "tier", ["b"]), labels)
	selectors.matches(expression("NotIn", "other", ["a"]), labels)
	not selectors.matches(expression("NotIn", "tier", ["a", "b"]), labels)
}

test_exists if {
	selectors.matches(expression("Exists", "tier", []), labels)
	selectors.matches({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, labels)
	not selectors.matches(expression("Exists", "other", null), labels)
	selectors.matches(expression("DoesNotExist", "other", []), labels)
	not selectors.matches(expression("DoesNotExist", "tier", []), labels)
}

test_all_must_hold if {
	both := {"matchLabels": {"app": "web"}, "matchExpressions": [
		{"key": "tier", "operator": "In", "values": ["a"]},
		{"key": "canary", "operator": "DoesNotExist"},
	]}
	selectors.matches(both, labels)
	not selectors.matches(both, object.union(labels, {"canary": "true"}))
}

test_what_no_api_server_accepts_matches_nothing if {
	not selectors.matches(expression("Near", "tier", ["a"]), labels)
}

view := {"namespaces": [{"name": "back", "labels": {"team": "core", "kubernetes.io/metadata.name": "back"}}]}

test_namespaces if {
	selectors.takes_in(null, "prometheus", "prometheus") with data.view as view
	not selectors.takes_in(null, "prometheus", "back") with data.view as view
	selectors.takes_in({}, "prometheus", "back") with data.view as view
	selectors.takes_in({"matchLabels": {"team": "core"}}, "prometheus", "back") with data.view as view
	not selectors.takes_in({"matchLabels": {"team": "core"}}, "prometheus", "b2b") with data.view as view
	selectors.takes_in({"matchLabels": {"kubernetes.io/metadata.name": "b2b"}}, "prometheus", "b2b") with data.view as view
	not selectors.takes_in({"matchLabels": {"kubernetes.io/metadata.name": "prometheus"}}, "prometheus", "back") with data.view as view
}

test_wording if {
	selectors.wording(null) == "nothing"
	selectors.wording({}) == "everything"
	selectors.wording({"matchLabels": {"b": "1", "a": "2"}, "matchExpressions": [
		{"key": "x", "operator": "DoesNotExist"},
		{"key": "tier", "operator": "In", "values": ["b", "a"]},
		{"key": "y", "operator": "Exists"},
		{"key": "z", "operator": "NotIn", "values": ["c"]},
	]}) == "a=2, b=1, !x, tier in (a, b), y, z not in (c)"
}

test_missing_labels if {
	selectors.missing_labels({"matchLabels": {"app": "web", "release": "x"}}, labels) == {"release": "x"}
	not selectors.missing_labels({"matchLabels": {"app": "web"}}, labels)
	not selectors.missing_labels({"matchLabels": {"app": "other"}}, labels)
	not selectors.missing_labels(object.union({"matchLabels": {"release": "x"}}, expression("Exists", "a", [])), labels)
}

test_nulls_in_lists if {
	selector := {"matchExpressions": [null, {"key": "tier", "operator": "In", "values": [null, "web"]}]}
	selectors.wording({"matchExpressions": [null, {"key": "tier", "operator": "NotIn", "values": [null]}]}) == "tier not in ()"
	selectors.wording(selector) == "tier in (web)"
	not selectors.matches(selector, {"tier": "web"})
	selectors.matches({"matchExpressions": [{"key": "tier", "operator": "In", "values": [null, "web"]}]}, {"tier": "web"})
}

test_values_that_are_no_texts if {
	selectors.wording({"matchExpressions": [{"key": "a", "operator": "In", "values": [null, "b"]}]}) == "a in (b)"
	selectors.wording({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": null}]}) == "a not in ()"
}
