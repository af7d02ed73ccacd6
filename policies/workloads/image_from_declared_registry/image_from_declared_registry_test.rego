package envcheck.workloads.image_from_declared_registry_test

import data.envcheck.workloads.image_from_declared_registry as policy

environment := {
	"name": "stage",
	"digitalocean": {"registry": {"name": "acme"}},
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

own := "registry.digitalocean.com/acme/ii:1"

found(document) := answer if {
	answer := policy.deny with data.environment as environment with input as document
}

workload(kind, name, spec) := {"kind": kind, "metadata": {"namespace": "back", "name": name}, "spec": {"template": {"spec": spec}}}

running(image) := {"containers": [{"name": "main", "image": image}]}

message(image, whose) := sprintf("image %s of %s is not from registry.digitalocean.com/acme", [image, whose])

test_from_the_registry if {
	every image in [own, "registry.digitalocean.com/acme/web@sha256:ab", "registry.digitalocean.com/acme/back/ii:1@sha256:ab"] {
		found(workload("Deployment", "ii", running(image))) == set()
	}
}

test_from_elsewhere if {
	every image in [
		"nginx",
		"acme/ii:1",
		"docker.io/acme/ii",
		"registry.digitalocean.com/acme-evil/ii:1",
		"registry.digitalocean.com/other/ii:1",
		"registry.digitalocean.com.example.com/acme/ii:1",
		"localhost:5000/acme/ii:1",
		"ghcr.io/acme/ii@sha256:ab",
	] {
		found(workload("Deployment", "ii", running(image))) == {{
			"message": message(image, "container main"),
			"path": ["spec", "template", "spec", "containers", 0, "image"],
		}}
	}
}

test_all_kinds_of_containers_and_volumes if {
	pod := {
		"kind": "Pod",
		"metadata": {"namespace": "back", "name": "x"},
		"spec": {
			"containers": [{"name": "main", "image": own}, {"name": "side", "image": "a"}],
			"initContainers": [{"name": "init", "image": "b"}],
			"ephemeralContainers": [{"name": "debug", "image": "c"}],
			"volumes": [{"name": "data"}, {"name": "model", "image": {"reference": "d"}}],
		},
	}
	{[finding.message, finding.path] | some finding in found(pod)} == {
		[message("a", "container side"), ["spec", "containers", 1, "image"]],
		[message("b", "container init"), ["spec", "initContainers", 0, "image"]],
		[message("c", "container debug"), ["spec", "ephemeralContainers", 0, "image"]],
		[message("d", "volume model"), ["spec", "volumes", 1, "image", "reference"]],
	}
}

test_cron_job if {
	document := {"kind": "CronJob", "metadata": {"namespace": "back", "name": "other"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": running("amazon/aws-cli")}}}}}
	{finding.path | some finding in found(document)} == {["spec", "jobTemplate", "spec", "template", "spec", "containers", 0, "image"]}
	found(object.union(document, {"metadata": {"name": "backup"}})) == set()
}

test_its_own_images if {
	job := object.union(workload("Job", "backup-29401234", running("amazon/aws-cli:2")), {"metadata": {"ownerReferences": [{"kind": "CronJob", "name": "backup", "controller": true}]}})
	found(job) == set()
	pod := {
		"kind": "Pod",
		"metadata": {"namespace": "back", "name": "backup-29401234-x", "ownerReferences": [{"kind": "Job", "name": "backup-29401234", "controller": true}]},
		"spec": running("amazon/aws-cli:2"),
	}
	found(pod) == set()
	count(found(workload("Deployment", "backup", running("amazon/aws-cli:2")))) == 1
	count(found(workload("Job", "backup", running("amazon/aws-cli-evil")))) == 1
}

test_datastores_are_exempt if {
	found(workload("StatefulSet", "keydb", running("eqalpha/keydb"))) == set()
	found({"kind": "Pod", "metadata": {"namespace": "back", "name": "keydb-0", "ownerReferences": [{"kind": "StatefulSet", "name": "keydb", "controller": true}]}, "spec": running("eqalpha/keydb")}) == set()
	count(found(workload("Deployment", "keydb", running("eqalpha/keydb")))) == 1
}

test_other_namespaces if {
	every namespace in ["prometheus", "kube-system", "default"] {
		found(object.union(workload("Deployment", "ii", running("nginx")), {"metadata": {"namespace": namespace}})) == set()
	}
	found({"kind": "Pod", "metadata": {"name": "x"}, "spec": running("nginx")}) == set()
}

test_nobodys if {
	found(object.union(workload("Job", "x", running("nginx")), {"metadata": {"annotations": {"helm.sh/hook": "pre-install"}}})) == set()
	found(object.union(workload("Job", "x", running("nginx")), {"status": {"conditions": [{"type": "Complete", "status": "True"}]}})) == set()
}

test_what_is_empty if {
	every spec in [{}, {"containers": null}, {"containers": [{"name": "x"}]}, {"containers": [{"name": "x", "image": ""}]}, {"containers": [{"name": "x", "image": null}]}] {
		found(workload("Deployment", "ii", spec)) == set()
	}
	found({"kind": "Deployment", "metadata": {"namespace": "back", "name": "ii"}}) == set()
}

test_no_registry_declared if {
	answer := policy.deny with data.environment as object.union(environment, {"digitalocean": null}) with input as workload("Deployment", "ii", running("nginx"))
	answer == set()
}
