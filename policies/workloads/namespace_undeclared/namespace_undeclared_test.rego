package envcheck.workloads.namespace_undeclared_test

import data.envcheck.workloads.namespace_undeclared as policy

environment := {
	"namespaces": [{"name": "b2b", "role": "application"}],
	"systemNamespaces": {"names": ["kube-node-lease", "kube-public", "kube-system"], "allow": []},
}

unmarked := {"labelled": false, "fieldManager": false}

ref(kind, namespace, name) := {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": name}

namespace(name, changes) := object.union(
	{
		"ref": {"apiVersion": "v1", "kind": "Namespace", "name": name},
		"namespace": null,
		"name": name,
		"phase": "Active",
		"doks": unmarked,
		"manager": {"type": null, "name": null},
	},
	changes,
)

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

workload(kind, namespace, name, changes) := record(kind, namespace, name, object.union({"kind": kind, "finished": false, "hook": false}, changes))

result(view) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending} with data.environment as environment
		with data.view as view
}

denied(view) := result(view).deny

messages(view) := {text | some finding in denied(view); text := sprintf("%s: %s", [finding.resource.name, finding.message])}

test_declared_and_allowed_namespaces if {
	there := [namespace(name, {}) | some name in ["b2b", "default", "kube-node-lease", "kube-public", "kube-system"]]
	result({"namespaces": there}) == {"subjects": {one.ref | some one in there}, "deny": set(), "pending": set()}
}

test_an_undeclared_namespace if {
	tools := namespace("tools", {})
	result({"namespaces": [tools]}) == {
		"subjects": {tools.ref},
		"deny": {{"message": "is not declared", "resource": tools.ref}},
		"pending": set(),
	}
}

test_who_delivers_it_is_said if {
	messages({"namespaces": [namespace("tools", {"manager": {"type": "argocd", "name": "tools"}})]}) == {"tools: is not declared: it belongs to Argo CD application tools"}
}

test_of_manifests_nothing_is_active if {
	messages({"namespaces": [namespace("tools", {"phase": null})]}) == {"tools: is not declared"}
}

test_being_deleted if {
	tools := namespace("tools", {"phase": "Terminating"})
	result({"namespaces": [tools]}) == {
		"subjects": {tools.ref},
		"deny": set(),
		"pending": {{"resource": tools.ref, "message": "is not declared and is being deleted"}},
	}
}

test_marks_of_doks if {
	both := namespace("do-new", {"doks": {"labelled": true, "fieldManager": true}})
	denied({"namespaces": [both]}) == {{
		"message": "new namespace of DOKS? It has DOKS's labels and field manager, and is not declared",
		"resource": both.ref,
		"severity": "low",
	}}
	one := namespace("do-new", {"doks": {"labelled": true, "fieldManager": false}})
	denied({"namespaces": [one]}) == {{"message": "is not declared", "resource": one.ref}}
}

test_default_holds_only_what_every_namespace_does if {
	denied({
		"namespaces": [namespace("default", {})],
		"services": [record("Service", "default", "kubernetes", {})],
		"config_maps": [record("ConfigMap", "default", "kube-root-ca.crt", {})],
		"secrets": [
			record("Secret", "default", "acme", {"type": "kubernetes.io/dockerconfigjson", "labels": {"digitalocean.com/copy-identifier": "acme"}}),
			record("Secret", "default", "default-token", {"type": "kubernetes.io/service-account-token"}),
		],
		"workloads": [workload("Job", "default", "done", {"finished": true}), workload("Job", "default", "hook", {"hook": true})],
	}) == set()
}

test_every_kind_in_default if {
	found := messages({
		"namespaces": [namespace("default", {})],
		"workloads": [workload("Pod", "default", "debug", {})],
		"services": [record("Service", "default", "web", {})],
		"ingresses": [record("Ingress", "default", "web", {})],
		"persistent_volume_claims": [record("PersistentVolumeClaim", "default", "web", {})],
		"config_maps": [record("ConfigMap", "default", "istio-ca-root-cert", {})],
		"secrets": [record("Secret", "default", "pull", {"type": "kubernetes.io/dockerconfigjson"})],
	})
	wrong := "is in namespace default, where nothing but Service kubernetes belongs"
	found == {sprintf("%s: %s", [name, wrong]) | some name in ["debug", "web", "istio-ca-root-cert", "pull"]}
}

test_a_service_of_that_name_elsewhere if {
	messages({"namespaces": [], "services": [record("Service", "tools", "kubernetes", {})]}) == {"kubernetes: is in namespace tools, which is not declared"}
}

test_default_may_be_declared if {
	declared := {"namespaces": [{"name": "default", "role": "application"}], "systemNamespaces": {"names": []}}
	found := policy.deny with data.environment as declared
		with data.view as {"namespaces": [namespace("default", {})], "services": [record("Service", "default", "web", {})]}
	found == set()
}

test_objects_of_a_namespace_that_is_not_among_them if {
	view := {"namespaces": [], "workloads": [
		workload("Deployment", "tools", "web", {}),
		workload("Deployment", "b2b", "web", {}),
		workload("Deployment", "kube-system", "web", {}),
	]}
	result(view) == {
		"subjects": {ref("Deployment", "tools", "web")},
		"deny": {{"message": "is in namespace tools, which is not declared", "resource": ref("Deployment", "tools", "web")}},
		"pending": set(),
	}
	{finding.resource.kind | some finding in denied(object.union(view, {"namespaces": [namespace("tools", {})]}))} == {"Namespace"}
}

test_owned_objects_follow if {
	owner := ref("Deployment", "default", "web")
	messages({
		"namespaces": [],
		"workloads": [workload("Deployment", "default", "web", {"uid": "a"})],
		"config_maps": [
			record("ConfigMap", "default", "mine", {"owner": owner, "ownerUid": "a"}),
			record("ConfigMap", "default", "stale", {"owner": owner, "ownerUid": "b"}),
		],
	}) == {
		"web: is in namespace default, where nothing but Service kubernetes belongs",
		"stale: is in namespace default, where nothing but Service kubernetes belongs",
	}
}

release(name, number) := record("Secret", "default", sprintf("sh.helm.release.v1.%s.v%d", [name, number]), {"type": "helm.sh/release.v1"})

test_a_release_follows_its_objects if {
	messages({
		"namespaces": [],
		"services": [record("Service", "default", "web", {"manager": {"type": "helm", "name": "web"}})],
		"secrets": [release("web", 1), release("web", 2)],
	}) == {"web: is in namespace default, where nothing but Service kubernetes belongs: it belongs to Helm release web"}
}

test_a_release_alone_is_said_once if {
	messages({"namespaces": [], "secrets": [release("web", 9), release("web", 10)]}) == {"sh.helm.release.v1.web.v10: is in namespace default, where nothing but Service kubernetes belongs: it keeps Helm release web"}
}
