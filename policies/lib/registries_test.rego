package envcheck.lib.registries_test

import data.envcheck.lib.registries

environment(registry) := {"name": "stage", "digitalocean": {"registry": registry}}

test_declared if {
	registries.declared.name == "acme" with data.environment as environment({"name": "acme"})
	registries.ref == {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme"} with data.environment as environment({"name": "acme"})
	registries.prefix == "registry.digitalocean.com/acme/" with data.environment as environment({"name": "acme"})
}

test_owned if {
	registries.owned with data.environment as environment({"name": "acme", "owner": "stage"})
	registries.owned with data.environment as environment({"name": "acme"})
	not registries.owned with data.environment as environment({"name": "acme", "owner": "dev"})
}

test_nothing_declared if {
	every empty in [{"name": "stage"}, {"name": "stage", "digitalocean": null}, environment(null)] {
		not registries.declared with data.environment as empty
		not registries.owned with data.environment as empty
		not registries.ref with data.environment as empty
	}
}
