# What an Ingress writes of its hosts and of their Secrets.
package envcheck.ingress.ingress_tls.listed

import data.envcheck.lib.hosts as host_names
import data.envcheck.lib.ingresses

# [host, path] of what it serves, each host once; "" for every host.
hosts(ingress) := from_rules(ingress) | from_default(ingress)

from_rules(ingress) := {[host, path] |
	some host in {ingresses.host_of(rule) | some rule in ingress.rules}
	path := min({place(rule, index) | some index, rule in ingress.rules; ingresses.host_of(rule) == host})
}

from_default(ingress) := {["", ["spec", "defaultBackend"]] |
	count(ingress.rules) == 0
	is_object(ingress.defaultBackend)
}

place(rule, index) := ["spec", "rules", index, "host"] if is_string(rule.host)

else := ["spec", "rules", index]

# The entries of tls that a host is under. One that lists no hosts is for all that its certificate covers.
entries(ingress, host) := {index |
	some index, entry in ingress.tls
	under(entry, host)
}

under(entry, _) if count(entry.hosts) == 0

under(entry, host) if {
	some name in entry.hosts
	host_names.covers(name, host)
}

named(ingress, index) if {
	is_string(ingress.tls[index].secretName)
	ingress.tls[index].secretName != ""
}

# "namespace/name" of the Secret.
own(ingress, index) := sprintf("%s/%s", [ingress.namespace, ingress.tls[index].secretName])

# ingress-nginx hands the connection on as it is.
passes_through(ingress) if ingress.annotations["nginx.ingress.kubernetes.io/ssl-passthrough"] == "true"
