package envcheck.monitoring.grafana_not_public_test

import data.envcheck.monitoring.grafana_not_public as policy

environment := {
	"namespaces": [{"name": "prometheus", "role": "monitoring"}],
	"ingress": {"hosts": {"prometheus": ["grafana.stage.example.com"]}},
	"exposure": [{"service": "prometheus/declared"}],
}

ref(kind, name) := {"apiVersion": "v1", "kind": kind, "namespace": "prometheus", "name": name}

from_secret(key) := [{"name": "GF_SECURITY_ADMIN_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "grafana", "key": key}}}]

grafana(changes) := {
	"ref": ref("Deployment", "grafana"),
	"id": "prometheus/grafana[Deployment]",
	"kind": "Deployment",
	"namespace": "prometheus",
	"name": "grafana",
	"longRunning": true,
	"hook": false,
	"labels": {"app.kubernetes.io/name": "grafana"},
	"podLabels": {},
	"containers": [],
	"template": {"spec": {"containers": [
		object.union({"name": "grafana", "image": "docker.io/grafana/grafana:12", "env": from_secret("admin-password")}, changes),
		{"name": "sidecar", "image": "quay.io/kiwigrid/k8s-sidecar:1"},
	]}},
}

service(changes) := object.union(
	{
		"ref": ref("Service", "grafana"),
		"namespace": "prometheus",
		"name": "grafana",
		"annotations": {},
		"type": "ClusterIP",
		"ports": [{"name": "http", "port": 80, "nodePort": null}],
		"externalIPs": [],
		"externalTrafficPolicy": "Cluster",
		"loadBalancerNetwork": "EXTERNAL",
		"loadBalancerClass": null,
		"disowned": false,
		"workloads": ["prometheus/grafana[Deployment]"],
	},
	changes,
)

ingress(host) := {
	"ref": ref("Ingress", "grafana"),
	"namespace": "prometheus",
	"annotations": {},
	"defaultBackend": null,
	"rules": [{"host": host, "paths": [{"path": "/", "pathType": "Prefix", "service": "grafana", "port": 80}]}],
}

secret(published) := {"namespace": "prometheus", "name": "grafana", "keys": ["admin-password"], "published": published}

view(changes) := object.union(
	{
		"workloads": [grafana({})],
		"services": [service({})],
		"ingresses": [],
		"http_routes": [],
		"secrets": [secret([])],
		"config_maps": [],
		"complete": true,
	},
	changes,
)

result(changes) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment with data.view as view(changes)
}

nothing := {"subjects": {ref("Deployment", "grafana")}, "deny": set(), "not_evaluated": set()}

test_private if {
	result({}) == nothing
	result({"ingresses": [ingress("grafana.stage.example.com")]}) == nothing
}

test_load_balancer if {
	result({"services": [service({"type": "LoadBalancer"})]}).deny == {{
		"message": "a load balancer leads from outside the cluster to Grafana, and it is not declared under exposure",
		"resource": ref("Service", "grafana"),
		"path": ["spec", "type"],
		"key": "type",
	}}
}

test_not_public if {
	every changes in [
		{"type": "LoadBalancer", "name": "declared"},
		{"type": "LoadBalancer", "loadBalancerNetwork": "INTERNAL"},
		{"type": "LoadBalancer", "loadBalancerClass": "example.com/other"},
		{"type": "LoadBalancer", "disowned": true},
		{"type": "NodePort", "annotations": {"kubernetes.digitalocean.com/firewall-managed": "false"}},
		{"type": "LoadBalancer", "workloads": ["prometheus/other[Deployment]"]},
	] {
		result({"services": [service(changes)]}) == nothing
	}
}

test_node_port if {
	some finding in result({"services": [service({"type": "NodePort", "ports": [{"name": "http", "port": 80, "nodePort": 30300}]})]}).deny
	finding.message == "node port 30300 leads from outside the cluster to Grafana, and it is not declared under exposure"
	finding.fix.summary == "make Service prometheus/grafana a ClusterIP"
}

test_host if {
	result({"ingresses": [ingress("grafana.example.com")]}).deny == {{
		"message": "grafana.example.com/ leads to Grafana, and its host is not declared under ingress.hosts of prometheus",
		"resource": ref("Ingress", "grafana"),
		"path": ["spec", "rules", 0, "http", "paths", 0, "backend", "service", "name"],
		"key": "grafana.example.com/",
	}}
	some finding in result({"ingresses": [ingress(null)]}).deny
	finding.key == "*/"
}

test_anonymous if {
	open := array.concat(from_secret("admin-password"), [{"name": "GF_AUTH_ANONYMOUS_ENABLED", "value": "true"}])
	result({"workloads": [grafana({"env": open})]}).deny == {{
		"message": "whoever finds it may look without logging in (GF_AUTH_ANONYMOUS_ENABLED)",
		"resource": ref("Deployment", "grafana"),
		"path": ["spec", "template", "spec", "containers", "name=grafana", "env", "name=GF_AUTH_ANONYMOUS_ENABLED"],
		"key": "anonymous",
	}}
}

weak(message) := {{
	"message": message,
	"resource": ref("Deployment", "grafana"),
	"path": ["spec", "template", "spec", "containers", "name=grafana"],
	"key": "password",
}}

test_published_password if {
	result({"secrets": [secret(["admin-password"])]}).deny == weak("its admin password, in Secret grafana, is one that charts publish as their default")
}

test_no_password if {
	result({"workloads": [grafana({"env": []})]}).deny == weak("no admin password is set: Grafana's own default holds until somebody changes it")
	result({"workloads": [grafana({"env": [{"name": "GF_SECURITY_ADMIN_PASSWORD", "value": ""}]})]}).deny == weak("its admin password is Grafana's own default: GF_SECURITY_ADMIN_PASSWORD is empty")
	result({"workloads": [grafana({"env": [{"name": "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "value": "true"}]})]}) == nothing
}

gap(detail) := object.union(nothing, {"not_evaluated": {{
	"resource": ref("Deployment", "grafana"),
	"reason": "credentials unknown",
	"detail": detail,
}}})

test_not_known if {
	result({"workloads": [grafana({"env": [{"name": "GF_SECURITY_ADMIN_PASSWORD", "value": "masked:1"}]})]}) == gap("its admin password is written into the Pod template and masked: whether it is a default cannot be told")
	result({"workloads": [grafana({"env": [{"name": "GF_SECURITY_ADMIN_PASSWORD__FILE", "value": "/run/p"}]})]}) == gap("its admin password is in a file, which is not read")
	result({"workloads": [grafana({"env": [], "envFrom": [{"secretRef": {"name": "gone"}}]})]}) == gap("its admin password: Secret gone is not in view")
	result({"workloads": [grafana({"env": [], "volumeMounts": [{"name": "config", "mountPath": "/etc/grafana/grafana.ini", "subPath": "grafana.ini"}]})]}) == gap("its admin password may stand in its configuration file, which is not read")
	result({"workloads": [object.union(grafana({}), {"template": null})]}) == gap("its Pod template is read only in namespaces with role monitoring")
}

test_no_grafana if {
	result({"workloads": []}).subjects == set()
}
