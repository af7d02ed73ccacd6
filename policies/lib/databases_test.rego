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
	databases.folders({"image": "docker.io/mysql:9"}) == {"/var/lib/mysql"}
	databases.folders({"image": "bitnami/mysql:9"}) == set()
	databases.folders({"image": "redis:8", "args": ["--dir", "/a", "--dir", "/b"]}) == {"/b"}
	databases.folders({"image": "redis:8", "args": ["--dir", "$(DIR)"]}) == set()
	databases.folders({"image": "redis:8", "workingDir": "/store"}) == {"/store"}
	databases.folders({"image": "redis:8", "workingDir": null}) == {"/data"}
	databases.folders({"image": "redis:8", "command": ["sh", "-c", "cd /store && exec redis-server"]}) == set()
	databases.folders({"image": "redis:8", "command": ["sh", "-c", "exec redis-server /etc/redis.conf --save 60 1"]}) == set()
	databases.folders({"image": "redis:8", "command": ["redis-cli"]}) == set()
}

test_writes_nothing if {
	databases.writes_nothing({"image": "redis:8", "args": ["--save", ""]})
	not databases.writes_nothing({"image": "redis:8", "args": ["--save", "", "--appendonly", "yes"]})
	not databases.writes_nothing({"image": "redis:8", "args": ["--save", "60 1"]})
	not databases.writes_nothing({"image": "redis:8"})
	databases.writes_nothing({"image": "redis:8", "command": ["sh", "-c", `redis-server --save "" --appendonly no`]})
	databases.writes_nothing({"image": "redis:8", "args": ["--save", "60", "1", "--save", ""]})
	not databases.writes_nothing({"image": "redis:8", "args": ["--save", "", "--save", "60 1"]})
}
