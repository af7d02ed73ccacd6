package envcheck.datastores.datastore_persistent_test

import data.envcheck.datastores.datastore_persistent as policy

environment := {"namespaces": [{"name": "argocd", "role": "delivery"}, {"name": "back", "role": "application", "workloads": [
	{"name": "ii", "kind": "Deployment"},
	{"name": "keydb", "kind": "StatefulSet", "role": "datastore"},
]}]}

declared := ["namespaces", 1, "workloads", 1]

found(object) := findings if {
	findings := policy.deny with input as object with data.environment as environment
}

messages(object) := {[finding.key, finding.message] | some finding in found(object)}

mounted := [{"name": "data", "mountPath": "/data"}]

server(changes) := object.union({"name": "keydb", "image": "docker.io/eqalpha/keydb:6", "volumeMounts": mounted}, changes)

workload(kind, spec, pod) := {
	"kind": kind,
	"metadata": {"namespace": "back", "name": "keydb"},
	"spec": object.union(spec, {"template": {"spec": pod}}),
}

templates := {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}

claim := [{"name": "data", "persistentVolumeClaim": {"claimName": "keydb-data"}}]

pod(volumes, changes) := {"containers": [server(changes)], "volumes": volumes}

test_claim_templates if {
	found(workload("StatefulSet", templates, pod([], {}))) == set()
}

test_claims_and_storage_of_the_network if {
	found(workload("StatefulSet", {}, pod(claim, {}))) == set()
	found(workload("StatefulSet", {}, pod([{"name": "data", "nfs": {"server": "x", "path": "/"}}], {}))) == set()
}

test_devices if {
	found(workload("StatefulSet", templates, {"containers": [{"name": "db", "image": "acme/store:1", "volumeDevices": [{"name": "data", "devicePath": "/dev/x"}]}]})) == set()
}

test_nothing_lasting if {
	found(workload("StatefulSet", {}, pod([{"name": "data", "emptyDir": {}}], {}))) == {{
		"message": "its data goes with the Pod: it has only emptyDir data",
		"path": ["spec", "template", "spec"],
		"key": "volume",
		"declared": declared,
	}}
	messages(workload("StatefulSet", {}, pod([{"name": "data", "hostPath": {"path": "/mnt"}}], {}))) == {["volume", "its data goes with the Pod: it has only path of the node data"]}
	messages(workload("StatefulSet", {}, {"containers": [{"name": "keydb", "image": "keydb"}]})) == {["volume", "its data goes with the Pod: it mounts no volume"]}
	messages(workload("StatefulSet", {}, {"containers": null})) == {["volume", "its data goes with the Pod: it mounts no volume"]}
}

test_claimed_and_not_used if {
	unused := {["volume", "its data goes with the Pod: claim data is mounted by no container that may write to it"]}
	messages(workload("StatefulSet", templates, {"containers": [{"name": "keydb", "image": "keydb"}]})) == unused
	messages(workload("StatefulSet", templates, pod([], {"volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": true}]}))) == unused
	messages(workload("StatefulSet", templates, {"containers": [{"name": "keydb", "image": "keydb"}], "initContainers": [server({})]})) == unused
}

test_mounted_elsewhere if {
	mounts := [{"name": "data", "mountPath": "/backup"}, {"name": "scratch", "mountPath": "/data"}]
	beside := workload("StatefulSet", templates, pod([{"name": "scratch", "emptyDir": {}}], {"volumeMounts": mounts}))
	found(beside) == {{
		"message": "container keydb keeps its data in /data, which is on emptyDir scratch and goes with the Pod",
		"path": ["spec", "template", "spec", "containers", "name=keydb", "volumeMounts"],
		"key": "keydb",
		"declared": declared,
	}}
	moved := workload("StatefulSet", templates, pod([{"name": "scratch", "emptyDir": {}}], {"volumeMounts": mounts, "args": ["--dir", "/backup"]}))
	found(moved) == set()
	configured := workload("StatefulSet", templates, pod([{"name": "scratch", "emptyDir": {}}], {"volumeMounts": mounts, "args": ["/etc/keydb.conf"]}))
	found(configured) == set()
}

