# LabelSelectors of Kubernetes, and the selectors of namespaces that the Prometheus operator builds on them.
package envcheck.lib.selectors

import data.envcheck.lib.fields

# No selector selects nothing, an empty one everything.
matches(selector, labels) if {
	is_object(selector)
	object.subset(labels, fields.map(selector, "matchLabels"))
	every expression in fields.list(selector, "matchExpressions") {
		holds(expression, labels)
	}
}

holds(expression, labels) if {
	expression.operator == "In"
	labels[expression.key] in fields.list(expression, "values")
}

# What lacks the label is not in, either.
holds(expression, labels) if {
	expression.operator == "NotIn"
	not object.get(labels, expression.key, null) in fields.list(expression, "values")
}

holds(expression, labels) if {
	expression.operator == "Exists"
	is_string(labels[expression.key])
}

holds(expression, labels) if {
	expression.operator == "DoesNotExist"
	not is_string(object.get(labels, expression.key, null))
}

# No selector of namespaces means the selecting object's own.
takes_in(null, own, namespace) if namespace == own

takes_in(selector, _, namespace) if matches(selector, namespace_labels(namespace))

# The label with the name is the API server's work, so declared namespaces have it before they exist.
namespace_labels(name) := object.union(observed_labels(name), {"kubernetes.io/metadata.name": name})

observed_labels(name) := labels if {
	found := [namespace.labels | some namespace in data.view.namespaces; namespace.name == name]
	labels := found[0]
} else := {}

# "app=web, tier in (a, b), !canary".
wording(selector) := "nothing" if not is_object(selector)

wording(selector) := "everything" if {
	is_object(selector)
	count(parts(selector)) == 0
}

wording(selector) := concat(", ", parts(selector)) if {
	is_object(selector)
	count(parts(selector)) > 0
}

parts(selector) := array.concat(
	sort({sprintf("%s=%s", [key, value]) | some key, value in fields.map(selector, "matchLabels")}),
	sort({part(expression) | some expression in fields.list(selector, "matchExpressions")}),
)

part(expression) := sprintf("%s in (%s)", [expression.key, values(expression)]) if expression.operator == "In"

part(expression) := sprintf("%s not in (%s)", [expression.key, values(expression)]) if expression.operator == "NotIn"

values(expression) := concat(", ", sort([value | some value in fields.list(expression, "values"); is_string(value)]))

part(expression) := expression.key if expression.operator == "Exists"

part(expression) := sprintf("!%s", [expression.key]) if expression.operator == "DoesNotExist"

# The labels that make an object match, where the selector asks for labels and nothing else, and the object has no other
# value for one of them.
missing_labels(selector, labels) := missing if {
	wanted := fields.map(selector, "matchLabels")
	count(fields.list(selector, "matchExpressions")) == 0
	missing := {key: value | some key, value in wanted; not labels[key] == value}
	count(missing) > 0
	count([key | some key, _ in missing; is_string(labels[key])]) == 0
}
