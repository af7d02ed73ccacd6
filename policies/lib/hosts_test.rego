package envcheck.lib.hosts_test

import data.envcheck.lib.hosts

ingress := {"hosts": {"b2b": ["*.b2b.example.com", "B2B.example.com"], "front-web": ["*"]}}

test_declared if {
	every host in ["b2b.example.com", "a.b2b.example.com", "*.b2b.example.com"] {
		hosts.declared("b2b", host) with data.environment.ingress as ingress
	}
	hosts.declared("front-web", "*") with data.environment.ingress as ingress
	hosts.declared("front-web", "any.example.com") with data.environment.ingress as ingress
}

test_not_declared if {
	every host in ["*", "example.com", "a.a.b2b.example.com", "*.example.com", ".b2b.example.com"] {
		not hosts.declared("b2b", host) with data.environment.ingress as ingress
	}
	not hosts.declared("back", "b2b.example.com") with data.environment.ingress as ingress
	not hosts.declared("back", "b2b.example.com") with data.environment as {}
}

test_meet if {
	hosts.meet("a.example.com", "A.example.com")
	hosts.meet("*.example.com", "a.example.com")
	hosts.meet("a.example.com", "*.example.com")
	hosts.meet("*", "a.example.com")
	not hosts.meet("b.example.com", "a.example.com")
}

test_covers if {
	every pair in [["a.example.com", "A.example.com"], ["*.example.com", "a.example.com"], ["*.Example.com", "*.example.com"], ["*.example.com", "A.Example.com"]] {
		hosts.covers(pair[0], pair[1])
	}
	every pair in [["*.example.com", "a.b.example.com"], ["*.example.com", "example.com"], ["a.example.com", "*.example.com"], ["*.b.example.com", "*.example.com"], ["*", "a.example.com"], [null, "a.example.com"], ["a.example.com", null]] {
		not hosts.covers(pair[0], pair[1])
	}
}
