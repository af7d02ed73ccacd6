# Whether a server of the Redis family asks for a password.
package envcheck.lib.redis_password

import data.envcheck.lib.containers
import data.envcheck.lib.redis
import data.envcheck.lib.settings

# "protected", "open" or "unknown", the latter two with the reason in `why`.
verdict(workload, container) := judged(workload, container, passwords[count(passwords) - 1]) if {
	passwords := redis.requirepass(container)
	count(passwords) > 0
} else := access_list(workload, container, lists[count(lists) - 1]) if {
	lists := redis.option(container, "--aclfile")
	count(lists) > 0
} else := by_image(workload, container) if {
	by_image(workload, container)
} else := {"state": "unknown", "why": "a script prepares its configuration when it starts"} if {
	regex.match(`requirepass|envsubst|>|\btee\b|\bsed\b`, containers.script(container))
} else := by_file(workload, container) if {
	by_file(workload, container)
} else := {"state": "unknown", "why": "it is configured by --include or --user"} if {
	some name in ["--include", "--user"]
	count(redis.option(container, name)) > 0
} else := {"state": "open", "why": sprintf("its arguments set no requirepass%s", [redis.unprotected(container)])} if {
	redis.starts_plainly(container)
} else := {"state": "unknown", "why": sprintf("how image %s starts it is not known", [object.get(container, "image", "")])}

judged(workload, container, password) := {"state": "open", "why": "its requirepass is empty"} if {
	trim(password, `"'`) == ""
} else := held(workload, container, name, in_script) if {
	name := reference(password)
	in_script := startswith(password, "$(") == false
} else := {"state": "unknown", "why": "its requirepass is made of variables or commands when it starts"} if {
	contains(password, "$")
} else := {"state": "unknown", "why": "its requirepass is made of variables or commands when it starts"} if {
	contains(password, "`")
} else := {"state": "unknown", "why": "its requirepass is masked in a script: whether a text stands there, or what makes one, cannot be told"} if {
	startswith(password, "masked:")
	contains(containers.script(container), password)
} else := {"state": "protected"}

# The variable that a password refers to.
reference(password) := trim(substring(password, 1, -1), "(){}") if regex.match(`^\$(\([A-Za-z_][A-Za-z0-9_]*\)|\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)$`, password)

held(workload, container, name, in_script) := held_so(name, in_script, settings.variable(workload.namespace, container, name))

held_so(_, _, variable) := {"state": "protected"} if variable.state == "set"

held_so(name, _, variable) := {"state": "open", "why": sprintf("its password is the variable %s, which is empty", [name])} if {
	variable.state == "empty"
}

held_so(_, _, variable) := {"state": "open", "why": sprintf("its password, in Secret %s, is one that charts publish as their default", [variable.secret])} if {
	variable.state == "published"
}

held_so(name, _, variable) := {"state": "unknown", "why": sprintf("its password is the variable %s: %s", [name, variable.why])} if {
	variable.state == "unknown"
}

held_so(name, true, variable) := {"state": "unknown", "why": sprintf("its password is the variable %s, which only its script knows", [name])} if {
	variable.state == "absent"
}

# The kubelet leaves a reference to no variable as it is written.
held_so(name, false, variable) := {"state": "open", "why": sprintf("its password is the text $(%s), as it has no such variable", [name])} if {
	variable.state == "absent"
}

# Images that make a password of a variable. Without one they start only when told that it may be empty.
by_image(workload, container) := held(workload, container, names[0], false) if {
	names := [name |
		some name in image_variables(container)
		not settings.variable(workload.namespace, container, name).state in {"absent", "empty"}
	]
	count(names) > 0
} else := {"state": "open", "why": "it is allowed to start with an empty password (ALLOW_EMPTY_PASSWORD)"} if {
	count(image_variables(container)) > 0
	lower(settings.variable(workload.namespace, container, "ALLOW_EMPTY_PASSWORD").value) in {"1", "true", "yes"}
}

image_variables(container) := ["KEYDB_PASSWORD", "KEYDB_PASSWORD_FILE", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "VALKEY_PASSWORD", "VALKEY_PASSWORD_FILE"] if {
	is_string(container.image)
	contains(container.image, "bitnami")
} else := ["DFLY_requirepass", "DFLY_PASSWORD"] if {
	containers.product(container) == "dragonfly"
} else := []

# The first configuration file among the words.
by_file(workload, container) := configured(workload, container, paths[0]) if {
	paths := redis.files(container)
	count(paths) > 0
}

configured(workload, container, path) := from_text(workload, container, file.text) if {
	file := settings.file(workload, container, path)
	file.text
} else := {"state": "unknown", "why": file.why} if {
	file := settings.file(workload, container, path)
}

from_text(workload, container, text) := judged(workload, container, passwords[count(passwords) - 1]) if {
	passwords := redis.directive(text, "requirepass")
	count(passwords) > 0
} else := redis.by_users(text) if {
	redis.by_users(text)
} else := access_list(workload, container, lists[count(lists) - 1]) if {
	lists := redis.directive(text, "aclfile")
	count(lists) > 0
} else := {"state": "unknown", "why": sprintf("its configuration includes %s, which is not read", [includes[0]])} if {
	includes := redis.directive(text, "include")
	count(includes) > 0
} else := {"state": "open", "why": "its configuration sets no requirepass, and protected-mode is off"} if {
	redis.directive(text, "protected-mode") == ["no"]
} else := {"state": "open", "why": "its configuration sets no requirepass"}

access_list(workload, container, path) := redis.by_users(file.text) if {
	file := settings.file(workload, container, path)
	file.text
	redis.by_users(file.text)
} else := {"state": "open", "why": "its access list says nothing of user default, who then needs no password"} if {
	settings.file(workload, container, path).text
} else := {"state": "unknown", "why": file.why} if {
	file := settings.file(workload, container, path)
}
