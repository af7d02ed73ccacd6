# The class that applies to an Ingress.
package envcheck.lib.ingress_classes

# The one that it names, in its field or in the old annotation; else the cluster's default; "" for none.
of_ingress(ingress) := ingress.class if {
	is_string(ingress.class)
	ingress.class != ""
} else := fallback if {
	is_string(fallback)
} else := ""

# The class of Ingresses that name none. With several the API server takes none of them for granted.
fallback := names[0] if {
	names := [record.name | some record in data.view.ingress_classes; record["default"]]
	count(names) == 1
}

by_name[record.name] := record if some record in data.view.ingress_classes
