# Which Services of type LoadBalancer are DigitalOcean's to serve, and which the spec declares.
package envcheck.lib.services

# Another controller's: a class is set, and it is not one of DigitalOcean's.
foreign(class) if {
	is_string(class)
	class != ""
	not own_class(class)
}

own_class(class) if class == "service.beta.kubernetes.io/do-loadbalancer"

own_class(class) if startswith(class, "digitalocean")

own_class(class) if contains(class, ".digitalocean.com/")

# The entry under exposure that names this Service or Gateway ("ns/name"), as a path into the spec.
exposure(name) := ["exposure", min(indices)] if {
	indices := {index | some index, entry in data.environment.exposure; entry.service == name}
	count(indices) > 0
}
