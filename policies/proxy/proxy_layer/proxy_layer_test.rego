package envcheck.proxy.proxy_layer_test

import data.envcheck.proxy.proxy_layer as policy

environment := {
	"ingress": {"hosts": {"front-web": ["stage.example.com"]}},
	"namespaces": [{"name": "front-web", "role": "application", "workloads": [
		{"name": "web", "kind": "Deployment", "uses": []},
		{"name": "proxy", "kind": "Deployment", "role": "proxy", "proxyFor": "web", "uses": ["back/keydb"], "annotation": "acme.dev/proxy"},
	]}],
}

path := ["namespaces", 0, "workloads", 1]

ref(kind, name) := {"apiVersion": "apps/v1", "kind": kind, "namespace": "front-web", "name": name}

workload(name, changes) := object.union(
	{
		"ref": ref("Deployment", name),
		"id": sprintf("front-web/%s[Deployment]", [name]),
		"kind": "Deployment",
		"namespace": "front-web",
		"name": name,
		"hook": false,
		"hostNetwork": false,
		"replicas": 2,
	},
	changes,
)

service(name, selected, changes) := object.union(
	{
		"ref": ref("Service", name),
		"namespace": "front-web",
		"name": name,
		"type": "ClusterIP",
		"ports": [{"name": "http", "port": 80, "targetPort": 8080, "nodePort": null, "protocol": "TCP"}],
		"externalIPs": [],
		"externalTrafficPolicy": "Cluster",
		"workloads": [sprintf("front-web/%s[Deployment]", [target]) | some target in selected],
	},
	changes,
)

ingress(target, annotations) := {
	"ref": ref("Ingress", "web"),
	"namespace": "front-web",
	"annotations": annotations,
	"defaultBackend": null,
	"rules": [{"host": "stage.example.com", "paths": [{"path": "/", "pathType": "Prefix", "service": target, "port": "http"}]}],
}

marked := {"acme.dev/proxy": "proxy"}

view(changes) := object.union(
	{
		"workloads": [workload("web", {}), workload("proxy", {})],
		"services": [service("web", ["web"], {}), service("proxy", ["proxy"], {})],
		"ingresses": [ingress("proxy", marked)],
		"http_routes": [],
		"complete": true,
	},
	changes,
)

result(observed) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as observed
		with data.network as {"workloads": {}}
}

found(changes) := result(view(changes)).deny

test_through_the_proxy if {
	result(view({})) == {"subjects": {ref("Deployment", "proxy"), ref("Ingress", "web")}, "deny": set()}
}

backend := ["spec", "rules", 0, "http", "paths", 0, "backend", "service", "name"]

past(why) := {
	"message": sprintf("stage.example.com/ leads to web past proxy proxy: Service front-web/%s", [why]),
	"resource": ref("Ingress", "web"),
	"path": backend,
	"key": "stage.example.com/ web",
	"declared": array.concat(path, ["proxyFor"]),
}

repair := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": "let stage.example.com/ of Ingress front-web/web lead to Service proxy",
	"target": ref("Ingress", "web"),
	"patch": [{
		"op": "replace",
		"path": "/spec/rules/0/http/paths/0/backend",
		"value": {"service": {"name": "proxy", "port": {"number": 80}}},
	}],
}}

test_past_the_proxy if {
	found({"ingresses": [ingress("web", marked)]}) == {object.union(past("web"), repair)}
}

test_a_service_that_selects_both if {
	all := service("all", ["proxy", "web"], {})
	found({"ingresses": [ingress("all", marked)], "services": [all]}) == {past("all selects both")}
}

test_routes_count_too if {
	http_route := {
		"ref": ref("HTTPRoute", "web"),
		"namespace": "front-web",
		"annotations": {},
		"hosts": ["other.example.com"],
		"parents": [],
		"backends": [{"kind": "Service", "namespace": "front-web", "name": "web", "port": 80, "path": null}],
	}
	{finding.message | some finding in found({"http_routes": [http_route]})} == {"other.example.com/ leads to web past proxy proxy: Service front-web/web"}
}

test_what_the_proxy_uses if {
	keydb := object.union(workload("keydb", {}), {"id": "back/keydb[StatefulSet]", "namespace": "back"})
	services := [service("proxy", ["proxy"], {}), object.union(service("keydb", [], {}), {"workloads": ["back/keydb[StatefulSet]"]})]
	some finding in found({"workloads": [workload("proxy", {}), keydb], "services": services, "ingresses": [ingress("proxy", marked), ingress("keydb", marked)]})
	finding.message == "stage.example.com/ leads to keydb past proxy proxy: Service front-web/keydb"
	finding.declared == array.concat(path, ["uses"])
}

test_load_balancer if {
	services := [service("web", ["web"], {"type": "LoadBalancer"}), service("proxy", ["proxy"], {})]
	found({"services": services}) == {{
		"message": "a load balancer leads from outside the cluster to web past proxy proxy",
		"resource": ref("Service", "web"),
		"path": ["spec", "type"],
		"key": "type",
		"declared": array.concat(path, ["proxyFor"]),
	}}
}

annotated(words) := {{
	"message": sprintf("leads to proxy proxy and %s", [words]),
	"resource": ref("Ingress", "web"),
	"path": ["metadata", "annotations", "acme.dev/proxy"],
	"key": "acme.dev/proxy",
	"declared": array.concat(path, ["annotation"]),
	"fix": {
		"action": "kubernetes.annotate",
		"risk": "safe",
		"summary": "annotate Ingress front-web/web with acme.dev/proxy: proxy",
		"target": ref("Ingress", "web"),
		"params": {"annotations": {"acme.dev/proxy": "proxy"}},
	},
}}

