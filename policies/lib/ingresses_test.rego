package envcheck.lib.ingresses_test

import data.envcheck.lib.ingresses

test_canary if {
	ingresses.canary({"annotations": {"nginx.ingress.kubernetes.io/canary": "true"}})
	not ingresses.canary({"annotations": {"nginx.ingress.kubernetes.io/canary": "false"}})
}

test_hosts if {
	ingresses.host_of({"host": "A.example.com"}) == "a.example.com"
	ingresses.host_of({"host": null}) == ""
	ingresses.host_words("a.example.com") == "host a.example.com"
	ingresses.host_words("") == "a rule without host"
}

challenge(paths) := {
	"labels": {"acme.cert-manager.io/http01-solver": "true"},
	"defaultBackend": null,
	"rules": [{"host": "a.example.com", "paths": [{"path": path} | some path in paths]}],
}

test_solver if {
	ingresses.solver(challenge(["/.well-known/acme-challenge/xY-_9"]))
	ingresses.solver(challenge(["/.well-known/acme-challenge/"]))
	every paths in [[], ["/"], [null], ["/.well-known/acme-challenge"], ["/.well-known/acme-challenge/x", "/"], ["/.well-known/acme-challenge/|/"], ["/.well-known/acme-challenge/../"]] {
		not ingresses.solver(challenge(paths))
	}
	own := challenge(["/.well-known/acme-challenge/x"])
	not ingresses.solver(object.union(own, {"labels": {"acme.cert-manager.io/http01-solver": "false"}}))
	not ingresses.solver(object.union(object.remove(own, ["labels"]), {"labels": {}}))
	not ingresses.solver(object.union(own, {"defaultBackend": {"service": "web", "port": 80}}))
	not ingresses.solver(object.union(own, {"rules": []}))
}
