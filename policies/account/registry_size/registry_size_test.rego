package envcheck.account.registry_size_test

import data.envcheck.account.registry_size as policy

registry_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme"}

declared := {"name": "acme", "owner": "stage", "sharedWith": ["dev"], "storageLimitBytes": 5368709120, "warnAtRatio": 0.8}

environment(registry) := {"name": "stage", "digitalocean": {"registry": registry}}

stored(bytes, updated) := {"registries": [{"ref": registry_ref, "name": "acme", "storageUsageBytes": bytes, "storageUsageUpdated": updated}]}

parameters := {"maxAge": "24h", "maxAgeSeconds": 86400}

collect := {
	"action": "registry.collect_garbage",
	"risk": "disruptive",
	"summary": "collect unreferenced blobs in registry acme, read-only while it runs",
	"target": registry_ref,
	"params": {"type": "unreferenced blobs only"},
}

test_limit_exceeded if {
	found := policy.deny with data.environment as environment(declared)
		with data.view as stored(5594193756, "2026-11-23T00:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	found == {{
		"message": "5.21 of 5.00 GiB (104 %), figure 3 h old; shared with dev",
		"resource": registry_ref,
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": collect,
	}}
}

test_exactly_the_limit_fails if {
	found := policy.deny with data.environment as environment(object.union(declared, {"sharedWith": []}))
		with data.view as stored(5368709120, "2026-11-23T02:59:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	found == {{
		"message": "5.00 of 5.00 GiB (100 %), figure 1 min old",
		"resource": registry_ref,
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": collect,
	}}
}

test_warned_is_medium if {
	found := policy.deny with data.environment as environment(declared)
		with data.view as stored(4509715660, "2026-11-23T00:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	found == {{
		"message": "4.20 of 5.00 GiB (83 %), figure 3 h old; shared with dev",
		"resource": registry_ref,
		"severity": "medium",
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": collect,
	}}
}

test_below_the_warning if {
	state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.view as stored(4294967295, "2026-11-23T00:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {"subjects": {registry_ref}, "deny": set(), "not_evaluated": set()}
}

test_old_figure if {
	state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.view as stored(5594193756, "2026-11-20T00:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {
		"subjects": {registry_ref},
		"deny": set(),
		"not_evaluated": {{"resource": registry_ref, "reason": "figure too old", "detail": "the storage figure is 3 days old, more than 24h"}},
	}
}

test_no_figure if {
	state := {"deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.view as stored(null, null)
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {
		"deny": set(),
		"not_evaluated": {{"resource": registry_ref, "reason": "no figure", "detail": "DigitalOcean has not yet said how much the registry stores"}},
	}
}

test_times_that_mean_no_figure if {
	every updated in ["0001-01-01T00:00:00Z", "", null] {
		state := {"deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
			with data.view as stored(0, updated)
			with data.now as "2026-11-23T03:00:00Z"
			with data.parameters as parameters
		state == {
			"deny": set(),
			"not_evaluated": {{"resource": registry_ref, "reason": "no figure", "detail": "DigitalOcean has not yet said how much the registry stores"}},
		}
	}
}

test_a_figure_of_the_future if {
	state := {"deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.view as stored(5594193756, "2026-11-23T04:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {
		"deny": set(),
		"not_evaluated": {{"resource": registry_ref, "reason": "no figure", "detail": "the storage figure is dated in the future: 2026-11-23T04:00:00Z"}},
	}
}

test_clocks_may_differ_a_little if {
	found := policy.deny with data.environment as environment(declared)
		with data.view as stored(5594193756, "2026-11-23T03:02:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	count(found) == 1
}

test_missing_registry if {
	state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.view as {"registries": []}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {
		"subjects": {registry_ref},
		"deny": set(),
		"not_evaluated": {{"resource": registry_ref, "reason": "registry not found", "detail": "the account has no registry called acme"}},
	}
}

test_not_the_owner if {
	state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as object.union(environment(declared), {"name": "dev"})
		with data.view as stored(5594193756, "2026-11-23T00:00:00Z")
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as parameters
	state == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}

test_no_owner_named_means_this_one if {
	found := policy.subjects with data.environment as environment(object.union(declared, {"owner": null})) with data.view as {"registries": []}
	found == {registry_ref}
}

test_nothing_declared if {
	every environment in [{"name": "stage", "digitalocean": null}, {"name": "stage", "digitalocean": {"registry": null}}, {"name": "stage"}] {
		state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
			with data.view as stored(5594193756, "2026-11-23T00:00:00Z")
			with data.now as "2026-11-23T03:00:00Z"
			with data.parameters as parameters
		state == {"subjects": set(), "deny": set(), "not_evaluated": set()}
	}
}
