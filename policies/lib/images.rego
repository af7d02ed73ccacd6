# Image references, written out in full, and whether they begin with something.
package envcheck.lib.images

# "nginx" is docker.io/library/nginx, "amazon/aws-cli:2" docker.io/amazon/aws-cli:2. Tag and digest stay.
full(image) := sprintf("%s/%s", [host, path]) if {
	[host, path] := parts(image)
	path != ""
} else := host if {
	[host, _] := parts(image)
}

# Its host, by the rule of Docker: the first part is one if it has a dot or a port.
parts(image) := [host, path] if {
	segments := split(image, "/")
	is_host(segments)
	host := canonical(lower(segments[0]))
	path := official(host, concat("/", array.slice(segments, 1, count(segments))))
} else := ["docker.io", official("docker.io", image)]

is_host(segments) if contains(split(segments[0], ":")[0], ".")

is_host(segments) if split(segments[0], ":")[0] == "localhost"

is_host(segments) if {
	count(segments) > 1
	contains(segments[0], ":")
}

# The names under which Docker Hub answers.
canonical(host) := "docker.io" if {
	host in {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
} else := host

official(host, path) := sprintf("library/%s", [path]) if {
	host == "docker.io"
	path != ""
	not contains(path, "/")
} else := path

# A beginning ends where a part of the reference does: acme/web is none of acme/website.
begins_with(image, prefix) if {
	some start in starts(prefix)
	bounded(full(image), start)
}

# docker.io/amazon may be the image of that name or all that amazon has.
starts(prefix) := {full(prefix), lower(prefix)} if {
	startswith(lower(prefix), "docker.io/")
} else := {full(prefix)}

bounded(name, start) if name == start

bounded(name, start) if {
	regex.match("[/:@]$", start)
	startswith(name, start)
}

bounded(name, start) if {
	some edge in ["/", ":", "@"]
	startswith(name, sprintf("%s%s", [start, edge]))
}

# Its path on the host, without tag and digest: library/nginx.
repository(image) := concat("/", array.concat(above, [split(last, ":")[0]])) if {
	[above, last] := named(image)
}

# The tag as written, also beside a digest; undefined where there is none.
tag(image) := found if {
	[_, last] := named(image)
	start := indexof(last, ":")
	start > 0
	found := substring(last, start + 1, -1)
	found != ""
}

# The parts of its path, and the last one with its tag.
named(image) := [array.slice(segments, 0, count(segments) - 1), segments[count(segments) - 1]] if {
	[_, rest] := parts(image)
	segments := split(split(rest, "@")[0], "/")
}
