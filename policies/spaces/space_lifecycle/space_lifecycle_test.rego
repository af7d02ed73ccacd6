package envcheck.spaces.space_lifecycle_test

import data.envcheck.spaces.space_lifecycle as policy

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": "backups"}

declared(versioning) := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [{"name": "backups", "access": "private", "versioning": versioning}]}}}

result_of(versioning, status, rules, uploads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as declared(versioning)
		with data.spaces as {
			"versionings": [object.union({"bucket": "backups"}, status)],
			"lifecycles": [object.union({"bucket": "backups"}, rules)],
			"uploads": [object.union({"bucket": "backups"}, uploads)],
		}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"lingers": "7d", "lingersSeconds": 604800}
}

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

enabled := {"status": "Enabled"}

no_rules := {"rules": []}

rule := {
	"id": "expire",
	"status": "Enabled",
	"prefix": "",
	"expiration_days": 90,
	"expiration_date": null,
	"noncurrent_days": null,
	"abort_multipart_days": null,
}

none := {"uploads": [], "truncated": false}

one := {"uploads": [{"key": "keydb/a", "initiated": "2026-11-01T03:00:00Z"}], "truncated": false}

unread := {"unread": {"reason": "forbidden", "detail": "the key may not read it"}}

test_clean if {
	result_of(true, enabled, no_rules, none) == clean
	result_of(false, {"status": null}, no_rules, none) == clean
}

test_versioning if {
	cases := {"versioning is declared and not enabled": null, "versioning is declared and is suspended": "Suspended"}
	every message, status in cases {
		result_of(true, {"status": status}, no_rules, none).deny == {{
			"message": message,
			"resource": ref,
			"key": "versioning",
			"declared": ["digitalocean", "spaces", "buckets", 0, "versioning"],
			"fix": {
				"action": "bucket.versioning",
				"risk": "safe",
				"summary": "enable versioning of bucket backups",
				"target": ref,
				"params": {"status": "Enabled"},
			},
		}}
	}
}

lingering(message) := {
	"message": message,
	"resource": ref,
	"key": "uploads",
	"declared": ["digitalocean", "spaces", "buckets", 0],
	"fix": {
		"action": "bucket.lifecycle",
		"risk": "safe",
		"summary": "add a rule to the lifecycle of bucket backups that aborts incomplete uploads after 7 days",
		"target": ref,
		"params": {"rules": [{
			"id": "abort-incomplete-uploads",
			"status": "Enabled",
			"prefix": "",
			"abort_multipart_days": 7,
		}]},
	},
}

test_uploads_linger if {
	result_of(true, enabled, {"rules": [rule]}, one).deny == {lingering("an incomplete upload, the oldest 22 days old, and no lifecycle rule aborts them")}
	two := {"uploads": [{"key": "a", "initiated": "2026-11-01T03:00:00Z"}, {"key": "b", "initiated": "2026-11-10T03:00:00Z"}], "truncated": false}
	result_of(true, enabled, no_rules, two).deny == {lingering("2 incomplete uploads, the oldest 22 days old, and no lifecycle rule aborts them")}
	result_of(true, enabled, no_rules, object.union(two, {"truncated": true})).deny == {lingering("more than 2 incomplete uploads, the oldest 22 days old, and no lifecycle rule aborts them")}
}

test_young_uploads_do_not_linger if {
	young := {"uploads": [{"key": "a", "initiated": "2026-11-16T03:00:00Z"}, {"key": "b", "initiated": "2027-01-01T00:00:00Z"}], "truncated": false}
	result_of(true, enabled, no_rules, young) == clean
}

test_a_rule_aborts_them if {
	every prefix in ["", null, "keydb/"] {
		result_of(true, enabled, {"rules": [object.union(rule, {"prefix": prefix, "abort_multipart_days": 30})]}, one) == clean
	}
}

test_a_rule_that_does_not if {
	every changes in [{"prefix": "images/"}, {"status": "Disabled"}] {
		rules := [object.union(object.union(rule, {"abort_multipart_days": 30}), changes)]
		count(result_of(true, enabled, {"rules": rules}, one).deny) == 1
	}
}

test_the_rules_name_is_taken if {
	taken := object.union(rule, {"id": "abort-incomplete-uploads"})
	some finding in result_of(true, enabled, {"rules": [taken]}, one).deny
	not finding.fix
}

test_unread if {
	result_of(true, unread, no_rules, none).not_evaluated == {{"resource": ref, "reason": "forbidden", "detail": "versioning: the key may not read it"}}
	result_of(true, enabled, no_rules, unread).not_evaluated == {{"resource": ref, "reason": "forbidden", "detail": "incomplete uploads: the key may not read it"}}
	result_of(true, enabled, unread, one).not_evaluated == {{"resource": ref, "reason": "forbidden", "detail": "lifecycle: the key may not read it"}}
}

test_what_does_not_matter_may_be_unread if {
	result_of(true, enabled, unread, none) == clean
	result_of(false, unread, no_rules, none) == clean
}

test_a_bucket_that_does_not_exist if {
	missing := {"unread": {"reason": "missing", "detail": "there is no such bucket"}}
	result_of(true, missing, missing, missing) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
