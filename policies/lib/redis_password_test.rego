package envcheck.lib.redis_password_test

import data.envcheck.lib.redis_password

view := {
	"complete": true,
	"secrets": [{"namespace": "back", "name": "auth", "keys": ["password", "weak", "nothing"], "published": ["weak"], "empty": ["nothing"]}],
	"config_maps": [{"namespace": "back", "name": "conf", "keys": ["a.conf"], "data": {
		"open.conf": "bind 0.0.0.0\nprotected-mode no\n# requirepass x\n",
		"plain.conf": "bind 0.0.0.0",
		"closed.conf": "bind 0.0.0.0\n  requirepass masked:0123\n",
		"empty.conf": "requirepass \"\"",
		"acl.conf": "aclfile /etc/keydb/users.acl",
		"users.acl": "user default off\nuser app on >masked:1 ~* +@all",
		"nopass.conf": "user default on nopass ~* +@all",
		"include.conf": "include /etc/keydb/more.conf",
	}}],
}

workload := {"namespace": "back", "template": {"spec": {"volumes": [{"name": "conf", "configMap": {"name": "conf"}}]}}}

keydb := "docker.io/eqalpha/keydb:x86_64_v6.3.4"

verdict(container) := answer if {
	full := object.union({"image": keydb, "volumeMounts": [{"name": "conf", "mountPath": "/etc/keydb"}]}, container)
	answer := redis_password.verdict(workload, full) with data.view as view
}

password_variable := [{"name": "KEYDB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "auth", "key": "password"}}}]

protected := {"state": "protected"}

test_password_in_arguments if {
	verdict({"args": ["--requirepass", "masked:1"]}) == protected
	verdict({"args": ["--requirepass masked:1"]}) == protected
	verdict({"command": ["keydb-server"], "args": ["--requirepass", "$(KEYDB_PASSWORD)"], "env": password_variable}) == protected
	verdict({"command": ["/bin/sh", "-c"], "args": ["exec keydb-server --dir /data --requirepass \"$KEYDB_PASSWORD\""], "env": password_variable}) == protected
	verdict({"command": ["/bin/sh", "-c"], "args": ["exec keydb-server --requirepass ${KEYDB_PASSWORD} --dir /data"], "env": password_variable}) == protected
	verdict({"image": "redis/redis-stack-server:7", "env": [{"name": "REDIS_ARGS", "value": "--requirepass masked:1"}]}) == protected
}

test_empty_password if {
	empty := {"state": "open", "why": "its requirepass is empty"}
	verdict({"args": ["--requirepass", ""]}) == empty
	verdict({"args": ["--requirepass", "masked:1", "--requirepass", ""]}) == empty
	verdict({"command": ["sh", "-c", "keydb-server --requirepass \"\" --dir /data"]}) == empty
	verdict({"args": ["/etc/keydb/empty.conf"]}) == empty
}

test_password_variable_that_is_none if {
	arguments := ["--requirepass", "$(P)"]
	verdict({"args": arguments, "env": [{"name": "P", "value": ""}]}) == {"state": "open", "why": "its password is the variable P, which is empty"}
	verdict({"args": arguments}) == {"state": "open", "why": "its password is the text $(P), as it has no such variable"}
	weak := [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "auth", "key": "weak"}}}]
	verdict({"args": arguments, "env": weak}) == {"state": "open", "why": "its password, in Secret auth, is one that charts publish as their default"}
	verdict({"args": arguments, "envFrom": [{"secretRef": {"name": "gone"}}]}) == {"state": "unknown", "why": "its password is the variable P: Secret gone is not in view"}
	verdict({"command": ["sh", "-c", "P=$(head -c 9 /x); keydb-server --requirepass $P"]}) == {"state": "unknown", "why": "its password is the variable P, which only its script knows"}
}

made := {"state": "unknown", "why": "its requirepass is made of variables or commands when it starts"}

test_password_that_a_shell_makes if {
	every text in ["\"${PASS:-}\"", "\"${PASS:-x}\"", "${PASS:?}", "a$PASS", "\"$(cat /run/password)\"", "$(cat /run/password)", "\"`cat /run/password`\""] {
		verdict({"command": ["sh", "-c", sprintf("exec keydb-server --requirepass %s", [text])]}) == made
	}
	verdict({"args": ["--requirepass", "$(A)$(B)"]}) == made
	masked := verdict({"command": ["sh", "-c", "exec keydb-server --requirepass \"masked:1\""]})
	masked == {"state": "unknown", "why": "its requirepass is masked in a script: whether a text stands there, or what makes one, cannot be told"}
}

