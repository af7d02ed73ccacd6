# METADATA
# title: The registry is as declared
# description: >-
#   The account has the declared container registry, on the declared subscription. Every environment that declares it is told,
#   for a spec that differs from the account is wrong wherever it stands.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/details/pricing/
# custom:
#   id: registry-as-declared
#   severity: medium
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.registries]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Create the registry or change its subscription in the control panel, or correct the spec.
#   noFix: A subscription costs money and holds for the whole team, and a registry cannot be renamed.
#   parameters: {}
package envcheck.account.registry_as_declared

import data.envcheck.lib.registries

subjects contains registries.ref

not_evaluated contains gap if {
	count(found) > 0
	not tier
	gap := {
		"resource": registries.ref,
		"reason": "subscription not shown",
		"detail": "the account shows the registry without its subscription: does the token lack the scope registry:read?",
	}
}

deny contains finding if {
	count(found) == 0
	finding := {
		"message": sprintf("the account has no such registry%s", [others]),
		"resource": registries.ref,
		"key": "missing",
		"declared": ["digitalocean", "registry", "name"],
	}
}

deny contains finding if {
	tier != registries.declared.tier
	finding := {
		"message": sprintf("the subscription is %s, declared is %s", [tier, registries.declared.tier]),
		"resource": registries.ref,
		"key": "tier",
		"declared": ["digitalocean", "registry", "tier"],
	}
}

found contains registry if {
	some registry in data.digitalocean.registries
	registry.name == registries.declared.name
}

tier := min(slugs) if {
	slugs := {registry.subscription.tier.slug | some registry in found; is_string(registry.subscription.tier.slug)}
	count(slugs) > 0
}

others := sprintf(", only %s", [concat(", ", sort(names))]) if {
	names := {registry.name | some registry in data.digitalocean.registries; is_string(registry.name)}
	count(names) > 0
} else := ""
