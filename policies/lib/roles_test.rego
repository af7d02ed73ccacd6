package envcheck.lib.roles_test

import data.envcheck.lib.roles

keydb := {"name": "keydb", "kind": "StatefulSet", "role": "datastore"}

ii := {"name": "ii", "kind": "Deployment"}

environment := {"namespaces": [{"name": "argocd", "role": "delivery"}, {"name": "back", "role": "application", "workloads": [{"name": "ii", "kind": "Deployment"}, {"name": "keydb", "kind": "StatefulSet", "role": "datastore"}]}]}

item := {"namespace": "back", "name": "keydb", "kind": "StatefulSet", "path": ["namespaces", 1, "workloads", 1], "declared": keydb}

workload(kind, name) := {"kind": kind, "namespace": "back", "name": name, "hook": false}

test_of if {
	roles.of("datastore") == {item} with data.environment as environment
	roles.of("proxy") == set() with data.environment as environment
	roles.of("datastore") == set() with data.environment as {}
}

test_ref if {
	roles.ref(item) == {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"}
}

test_bearers if {
	both := [workload("Deployment", "keydb"), workload("StatefulSet", "keydb"), workload("StatefulSet", "other")]
	roles.bearers(item, both) == [workload("StatefulSet", "keydb")]
	roles.bearers(item, [both[0], both[2]]) == [workload("Deployment", "keydb")]
	roles.bearers(item, []) == []
}

test_declared if {
	roles.declared("back", "ii").declared == ii with data.environment as environment
	roles.declared("back", "keydb") == item with data.environment as environment
	not roles.declared("back", "web") with data.environment as environment
	not roles.declared("b2b", "ii") with data.environment as environment
}
