package envcheck.lib.ingresses_test

import data.envcheck.lib.ingresses

test_covers if {
	every pair in [["a.example.com", "A.example.com"], ["*.example.com", "a.example.com"], ["*.Example.com", "*.example.com"]] {
		ingresses.covers(pair[0], pair[1])
	}
	every pair in [["*.example.com", "a.b.example.com"], ["*.example.com", "example.com"], ["a.example.com", "*.example.com"], ["*.b.example.com", "*.example.com"], ["*", "a.example.com"]] {
		not ingresses.covers(pair[0], pair[1])
	}
}

test_exempt if {
	ingresses.solver({"labels": {"acme.cert-manager.io/http01-solver": "true"}})
	not ingresses.solver({"labels": {}})
	ingresses.canary({"annotations": {"nginx.ingress.kubernetes.io/canary": "true"}})
	not ingresses.canary({"annotations": {"nginx.ingress.kubernetes.io/canary": "false"}})
}

test_hosts if {
	ingresses.host_of({"host": "A.example.com"}) == "a.example.com"
	ingresses.host_of({"host": null}) == ""
	ingresses.host_words("a.example.com") == "host a.example.com"
	ingresses.host_words("") == "a rule without host"
}
