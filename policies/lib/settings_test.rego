package envcheck.lib.settings_test

import data.envcheck.lib.settings

view := {
	"complete": true,
	"secrets": [
		{"namespace": "back", "name": "auth", "keys": ["password", "user", "nothing"], "published": ["user"], "empty": ["nothing"]},
		{"namespace": "other", "name": "far", "keys": ["password"], "published": []},
	],
	"config_maps": [
		{"namespace": "back", "name": "conf", "keys": ["keydb.conf", "DEBUG", "NOTHING"], "data": {"keydb.conf": "requirepass masked:1", "DEBUG": "1", "NOTHING": ""}},
		{"namespace": "back", "name": "unread", "keys": ["keydb.conf"], "data": null},
	],
}

variable(container, name) := state if {
	state := settings.variable("back", container, name) with data.view as view
}

from_secret(name, key) := {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}]}

optional(name, key) := {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": true}}}]}

test_literal_variables if {
	variable({"env": [{"name": "P", "value": ""}, {"name": "P", "value": "x"}]}, "P") == {"state": "set", "value": "x"}
	variable({"env": [{"name": "P", "value": "x"}, {"name": "P"}]}, "P") == {"state": "empty"}
	variable({"env": [{"name": "P", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}, "P") == {"state": "set"}
	variable({}, "P") == {"state": "absent"}
}

test_variables_from_secrets if {
	variable(from_secret("auth", "password"), "P") == {"state": "set"}
	variable(from_secret("auth", "user"), "P") == {"state": "published", "secret": "auth"}
	variable(from_secret("auth", "nothing"), "P") == {"state": "empty"}
	variable(optional("auth", "nothing"), "P") == {"state": "empty"}
	variable(from_secret("gone", "password"), "P") == {"state": "unknown", "why": "Secret gone does not exist"}
	variable(from_secret("auth", "gone"), "P") == {"state": "unknown", "why": "Secret auth has no key gone"}
	variable(optional("auth", "password"), "P") == {"state": "set"}
	variable(optional("auth", "gone"), "P") == {"state": "empty"}
	variable(optional("gone", "password"), "P") == {"state": "empty"}
	variable(optional("far", "password"), "P") == {"state": "empty"}
	partial := settings.variable("back", optional("gone", "password"), "P") with data.view as object.union(view, {"complete": false})
	partial == {"state": "unknown", "why": "Secret gone is not in view"}
	needed := settings.variable("back", from_secret("gone", "password"), "P") with data.view as object.union(view, {"complete": false})
	needed == {"state": "set"}
}

from_config_map(name, key) := {"env": [{"name": "P", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}]}

test_variables_from_config_maps if {
	variable(from_config_map("conf", "DEBUG"), "P") == {"state": "set"}
	variable(from_config_map("conf", "NOTHING"), "P") == {"state": "empty"}
	variable(from_config_map("unread", "NOTHING"), "P") == {"state": "set"}
}

test_variables_from_whole_objects if {
	variable({"envFrom": [{"secretRef": {"name": "auth"}}]}, "password") == {"state": "set"}
	variable({"envFrom": [{"secretRef": {"name": "auth"}, "prefix": "DB_"}]}, "DB_user") == {"state": "published", "secret": "auth"}
	variable({"envFrom": [{"secretRef": {"name": "auth"}, "prefix": "DB_"}]}, "password") == {"state": "absent"}
	variable({"envFrom": [{"configMapRef": {"name": "conf"}}]}, "DEBUG") == {"state": "set"}
	variable({"envFrom": [{"configMapRef": {"name": "conf"}}]}, "NOTHING") == {"state": "empty"}
	variable({"envFrom": [{"secretRef": {"name": "auth"}}]}, "nothing") == {"state": "empty"}
	variable({"envFrom": [{"secretRef": {"name": "gone"}}]}, "P") == {"state": "unknown", "why": "Secret gone is not in view"}
}

workload(volume) := {"namespace": "back", "template": {"spec": {"volumes": [volume]}}}

mounted(path) := {"volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "conf", "mountPath": path}]}

file(volume, path) := answer if {
	answer := settings.file(workload(volume), mounted("/etc/keydb"), path) with data.view as view
}

test_files_of_config_maps if {
	file({"name": "conf", "configMap": {"name": "conf"}}, "/etc/keydb/keydb.conf") == {"text": "requirepass masked:1"}
	file({"name": "conf", "configMap": {"name": "conf", "items": [{"key": "keydb.conf", "path": "a/b.conf"}]}}, "/etc/keydb/a/b.conf") == {"text": "requirepass masked:1"}
	file({"name": "conf", "projected": {"sources": [{"secret": {"name": "x"}}, {"configMap": {"name": "conf"}}]}}, "/etc/keydb/keydb.conf") == {"text": "requirepass masked:1"}
	file({"name": "conf", "configMap": {"name": "conf", "items": [{"key": "keydb.conf", "path": "b.conf"}]}}, "/etc/keydb/keydb.conf") == {"why": "ConfigMap conf has no readable keydb.conf"}
	file({"name": "conf", "configMap": {"name": "unread"}}, "/etc/keydb/keydb.conf") == {"why": "ConfigMap unread has no readable keydb.conf"}
}

test_one_file_of_a_config_map if {
	container := {"volumeMounts": [{"name": "conf", "mountPath": "/etc/a.conf", "subPath": "keydb.conf"}]}
	answer := settings.file(workload({"name": "conf", "configMap": {"name": "conf"}}), container, "/etc/a.conf") with data.view as view
	answer == {"text": "requirepass masked:1"}
}

test_files_that_cannot_be_read if {
	file({"name": "conf", "secret": {"secretName": "auth"}}, "/etc/keydb/keydb.conf") == {"why": "/etc/keydb/keydb.conf is in Secret auth, whose values are not read"}
	file({"name": "conf", "emptyDir": {}}, "/etc/keydb/keydb.conf") == {"why": "/etc/keydb/keydb.conf is written when the Pod starts"}
	file({"name": "conf", "hostPath": {"path": "/x"}}, "/etc/keydb/keydb.conf") == {"why": "/etc/keydb/keydb.conf is on volume conf"}
	file({"name": "other", "emptyDir": {}}, "/data/keydb.conf") == {"why": "/data/keydb.conf is on a volume that is claimed"}
	file({"name": "conf", "emptyDir": {}}, "/usr/local/keydb.conf") == {"why": "/usr/local/keydb.conf is part of the image"}
}

test_texts_that_are_none if {
	odd := {"complete": true, "secrets": [], "config_maps": [{"namespace": "back", "name": "conf", "keys": ["a.conf"], "data": {"a.conf": null}}]}
	container := {"volumeMounts": [{"name": "conf", "mountPath": "/etc/a.conf", "subPath": null}], "envFrom": [{"prefix": null, "configMapRef": {"name": "conf"}}]}
	answer := settings.file(workload({"name": "conf", "configMap": {"name": "conf", "items": [{"key": "a.conf", "path": ""}]}}), container, "/etc/a.conf") with data.view as odd
	answer == {"why": "ConfigMap conf has no readable "}
	state := settings.variable("back", container, "a.conf") with data.view as odd
	state == {"state": "set"}
}
