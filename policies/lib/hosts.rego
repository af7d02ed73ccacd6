# Hosts, and which of them the spec declares for a namespace.
package envcheck.lib.hosts

# Exactly, by a declared wildcard (which stands for one label, as in an Ingress), or by "*".
declared(namespace, host) if {
	some name in data.environment.ingress.hosts[namespace]
	matches(lower(name), lower(host))
}

matches(name, host) if name == host

matches(name, _) if name == "*"

matches(name, host) if {
	startswith(name, "*.")
	not startswith(host, "*.")
	first := indexof(host, ".")
	first > 0
	substring(host, first, -1) == substring(name, 1, -1)
}

# Some host answers to both: the one is the other, or a wildcard that takes it in.
meet(one, other) if matches(lower(one), lower(other))

meet(one, other) if matches(lower(other), lower(one))
