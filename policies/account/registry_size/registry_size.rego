# METADATA
# title: The registry stays within its storage
# description: >-
#   What the registry stores, against the limit the spec declares: medium from warnAt, high from the limit. The figure is
#   asynchronous, so an old one says nothing. A registry shared by several environments is judged in its owner's audit.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/clean-up-container-registry/
# custom:
#   id: registry-size
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.registries]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Delete tags nobody needs and collect garbage (the registry is read-only meanwhile), or raise the limit in the plan and
#     the spec.
#   parameters:
#     maxAge: {default: 24h, description: "Beyond this age the figure is not believed."}
package envcheck.account.registry_size

import data.envcheck.lib.text

subjects contains subject

not_evaluated contains gap if {
	owned
	count(found) == 0
	gap := {
		"resource": subject,
		"reason": "registry not found",
		"detail": sprintf("the account has no registry called %s", [declared.name]),
	}
}

not_evaluated contains gap if {
	some registry in found
	not figure_age(registry)
	gap := {
		"resource": subject,
		"reason": "no figure",
		"detail": no_figure(registry),
	}
}

not_evaluated contains gap if {
	some registry in found
	age := figure_age(registry)
	age > data.parameters.maxAgeSeconds
	old := text.age(age)
	gap := {
		"resource": subject,
		"reason": "figure too old",
		"detail": sprintf("the storage figure is %s old, more than %s", [old, data.parameters.maxAge]),
	}
}

deny contains object.union(finding, lowered(ratio)) if {
	some registry in found
	age := figure_age(registry)
	age <= data.parameters.maxAgeSeconds
	ratio := registry.storageUsageBytes / declared.storageLimitBytes
	ratio >= declared.warnAtRatio
	used := text.part(registry.storageUsageBytes, declared.storageLimitBytes)
	old := text.age(age)
	finding := {
		"message": sprintf("%s (%d %%), figure %s old%s", [used, floor(ratio * 100), old, sharing]),
		"resource": subject,
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": {
			"action": "registry.collect_garbage",
			"risk": "disruptive",
			"summary": sprintf("collect unreferenced blobs in registry %s, read-only while it runs", [declared.name]),
			"target": subject,
			"params": {"type": "unreferenced blobs only"},
		},
	}
}

declared := registry if {
	registry := data.environment.digitalocean.registry
	is_object(registry)
}

# This environment answers for it, and a limit is declared.
owned if {
	is_number(declared.storageLimitBytes)
	declared.storageLimitBytes > 0
	owner in {null, data.environment.name}
}

owner := object.get(declared, "owner", null)

found contains registry if {
	owned
	some registry in data.view.registries
	registry.name == declared.name
}

# As the account has it, else as it is declared.
subject := min({registry.ref | some registry in found}) if {
	count(found) > 0
} else := {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": declared.name} if {
	owned
}

figure_age(registry) := text.past(registry.storageUsageUpdated) if is_number(registry.storageUsageBytes)

# A time that lies ahead says as little as none, or the zero time 0001-01-01.
no_figure(registry) := sprintf("the storage figure is dated in the future: %s", [registry.storageUsageUpdated]) if {
	text.ahead(registry.storageUsageUpdated)
} else := "DigitalOcean has not yet said how much the registry stores"

lowered(ratio) := {"severity": "medium"} if ratio < 1

lowered(ratio) := {} if ratio >= 1

sharing := sprintf("; shared with %s", [text.list(sort(others))]) if count(others) > 0

sharing := "" if count(others) == 0

others := {name | some name in declared.sharedWith; name != data.environment.name}
