package envcheck.ingress.ingress_host_conflict_test

import data.envcheck.ingress.ingress_host_conflict as policy

environment := {"ingress": {"hosts": {"front-web": ["stage.example.com", "*.apps.example.com"], "b2b": ["b2b.stage.example.com"], "any": ["*"]}}}

ref(namespace, name) := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": namespace, "name": name}

ingress(namespace, name, created, rules) := {
	"ref": ref(namespace, name),
	"namespace": namespace,
	"name": name,
	"created": created,
	"class": "nginx",
	"labels": {},
	"annotations": {},
	"defaultBackend": null,
	"rules": rules,
}

rule(host, path, type) := {"host": host, "paths": [{"path": path, "pathType": type, "service": "web", "port": 80}]}

old := "2026-09-01T00:00:00Z"

new := "2026-10-01T00:00:00Z"

classes := [{"name": "nginx", "default": true}]

result(ingresses) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"ingresses": ingresses, "ingress_classes": classes}
}

place := ["spec", "rules", 0, "http", "paths", 0, "path"]

host := "stage.example.com"

first := ingress("front-web", "web", old, [rule(host, "/", "Prefix")])

test_alone if {
	result([first]) == {"subjects": {ref("front-web", "web")}, "deny": set()}
}

test_the_younger_is_reported if {
	result([ingress("front-web", "a", new, [rule("Stage.example.com", "/", "Prefix")]), first]) == {
		"subjects": {ref("front-web", "web"), ref("front-web", "a")},
		"deny": {{
			"message": "host stage.example.com, path / (Prefix): Ingress front-web/web is older and gets the requests",
			"resource": ref("front-web", "a"),
			"path": place,
			"key": "stage.example.com / Prefix",
		}},
	}
}

test_of_two_namespaces if {
	nobody := "other.example.org"
	found := result([ingress("front-web", "web", old, [rule(nobody, "/", "Prefix")]), ingress("b2b", "web", new, [rule(nobody, "/", "Prefix")])]).deny
	{finding.resource.namespace | some finding in found} == {"b2b"}
}

test_all_but_the_oldest if {
	found := result([first, ingress("front-web", "b", new, [rule(host, "/", "Prefix")]), ingress("front-web", "c", new, [rule(host, "/", "Prefix")])]).deny
	{finding.resource.name | some finding in found} == {"b", "c"}
}

test_names_decide_in_manifests if {
	found := result([ingress("front-web", "b", null, [rule(host, "/", "Prefix")]), ingress("front-web", "a", null, [rule(host, "/", "Prefix")])]).deny
	{[finding.resource.name, finding.message] | some finding in found} == {["b", "host stage.example.com, path / (Prefix): Ingress front-web/a serves it, too"]}
}

test_what_is_another_place if {
	every other in [
		rule(host, "/api", "Prefix"),
		rule(host, "/", "Exact"),
		rule("www.apps.example.com", "/", "Prefix"),
		rule(null, "/", "Prefix"),
	] {
		result([first, ingress("front-web", "other", new, [other])]).deny == set()
	}
	result([first, object.union(ingress("front-web", "other", new, [rule(host, "/", "Prefix")]), {"class": "traefik"})]).deny == set()
	result([ingress("front-web", "web", old, [rule(host, "/", "Prefix"), rule(host, "/", "Prefix")])]).deny == set()
}

test_one_place_in_two_ways if {
	by_default := object.union(ingress("front-web", "other", new, [rule(host, "/", "Prefix")]), {"class": null})
	count(result([first, by_default]).deny) == 1
	slash := ingress("front-web", "a", old, [rule(host, "/api/", "Prefix")])
	bare := ingress("front-web", "b", new, [rule(host, "/api", "Prefix")])
	count(result([slash, bare]).deny) == 1
}

test_rules_without_host if {
	found := result([ingress("front-web", "a", old, [rule(null, "/", "Prefix")]), ingress("front-web", "b", new, [rule(null, "/", "Prefix")])]).deny
	{finding.message | some finding in found} == {"a rule without host, path / (Prefix): Ingress front-web/a is older and gets the requests"}
}

test_default_backends if {
	backend := {"defaultBackend": {"service": "web", "port": 80}}
	found := result([object.union(ingress("front-web", "a", old, []), backend), object.union(ingress("front-web", "b", new, []), backend)]).deny
	{[finding.resource.name, finding.message, finding.path] | some finding in found} == {["b", "a default backend for all hosts: Ingress front-web/a is older and gets the requests", ["spec", "defaultBackend"]]}
}

test_canaries_and_solvers if {
	canary := object.union(ingress("front-web", "canary", new, [rule(host, "/", "Prefix")]), {"annotations": {"nginx.ingress.kubernetes.io/canary": "true"}})
	result([first, canary]) == {"subjects": {ref("front-web", "web"), ref("front-web", "canary")}, "deny": set()}
	solver := object.union(ingress("front-web", "cm-acme", new, [rule(host, "/.well-known/acme-challenge/x", "Exact")]), {"labels": {"acme.cert-manager.io/http01-solver": "true"}})
	result([first, solver]) == {"subjects": {ref("front-web", "web")}, "deny": set()}

	# The label alone is not enough.
	labelled := object.union(ingress("front-web", "cm-acme", new, [rule(host, "/", "Prefix")]), {"labels": {"acme.cert-manager.io/http01-solver": "true"}})
	{finding.resource | some finding in result([first, labelled]).deny} == {ref("front-web", "cm-acme")}
}

test_host_of_another_namespace if {
	result([ingress("front-web", "web", old, [rule("b2b.stage.example.com", "/", "Prefix")])]).deny == {{
		"message": "host b2b.stage.example.com is declared for namespace b2b, not for front-web",
		"resource": ref("front-web", "web"),
		"path": ["spec", "rules", 0, "host"],
		"key": "namespace",
		"declared": ["ingress", "hosts", "b2b", 0],
	}}

	# A name says more than a wildcard.
	count(result([ingress("any", "web", old, [rule("b2b.stage.example.com", "/", "Prefix")])]).deny) == 1
	count(result([ingress("b2b", "web", old, [rule("a.apps.example.com", "/", "Prefix")])]).deny) == 1
	result([ingress("any", "web", old, [rule("a.apps.example.com", "/", "Prefix")])]).deny == set()
	result([ingress("front-web", "web", old, [rule("*.apps.example.com", "/", "Prefix")])]).deny == set()

	# Nobody's host is exposure-undeclared's to report.
	result([ingress("b2b", "web", old, [rule("other.example.org", "/", "Prefix")])]).deny == set()
}
