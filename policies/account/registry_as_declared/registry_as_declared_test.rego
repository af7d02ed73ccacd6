package envcheck.account.registry_as_declared_test

import data.envcheck.account.registry_as_declared as policy

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme"}

result(registries) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"registry": {"name": "acme", "owner": "dev", "tier": "basic"}}}
		with data.digitalocean as {"registries": registries}
}

registry(name, tier) := {"name": name, "subscription": {"tier": {"slug": tier}}}

test_as_declared if {
	result([registry("acme", "basic"), registry("other", "basic")]) == {"subjects": {ref}, "deny": set(), "not_evaluated": set()}
}

test_missing if {
	finding := {"resource": ref, "key": "missing", "declared": ["digitalocean", "registry", "name"]}
	result([]).deny == {object.union(finding, {"message": "the account has no such registry"})}
	result([registry("other", "basic")]).deny == {object.union(finding, {"message": "the account has no such registry, only other"})}
}

test_another_tier if {
	result([registry("acme", "starter")]).deny == {{
		"message": "the subscription is starter, declared is basic",
		"resource": ref,
		"key": "tier",
		"declared": ["digitalocean", "registry", "tier"],
	}}
}

test_subscription_not_shown if {
	every found in [{"name": "acme"}, {"name": "acme", "subscription": null}, registry("acme", null)] {
		result([found]) == {
			"subjects": {ref},
			"deny": set(),
			"not_evaluated": {{
				"resource": ref,
				"reason": "subscription not shown",
				"detail": "the account shows the registry without its subscription: does the token lack the scope registry:read?",
			}},
		}
	}
}

test_nothing_declared if {
	state := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as {"name": "stage", "digitalocean": {}} with data.digitalocean as {"registries": []}
	state == {"subjects": set(), "deny": set()}
}
