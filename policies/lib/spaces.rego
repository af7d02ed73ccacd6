# The declared buckets, and what could be read of each.
package envcheck.lib.spaces

buckets := data.environment.digitalocean.spaces.buckets if is_array(data.environment.digitalocean.spaces.buckets)

else := []

backups := data.environment.digitalocean.spaces.backups if is_array(data.environment.digitalocean.spaces.backups)

else := []

region := data.environment.digitalocean.spaces.region

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": name}

# Where the spec declares it.
place(name) := ["digitalocean", "spaces", "buckets", min(indices)] if {
	indices := {index | some index, bucket in buckets; bucket.name == name}
	count(indices) > 0
}

# What was read of a bucket: the one row of a collection that has one row for each.
read(rows, name) := found if {
	of_bucket := [row | some row in rows; row.bucket == name]
	count(of_bucket) > 0
	found := of_bucket[0]
	not is_object(object.get(found, "unread", null))
}

# There is no such bucket: nothing of it can be judged, and space-exists says so.
absent(rows, name) if {
	some row in rows
	row.bucket == name
	row.unread.reason == "missing"
}

# Why a bucket cannot be judged, where it cannot.
gap(rows, what, name) := {"resource": ref(name), "reason": reason, "detail": detail} if {
	some row in rows
	row.bucket == name
	is_object(row.unread)
	row.unread.reason != "missing"
	reason := row.unread.reason
	detail := sprintf("%s: %s", [what, row.unread.detail])
}

gap(rows, what, name) := {"resource": ref(name), "reason": "not read", "detail": detail} if {
	count([row | some row in rows; row.bucket == name]) == 0
	detail := sprintf("%s: nothing was read of bucket %s", [what, name])
}

seconds_a_day := 86400

# What was listed below a backup's prefix.
read_backup(rows, backup) := found if {
	of_backup := [row |
		some row in rows
		row.bucket == backup.bucket
		row.prefix == backup.prefix
		not is_object(object.get(row, "unread", null))
	]
	count(of_backup) > 0
	found := of_backup[0]
}

# Why nothing was listed there: said of this prefix, or of the bucket.
backup_unread(rows, backup) := min(reasons) if {
	not read_backup(rows, backup)
	reasons := {row.unread |
		some row in rows
		row.bucket == backup.bucket
		object.get(row, "prefix", backup.prefix) == backup.prefix
		is_object(row.unread)
	}
	count(reasons) > 0
} else := {"reason": "not read", "detail": "it was not listed"} if {
	not read_backup(rows, backup)
}

backup_place(backup) := sprintf("%s/%s", [backup.bucket, backup.prefix]) if backup.prefix != ""

backup_place(backup) := backup.bucket if backup.prefix == ""
