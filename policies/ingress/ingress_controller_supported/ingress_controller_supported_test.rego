package envcheck.ingress.ingress_controller_supported_test

import data.envcheck.ingress.ingress_controller_supported as policy

ref := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "edge", "name": "controller"}

workload(image, labels) := {
	"ref": ref,
	"namespace": "edge",
	"name": "controller",
	"longRunning": true,
	"finished": false,
	"hook": false,
	"podLabels": labels,
	"template": null,
	"containers": [{"name": "controller", "type": "container", "image": image}],
}

result_in(environment, workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as {"workloads": workloads}
}

nginx := {"ingress": {"controller": "ingress-nginx", "class": "nginx"}}

gateway := {"ingress": {"controller": "gateway", "class": "cilium"}}

last := workload("registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:ab", {})

retired := {
	"message": "runs ingress-nginx 1.15.1, which was retired in March 2026: nobody mends what is found in it",
	"resource": ref,
	"key": "controller",
}

test_retired if {
	result_in(nginx, [last]) == {
		"subjects": {ref},
		"deny": {object.union(retired, {"declared": ["ingress", "controller"]})},
		"not_evaluated": set(),
	}
}

test_left_behind if {
	result_in(gateway, [last]).deny == {retired}
	result_in({}, [last]).deny == {retired}
}

test_any_version if {
	{finding.message | some finding in result_in(gateway, [workload("acme.example.com/ingress-nginx/controller@sha256:ab", {})]).deny} == {"runs ingress-nginx, which was retired in March 2026: nobody mends what is found in it"}
}

test_forks_are_not_known if {
	labels := {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
	result_in(nginx, [workload("ghcr.io/acme/edge:2026.5.1", labels)]) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": {{
			"resource": ref,
			"reason": "unknown maintainer",
			"detail": "container controller runs ghcr.io/acme/edge:2026.5.1, a fork or rebuild of ingress-nginx",
		}},
	}
}

test_other_products if {
	result_in(nginx, [workload("nginx/nginx-ingress:5.1.0", {"app.kubernetes.io/name": "nginx-ingress"})]) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
