# Hosts, and which of them the spec declares for a namespace.
package envcheck.lib.hosts

# Exactly, by a declared wildcard (which stands for one label, as in an Ingress), or by "*".
declared(namespace, host) if {
	some name in data.environment.ingress.hosts[namespace]
	matches(name, host)
}

# As `covers`; "*" stands for every host.
matches(name, _) if name == "*"

matches(name, host) if covers(name, host)

# Exactly, or by a wildcard, which stands for one label. What is no text is no host.
covers(pattern, host) if {
	is_string(pattern)
	is_string(host)
	lower(pattern) == lower(host)
}

covers(pattern, host) if {
	is_string(pattern)
	is_string(host)
	startswith(pattern, "*.")
	not startswith(host, "*.")
	first := indexof(host, ".")
	first > 0
	lower(substring(host, first, -1)) == lower(substring(pattern, 1, -1))
}

# Some host answers to both: the one is the other, or a wildcard that takes it in.
meet(one, other) if matches(one, other)

meet(one, other) if matches(other, one)
