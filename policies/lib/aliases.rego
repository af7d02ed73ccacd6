# Host names of the cluster, as Services of type ExternalName have them.
package envcheck.lib.aliases

# The namespace within the cluster that a host name leads to, and the Service where it says one. Names of Pods behind a
# Service have more parts in front.
inside(host) := {"namespace": parts[count(parts) - 1], "service": parts[count(parts) - 2], "words": words} if {
	parts := within(host, ".svc")
	words := sprintf("Service %s/%s", [parts[count(parts) - 1], parts[count(parts) - 2]])
} else := {"namespace": parts[count(parts) - 1], "service": null, "words": words} if {
	parts := within(host, ".pod")
	words := sprintf("a Pod of namespace %s", [parts[count(parts) - 1]])
}

within(host, ending) := parts if {
	short := trim_suffix(trim_suffix(lower(host), "."), ".cluster.local")
	endswith(short, ending)
	parts := split(trim_suffix(short, ending), ".")
	count(parts) > 1
}
