package envcheck.workloads.registry_copy_unused_test

import data.envcheck.workloads.registry_copy_unused as policy

environment := {
	"name": "stage",
	"digitalocean": {"region": "fra1", "registry": {"name": "acme"}, "cluster": {"name": "stage"}},
	"namespaces": [
		{
			"name": "back",
			"role": "application",
			"workloads": [
				{"name": "ii", "kind": "Deployment", "images": []},
				{"name": "keydb", "kind": "StatefulSet", "role": "datastore", "images": []},
				{"name": "backup", "kind": "CronJob", "images": ["docker.io/amazon/aws-cli"]},
			],
		},
		{"name": "prometheus", "role": "monitoring"},
	],
}

ref(kind, namespace, name) := {"apiVersion": "apps/v1", "kind": kind, "namespace": namespace, "name": name}

container(image) := {"name": "main", "type": "container", "image": image}

workload(kind, name, changes) := object.union(
	{
		"id": sprintf("back/%s[%s]", [name, kind]),
		"ref": ref(kind, "back", name),
		"kind": kind,
		"namespace": "back",
		"name": name,
		"serviceAccount": "default",
		"pullSecrets": [],
		"containers": [container("acme/ii:1")],
	},
	changes,
)

copies(repositories) := {"digest": "sha256:aa", "repositories": repositories}

answer(workloads, found, clusters) := result if {
	result := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment with data.view as {
		"workloads": workloads,
		"images": [{"image": image, "copies": found} | some image in ["acme/ii:1", "amazon/aws-cli:2"]],
	} with data.digitalocean.kubernetes_clusters as clusters
}

integrated := [{"name": "stage", "region": "fra1", "registries": ["acme"]}]

fixes(workloads, found, clusters) := {finding.fix | some finding in answer(workloads, found, clusters).deny}

patch(path, image) := [{"op": "replace", "path": path, "value": image}]

copy := "registry.digitalocean.com/acme/ii@sha256:aa"

test_the_very_same_image if {
	ii := workload("Deployment", "ii", {})
	answer([ii], copies(["ii"]), integrated) == {
		"subjects": {ii.ref},
		"deny": {{
			"message": sprintf("image acme/ii:1 of container main is in the declared registry, too: %s", [copy]),
			"resource": ii.ref,
			"key": "container main",
			"declared": ["digitalocean", "registry", "name"],
			"fix": {
				"action": "kubernetes.patch",
				"risk": "disruptive",
				"summary": "let Deployment back/ii run the same image from the declared registry",
				"target": ii.ref,
				"patch": patch("/spec/template/spec/containers/0/image", copy),
			},
		}},
	}
}

test_none_there if {
	answer([workload("Deployment", "ii", {})], copies([]), integrated).deny == set()
}

test_not_known if {
	answer([workload("Deployment", "ii", {})], null, integrated).deny == set()
}

test_the_repository_that_is_called_like_it if {
	{patch[0].value | some fix in fixes([workload("Deployment", "ii", {})], copies(["a", "back/ii", "ii"]), integrated); patch := fix.patch} == {"registry.digitalocean.com/acme/back/ii@sha256:aa"}
	{patch[0].value | some fix in fixes([workload("Deployment", "ii", {})], copies(["a", "b"]), integrated); patch := fix.patch} == {"registry.digitalocean.com/acme/a@sha256:aa"}
}

test_all_containers_are_one_rollout if {
	containers := [
		container("registry.digitalocean.com/acme/ii:1"),
		{"name": "side", "type": "container", "image": "acme/ii:1"},
		{"name": "first", "type": "init", "image": "acme/ii:1"},
		{"name": "debug", "type": "ephemeral", "image": "acme/ii:1"},
	]
	found := answer([workload("Deployment", "ii", {"containers": containers})], copies(["ii"]), integrated).deny
	{finding.key | some finding in found} == {"container first", "container side"}
	{[change.path | some change in finding.fix.patch] | some finding in found} == {[
		"/spec/template/spec/containers/1/image",
		"/spec/template/spec/initContainers/0/image",
	]}
}

test_cron_jobs if {
	found := fixes([workload("CronJob", "nightly", {})], copies(["ii"]), integrated)
	{fix.patch[0].path | some fix in found} == {"/spec/jobTemplate/spec/template/spec/containers/0/image"}
}

test_allowed if {
	every allowed in [
		workload("CronJob", "backup", {"containers": [container("amazon/aws-cli:2")]}),
		workload("Deployment", "ii", {"containers": [container(copy)]}),
	] {
		answer([allowed], copies(["ii"]), integrated) == {"subjects": {allowed.ref}, "deny": set()}
	}
}

test_exempt if {
	every exempt in [
		workload("StatefulSet", "keydb", {}),
		workload("Deployment", "grafana", {"namespace": "prometheus"}),
		workload("Pod", "debug", {}),
		workload("Job", "once", {}),
		workload("ReplicaSet", "bare", {}),
	] {
		answer([exempt], copies(["ii"]), integrated) == {"subjects": set(), "deny": set()}
	}
}

actions(changes, clusters) := {fix.action | some fix in fixes([workload("Deployment", "ii", changes)], copies(["ii"]), clusters)}

test_who_cannot_pull_is_left_alone if {
	actions({"serviceAccount": "ii"}, integrated) == {"instructions"}
	actions({"pullSecrets": ["other"]}, integrated) == {"instructions"}
	actions({}, [{"name": "stage", "region": "fra1", "registries": []}]) == {"instructions"}
	actions({}, [{"name": "stage", "region": "fra1", "registries": ["other"]}]) == {"instructions"}
	actions({}, []) == {"instructions"}
}

runs(ready) := actions({"serviceAccount": "ii", "containers": others, "ready": ready}, integrated) if {
	others := [container("acme/ii:1"), container("registry.digitalocean.com/acme/side:1")]
}

test_who_pulls_from_there_already if {
	ready := {"desired": 1, "ready": 1, "updated": 1, "current": true}
	runs(ready) == {"kubernetes.patch"}
	runs(object.union(ready, {"ready": 0})) == {"instructions"}
	runs(object.union(ready, {"current": false})) == {"instructions"}
	runs(null) == {"instructions"}
	actions({"serviceAccount": "ii", "pullSecrets": ["acme"]}, integrated) == {"instructions"}
}
