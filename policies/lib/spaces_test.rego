package envcheck.lib.spaces_test

import data.envcheck.lib.spaces

declared := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [{"name": "a"}, {"name": "b"}], "backups": [{"bucket": "a"}]}}}

rows := [
	{"bucket": "a", "rules": [{"id": "x", "status": "Enabled"}, {"id": "y", "status": "Disabled"}]},
	{"bucket": "b", "unread": {"reason": "forbidden", "detail": "the key may not read it"}},
	{"bucket": "c", "unread": {"reason": "missing", "detail": "there is no such bucket"}},
]

test_declared if {
	[bucket.name | some bucket in spaces.buckets] == ["a", "b"] with data.environment as declared
	count(spaces.backups) == 1 with data.environment as declared
	spaces.place("b") == ["digitalocean", "spaces", "buckets", 1] with data.environment as declared
	not spaces.place("c") with data.environment as declared
}

test_nothing_declared if {
	every environment in [{}, {"digitalocean": null}, {"digitalocean": {"spaces": null}}, {"digitalocean": {"spaces": {"buckets": null}}}] {
		spaces.buckets == [] with data.environment as environment
		spaces.backups == [] with data.environment as environment
	}
}

test_read if {
	spaces.read(rows, "a").rules[0].id == "x"
	not spaces.read(rows, "b")
	not spaces.read(rows, "d")
}

test_gap if {
	not spaces.gap(rows, "its lifecycle", "a")
	not spaces.gap(rows, "its lifecycle", "c")
	spaces.gap(rows, "its lifecycle", "b") == {
		"resource": spaces.ref("b"),
		"reason": "forbidden",
		"detail": "its lifecycle: the key may not read it",
	}
	spaces.gap(rows, "its lifecycle", "d").reason == "not read"
}

test_absent if {
	spaces.absent(rows, "c")
	not spaces.absent(rows, "b")
	not spaces.absent(rows, "d")
}

listed := [
	{"bucket": "a", "prefix": "x/", "newest": []},
	{"bucket": "a", "prefix": "y/", "unread": {"reason": "budget", "detail": "too many objects"}},
	{"bucket": "b", "unread": {"reason": "missing", "detail": "there is no such bucket"}},
]

test_backups if {
	spaces.read_backup(listed, {"bucket": "a", "prefix": "x/"}).newest == []
	not spaces.read_backup(listed, {"bucket": "a", "prefix": "y/"})
	not spaces.backup_unread(listed, {"bucket": "a", "prefix": "x/"})
	spaces.backup_unread(listed, {"bucket": "a", "prefix": "y/"}).reason == "budget"
	spaces.backup_unread(listed, {"bucket": "b", "prefix": "z/"}).reason == "missing"
	spaces.backup_unread(listed, {"bucket": "a", "prefix": "z/"}).reason == "not read"
	spaces.backup_place({"bucket": "a", "prefix": "x/"}) == "a/x/"
}
