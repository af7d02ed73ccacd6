package envcheck.lib.database_password_test

import data.envcheck.lib.database_password

view := {
	"complete": true,
	"secrets": [{"namespace": "back", "name": "auth", "keys": ["password", "weak"], "published": ["weak"]}],
	"config_maps": [],
}

verdict(container) := answer if {
	workload := {"namespace": "back", "template": {"spec": {"containers": [object.union({"name": "db"}, container)]}}}
	answers := database_password.judged(workload) with data.view as view
	count(answers) == 1
	answer := [answers[0].state, answers[0].why]
}

variable(name, value) := [{"name": name, "value": value}]

from_secret(name, key) := [{"name": name, "valueFrom": {"secretKeyRef": {"name": "auth", "key": key}}}]

published := ["open", "its password, in Secret auth, is one that charts publish as their default"]

test_postgres if {
	verdict({"image": "postgres:17", "env": from_secret("POSTGRES_PASSWORD", "password")}) == ["protected", ""]
	verdict({"image": "postgres:17", "env": variable("POSTGRES_PASSWORD_FILE", "/run/p")}) == ["protected", ""]
	verdict({"image": "postgres:17", "env": from_secret("POSTGRES_PASSWORD", "weak")}) == published
	trusting := array.concat(from_secret("POSTGRES_PASSWORD", "password"), variable("POSTGRES_HOST_AUTH_METHOD", "trust"))
	verdict({"image": "postgres:17", "env": trusting}) == ["open", "it trusts every client (POSTGRES_HOST_AUTH_METHOD trust)"]
	verdict({"image": "bitnami/postgresql:17", "env": variable("ALLOW_EMPTY_PASSWORD", "yes")}) == ["open", "it is allowed to start with an empty password (ALLOW_EMPTY_PASSWORD)"]
	verdict({"image": "postgres:17"}) == ["unknown", "nothing that it is started with sets a password"]
}

test_mysql if {
	verdict({"image": "mysql:9", "env": from_secret("MYSQL_ROOT_PASSWORD", "password")}) == ["protected", ""]
	verdict({"image": "mariadb:11", "env": variable("MARIADB_RANDOM_ROOT_PASSWORD", "yes")}) == ["protected", ""]
	verdict({"image": "mysql:9", "env": variable("MYSQL_ALLOW_EMPTY_PASSWORD", "1")}) == ["open", "it is allowed to start with an empty password (MYSQL_ALLOW_EMPTY_PASSWORD)"]
	verdict({"image": "mysql:9", "env": variable("MYSQL_ALLOW_EMPTY_PASSWORD", "")}) == ["unknown", "nothing that it is started with sets a password"]
	verdict({"image": "mysql:9", "args": ["--skip-grant-tables"], "env": from_secret("MYSQL_ROOT_PASSWORD", "password")}) == ["open", "it is started with --skip-grant-tables"]
	verdict({"image": "mysql:9", "envFrom": [{"secretRef": {"name": "gone"}}]}) == ["unknown", "Secret gone is not in view"]
}

test_mongo if {
	verdict({"image": "mongo:8", "env": from_secret("MONGO_INITDB_ROOT_PASSWORD", "password")}) == ["protected", ""]
	verdict({"image": "mongo:8", "args": ["--auth"]}) == ["protected", ""]
	verdict({"image": "mongo:8", "args": ["--keyFile=/run/key"]}) == ["protected", ""]
	verdict({"image": "mongo:8"}) == ["open", "it is started without --auth"]
	verdict({"image": "mongo:8", "args": ["--noauth"]}) == ["open", "it is started with --noauth"]
	verdict({"image": "mongo:8", "args": ["--config", "/etc/mongo.conf"]}) == ["unknown", "nothing that it is started with sets a password"]
	verdict({"image": "acme/mongodb:8"}) == ["unknown", "nothing that it is started with sets a password"]
}

test_redis if {
	verdict({"image": "redis:8", "args": ["--requirepass", "masked:1"]}) == ["protected", ""]
	verdict({"image": "redis:8"}) == ["open", "its arguments set no requirepass"]
}

test_what_is_no_known_database if {
	answers := database_password.judged({"namespace": "back", "template": {"spec": {"containers": [
		{"name": "exporter", "image": "oliver006/redis_exporter:v1"},
		{"name": "other", "image": "acme/store:1"},
	]}}}) with data.view as view
	answers == []
}
