package envcheck.lib.redis_test

import data.envcheck.lib.redis

test_is_server if {
	redis.is_server({"image": "registry.digitalocean.com/acme/keydb:1"})
	redis.is_server({"image": "acme/store:1", "command": ["/usr/bin/keydb-server"]})
	redis.is_server({"image": "acme/store:1", "command": ["sh", "-c", "exec redis-server --port 1"]})
	not redis.is_server({"image": "oliver006/redis_exporter:v1"})
	not redis.is_server({"image": "postgres:17"})
}

test_option if {
	redis.option({"args": ["--dir", "/data", "--dir=/other", "--dir /third"]}, "--dir") == ["/data", "/other", "/third"]
	redis.option({"command": ["sh", "-c", "keydb-server --dir '/data'"]}, "--dir") == ["/data"]
	redis.option({"env": [{"name": "REDIS_ARGS", "value": "--dir /data"}]}, "--dir") == ["/data"]
	redis.option({"args": ["--dir"]}, "--dir") == []
}

test_directive if {
	redis.directive("# requirepass x\nRequirePass \"a b\"\n requirepass c", "requirepass") == ["a b", "c"]
}

test_users if {
	redis.by_users("user app on nopass\nuser default off nopass") == {"state": "protected"}
	redis.by_users("user default on nopass ~*").state == "open"
	not redis.by_users("user app on nopass")
}

test_starts_plainly if {
	redis.starts_plainly({"image": "redis:8"})
	redis.starts_plainly({"image": "acme/x:1", "command": ["redis-server"]})
	not redis.starts_plainly({"image": "acme/redis:8"})
	not redis.starts_plainly({"image": "redis:8", "command": ["/start.sh"]})
}
