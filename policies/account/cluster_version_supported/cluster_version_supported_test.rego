package envcheck.account.cluster_version_supported_test

import data.envcheck.account.cluster_version_supported as policy

environment(version) := {"name": "stage", "digitalocean": {"region": "fra1", "cluster": {"name": "stage", "version": version}}}

found_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage", "id": "c1"}

slugs := ["1.36.1-do.0", "1.35.6-do.0", "1.34.9-do.0"]

result_of(declared, version, auto, upgrades, table) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(declared)
		with data.digitalocean as {
			"kubernetes_clusters": [{"id": "c1", "name": "stage", "region": "fra1", "version": version, "auto_upgrade": auto}],
			"kubernetes_options": [{"versions": [{"slug": slug} | some slug in table]}],
			"kubernetes_upgrades": [{"cluster_id": "c1", "slug": slug} | some slug in upgrades],
		}
}

result(version, upgrades) := result_of("1.35", version, true, upgrades, slugs)

nothing := {"subjects": {found_ref}, "deny": set(), "not_evaluated": set()}

test_supported if {
	every version in ["1.35.6-do.0", "1.35.1-do.0", "1.34.2-do.3", "1.36.1-do.0", "1.35"] {
		result(version, []) == nothing
	}
}

test_no_longer_supported if {
	result("1.32.10-do.2", ["1.33.13-do.0", "1.32.14-do.0"]) == object.union(nothing, {"deny": {{
		"message": "Kubernetes 1.32 is no longer supported, DigitalOcean offers 1.34, 1.35 and 1.36; the next step is 1.32.14-do.0",
		"resource": found_ref,
		"key": "version",
	}}})
	{finding.message | some finding in result("1.9.12-do.0", []).deny} == {"Kubernetes 1.9 is no longer supported, DigitalOcean offers 1.34, 1.35 and 1.36"}
}

test_declared_is_not_offered if {
	result_of("1.33", "1.35.6-do.0", true, [], slugs) == object.union(nothing, {"deny": {{
		"message": "Kubernetes 1.33 is declared, DigitalOcean offers 1.34, 1.35 and 1.36",
		"resource": found_ref,
		"key": "declared",
		"severity": "medium",
		"declared": ["digitalocean", "cluster", "version"],
	}}})

	# Told once.
	count(result_of("1.33", "1.33.13-do.0", true, [], slugs).deny) == 1
}

test_patches_are_not_installed if {
	result_of("1.35", "1.35.6-do.0", false, ["1.36.1-do.0", "1.35.9-do.0", "1.35.10-do.0"], slugs) == object.union(nothing, {"deny": {{
		"message": "1.35.10-do.0 is available, and patches are not installed by themselves",
		"resource": found_ref,
		"key": "patch",
		"severity": "low",
	}}})
	result_of("1.35", "1.35.6-do.0", false, ["1.36.1-do.0", "1.35.6-do.0"], slugs) == nothing
	result_of("1.35", "1.35.6-do.0", true, ["1.35.9-do.0"], slugs) == nothing
}

test_newer_than_the_table if {
	result("1.37.0-do.0", []) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "version not in the table",
		"detail": "1.37 is newer than 1.36, the newest that DigitalOcean's table has",
	}}})
}

test_unknown_versions if {
	result("latest", []).not_evaluated == {{
		"resource": found_ref,
		"reason": "unknown version",
		"detail": "latest is not the number of a version",
	}}
	result(null, []).not_evaluated == {{
		"resource": found_ref,
		"reason": "unknown version",
		"detail": "what the account's answer has is not the number of a version",
	}}
}

test_no_table if {
	result_of("1.35", "1.35.6-do.0", true, [], []) == object.union(nothing, {"not_evaluated": {{
		"resource": found_ref,
		"reason": "no table of versions",
		"detail": "DigitalOcean's answer lists no version of Kubernetes",
	}}})
}

test_not_found if {
	gaps := policy.not_evaluated with data.environment as environment("1.35") with data.digitalocean as {"kubernetes_clusters": [], "kubernetes_options": [], "kubernetes_upgrades": []}
	{gap.reason | some gap in gaps} == {"cluster not found"}
}