test_empty_key_of_a_secret if {
	nothing := [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "auth", "key": "nothing"}}}]
	verdict({"args": ["--requirepass", "$(P)"], "env": nothing}) == {"state": "open", "why": "its password is the variable P, which is empty"}
	verdict({"args": ["--requirepass", "$(nothing)"], "envFrom": [{"secretRef": {"name": "auth"}}]}) == {"state": "open", "why": "its password is the variable nothing, which is empty"}
}

test_nothing_set if {
	open := {"state": "open", "why": "its arguments set no requirepass"}
	verdict({}) == open
	verdict({"image": "redis:8"}) == open
	verdict({"image": "public.ecr.aws/docker/library/redis:8"}) == open
	verdict({"image": "registry.example.com:5000/library/redis:8"}) == open
	verdict({"image": "redis:8", "env": [{"name": "REDIS_PASSWORD", "value": "masked:1"}]}) == open
	verdict({"args": ["--save", "60", "1"]}) == open
	verdict({"image": "acme/store:1", "command": ["keydb-server", "--dir", "/data"]}) == open
	verdict({"command": ["sh", "-c", "exec keydb-server --dir /data"]}) == open
	verdict({"args": ["--protected-mode", "no"]}) == {"state": "open", "why": "its arguments set no requirepass, and protected-mode is off"}
}

test_configuration_in_a_config_map if {
	verdict({"args": ["/etc/keydb/open.conf"]}) == {"state": "open", "why": "its configuration sets no requirepass, and protected-mode is off"}
	verdict({"args": ["/etc/keydb/plain.conf"]}) == {"state": "open", "why": "its configuration sets no requirepass"}
	verdict({"command": ["keydb-server", "/etc/keydb/closed.conf"]}) == protected
	verdict({"command": ["sh", "-c", "exec keydb-server '/etc/keydb/closed.conf'"]}) == protected
	verdict({"args": ["/etc/keydb/include.conf"]}) == {"state": "unknown", "why": "its configuration includes /etc/keydb/more.conf, which is not read"}
}

test_access_lists if {
	verdict({"args": ["/etc/keydb/acl.conf"]}) == protected
	verdict({"args": ["--aclfile", "/etc/keydb/users.acl"]}) == protected
	verdict({"args": ["/etc/keydb/nopass.conf"]}) == {"state": "open", "why": "its access list lets user default in without a password"}
	verdict({"args": ["--aclfile", "/etc/keydb/plain.conf"]}) == {"state": "open", "why": "its access list says nothing of user default, who then needs no password"}
	verdict({"args": ["--aclfile", "/srv/users.acl"]}) == {"state": "unknown", "why": "/srv/users.acl is part of the image"}
}

test_configuration_that_cannot_be_read if {
	verdict({"args": ["/usr/local/keydb.conf"]}) == {"state": "unknown", "why": "/usr/local/keydb.conf is part of the image"}
	verdict({"command": ["sh", "-c", "echo \"requirepass $P\" > /tmp/a.conf; keydb-server /tmp/a.conf"]}) == {"state": "unknown", "why": "a script prepares its configuration when it starts"}
	verdict({"command": ["sh", "-c", "envsubst < /in/a > /etc/a.conf && keydb-server /etc/a.conf"]}) == {"state": "unknown", "why": "a script prepares its configuration when it starts"}
	verdict({"image": "acme/keydb:1"}) == {"state": "unknown", "why": "how image acme/keydb:1 starts it is not known"}
	verdict({"command": ["/start.sh"]}) == {"state": "unknown", "why": "how image docker.io/eqalpha/keydb:x86_64_v6.3.4 starts it is not known"}
}

bitnami := "docker.io/bitnami/redis:8"

test_images_that_take_a_variable if {
	verdict({"image": bitnami, "env": [{"name": "REDIS_PASSWORD", "value": "masked:1"}]}) == protected
	verdict({"image": bitnami, "env": [{"name": "REDIS_PASSWORD_FILE", "value": "/run/password"}]}) == protected
	verdict({"image": bitnami, "env": [{"name": "ALLOW_EMPTY_PASSWORD", "value": "yes"}]}) == {
		"state": "open",
		"why": "it is allowed to start with an empty password (ALLOW_EMPTY_PASSWORD)",
	}
	verdict({"image": bitnami, "env": [{"name": "ALLOW_EMPTY_PASSWORD", "value": "no"}]}) == {"state": "unknown", "why": "how image docker.io/bitnami/redis:8 starts it is not known"}
}
