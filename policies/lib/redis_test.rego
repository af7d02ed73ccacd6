package envcheck.lib.redis_test

import data.envcheck.lib.redis

test_is_server if {
	redis.is_server({"image": "registry.digitalocean.com/acme/keydb:1"})
	redis.is_server({"image": "acme/store:1", "command": ["/usr/bin/keydb-server"]})
	redis.is_server({"image": "acme/store:1", "command": ["sh", "-c", "exec redis-server --port 1"]})
	not redis.is_server({"image": "oliver006/redis_exporter:v1"})
	not redis.is_server({"image": "postgres:17"})
	redis.is_server({"image": "redis:8", "command": ["/start.sh"]})
}

test_clients_are_no_servers if {
	not redis.is_server({"image": "redis:8", "command": ["sh", "-c", "while sleep 60; do redis-cli -h 127.0.0.1 ping; done"]})
	not redis.is_server({"image": "redis:8", "command": ["sh", "-c", "until [ \"$(redis-cli ping)\" = PONG ]; do sleep 1; done"]})
	not redis.is_server({"image": "eqalpha/keydb", "command": ["/usr/local/bin/keydb-cli"], "args": ["monitor"]})
	not redis.is_server({"image": "valkey/valkey:8", "args": ["valkey-cli", "monitor"]})
	redis.is_server({"image": "redis:8", "command": ["sh", "-c", "redis-server --daemonize yes && redis-cli ping"]})
}

test_known_image if {
	every image in ["redis:8", "docker.io/redis:7", "docker.io/library/redis", "index.docker.io/redis:7", "library/redis", "registry.example.com:5000/library/redis", "eqalpha/keydb", "docker.io/eqalpha/keydb:1"] {
		redis.known_image({"image": image})
	}
	every image in ["acme/redis", "registry.example.com/redis:8", "acme/keydb", null] {
		not redis.known_image({"image": image})
	}
}

test_files if {
	redis.files({"args": ["keydb-server", "/etc/keydb/keydb.conf", "--include", "b"]}) == ["/etc/keydb/keydb.conf"]
	redis.files({"command": ["sh", "-c", "exec redis-server '/etc/redis.config' --save 60 1"]}) == ["/etc/redis.config"]
	redis.files({"args": ["--dir", "/data"]}) == []
}

test_option if {
	redis.option({"args": ["--dir", "/data", "--dir=/other", "--dir /third"]}, "--dir") == ["/data", "/other", "/third"]
	redis.option({"command": ["sh", "-c", "keydb-server --dir '/data'"]}, "--dir") == ["/data"]
	redis.option({"env": [{"name": "REDIS_ARGS", "value": "--dir /data"}]}, "--dir") == ["/data"]
	redis.option({"args": ["--dir"]}, "--dir") == []
	redis.option({"command": ["sh", "-c", `redis-server --save "" --appendonly no`]}, "--save") == [""]
	redis.option({"command": ["sh", "-c", `su redis -c "redis-server --save '' --dir /x"`]}, "--dir") == ["/x"]
	redis.option({"env": [{"name": "REDIS_ARGS", "value": `--save ""`}]}, "--save") == [""]
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
