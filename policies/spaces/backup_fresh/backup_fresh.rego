# METADATA
# title: The newest backup is fresh and whole
# description: >-
#   Below each declared backup's prefix: the newest object is younger than maxAge, at least minSize, and not below
#   1 - maxShrink of the one before. An object appears in a bucket only when it was stored completely. Folders' empty objects
#   and what accompanies a backup (checksums, signatures) are not backups. A bucket or a backup that is not there fails, too.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/
# custom:
#   id: backup-fresh
#   severity: critical
#   evaluates: environment
#   kinds: []
#   needs: [spaces.backups]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Look why the workload that makes the backups failed (its Job's logs, its key, the Secret with it), run it, and restore the
#     result somewhere before you trust it.
#   noFix: >-
#     Nothing can be repaired from outside: only the datastore can make a backup.
#   parameters:
#     companions:
#       default: [.asc, .md5, .sha1, .sha256, .sha512, .sig]
#       description: "Endings of keys that accompany a backup and are none."
package envcheck.spaces.backup_fresh

import data.envcheck.lib.fields
import data.envcheck.lib.spaces
import data.envcheck.lib.text

subjects contains resource(backup) if some backup in spaces.backups

not_evaluated contains gap if {
	some backup in spaces.backups
	why := unread(backup)
	why.reason != "missing"
	gap := {
		"resource": resource(backup),
		"reason": why.reason,
		"detail": why.detail,
	}
}

not_evaluated contains gap if {
	some backup in spaces.backups
	found := listed(backup)
	count(stored(found)) == 0
	found.complete != true
	gap := {
		"resource": resource(backup),
		"reason": "listing ended early",
		"detail": "none of what was listed is a backup",
	}
}

not_evaluated contains gap if {
	some backup in spaces.backups
	newest := stored(listed(backup))[0]
	not text.past(newest.modified)
	gap := {
		"resource": resource(backup),
		"reason": "dated in the future",
		"detail": sprintf("%s is dated %s", [newest.key, newest.modified]),
	}
}

deny contains finding if {
	some index, backup in spaces.backups
	unread(backup).reason == "missing"
	finding := {
		"message": sprintf("there is no backup of %s: the bucket does not exist", [backup.of]),
		"resource": resource(backup),
		"key": "none",
		"declared": declared(index, "bucket"),
	}
}

deny contains finding if {
	some index, backup in spaces.backups
	found := listed(backup)
	count(stored(found)) == 0
	found.complete == true
	finding := {
		"message": sprintf("there is no backup of %s%s", [backup.of, others(found)]),
		"resource": resource(backup),
		"key": "none",
		"declared": declared(index, "prefix"),
	}
}

deny contains finding if {
	some index, backup in spaces.backups
	newest := stored(listed(backup))[0]
	age := text.past(newest.modified)
	age > backup.maxAgeSeconds
	old := text.age(age)
	finding := {
		"message": sprintf("the newest backup of %s is %s old, more than %s: %s", [backup.of, old, backup.maxAge, newest.key]),
		"resource": resource(backup),
		"key": "age",
		"declared": declared(index, "maxAge"),
	}
}

deny contains finding if {
	some index, backup in spaces.backups
	newest := stored(listed(backup))[0]
	text.past(newest.modified)
	newest.size < backup.minSizeBytes
	finding := {
		"message": sprintf("the newest backup of %s %s: %s", [backup.of, small(newest, backup), newest.key]),
		"resource": resource(backup),
		"key": "size",
		"declared": declared(index, "minSize"),
	}
}

deny contains finding if {
	some index, backup in spaces.backups
	both := stored(listed(backup))
	count(both) > 1
	newest := both[0]
	previous := both[1]
	text.past(newest.modified)
	newest.size >= backup.minSizeBytes
	previous.size > 0
	newest.size < previous.size * (1 - backup.maxShrinkRatio)
	now := text.size(newest.size)
	before := text.size(previous.size)
	lost := floor((1 - (newest.size / previous.size)) * 100)
	finding := {
		"message": sprintf("the newest backup of %s is %d %% smaller than the one before (%s after %s), at most %s is declared: %s", [backup.of, lost, now, before, backup.maxShrink, newest.key]),
		"resource": resource(backup),
		"key": "shrink",
		"declared": declared(index, "maxShrink"),
	}
}

resource(backup) := {"apiVersion": "digitalocean.com/v2", "kind": "Backup", "name": place(backup)}

place(backup) := spaces.backup_place(backup)

declared(index, field) := ["digitalocean", "spaces", "backups", index, field]

listed(backup) := spaces.read_backup(data.spaces.backups, backup)

unread(backup) := spaces.backup_unread(data.spaces.backups, backup)

# The backups among what was listed, newest first.
stored(found) := [one |
	some one in fields.list(found, "newest")
	is_string(one.key)
	not endswith(one.key, "/")
	not companion(one.key)
]

companion(name) if {
	some ending in data.parameters.companions
	endswith(lower(name), ending)
}

small(newest, _) := "is empty" if newest.size == 0

small(newest, backup) := sprintf("has %s, less than %s", [text.size(newest.size), backup.minSize]) if newest.size > 0

others(found) := "" if count(names(found)) == 0

others(found) := sprintf(", only %s", [text.list(names(found))]) if count(names(found)) > 0

names(found) := [one.key | some one in fields.list(found, "newest"); is_string(one.key)]
