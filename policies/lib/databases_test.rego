package envcheck.lib.databases_test

import data.envcheck.lib.databases

test_known if {
	databases.known({"image": "redis:8"})
	databases.known({"image": "postgres:17"})
	not databases.known({"image": "oliver006/redis_exporter:v1"})
}

test_folders if {
	databases.folders({"image": "redis:8"}) == {"/data"}
	databases.folders({"image": "redis:8", "args": ["--dir", "/store"]}) == {"/store"}
	databases.folders({"image": "redis:8", "args": ["/etc/redis.conf"]}) == set()
	databases.folders({"image": "mysql:9"}) == {"/var/lib/mysql"}
	databases.folders({"image": "mysql:9", "args": ["--datadir=/x"]}) == set()
	databases.folders({"image": "postgres:17"}) == set()
}

test_writes_nothing if {
	databases.writes_nothing({"image": "redis:8", "args": ["--save", ""]})
	not databases.writes_nothing({"image": "redis:8", "args": ["--save", "", "--appendonly", "yes"]})
	not databases.writes_nothing({"image": "redis:8", "args": ["--save", "60 1"]})
	not databases.writes_nothing({"image": "redis:8"})
}
