# METADATA
# title: Backups are kept as long as declared
# description: >-
#   For each bucket with a retention: no lifecycle rule in force removes objects, or with versioning their old versions, any
#   sooner; and the oldest backup is as old as the retention, less the time between two backups. A bucket younger than the
#   retention is pending.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/configure-lifecycle-rules/
# custom:
#   id: backup-retention
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [spaces.backups, spaces.buckets, spaces.lifecycles]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Let lifecycle rules expire objects only after the retention. Where the lifecycle is right, what makes the backups
#     deletes them, or somebody does: correct its settings and the grants of its key. What was deleted is lost, unless the
#     bucket is versioned.
#   parameters: {}
package envcheck.spaces.backup_retention

import data.envcheck.lib.fields
import data.envcheck.lib.spaces
import data.envcheck.lib.text

subjects contains spaces.ref(bucket.name) if some bucket in judged

not_evaluated contains gap if {
	some bucket in judged
	gap := spaces.gap(data.spaces.lifecycles, "lifecycle", bucket.name)
}

not_evaluated contains gap if {
	some bucket in judged
	count(backups_in(bucket.name)) > 0
	not bucket_age(bucket.name)
	gap := {
		"resource": spaces.ref(bucket.name),
		"reason": "age of the bucket not known",
		"detail": "only a key with full access may list buckets and see since when they exist",
	}
}

not_evaluated contains gap if {
	some bucket in old_enough
	some backup in backups_in(bucket.name)
	unread := spaces.backup_unread(data.spaces.backups, backup)
	unread.reason != "missing"
	gap := {
		"resource": spaces.ref(bucket.name),
		"reason": unread.reason,
		"detail": sprintf("%s: %s", [spaces.backup_place(backup), unread.detail]),
	}
}

not_evaluated contains gap if {
	some bucket in old_enough
	some backup in backups_in(bucket.name)
	oldest := listed(backup).oldest
	is_object(oldest)
	not text.past(oldest.modified)
	gap := {
		"resource": spaces.ref(bucket.name),
		"reason": "dated in the future",
		"detail": sprintf("%s is dated %s", [oldest.key, oldest.modified]),
	}
}

pending contains entry if {
	some bucket in judged
	count(backups_in(bucket.name)) > 0
	age := bucket_age(bucket.name)
	age < bucket.retentionSeconds
	old := text.age(age)
	entry := {
		"resource": spaces.ref(bucket.name),
		"message": sprintf("the bucket is %s old, its backups are to be kept for %s", [old, bucket.retention]),
	}
}

deny contains finding if {
	some bucket in judged
	some index, rule in in_force[bucket.name]
	too_soon(rule.expiration_days, bucket)
	words := sprintf("expires objects after %s", [text.counted(rule.expiration_days, "day")])
	finding := hasty(bucket, index, rule, {"key": "expiration", "words": words})
}

deny contains finding if {
	some bucket in judged
	some index, rule in in_force[bucket.name]
	is_string(rule.expiration_date)
	words := sprintf("expires all objects on %s, whatever their age", [substring(rule.expiration_date, 0, 10)])
	finding := hasty(bucket, index, rule, {"key": "date", "words": words})
}

deny contains finding if {
	some bucket in judged
	some index, rule in in_force[bucket.name]
	bucket.versioning == true
	too_soon(rule.noncurrent_days, bucket)
	words := sprintf("removes replaced and deleted versions after %s", [text.counted(rule.noncurrent_days, "day")])
	finding := hasty(bucket, index, rule, {"key": "noncurrent", "words": words})
}

deny contains finding if {
	some bucket in old_enough
	some backup in backups_in(bucket.name)
	oldest := listed(backup).oldest
	age := text.past(oldest.modified)
	age + backup.maxAgeSeconds < bucket.retentionSeconds
	old := text.age(age)
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("the oldest backup of %s is %s old, declared is %s: %s", [backup.of, old, bucket.retention, oldest.key]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("oldest/%s", [backup.prefix]),
		"declared": array.concat(place, ["retention"]),
	}
}

deny contains finding if {
	some bucket in old_enough
	some backup in backups_in(bucket.name)
	listed(backup)
	object.get(listed(backup), "oldest", null) == null
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("no backup of %s is kept at %s", [backup.of, spaces.backup_place(backup)]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("oldest/%s", [backup.prefix]),
		"declared": array.concat(place, ["retention"]),
	}
}

judged contains bucket if {
	some bucket in spaces.buckets
	is_number(bucket.retentionSeconds)
	not spaces.absent(data.spaces.lifecycles, bucket.name)
}

old_enough contains bucket if {
	some bucket in judged
	bucket_age(bucket.name) >= bucket.retentionSeconds
}

bucket_age(name) := max(ages) if {
	ages := {text.past(row.created) | some row in data.spaces.buckets; row.name == name}
	count(ages) > 0
}

backups_in(name) := [backup | some backup in spaces.backups; backup.bucket == name]

listed(backup) := spaces.read_backup(data.spaces.backups, backup)

# Rules

in_force[bucket.name] := rules if {
	some bucket in judged
	all := fields.list(spaces.read(data.spaces.lifecycles, bucket.name), "rules")
	rules := {index: rule | some index, rule in all; rule.status == "Enabled"}
}

hasty(bucket, index, rule, deed) := object.union(finding, repair) if {
	place := spaces.place(bucket.name)
	name := called(rule, index)
	repair := lengthened(bucket)
	finding := {
		"message": sprintf("lifecycle rule %s %s, declared is %s", [name, deed.words, bucket.retention]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("%s/%s", [name, deed.key]),
		"declared": array.concat(place, ["retention"]),
	}
}

called(rule, index) := rule.id if {
	is_string(rule.id)
	rule.id != ""
} else := sprintf("%d", [index + 1])

too_soon(days, bucket) if {
	is_number(days)
	days * spaces.seconds_a_day < bucket.retentionSeconds
}

# The rules that remove too soon, later; the engine leaves all others as they are. What expires on one date cannot be put right
# by another number, nor can a rule be changed that has no id of its own; and half a repair is not proposed.
lengthened(bucket) := {"fix": {
	"action": "bucket.lifecycle",
	"risk": "safe",
	"summary": sprintf("let no lifecycle rule of bucket %s remove objects before %s", [bucket.name, text.counted(days, "day")]),
	"target": spaces.ref(bucket.name),
	"params": {"rules": rules},
}} if {
	dated := [rule | some rule in in_force[bucket.name]; is_string(rule.expiration_date)]
	count(dated) == 0
	days := ceil(bucket.retentionSeconds / spaces.seconds_a_day)
	all := fields.list(spaces.read(data.spaces.lifecycles, bucket.name), "rules")
	changed := [[rule, change] |
		some rule in all
		is_object(rule)
		change := later(rule, bucket, days)
		count(change) > 0
	]
	every pair in changed {
		known_by_id(all, pair[0])
	}
	rules := [object.union({"id": rule.id}, change) | some [rule, change] in changed]
	count(rules) > 0
} else := {}

known_by_id(all, rule) if {
	is_string(rule.id)
	rule.id != ""
	count([other | some other in all; other.id == rule.id]) == 1
}

later(rule, bucket, days) := object.union(expiring(rule, bucket, days), replaced(rule, bucket, days)) if {
	rule.status == "Enabled"
} else := {}

expiring(rule, bucket, days) := {"expiration_days": days} if {
	too_soon(rule.expiration_days, bucket)
} else := {}

replaced(rule, bucket, days) := {"noncurrent_days": days} if {
	bucket.versioning == true
	too_soon(rule.noncurrent_days, bucket)
} else := {}
