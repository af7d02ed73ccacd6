package envcheck.ingress.ingress_controller_ready_test

import data.envcheck.ingress.ingress_controller_ready as policy

ref := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "edge", "name": "controller"}

class_ref := {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "name": "nginx"}

service_ref := {"apiVersion": "v1", "kind": "Service", "namespace": "edge", "name": "controller"}

home := {"apiVersion": "v1", "kind": "Namespace", "name": "edge"}

namespaces := [{"name": "edge", "role": "ingress"}, {"name": "b2b", "role": "application"}]

nginx := {"name": "stage", "namespaces": namespaces, "ingress": {"controller": "ingress-nginx", "class": "nginx"}}

old := "2026-09-01T00:00:00Z"

status(desired, ready, updated) := {"desired": desired, "ready": ready, "updated": updated, "current": true}

workload(changes) := object.union(
	{
		"ref": ref,
		"id": "edge/controller[Deployment]",
		"namespace": "edge",
		"name": "controller",
		"created": old,
		"longRunning": true,
		"finished": false,
		"hook": false,
		"hostNetwork": false,
		"podLabels": {},
		"ready": status(2, 2, 2),
		"unreadySince": null,
		"template": null,
		"containers": [{"name": "controller", "type": "container", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1", "ports": []}],
	},
	changes,
)

class := {"name": "nginx", "controller": "k8s.io/ingress-nginx", "default": false}

service(changes) := object.union(
	{
		"ref": service_ref,
		"namespace": "edge",
		"name": "controller",
		"type": "LoadBalancer",
		"created": old,
		"owner": null,
		"workloads": ["edge/controller[Deployment]"],
		"addresses": [{"ip": "203.0.113.7"}],
	},
	changes,
)

result_in(environment, view) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.view as object.union({"workloads": [], "services": [], "ingress_classes": [], "gateways": []}, view)
		with data.parameters as {"graceSeconds": 600}
		with data.now as "2026-11-23T03:00:00Z"
}

result(workloads, classes, services) := result_in(nginx, {"workloads": workloads, "ingress_classes": classes, "services": services})

with_workload(changes) := result([workload(changes)], [class], [service({})])

clean := {"subjects": {ref, class_ref, service_ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

failed(finding) := object.union(clean, {"deny": {finding}})

test_ready if {
	with_workload({}) == clean
}

missing(words) := {"message": words, "resource": home, "key": "missing", "declared": ["ingress", "controller"]}

test_does_not_run if {
	result([], [class], []).deny == {missing("ingress-nginx does not run in edge")}
	elsewhere := result([workload({"namespace": "b2b"})], [class], [])
	elsewhere.deny == {missing("ingress-nginx does not run in edge, only in b2b, which is not declared with role ingress")}
	elsewhere.subjects == {class_ref}
}

test_no_namespace_for_it if {
	bare := object.union(object.remove(nginx, ["namespaces"]), {"namespaces": [{"name": "b2b", "role": "application"}]})
	{[finding.message, finding.resource.kind] | some finding in result_in(bare, {"ingress_classes": [class]}).deny} == {["ingress-nginx does not run anywhere: no namespace is declared with role ingress", "Environment"]}
}

test_none_ready if {
	with_workload({"ready": status(2, 0, 2), "unreadySince": "2026-11-23T00:00:00Z"}) == failed({"message": "none of its 2 Pods is ready, for 3 h now", "resource": ref, "key": "ready"})
	with_workload({"ready": status(1, 0, 1)}) == failed({"message": "its Pod is not ready", "resource": ref, "key": "ready"})
}

test_some_ready if {
	with_workload({"ready": status(3, 1, 3), "unreadySince": "2026-11-23T02:00:00Z"}) == failed({"message": "1 of its 3 Pods is ready, for 1 h now", "resource": ref, "key": "ready"})
	with_workload({"ready": status(3, 2, 3)}) == failed({"message": "2 of its 3 Pods are ready", "resource": ref, "key": "ready", "severity": "medium"})

	# Pods are being replaced.
	with_workload({"ready": status(3, 2, 1)}) == clean
}

test_scaled_to_zero if {
	with_workload({"ready": status(0, 0, 0)}) == failed({"message": "is scaled to zero", "resource": ref, "key": "ready"})
	with_workload({"kind": "DaemonSet", "ready": status(0, 0, 0)}) == failed({"message": "runs on no node", "resource": ref, "key": "ready"})
}

test_waiting if {
	every changes in [{"created": "2026-11-23T02:55:00Z"}, {"unreadySince": "2026-11-23T02:55:00Z"}] {
		found := with_workload(object.union({"ready": status(2, 0, 2)}, changes))
		found.deny == set()
		{entry.resource | some entry in found.pending} == {ref}
	}
}

gap(detail) := object.union(clean, {"not_evaluated": {{"resource": ref, "reason": "unknown status", "detail": detail}}})

test_status_is_not_known if {
	unread := object.union(object.remove(workload({}), ["ready"]), {"ready": null})
	result([unread], [class], [service({})]) == gap("its status does not say how many of its Pods are ready")
	stale := object.union(status(2, 0, 2), {"current": false})
	with_workload({"ready": stale}) == gap("its controller has not seen the latest change yet")
}

test_class if {
	result([workload({})], [], [service({})]) == failed({
		"message": "does not exist, so no Ingress of the declared class is served",
		"resource": class_ref,
		"key": "missing",
		"declared": ["ingress", "class"],
	})
	foreign := object.union(class, {"controller": "nginx.org/ingress-controller"})
	result([workload({})], [foreign], [service({})]) == failed({
		"message": "belongs to controller nginx.org/ingress-controller, the one that runs calls itself k8s.io/ingress-nginx",
		"resource": class_ref,
		"path": ["spec", "controller"],
		"key": "controller",
		"declared": ["ingress", "class"],
	})
	told := {"template": {"spec": {"containers": [{"name": "controller", "args": ["--controller-class=k8s.io/inner"]}]}}}
	inner := object.union(object.remove(workload({}), ["template"]), told)
	result([inner], [object.union(class, {"controller": "k8s.io/inner"})], [service({})]) == clean
}

test_no_way_in if {
	closed := result([workload({})], [class], [service({"type": "ClusterIP"})])
	closed.deny == {{"message": "no Service of type LoadBalancer leads to it", "resource": ref, "key": "service"}}
	result([workload({})], [class], [service({"workloads": []})]).deny == closed.deny
	result([workload({"hostNetwork": true})], [class], []).deny == set()
	{entry.message | some entry in result([workload({"created": "2026-11-23T02:55:00Z"})], [class], []).pending} == {"no Service of type LoadBalancer leads to it yet"}
}

test_no_address if {
	bare := object.union(object.remove(service({}), ["addresses"]), {"addresses": []})
	result([workload({})], [class], [bare]) == failed({"message": "has no address 83 days after it was created", "resource": service_ref, "key": "address"})
	young := object.union(bare, {"created": "2026-11-23T02:55:00Z"})
	result([workload({})], [class], [young]) == object.union(clean, {"pending": {{"resource": service_ref, "message": "has no address 5 min after it was created"}}})
}

test_another_product if {
	traefik := object.union(nginx, {"ingress": {"controller": "traefik", "class": "nginx"}})
	labelled := workload({"podLabels": {"app.kubernetes.io/name": "traefik"}})
	result_in(traefik, {"workloads": [labelled], "ingress_classes": [class], "services": [service({})]}) == clean
	found := result_in(traefik, {"workloads": [workload({})], "ingress_classes": [class], "services": [service({})]}).deny
	{finding.message | some finding in found} == {"traefik does not run in edge"}
	by_image := object.union(object.remove(workload({}), ["containers"]), {"containers": [{"name": "x", "type": "container", "image": "docker.io/library/traefik:v3", "ports": []}]})
	result_in(traefik, {"workloads": [by_image], "ingress_classes": [class], "services": [service({})]}) == clean
}

gateways := {"name": "stage", "namespaces": namespaces, "ingress": {"controller": "gateway", "class": "cilium"}}

gateway := {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "namespace": "edge", "name": "public"}

gateway_record(changes) := object.union({"ref": gateway, "namespace": "edge", "name": "public", "created": old, "class": "cilium"}, changes)

made(changes) := service(object.union({"name": "cilium-gateway-public", "owner": gateway, "workloads": []}, changes))

gateway_result(records, services) := result_in(gateways, {"gateways": records, "services": services})

test_gateways if {
	gateway_result([gateway_record({})], [made({})]) == object.union(clean, {"subjects": {gateway}})
	gateway_result([], []) == {
		"subjects": set(),
		"deny": {{"message": "no Gateway of class cilium exists", "resource": home, "key": "missing", "declared": ["ingress", "class"]}},
		"pending": set(),
		"not_evaluated": set(),
	}
	{finding.message | some finding in gateway_result([gateway_record({"class": "istio"})], []).deny} == {"no Gateway of class cilium exists"}
}

test_gateways_that_nothing_serves if {
	unserved := {"message": "no Service was made for it: nothing has accepted it", "resource": gateway, "key": "ready"}
	gateway_result([gateway_record({})], []).deny == {unserved}
	gateway_result([gateway_record({})], [made({"namespace": "other"})]).deny == {unserved}
	{entry.message | some entry in gateway_result([gateway_record({"created": "2026-11-23T02:55:00Z"})], []).pending} == {unserved.message}
	bare := object.union(object.remove(made({}), ["addresses"]), {"addresses": []})
	gateway_result([gateway_record({})], [bare]).deny == {{"message": "its Service cilium-gateway-public has no address", "resource": gateway, "key": "ready"}}
}