test_annotation if {
	found({"ingresses": [ingress("proxy", {})]}) == annotated("lacks the annotation acme.dev/proxy")
	found({"ingresses": [ingress("proxy", {"acme.dev/proxy": "web"})]}) == annotated("its annotation acme.dev/proxy says web")
}

test_missing if {
	found({"workloads": [workload("web", {})], "ingresses": []}) == {{
		"message": "is declared as the proxy before web and does not exist",
		"resource": ref("Deployment", "proxy"),
		"key": "missing",
		"declared": path,
	}}
	result(view({"workloads": [workload("web", {})], "ingresses": [], "complete": false})) == {"subjects": set(), "deny": set()}
}

test_scaled_to_zero if {
	found({"workloads": [workload("web", {}), workload("proxy", {"replicas": 0})]}) == {{
		"message": "is the proxy before web and scaled to zero",
		"resource": ref("Deployment", "proxy"),
		"path": ["spec", "replicas"],
		"key": "replicas",
		"declared": path,
	}}
}

unserved := {{
	"message": "no Ingress or HTTPRoute leads from stage.example.com to it",
	"resource": ref("Deployment", "proxy"),
	"key": "stage.example.com",
	"declared": ["ingress", "hosts", "front-web"],
}}

test_host_without_a_route if {
	found({"ingresses": []}) == unserved
	found({"ingresses": [ingress("gone", marked)]}) == unserved
	found({"ingresses": [], "complete": false}) == set()
	found({"ingresses": [], "services": [service("proxy", ["proxy"], {"type": "LoadBalancer"})]}) == set()
}

at(name, host, target) := object.union(ingress(target, marked), {
	"ref": ref("Ingress", name),
	"rules": [{"host": host, "paths": [{"path": "/", "pathType": "Prefix", "service": target, "port": "http"}]}],
})

with_api := {
	"workloads": [workload("web", {}), workload("proxy", {}), workload("api", {})],
	"services": [service("api", ["api"], {}), service("proxy", ["proxy"], {})],
}

elsewhere(host) := {{
	"message": sprintf("no Ingress or HTTPRoute leads from %s to it, only to Service front-web/api", [host]),
	"resource": ref("Deployment", "proxy"),
	"key": host,
	"declared": ["ingress", "hosts", "front-web"],
}}

test_a_host_that_leads_to_another_workload if {
	found(object.union(with_api, {"ingresses": [ingress("api", {})]})) == elsewhere("stage.example.com")

	# One path of it may.
	paths := [{"path": "/", "pathType": "Prefix", "service": "proxy", "port": "http"}, {"path": "/api", "pathType": "Prefix", "service": "api", "port": "http"}]
	both := object.union(ingress("proxy", marked), {"rules": [{"host": "stage.example.com", "paths": paths}]})
	found(object.union(with_api, {"ingresses": [both]})) == set()

	# What answers on errors alone is no way to it.
	errors := object.union(ingress("api", {}), {"annotations": object.union(marked, {"nginx.ingress.kubernetes.io/default-backend": "proxy"})})
	found(object.union(with_api, {"ingresses": [errors]})) == {object.union(min(elsewhere("stage.example.com")), {"message": "no Ingress or HTTPRoute leads from stage.example.com to it, only to Service front-web/api and Service front-web/proxy"})}
}

test_other_workloads_have_hosts_of_their_own if {
	two := {
		"ingress": {"hosts": {"front-web": ["stage.example.com", "api.example.com"]}},
		"namespaces": [{"name": "front-web", "role": "application", "workloads": [
			{"name": "web", "kind": "Deployment", "uses": []},
			{"name": "api", "kind": "Deployment", "uses": []},
			{"name": "proxy", "kind": "Deployment", "role": "proxy", "proxyFor": "web", "uses": []},
		]}],
	}
	undeclared := object.union(object.remove(two, ["namespaces"]), {"namespaces": environment.namespaces})
	seen := view(object.union(with_api, {"ingresses": [at("web", "stage.example.com", "proxy"), at("api", "api.example.com", "api")]}))
	beside := policy.deny with data.environment as two with data.view as seen with data.network as {"workloads": {}}
	beside == set()
	strange := policy.deny with data.environment as undeclared with data.view as seen with data.network as {"workloads": {}}
	strange == elsewhere("api.example.com")

	# But some host is the proxy's.
	none := view(object.union(with_api, {"ingresses": [at("web", "stage.example.com", "api"), at("api", "api.example.com", "api")]}))
	lost := policy.deny with data.environment as two with data.view as none with data.network as {"workloads": {}}
	lost == elsewhere("stage.example.com") | elsewhere("api.example.com")
}

test_another_name_for_the_application if {
	alias := object.union(service("direct", [], {}), {"type": "ExternalName", "externalName": "web.front-web.svc.cluster.local"})
	services := [service("web", ["web"], {}), service("proxy", ["proxy"], {}), alias]
	found({"services": services, "ingresses": [ingress("direct", marked)]}) == {object.union(past("direct"), repair)}
}

test_default_backend_by_annotation if {
	annotation := "nginx.ingress.kubernetes.io/default-backend"
	annotated := object.union(marked, {annotation: "web"})
	found({"ingresses": [ingress("proxy", annotated)]}) == {{
		"message": "the default backend of stage.example.com leads to web past proxy proxy: Service front-web/web",
		"resource": ref("Ingress", "web"),
		"path": ["metadata", "annotations", annotation],
		"key": "the default backend of stage.example.com web",
		"declared": array.concat(path, ["proxyFor"]),
	}}
}
