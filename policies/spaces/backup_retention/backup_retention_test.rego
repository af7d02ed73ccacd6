package envcheck.spaces.backup_retention_test

import data.envcheck.spaces.backup_retention as policy

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": "backups"}

environment(changes) := {"digitalocean": {"spaces": {
	"region": "fra1",
	"buckets": [
		object.union({"name": "backups", "versioning": true, "retention": "30d", "retentionSeconds": 2592000}, changes),
		{"name": "images", "versioning": false},
	],
	"backups": [{"of": "back/keydb", "bucket": "backups", "prefix": "keydb/", "maxAge": "26h", "maxAgeSeconds": 93600}],
}}}

oldest_at(modified) := {"bucket": "backups", "prefix": "keydb/", "newest": [], "oldest": {"key": "keydb/old", "size": 1, "modified": modified}, "listed": 1, "complete": true}

state(changes, created, lifecycle, backup) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated, "pending": policy.pending} with data.environment as environment(changes)
		with data.spaces as {
			"buckets": [{"name": "backups", "region": "fra1", "exists": true, "created": created}],
			"lifecycles": [object.union({"bucket": "backups"}, lifecycle)],
			"backups": [backup],
		}
		with data.now as "2026-11-23T03:00:00Z"
}

result(lifecycle, backup) := state({}, "2026-01-01T00:00:00Z", lifecycle, backup)

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set(), "pending": set()}

rule := {
	"id": "expire",
	"status": "Enabled",
	"prefix": "",
	"expiration_days": 30,
	"expiration_date": null,
	"noncurrent_days": 30,
	"abort_multipart_days": 7,
}

kept := oldest_at("2026-10-23T03:00:00Z")

place := ["digitalocean", "spaces", "buckets", 0, "retention"]

repaired(rules) := {
	"action": "bucket.lifecycle",
	"risk": "safe",
	"summary": "let no lifecycle rule of bucket backups remove objects before 30 days",
	"target": ref,
	"params": {"rules": rules},
}

test_kept if {
	result({"rules": [rule]}, kept) == clean
	result({"rules": []}, kept) == clean
}

test_expired_too_soon if {
	hasty := object.union(rule, {"expiration_days": 14})
	result({"rules": [hasty]}, kept).deny == {{
		"message": "lifecycle rule expire expires objects after 14 days, declared is 30d",
		"resource": ref,
		"key": "expire/expiration",
		"declared": place,
		"fix": repaired([{"id": "expire", "expiration_days": 30}]),
	}}
}

test_versions_removed_too_soon if {
	hasty := object.union(rule, {"noncurrent_days": 7})
	result({"rules": [hasty]}, kept).deny == {{
		"message": "lifecycle rule expire removes replaced and deleted versions after 7 days, declared is 30d",
		"resource": ref,
		"key": "expire/noncurrent",
		"declared": place,
		"fix": repaired([{"id": "expire", "noncurrent_days": 30}]),
	}}
	state({"versioning": false}, "2026-01-01T00:00:00Z", {"rules": [hasty]}, kept) == clean
}

test_a_date_spares_nothing if {
	dated := object.union(rule, {"expiration_days": null, "expiration_date": "2026-12-01T00:00:00Z"})
	result({"rules": [dated]}, kept).deny == {{
		"message": "lifecycle rule expire expires all objects on 2026-12-01, whatever their age, declared is 30d",
		"resource": ref,
		"key": "expire/date",
		"declared": place,
	}}
}

test_rules_out_of_force if {
	result({"rules": [object.union(rule, {"status": "Disabled", "expiration_days": 1})]}, kept) == clean
}

test_rules_without_an_id_of_their_own_are_not_changed if {
	nameless := object.union(rule, {"id": "", "expiration_days": 14})
	result({"rules": [nameless]}, kept).deny == {{
		"message": "lifecycle rule 1 expires objects after 14 days, declared is 30d",
		"resource": ref,
		"key": "1/expiration",
		"declared": place,
	}}
	twin := object.union(rule, {"expiration_days": 14})
	every finding in result({"rules": [twin, object.union(twin, {"prefix": "a/"})]}, kept).deny {
		not finding.fix
	}
}

test_other_rules_stay_as_they_are if {
	disabled := object.union(rule, {"id": "off", "status": "Disabled", "expiration_days": 1})
	hasty := object.union(rule, {"expiration_days": 14})
	some finding in result({"rules": [disabled, hasty]}, kept).deny
	finding.fix.params.rules == [{"id": "expire", "expiration_days": 30}]
}

test_the_oldest_is_too_young if {
	result({"rules": []}, oldest_at("2026-11-10T03:00:00Z")).deny == {{
		"message": "the oldest backup of back/keydb is 13 days old, declared is 30d: keydb/old",
		"resource": ref,
		"key": "oldest/keydb/",
		"declared": place,
	}}
}

# Right after the oldest expired, the next one is younger by the time between two backups.
test_between_two_backups if {
	result({"rules": []}, oldest_at("2026-10-25T02:00:00Z")) == clean
	count(result({"rules": []}, oldest_at("2026-10-25T06:00:00Z")).deny) == 1
}

test_none_is_kept if {
	{finding.message | some finding in result({"rules": []}, object.union(kept, {"oldest": null})).deny} == {"no backup of back/keydb is kept at backups/keydb/"}
}

test_a_young_bucket if {
	state({}, "2026-11-03T03:00:00Z", {"rules": []}, oldest_at("2026-11-04T03:00:00Z")) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": set(),
		"pending": {{"resource": ref, "message": "the bucket is 20 days old, its backups are to be kept for 30d"}},
	}
	hasty := {"rules": [object.union(rule, {"expiration_days": 14})]}
	count(state({}, "2026-11-03T03:00:00Z", hasty, kept).deny) == 1
}

test_a_bucket_of_unknown_age if {
	every created in [null, "0001-01-01T00:00:00Z"] {
		state({}, created, {"rules": []}, oldest_at("2026-11-10T03:00:00Z")) == {
			"subjects": {ref},
			"deny": set(),
			"not_evaluated": {{
				"resource": ref,
				"reason": "age of the bucket not known",
				"detail": "only a key with full access may list buckets and see since when they exist",
			}},
			"pending": set(),
		}
	}
}

test_unread if {
	forbidden := {"unread": {"reason": "forbidden", "detail": "the key may not read it"}}
	result(forbidden, oldest_at("2026-11-10T03:00:00Z")).not_evaluated == {{"resource": ref, "reason": "forbidden", "detail": "lifecycle: the key may not read it"}}
	count(result(forbidden, oldest_at("2026-11-10T03:00:00Z")).deny) == 1
	result({"rules": []}, object.union({"bucket": "backups"}, forbidden)).not_evaluated == {{"resource": ref, "reason": "forbidden", "detail": "backups/keydb/: the key may not read it"}}
}

test_dated_in_the_future if {
	result({"rules": []}, oldest_at("2026-12-10T03:00:00Z")).not_evaluated == {{"resource": ref, "reason": "dated in the future", "detail": "keydb/old is dated 2026-12-10T03:00:00Z"}}
}

test_a_bucket_that_does_not_exist if {
	result({"unread": {"reason": "missing", "detail": "there is no such bucket"}}, kept) == {"subjects": set(), "deny": set(), "not_evaluated": set(), "pending": set()}
}
