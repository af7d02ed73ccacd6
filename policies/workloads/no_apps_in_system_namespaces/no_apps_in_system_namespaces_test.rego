package envcheck.workloads.no_apps_in_system_namespaces_test

import data.envcheck.workloads.no_apps_in_system_namespaces as policy

environment := {"systemNamespaces": {"names": ["kube-node-lease", "kube-public", "kube-system"], "allow": []}}

unmarked := {"labelled": false, "fieldManager": false}

ref(kind, namespace, name) := {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": name}

record(kind, namespace, name, changes) := object.union(
	{
		"ref": ref(kind, namespace, name),
		"namespace": namespace,
		"name": name,
		"labels": {},
		"annotations": {},
		"owner": null,
		"doks": unmarked,
		"manager": {"type": null, "name": null},
	},
	changes,
)

workload(kind, name, changes) := record(kind, "kube-system", name, object.union(
	{"id": sprintf("kube-system/%s[%s]", [name, kind]), "kind": kind, "finished": false, "hook": false},
	changes,
))

result(view) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment with data.view as view
}

denied(view) := result(view).deny

advice(kind, name) := {
	"action": "instructions",
	"risk": "safe",
	"summary": sprintf("move it to a namespace of its own, or list kube-system/%s/%s under systemNamespaces.allow", [kind, name]),
}

test_known_components if {
	view := {
		"workloads": [workload("DaemonSet", "cilium", {}), workload("Deployment", "coredns", {})],
		"services": [record("Service", "kube-system", "kube-dns", {"type": "ClusterIP", "workloads": []})],
		"config_maps": [
			record("ConfigMap", "kube-system", "extension-apiserver-authentication", {"keys": []}),
			record("ConfigMap", "kube-system", "kube-apiserver-legacy-service-account-token-tracking", {"keys": []}),
			record("ConfigMap", "kube-public", "kube-root-ca.crt", {"keys": ["ca.crt"]}),
			record("ConfigMap", "kube-system", "coredns-custom", {"keys": ["x"]}),
			record("ConfigMap", "kube-system", "coredns-stage", {"keys": ["a.server", "log.override"]}),
		],
		"secrets": [
			record("Secret", "kube-system", "bootstrap-token-abcdef", {"type": "bootstrap.kubernetes.io/token"}),
			record("Secret", "kube-system", "default-token-x", {"type": "kubernetes.io/service-account-token"}),
			record("Secret", "kube-system", "acme", {"type": "kubernetes.io/dockerconfigjson", "annotations": {"digitalocean.com/dosecret-identifier": "acme"}}),
			record("Secret", "kube-public", "acme", {"type": "kubernetes.io/dockerconfigjson", "labels": {"digitalocean.com/copy-identifier": "acme"}}),
		],
	}
	found := result(view)
	found.deny == set()
	count(found.subjects) == 12
}

test_nothing_there if {
	result({"workloads": [record("Deployment", "b2b", "web", {"finished": false, "hook": false})], "services": []}) == {"subjects": set(), "deny": set()}
}

test_an_application if {
	result({"workloads": [workload("Deployment", "headlamp", {})]}) == {
		"subjects": {ref("Deployment", "kube-system", "headlamp")},
		"deny": {{
			"message": "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager",
			"resource": ref("Deployment", "kube-system", "headlamp"),
			"fix": advice("Deployment", "headlamp"),
		}},
	}
}

test_every_kind if {
	found := denied({
		"workloads": [workload("Pod", "debugger", {})],
		"services": [record("Service", "kube-system", "app", {"type": "ClusterIP", "workloads": []})],
		"ingresses": [record("Ingress", "kube-system", "app", {})],
		"persistent_volume_claims": [record("PersistentVolumeClaim", "kube-public", "app", {})],
		"config_maps": [record("ConfigMap", "kube-node-lease", "app", {"keys": []}), record("ConfigMap", "kube-system", "coredns-extra", {"keys": ["a.server", "b.txt"]})],
		"secrets": [
			record("Secret", "kube-system", "app", {"type": "Opaque"}),
			record("Secret", "kube-system", "pull", {"type": "kubernetes.io/dockerconfigjson"}),
			record("Secret", "kube-system", "marked", {"type": "Opaque", "labels": {"digitalocean.com/copy-identifier": "acme"}}),
		],
	})
	count(found) == 9
}

