# The declared registry.
package envcheck.lib.registries

declared := registry if {
	registry := data.environment.digitalocean.registry
	is_object(registry)
}

# Registries are shared: what concerns one as a whole is judged once, in its owner's audit.
owned if object.get(declared, "owner", null) in {null, data.environment.name}

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": declared.name}

# How its images begin.
prefix := sprintf("registry.digitalocean.com/%s/", [declared.name])
