# What an Ingress says of itself: which are none of their own, which hosts they serve.
package envcheck.lib.ingresses

# What cert-manager makes for the time of a challenge.
solver(ingress) if ingress.labels["acme.cert-manager.io/http01-solver"]

# A part of the requests of another Ingress: it has the same host and paths by design.
canary(ingress) if ingress.annotations["nginx.ingress.kubernetes.io/canary"] == "true"

# Exactly, or by a wildcard, which stands for one label.
covers(pattern, host) if lower(pattern) == lower(host)

covers(pattern, host) if {
	startswith(pattern, "*.")
	not startswith(host, "*.")
	first := indexof(host, ".")
	first > 0
	lower(substring(host, first, -1)) == lower(substring(pattern, 1, -1))
}

# The host of a rule, "" for every host.
host_of(rule) := lower(rule.host) if is_string(rule.host)

else := ""

host_words(name) := sprintf("host %s", [name]) if name != ""

host_words(name) := "a rule without host" if name == ""