test_known_names_elsewhere_are_not_known if {
	found := denied({"workloads": [object.union(
		workload("Deployment", "coredns", {}),
		{"ref": ref("Deployment", "kube-public", "coredns"), "namespace": "kube-public"},
	)]})
	count(found) == 1
}

test_both_marks_are_low if {
	found := denied({"workloads": [workload("DaemonSet", "new-thing", {"doks": {"labelled": true, "fieldManager": true}})]})
	found == {{
		"message": "new DOKS component? It has DOKS's labels and field manager, but is not on the list of 2026-11-23",
		"resource": ref("DaemonSet", "kube-system", "new-thing"),
		"severity": "low",
		"fix": advice("DaemonSet", "new-thing"),
	}}
}

test_labels_alone_are_medium if {
	found := denied({"workloads": [workload("DaemonSet", "new-thing", {"doks": {"labelled": true, "fieldManager": false}})]})
	found == {{
		"message": "looks like a DOKS component, but is not proven: it has DOKS's labels, c3 does not manage it",
		"resource": ref("DaemonSet", "kube-system", "new-thing"),
		"severity": "medium",
		"fix": advice("DaemonSet", "new-thing"),
	}}
}

test_the_field_manager_alone_is_medium if {
	found := denied({"workloads": [workload("DaemonSet", "new-thing", {"doks": {"labelled": false, "fieldManager": true}})]})
	found == {{
		"message": "looks like a DOKS component, but is not proven: c3 manages it, DOKS's labels are missing",
		"resource": ref("DaemonSet", "kube-system", "new-thing"),
		"severity": "medium",
		"fix": advice("DaemonSet", "new-thing"),
	}}
}

test_who_installed_it_is_said if {
	found := denied({"workloads": [
		workload("Deployment", "headlamp", {"manager": {"type": "helm", "name": "headlamp"}}),
		workload("Deployment", "web", {"manager": {"type": "argocd", "name": "b2b"}}),
	]})
	{finding.message | some finding in found} == {
		"is not a component of DOKS: it belongs to Helm release headlamp",
		"is not a component of DOKS: it belongs to Argo CD application b2b",
	}
}

test_finished_and_hooks_are_nobodys if {
	result({"workloads": [workload("Job", "done", {"finished": true}), workload("Job", "hook", {"hook": true})]}) == {"subjects": set(), "deny": set()}
}

test_allowed_by_the_spec if {
	every entry in ["kube-system/headlamp", "kube-system/Deployment/headlamp", "Deployment/headlamp"] {
		found := policy.deny with data.environment as {"systemNamespaces": {"names": ["kube-system"], "allow": [entry]}}
			with data.view as {"workloads": [workload("Deployment", "headlamp", {})]}
		found == set()
	}
	every entry in ["kube-public/headlamp", "kube-system/StatefulSet/headlamp", "headlamp", "kube-system/head"] {
		found := policy.deny with data.environment as {"systemNamespaces": {"names": ["kube-system"], "allow": [entry]}}
			with data.view as {"workloads": [workload("Deployment", "headlamp", {})]}
		count(found) == 1
	}
}

test_the_owner_answers if {
	owner := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "kube-system", "name": "headlamp"}
	found := result({
		"workloads": [workload("Deployment", "headlamp", {})],
		"config_maps": [record("ConfigMap", "kube-system", "headlamp-state", {"keys": [], "owner": owner})],
	})
	found.subjects == {ref("Deployment", "kube-system", "headlamp")}
	known := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "kube-system", "name": "coredns"}
	denied({"config_maps": [record("ConfigMap", "kube-system", "state", {"keys": [], "owner": known})]}) == set()
	stranger := {"apiVersion": "example.com/v1", "kind": "Thing", "namespace": "kube-system", "name": "x"}
	count(denied({"config_maps": [record("ConfigMap", "kube-system", "state", {"keys": [], "owner": stranger})]})) == 1
}

