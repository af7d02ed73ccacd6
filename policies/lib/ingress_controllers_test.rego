package envcheck.lib.ingress_controllers_test

import data.envcheck.lib.ingress_controllers

workload(name, image, changes) := object.union(
	{
		"ref": {"kind": "Deployment", "name": name},
		"name": name,
		"namespace": "edge",
		"longRunning": true,
		"finished": false,
		"hook": false,
		"podLabels": {},
		"template": null,
		"containers": [{"name": "controller", "type": "container", "image": image}],
	},
	changes,
)

official := "registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:ab"

found(workloads) := {[one.workload.name, one.container, one.official, object.get(one, "version", null)] | some one in all} if {
	all := ingress_controllers.nginx with data.view as {"workloads": workloads}
}

test_by_image if {
	found([workload("a", official, {})]) == {["a", "controller", true, [1, 15, 1, 0]]}
	found([workload("a", "registry.k8s.io/ingress-nginx/controller@sha256:ab", {})]) == {["a", "controller", true, null]}
	found([workload("a", "ghcr.io/acme/ingress-nginx/controller:2026.5.1", {})]) == {["a", "controller", true, null]}
	found([workload("a", "nginx/nginx-ingress:5.1.0", {"podLabels": {"app.kubernetes.io/name": "nginx-ingress"}})]) == set()
}

test_by_labels_and_rebuilds if {
	labels := {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
	found([workload("a", "ghcr.io/acme/edge:1.15.0", {"podLabels": labels})]) == {["a", "controller", false, null]}
	found([workload("a", "bitnami/nginx-ingress-controller:1.12.1", {})]) == {["a", "controller", false, null]}
	backend := {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "default-backend"}
	found([workload("a", "registry.k8s.io/defaultbackend-amd64:1.5", {"podLabels": backend})]) == set()
}

test_beside_other_containers if {
	containers := [
		{"name": "init", "type": "init", "image": official},
		{"name": "proxy", "type": "container", "image": "envoy:1"},
		{"name": "nginx", "type": "container", "image": official},
	]
	found([workload("a", "x", {"containers": containers})]) == {["a", "nginx", true, [1, 15, 1, 0]]}
}

test_what_does_not_run_is_none if {
	found([
		workload("job", official, {"longRunning": false}),
		workload("hook", official, {"hook": true}),
		workload("done", official, {"finished": true}),
	]) == set()
}

controller(words) := {"workload": workload("a", official, {"template": {"spec": {"containers": [{"name": "controller", "args": words}]}}}), "container": "controller", "official": true}

test_flags if {
	told := controller(["/nginx-ingress-controller", "--controller-class=k8s.io/internal", "--ingress-class", "inner", "--watch-ingress-without-class"])
	ingress_controllers.controller_class(told) == "k8s.io/internal"
	ingress_controllers.annotation_class(told) == "inner"
	ingress_controllers.flag(told, "watch-ingress-without-class") == "true"
	not ingress_controllers.flag(told, "configmap")
	ingress_controllers.flag(controller(["--watch-ingress-without-class", "--v=2"]), "watch-ingress-without-class") == "true"
	plain := controller([])
	ingress_controllers.controller_class(plain) == "k8s.io/ingress-nginx"
	ingress_controllers.annotation_class(plain) == "nginx"
	unread := {"workload": workload("a", official, {}), "container": "controller"}
	not ingress_controllers.flag(unread, "configmap")
	ingress_controllers.controller_class(unread) == "k8s.io/ingress-nginx"
}

test_unknown_versions_say_why if {
	ingress_controllers.unknown_version({"image": "x/y:1", "official": false}) == "x/y:1, which is not an image of the project"
	ingress_controllers.unknown_version({"image": "x/ingress-nginx/controller:main", "official": true}) == "x/ingress-nginx/controller:main, whose tag is not a version of the project"
	not ingress_controllers.unknown_version({"image": "x", "official": true, "version": [1, 15, 1, 0]})
}