test_nothing_mounted_where_the_data_is if {
	elsewhere := {"volumeMounts": [{"name": "data", "mountPath": "/var/lib/keydb"}]}
	found(workload("StatefulSet", templates, pod([], elsewhere))) == {{
		"message": "container keydb keeps its data in /data, where nothing is mounted: it goes with the Pod",
		"path": ["spec", "template", "spec", "containers", "name=keydb", "volumeMounts"],
		"key": "keydb",
		"declared": declared,
	}}
	found(workload("StatefulSet", templates, pod([], object.union(elsewhere, {"args": ["--dir", "/var/lib/keydb"]})))) == set()
	found(workload("StatefulSet", templates, pod([], object.union(elsewhere, {"args": ["/etc/keydb.conf"]})))) == set()
	found(workload("StatefulSet", templates, pod([], object.union(elsewhere, {"image": "acme/keydb"})))) == set()
}

test_told_to_write_nothing if {
	messages(workload("StatefulSet", templates, pod([], {"args": ["--save", ""]}))) == {["persistence", "container keydb is told to write nothing to disk (--save \"\" without --appendonly yes)"]}
	messages(workload("StatefulSet", templates, pod([], {"args": ["--save", "", "--appendonly", "yes"]}))) == set()
}

test_one_claim_for_several if {
	found(workload("Deployment", {"replicas": 2}, pod(claim, {}))) == {{
		"message": "2 Pods share claim keydb-data: it serves one server at a time",
		"path": ["spec", "replicas"],
		"key": "shared",
		"declared": declared,
	}}
}

test_updates_of_a_deployment if {
	found(workload("Deployment", {}, pod(claim, {}))) == {{
		"message": "an update starts the new Pod while the old one still holds claim keydb-data: strategy Recreate does not",
		"path": ["spec", "strategy"],
		"severity": "medium",
		"key": "strategy",
		"declared": declared,
	}}
	count(found(workload("Deployment", {"replicas": null, "strategy": {"type": null, "rollingUpdate": null}}, pod(claim, {})))) == 1
	found(workload("Deployment", {"strategy": {"type": "Recreate"}}, pod(claim, {}))) == set()
	found(workload("Deployment", {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}, pod(claim, {}))) == set()
}

test_claims_that_are_deleted if {
	spec := object.union(templates, {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Delete"}})
	found(workload("StatefulSet", spec, pod([], {}))) == {{
		"message": "its claims are deleted with it: persistentVolumeClaimRetentionPolicy has whenScaled Delete",
		"path": ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"],
		"severity": "medium",
		"key": "whenScaled",
		"declared": declared,
		"fix": {
			"action": "kubernetes.patch",
			"risk": "safe",
			"summary": "keep the claims of StatefulSet back/keydb",
			"target": {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"},
			"patch": [{"op": "replace", "path": "/spec/persistentVolumeClaimRetentionPolicy/whenScaled", "value": "Retain"}],
		},
	}}
}

test_not_judged if {
	empty := workload("StatefulSet", {}, {"containers": [{"name": "keydb", "image": "keydb"}]})
	count(found(empty)) == 1
	every changes in [
		{"metadata": {"name": "ii"}},
		{"metadata": {"namespace": "b2b"}},
		{"metadata": {"ownerReferences": [{"kind": "Store", "name": "x", "controller": true}]}},
		{"kind": "Pod", "metadata": {"annotations": {"helm.sh/hook": "test"}}},
	] {
		found(object.union(empty, changes)) == set()
	}
	every written in ["test", "whatever", "", null] {
		count(found(object.union(empty, {"metadata": {"annotations": {"helm.sh/hook": written}}}))) == 1
	}
}
