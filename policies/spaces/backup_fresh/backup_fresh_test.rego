package envcheck.spaces.backup_fresh_test

import data.envcheck.spaces.backup_fresh as policy

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Backup", "name": "backups/keydb/"}

declared := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [{"name": "backups"}], "backups": [{
	"of": "back/keydb",
	"bucket": "backups",
	"prefix": "keydb/",
	"maxAge": "26h",
	"maxAgeSeconds": 93600,
	"minSize": "1KiB",
	"minSizeBytes": 1024,
	"maxShrink": "50%",
	"maxShrinkRatio": 0.5,
}]}}}

result(rows) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as declared
		with data.spaces as {"backups": rows}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"companions": [".sha256", ".sig"]}
}

stored(name, size, modified) := {"key": sprintf("keydb/%s", [name]), "size": size, "modified": modified}

listed(newest) := [{"bucket": "backups", "prefix": "keydb/", "newest": newest, "oldest": null, "listed": count(newest), "complete": true}]

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

yesterday := stored("22.rdb", 5000, "2026-11-22T02:00:00Z")

today := stored("23.rdb", 5100, "2026-11-23T02:00:00Z")

failed(message, key, field) := {
	"message": message,
	"resource": ref,
	"key": key,
	"declared": ["digitalocean", "spaces", "backups", 0, field],
}

test_fresh if {
	result(listed([today, yesterday])) == clean
	result(listed([today])) == clean
}

test_as_old_as_declared if {
	result(listed([stored("22.rdb", 5000, "2026-11-22T01:00:00Z")])) == clean
}

test_too_old if {
	result(listed([stored("22.rdb", 5000, "2026-11-22T00:59:59Z")])).deny == {failed(
		"the newest backup of back/keydb is 26 h old, more than 26h: keydb/22.rdb",
		"age",
		"maxAge",
	)}
}

test_too_small if {
	result(listed([stored("23.rdb", 1024, "2026-11-23T02:00:00Z")])) == clean
	result(listed([stored("23.rdb", 1023, "2026-11-23T02:00:00Z"), yesterday])).deny == {failed(
		"the newest backup of back/keydb has 1023 B, less than 1KiB: keydb/23.rdb",
		"size",
		"minSize",
	)}
	result(listed([stored("23.rdb", 0, "2026-11-23T02:00:00Z")])).deny == {failed(
		"the newest backup of back/keydb is empty: keydb/23.rdb",
		"size",
		"minSize",
	)}
}

test_shrunk if {
	result(listed([stored("23.rdb", 2500, "2026-11-23T02:00:00Z"), yesterday])) == clean
	result(listed([stored("23.rdb", 2499, "2026-11-23T02:00:00Z"), yesterday])).deny == {failed(
		"the newest backup of back/keydb is 50 % smaller than the one before (2.44 KiB after 4.88 KiB), at most 50% is declared: keydb/23.rdb",
		"shrink",
		"maxShrink",
	)}
	result(listed([today, stored("22.rdb", 0, "2026-11-22T02:00:00Z")])) == clean
}

test_what_is_no_backup if {
	folder := stored("", 0, "2026-11-23T02:30:00Z")
	sum := stored("23.rdb.SHA256", 64, "2026-11-23T02:30:00Z")
	result(listed([folder, sum, today, yesterday])) == clean
	{finding.key | some finding in result(listed([folder, sum, stored("20.rdb", 5000, "2026-11-20T02:00:00Z")])).deny} == {"age"}
}

test_none if {
	result(listed([])).deny == {failed("there is no backup of back/keydb", "none", "prefix")}
	result(listed([stored("23.rdb.sig", 64, "2026-11-23T02:30:00Z")])).deny == {failed(
		"there is no backup of back/keydb, only keydb/23.rdb.sig",
		"none",
		"prefix",
	)}
}

test_none_among_what_was_listed if {
	rows := [object.union(row, {"complete": false}) | some row in listed([stored("23.rdb.sig", 64, "2026-11-23T02:30:00Z")])]
	result(rows) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": {{"resource": ref, "reason": "listing ended early", "detail": "none of what was listed is a backup"}},
	}
}

test_no_bucket if {
	result([{"bucket": "backups", "unread": {"reason": "missing", "detail": "there is no such bucket"}}]).deny == {failed(
		"there is no backup of back/keydb: the bucket does not exist",
		"none",
		"bucket",
	)}
}

test_unread if {
	every row in [
		{"bucket": "backups", "unread": {"reason": "budget", "detail": "more than 20,000 objects"}},
		{"bucket": "backups", "prefix": "keydb/", "unread": {"reason": "budget", "detail": "more than 20,000 objects"}},
	] {
		result([row]) == {
			"subjects": {ref},
			"deny": set(),
			"not_evaluated": {{"resource": ref, "reason": "budget", "detail": "more than 20,000 objects"}},
		}
	}
}

test_no_row if {
	other := [object.union(row, {"prefix": "other/"}) | some row in listed([today])]
	result(other).not_evaluated == {{"resource": ref, "reason": "not read", "detail": "it was not listed"}}
}

test_dated_in_the_future if {
	result(listed([stored("24.rdb", 10, "2026-11-24T02:00:00Z"), today])) == {
		"subjects": {ref},
		"deny": set(),
		"not_evaluated": {{"resource": ref, "reason": "dated in the future", "detail": "keydb/24.rdb is dated 2026-11-24T02:00:00Z"}},
	}
}
