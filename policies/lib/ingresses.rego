# What an Ingress says of itself: which are none of their own, which hosts they serve.
package envcheck.lib.ingresses

# What cert-manager makes for the time of a challenge. Anybody can write the label, so it has to serve nothing but answers to
# challenges: what follows the directory is their token, and no expression that takes in more.
solver(ingress) if {
	ingress.labels["acme.cert-manager.io/http01-solver"] == "true"
	not is_string(object.get(ingress, ["defaultBackend", "service"], null))
	paths := [path.path | some rule in ingress.rules; some path in rule.paths]
	count(paths) > 0
	every path in paths {
		answers_challenge(path)
	}
}

answers_challenge(path) if {
	is_string(path)
	regex.match(`^/\.well-known/acme-challenge/[A-Za-z0-9_-]*$`, path)
}

# A part of the requests of another Ingress: it has the same host and paths by design.
canary(ingress) if ingress.annotations["nginx.ingress.kubernetes.io/canary"] == "true"

# The host of a rule, "" for every host.
host_of(rule) := lower(rule.host) if is_string(rule.host)

else := ""

host_words(name) := sprintf("host %s", [name]) if name != ""

host_words(name) := "a rule without host" if name == ""
