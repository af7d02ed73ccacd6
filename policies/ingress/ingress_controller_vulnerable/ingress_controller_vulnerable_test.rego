package envcheck.ingress.ingress_controller_vulnerable_test

import data.envcheck.ingress.ingress_controller_vulnerable as policy

ref(name) := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "edge", "name": name}

workload(name, image) := {
	"ref": ref(name),
	"namespace": "edge",
	"name": name,
	"longRunning": true,
	"finished": false,
	"hook": false,
	"podLabels": {},
	"template": null,
	"containers": [{"name": "controller", "type": "container", "image": image}],
}

result(workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.view as {"workloads": workloads}
}

official(tag) := sprintf("registry.k8s.io/ingress-nginx/controller%s", [tag])

test_last_releases if {
	every tag in [":v1.13.9", ":v1.14.5", ":v1.15.1", ":v1.15.1@sha256:ab"] {
		result([workload("a", official(tag))]) == {"subjects": {ref("a")}, "deny": set(), "not_evaluated": set()}
	}
}

test_one_advisory if {
	result([workload("a", official(":v1.15.0@sha256:ab"))]) == {
		"subjects": {ref("a")},
		"deny": {{
			"message": "ingress-nginx 1.15.0 is open to CVE-2026-4342; fixed in 1.13.9, 1.14.5 and 1.15.1",
			"resource": ref("a"),
			"key": "controller CVE-2026-4342",
		}},
		"not_evaluated": set(),
	}
}

test_many_advisories if {
	{finding.message | some finding in result([workload("a", "mirror.example.com/k8s/ingress-nginx/controller-chroot:v1.12.0")]).deny} == {"ingress-nginx 1.12.0 is open to CVE-2026-4342, CVE-2026-3288 and 10 more; fixed in 1.13.9, 1.14.5 and 1.15.1"}
}

test_each_controller_is_judged if {
	found := result([workload("a", official(":v1.15.1")), workload("b", official(":v1.9.0"))])
	found.subjects == {ref("a"), ref("b")}
	{finding.resource.name | some finding in found.deny} == {"b"}
}

test_unknown_versions if {
	every image in [official("@sha256:ab"), official(":latest"), official(":2026.5.1"), official(":1.30.6"), official("")] {
		result([workload("a", image)]) == {
			"subjects": {ref("a")},
			"deny": set(),
			"not_evaluated": {{
				"resource": ref("a"),
				"reason": "unknown version",
				"detail": sprintf("container controller runs %s, whose tag is not a version of the project: advisories cannot be compared with it", [image]),
			}},
		}
	}
	{gap.detail | some gap in result([workload("a", "docker.io/bitnami/nginx-ingress-controller:1.12.1")]).not_evaluated} == {"container controller runs docker.io/bitnami/nginx-ingress-controller:1.12.1, which is not an image of the project: advisories cannot be compared with it"}
}

test_other_products if {
	result([workload("a", "nginx/nginx-ingress:1.12.0"), workload("b", "traefik:v1.7.0")]) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
