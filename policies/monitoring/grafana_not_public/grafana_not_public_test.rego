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
	finding.fix.summary == "make Service prometheus/grafana a ClusterIP, once nobody uses its node ports"
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
	result({"workloads": [object.union(grafana({}), {"template": null})]}) == gap("its Pod template is read only in namespaces with role monitoring")
}

login(detail) := {"resource": ref("Deployment", "grafana"), "reason": "login unknown", "detail": sprintf("whether one has to log in: %s", [detail])}

test_a_secret_that_is_not_in_view if {
	some_secret := result({"workloads": [grafana({"env": [], "envFrom": [{"secretRef": {"name": "gone"}}]})]})
	some_secret == object.union(gap("its admin password: Secret gone is not in view"), {"not_evaluated": {
		login("Secret gone is not in view"),
		{"resource": ref("Deployment", "grafana"), "reason": "credentials unknown", "detail": "its admin password: Secret gone is not in view"},
	}})
	result({"secrets": []}) == gap("its admin password: Secret grafana does not exist")
}

test_an_empty_key_of_a_secret if {
	empty := object.union(secret([]), {"empty": ["admin-password"]})
	result({"secrets": [empty]}).deny == weak("its admin password is Grafana's own default: GF_SECURITY_ADMIN_PASSWORD is empty")
}

mount := {"volumeMounts": [{"name": "config", "mountPath": "/etc/grafana/grafana.ini", "subPath": "grafana.ini"}]}

with_file(text, changes) := answer if {
	plain := grafana(object.union(mount, changes))
	spec := object.union(plain.template.spec, {"volumes": [{"name": "config", "configMap": {"name": "grafana"}}]})
	answer := result({
		"workloads": [object.union(plain, {"template": {"spec": spec}})],
		"config_maps": [{"namespace": "prometheus", "name": "grafana", "keys": ["grafana.ini"], "data": {"grafana.ini": text}}],
	})
}

test_anonymous_by_file if {
	every text in ["[auth.anonymous]\nenabled = true\norg_role = Admin", "[Auth.Anonymous]\n; no\nEnabled=TRUE # yes"] {
		with_file(text, {}).deny == {{
			"message": "whoever finds it may look without logging in (enabled under [auth.anonymous] in its configuration file)",
			"resource": ref("Deployment", "grafana"),
			"path": ["spec", "template", "spec", "containers", "name=grafana", "volumeMounts"],
			"key": "anonymous",
		}}
	}
}

test_not_anonymous_by_file if {
	every text in ["", "[auth.anonymous]\nenabled = false", "[auth.anonymous]\n;enabled = true\n# enabled = true", "[auth.basic]\nenabled = true"] {
		with_file(text, {}) == nothing
	}
}

test_the_variable_counts_before_the_file if {
	off := array.concat(from_secret("admin-password"), [{"name": "GF_AUTH_ANONYMOUS_ENABLED", "value": "false"}])
	with_file("[auth.anonymous]\nenabled = true", {"env": off}) == nothing
	none := array.concat(from_secret("admin-password"), [{"name": "GF_AUTH_ANONYMOUS_ENABLED", "value": ""}])
	count(with_file("[auth.anonymous]\nenabled = true", {"env": none}).deny) == 1
}

test_password_by_file if {
	with_file("[security]\nadmin_password = admin", {"env": []}).deny == weak("its admin password, in its configuration file, is Grafana's own default")
	with_file("[security]\nadmin_password =", {"env": []}).deny == weak("no admin password is set: Grafana's own default holds until somebody changes it")
	with_file("[security]\nadmin_user = a", {"env": []}).deny == weak("no admin password is set: Grafana's own default holds until somebody changes it")
	with_file("[security]\nadmin_password = admin", {}) == nothing
	with_file("[security]\nadmin_password = masked:1", {"env": []}) == gap("its admin password is written into its configuration file and masked: whether it is a default cannot be told")
	with_file("[security]\nadmin_password = $__file{/run/p}", {"env": []}) == gap("its configuration file takes its admin password from elsewhere")
	with_file("[security]\ndisable_initial_admin_creation = true", {"env": []}) == nothing
}

test_a_file_that_cannot_be_read if {
	unread := "/etc/grafana/grafana.ini is on a volume that is claimed"
	result({"workloads": [grafana(object.union(mount, {"env": []}))]}).not_evaluated == {
		login(unread),
		{"resource": ref("Deployment", "grafana"), "reason": "credentials unknown", "detail": sprintf("its admin password may stand in its configuration file: %s", [unread])},
	}
	result({"workloads": [grafana({"args": ["--config=/x"]})]}).not_evaluated == {login("it is started with arguments of its own")}
	elsewhere := array.concat(from_secret("admin-password"), [{"name": "GF_PATHS_CONFIG", "value": "/x"}])
	result({"workloads": [grafana({"env": elsewhere})]}).not_evaluated == {login("GF_PATHS_CONFIG names another file")}
}

test_no_grafana if {
	result({"workloads": []}).subjects == set()
}
