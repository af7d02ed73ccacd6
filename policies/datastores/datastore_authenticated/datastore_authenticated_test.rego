package envcheck.datastores.datastore_authenticated_test

import data.envcheck.datastores.datastore_authenticated as policy

environment := {"namespaces": [{"name": "argocd", "role": "delivery"}, {"name": "back", "role": "application", "workloads": [
	{"name": "ii", "kind": "Deployment"},
	{"name": "keydb", "kind": "StatefulSet", "role": "datastore"},
]}]}

declared := ["namespaces", 1, "workloads", 1]

ref := {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"}

workload(pod) := {
	"ref": ref,
	"kind": "StatefulSet",
	"namespace": "back",
	"name": "keydb",
	"hook": false,
	"finished": false,
	"template": {"spec": pod},
}

running(changes) := workload({"containers": [object.union({"name": "keydb", "image": "eqalpha/keydb:6"}, changes)]})

seen(workloads, complete) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": workloads, "secrets": [], "config_maps": [], "complete": complete}
}

nothing := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

open(place) := {
	"message": "container keydb lets anybody in: its arguments set no requirepass",
	"resource": ref,
	"path": ["spec", "template", "spec", place, "name=keydb"],
	"key": "keydb",
	"declared": declared,
}

test_password if {
	seen([running({"args": ["--requirepass", "masked:1"]})], true) == nothing
}

test_open if {
	seen([running({})], true) == object.union(nothing, {"deny": {open("containers")}})
	seen([running({})], false) == object.union(nothing, {"deny": {open("containers")}})
}

test_sidecars_count if {
	sidecar := workload({"containers": [], "initContainers": [{"name": "keydb", "image": "eqalpha/keydb:6", "restartPolicy": "Always"}]})
	seen([sidecar], true).deny == {open("initContainers")}
}

test_exporters_do_not if {
	beside := workload({"containers": [
		{"name": "keydb", "image": "eqalpha/keydb:6", "args": ["--requirepass", "masked:1"]},
		{"name": "metrics", "image": "oliver006/redis_exporter:v1"},
	]})
	seen([beside], true) == nothing
}

test_unknown if {
	unknown := running({"args": ["/etc/keydb.conf"]})
	seen([unknown], true) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "authentication unknown",
		"detail": "container keydb: /etc/keydb.conf is part of the image",
	}}})
	seen([unknown], false) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}

test_no_known_database if {
	seen([running({"image": "acme/store:1"})], true) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "unknown datastore",
		"detail": "none of its images is a database whose authentication is known",
	}}})
	seen([object.union(running({}), {"template": null})], true) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "unknown datastore",
		"detail": "none of its images is a database whose authentication is known",
	}}})
}

test_only_declared_datastores if {
	other := object.union(running({}), {"name": "cache"})
	seen([other], true) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
