package envcheck.ingress.ingress_risky_annotation_test

import data.envcheck.ingress.ingress_risky_annotation as policy

ref := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "b2b", "name": "web"}

ingress(annotations) := {
	"ref": ref,
	"namespace": "b2b",
	"name": "web",
	"class": "nginx",
	"annotations": {sprintf("nginx.ingress.kubernetes.io/%s", [name]): value | some name, value in annotations},
}

controller(image, words) := {
	"ref": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "edge", "name": "controller"},
	"namespace": "edge",
	"name": "controller",
	"longRunning": true,
	"finished": false,
	"hook": false,
	"podLabels": {},
	"template": {"spec": {"containers": [{"name": "controller", "args": words}]}},
	"containers": [{"name": "controller", "type": "container", "image": image}],
}

image(tag) := sprintf("registry.k8s.io/ingress-nginx/controller%s", [tag])

config := ["--configmap=$(POD_NAMESPACE)/controller"]

config_map(data_in) := {"namespace": "edge", "name": "controller", "data": data_in}

classes := [{"name": "nginx", "controller": "k8s.io/ingress-nginx", "default": false}, {"name": "traefik", "controller": "traefik.io/ingress-controller", "default": false}]

result(ingresses, workloads, maps) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"namespaces": [{"name": "edge", "role": "ingress"}], "ingress": {"controller": "ingress-nginx", "class": "nginx"}}
		with data.view as {"ingresses": ingresses, "workloads": workloads, "config_maps": maps, "ingress_classes": classes}
}

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

path(name) := ["metadata", "annotations", sprintf("nginx.ingress.kubernetes.io/%s", [name])]

test_by_the_fixed_version if {
	rewrite := ingress({"rewrite-target": "/$2"})
	result([rewrite], [controller(image(":v1.15.1"), config)], []) == clean
	result([rewrite], [controller(image(":v1.15.0"), config)], []) == clean
	result([rewrite], [controller(image(":v1.14.3@sha256:ab"), config)], []) == object.union(clean, {"deny": {{
		"message": "annotation rewrite-target is open to CVE-2026-3288 in ingress-nginx 1.14.3",
		"resource": ref,
		"path": path("rewrite-target"),
		"key": "advisory edge/controller",
	}}})
}

test_each_annotation_is_told if {
	found := result([ingress({"auth-url": "https://a", "mirror-target": "https://b", "proxy-body-size": "1m"})], [controller(image(":v1.11.4"), config)], [])
	{finding.message | some finding in found.deny} == {
		"annotation auth-url is open to CVE-2025-24514 and CVE-2026-24513 in ingress-nginx 1.11.4",
		"annotation mirror-target is open to CVE-2025-1098 in ingress-nginx 1.11.4",
	}
}

test_unknown_version if {
	result([ingress({"rewrite-target": "/$2"})], [controller(image("@sha256:ab"), config)], []) == object.union(clean, {"not_evaluated": {{
		"resource": ref,
		"reason": "unknown version",
		"detail": "rewrite-target: edge/controller runs registry.k8s.io/ingress-nginx/controller@sha256:ab, whose tag is not a version of the project",
	}}})
	result([ingress({"proxy-body-size": "1m"})], [controller(image("@sha256:ab"), config)], []) == clean
}

test_no_controller if {
	result([ingress({"rewrite-target": "/$2"})], [], []) == object.union(clean, {"not_evaluated": {{
		"resource": ref,
		"reason": "no controller",
		"detail": "rewrite-target: no controller of ingress-nginx is in view that serves it, so its version is not known",
	}}})
	result([ingress({})], [], []) == clean
}

snippet := ingress({"configuration-snippet": "more_set_headers 'a: b';"})

test_snippets_are_on if {
	result([snippet], [controller(image(":v1.15.1"), config)], [config_map({"allow-snippet-annotations": "true"})]) == object.union(clean, {"deny": {{
		"message": "annotation configuration-snippet writes into the controller's configuration, and allow-snippet-annotations is on",
		"resource": ref,
		"path": path("configuration-snippet"),
		"key": "snippet edge/controller",
	}}})
}

test_snippets_are_off if {
	result([snippet], [controller(image(":v1.15.1"), config)], [config_map({"allow-snippet-annotations": "false"})]) == clean
	result([snippet], [controller(image(":v1.15.1"), config)], [config_map({})]) == clean
	result([snippet], [controller(image(":v1.15.1"), config)], []) == clean
	result([snippet], [controller(image(":v1.15.1"), [])], []) == clean
	elsewhere := object.union(config_map({"allow-snippet-annotations": "true"}), {"namespace": "other"})
	result([snippet], [controller(image(":v1.15.1"), config)], [elsewhere]) == clean
	count(result([snippet], [controller(image(":v1.15.1"), ["--configmap=other/controller"])], [elsewhere]).deny) == 1
}

test_old_versions_take_snippets if {
	keys := {finding.key | some finding in result([snippet], [controller(image(":v1.8.5"), config)], [config_map({})]).deny}
	keys == {"advisory edge/controller", "snippet edge/controller"}
	off := {finding.key | some finding in result([snippet], [controller(image(":v1.8.5"), config)], [config_map({"allow-snippet-annotations": "false"})]).deny}
	off == {"advisory edge/controller"}
}

test_unknown_settings if {
	every case in [
		[controller(image(":v1.15.1"), config), [config_map(null)]],
		[object.union(object.remove(controller(image(":v1.15.1"), []), ["template"]), {"template": null}), []],
	] {
		result([snippet], [case[0]], case[1]) == object.union(clean, {"not_evaluated": {{
			"resource": ref,
			"reason": "unknown settings",
			"detail": "configuration-snippet: whether allow-snippet-annotations is on is not known of edge/controller",
		}}})
	}
	reasons := {gap.reason | some gap in result([snippet], [controller(image("@sha256:ab"), config)], [config_map({})]).not_evaluated}
	reasons == {"unknown settings", "unknown version"}
}

test_whose_ingress_it_is if {
	rewrite := ingress({"rewrite-target": "/$2"})
	old := controller(image(":v1.14.3"), config)
	result([object.union(rewrite, {"class": "traefik"})], [old], []) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
	inner := controller(image(":v1.14.3"), ["--controller-class=k8s.io/inner"])
	{gap.reason | some gap in result([rewrite], [inner], []).not_evaluated} == {"no controller"}
	count(result([object.union(rewrite, {"class": null})], [controller(image(":v1.14.3"), ["--watch-ingress-without-class"])], []).deny) == 1
	result([object.union(rewrite, {"class": null})], [old], []).subjects == set()
}

test_manifests_without_a_class if {
	found := policy.deny with data.environment as {"namespaces": [{"name": "edge", "role": "ingress"}], "ingress": {"controller": "ingress-nginx", "class": "public"}}
		with data.view as {
			"ingresses": [object.union(ingress({"rewrite-target": "/$2"}), {"class": "public"})],
			"workloads": [controller(image(":v1.14.3"), config)],
			"config_maps": [],
			"ingress_classes": [],
		}
	count(found) == 1
}

test_another_prefix if {
	told := controller(image(":v1.14.3"), ["--annotations-prefix=edge.example.com"])
	result([ingress({"rewrite-target": "/$2"})], [told], []) == clean
	own := object.union(object.remove(ingress({}), ["annotations"]), {"annotations": {"edge.example.com/rewrite-target": "/$2"}})
	count(result([own], [told], []).deny) == 1
}