coredns := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "kube-system", "name": "coredns"}

# A ConfigMap that names coredns with a uid, or without.
state(uid) := record("ConfigMap", "kube-system", "state", {"keys": [], "owner": coredns, "ownerUid": uid})

test_a_known_owner_is_known_by_its_uid if {
	real := workload("Deployment", "coredns", {"uid": "a"})
	denied({"workloads": [real], "config_maps": [state("a")]}) == set()
	{finding.resource.name | some finding in denied({"workloads": [real], "config_maps": [state("b")]})} == {"state"}
	every view in [
		{"workloads": [real], "config_maps": [state(null)]},
		{"workloads": [workload("Deployment", "coredns", {"uid": null})], "config_maps": [state("b")]},
		{"workloads": [], "config_maps": [state(null)]},
		{"complete": false, "workloads": [], "config_maps": [state("b")]},
	] {
		denied(view) == set()
	}
}

test_a_known_owner_that_does_not_exist_clears_nothing if {
	{finding.resource.name | some finding in denied({"complete": true, "workloads": [], "config_maps": [state("b")]})} == {"state"}
}

test_an_owner_of_another_uid_does_not_answer if {
	owner := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "kube-system", "name": "headlamp"}
	mine := record("Secret", "kube-system", "mine", {"type": "Opaque", "owner": owner, "ownerUid": "a"})
	stale := record("Secret", "kube-system", "stale", {"type": "Opaque", "owner": owner, "ownerUid": "b"})
	found := denied({"workloads": [workload("Deployment", "headlamp", {"uid": "a"})], "secrets": [mine, stale]})
	{finding.resource.name | some finding in found} == {"headlamp", "stale"}
}

release(name, number) := record("Secret", "kube-system", sprintf("sh.helm.release.v1.%s.v%d", [name, number]), {"type": "helm.sh/release.v1"})

test_a_release_follows_its_objects if {
	found := result({
		"workloads": [workload("Deployment", "headlamp", {"manager": {"type": "helm", "name": "headlamp"}})],
		"secrets": [release("headlamp", 1), release("headlamp", 2)],
	})
	found.subjects == {ref("Deployment", "kube-system", "headlamp")}
	count(found.deny) == 1
}

test_a_release_without_objects_here if {
	result({"secrets": [release("cert-manager", 9), release("cert-manager", 10)]}) == {
		"subjects": {ref("Secret", "kube-system", "sh.helm.release.v1.cert-manager.v10")},
		"deny": {{
			"message": "Helm release cert-manager is stored here, though it has no other object in a system namespace",
			"resource": ref("Secret", "kube-system", "sh.helm.release.v1.cert-manager.v10"),
			"key": "release cert-manager",
			"fix": advice("Secret", "sh.helm.release.v1.cert-manager.v10"),
		}},
	}
}

part_of_stack := {"app.kubernetes.io/part-of": "kube-prometheus-stack"}

test_monitoring_services if {
	denied({
		"workloads": [workload("Deployment", "coredns", {})],
		"services": [
			record("Service", "kube-system", "kps-coredns", {"type": "ClusterIP", "labels": part_of_stack, "workloads": ["kube-system/coredns[Deployment]"]}),
			record("Service", "kube-system", "kps-kube-etcd", {"type": "ClusterIP", "labels": part_of_stack, "workloads": []}),
			record("Service", "kube-system", "kps-kubelet", {"type": "ClusterIP", "labels": {"app.kubernetes.io/managed-by": "prometheus-operator"}, "workloads": []}),
		],
	}) == set()
}

test_monitoring_labels_do_not_cover_applications if {
	found := denied({
		"workloads": [workload("Deployment", "app", {})],
		"services": [
			record("Service", "kube-system", "kps-app", {"type": "ClusterIP", "labels": part_of_stack, "workloads": ["kube-system/app[Deployment]"]}),
			record("Service", "kube-system", "kps-open", {"type": "LoadBalancer", "labels": part_of_stack, "workloads": []}),
		],
	})
	{finding.resource.name | some finding in found} == {"app", "kps-app", "kps-open"}
}
