package envcheck.lib.containers_test

import data.envcheck.lib.containers

test_running if {
	containers.running({"template": {"spec": {
		"containers": [{"name": "a"}],
		"initContainers": [{"name": "b"}, {"name": "c", "restartPolicy": "Always"}],
	}}}) == [{"name": "a"}, {"name": "c", "restartPolicy": "Always"}]
	containers.running({"template": null}) == []
	containers.running({"template": {"spec": {"containers": [null, {"name": "a"}], "initContainers": null}}}) == [{"name": "a"}]
}

test_script if {
	containers.script({"command": ["/bin/sh", "-c"], "args": ["exec keydb-server"]}) == "exec keydb-server"
	containers.script({"command": ["tini", "--", "bash", "-ec", "run"]}) == "run"
	not containers.script({"command": ["keydb-server", "-c", "x"]})
	not containers.script({"args": null})
}

test_shell_words if {
	containers.shell_words(`exec redis-server --save "" --dir '/data' --appendonly no`) == ["exec", "redis-server", "--save", "", "--dir", "/data", "--appendonly", "no"]
	containers.shell_words(`cd /x&&run --save '' --pass="a b"; other`) == ["cd", "/x", "run", "--save", "", "--pass=a b", "other"]
	containers.shell_words("# isn't run\nrun \\\n  --x") == ["run", "--x"]
	containers.shell_words("") == []
	containers.shell_words(`it's`) == ["it", "s"]
}

test_product if {
	containers.product({"image": "registry.example.com:5000/acme/KeyDB:6@sha256:ab"}) == "keydb"
	containers.product({"image": "redis"}) == "redis"
}

test_repository if {
	containers.repository({"image": "registry.example.com:5000/acme/redis:8@sha256:ab"}) == "registry.example.com:5000/acme/redis"
	containers.repository({"image": "registry.example.com:5000/acme/redis"}) == "registry.example.com:5000/acme/redis"
	containers.repository({"image": "redis:8"}) == "redis"
	not containers.repository({"image": null})
}

test_mount_of if {
	container := {"volumeMounts": [{"name": "a", "mountPath": "/"}, {"name": "b", "mountPath": "/data/"}, {"name": "c", "mountPath": "/data/x"}]}
	containers.mount_of(container, "/data").name == "b"
	containers.mount_of(container, "/data/y").name == "b"
	containers.mount_of(container, "/data/x/y").name == "c"
	containers.mount_of(container, "/database").name == "a"
	not containers.mount_of({}, "/data")
}
