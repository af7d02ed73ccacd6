package envcheck.spaces.space_exists_test

import data.envcheck.spaces.space_exists as policy

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": name}

declared := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [
	{"name": "backups", "access": "private"},
	{"name": "images", "access": "public"},
]}}}

result(rows) := result_of(declared, rows)

result_of(environment, rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment
		with data.spaces as {"buckets": rows}
}

there(name) := {"name": name, "region": "fra1", "exists": true, "created": null}

both := {ref("backups"), ref("images")}

test_both_exist if {
	result([there("backups"), there("images"), there("other")]) == {"subjects": both, "deny": set(), "not_evaluated": set()}
}

missing_images := {
	"message": "does not exist in fra1",
	"resource": ref("images"),
	"key": "missing",
	"declared": ["digitalocean", "spaces", "buckets", 1],
	"fix": {
		"action": "bucket.create",
		"risk": "safe",
		"summary": "create bucket images in fra1, public",
		"target": ref("images"),
		"params": {"region": "fra1", "access": "public", "versioning": false},
	},
}

test_missing if {
	every row in [
		{"name": "images", "region": "fra1", "exists": false, "created": null},
		{"bucket": "images", "unread": {"reason": "missing", "detail": "there is no such bucket"}},
	] {
		result([there("backups"), row]) == {"subjects": both, "deny": {missing_images}, "not_evaluated": set()}
	}
}

test_missing_with_versions if {
	gone := {"name": "backups", "region": "fra1", "exists": false, "created": null}
	versioned := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [{"name": "backups", "access": "private", "versioning": true}]}}}
	some finding in result_of(versioned, [gone]).deny
	finding.fix.summary == "create bucket backups in fra1, private, with versions"
	finding.fix.params == {"region": "fra1", "access": "private", "versioning": true}
}

test_another_region if {
	result([there("backups"), object.union(there("images"), {"region": "ams3"})]).deny == {{
		"message": "is in ams3, declared is fra1",
		"resource": ref("images"),
		"key": "region",
		"declared": ["digitalocean", "spaces", "buckets", 1],
	}}
}

test_not_known if {
	result([there("backups"), object.union(there("images"), {"exists": null})]) == {
		"subjects": both,
		"deny": set(),
		"not_evaluated": {{
			"resource": ref("images"),
			"reason": "forbidden",
			"detail": "the key may not ask whether it exists; somebody else may have a bucket of this name",
		}},
	}
}

test_unread if {
	result([there("backups"), {"bucket": "images", "unread": {"reason": "timeout", "detail": "no answer within 30 s"}}]) == {
		"subjects": both,
		"deny": set(),
		"not_evaluated": {{"resource": ref("images"), "reason": "timeout", "detail": "existence: no answer within 30 s"}},
	}
}

test_no_row if {
	result([there("backups")]).not_evaluated == {{"resource": ref("images"), "reason": "not read", "detail": "existence: nothing was read of bucket images"}}
}

test_nothing_declared if {
	subjects := policy.subjects with data.environment as {"digitalocean": {}} with data.spaces as {"buckets": []}
	subjects == set()
}
