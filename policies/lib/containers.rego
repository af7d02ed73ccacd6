# How the containers of a Pod template start, and what they mount. Of the template alone.
package envcheck.lib.containers

import data.envcheck.lib.fields

# Those that run as long as the Pod does, sidecars among the initContainers included.
running(workload) := array.concat(containers, sidecars) if {
	spec := fields.map(workload.template, "spec")
	containers := [container | some container in fields.list(spec, "containers"); is_object(container)]
	sidecars := [container |
		some container in fields.list(spec, "initContainers")
		container.restartPolicy == "Always"
	]
} else := []

# Its command and arguments.
words(container) := [word |
	some word in array.concat(fields.list(container, "command"), fields.list(container, "args"))
	is_string(word)
]

# What a shell among the words is told to do, as `sh -c "exec redis-server"`; undefined without one.
script(container) := text if {
	all := words(container)
	places := [index |
		some index, word in all
		index > 0
		regex.match(`^-[a-z]*c$`, word)
		basename(all[index - 1]) in {"ash", "bash", "dash", "sh"}
	]
	text := all[places[0] + 1]
}

# The words of a shell's text, without the quotes around them: what is quoted is one word, also where it is empty. Lines that
# are comments say nothing.
shell_words(text) := [word |
	joined := regex.replace(text, `\\\n`, " ")
	code := regex.replace(joined, `(^|\n)[ \t]*#[^\n]*`, "$1")
	some quoted in regex.find_n(`(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|"'\\])+`, code, -1)
	word := regex.replace(quoted, `["']`, "")
]

basename(path) := parts[count(parts) - 1] if parts := split(path, "/")

# An image's repository, without tag and digest; a port of its registry stays.
repository(container) := regex.replace(split(container.image, "@")[0], `:[^/]*$`, "") if is_string(container.image)

# The last part of it: "redis" of docker.io/bitnami/redis:7.
product(container) := lower(basename(repository(container)))

# The mount that a path is in: the deepest.
mount_of(container, path) := deepest[0] if {
	mounts := [mount |
		some mount in fields.list(container, "volumeMounts")
		is_string(mount.mountPath)
		within(path, mount.mountPath)
	]
	depth := max([count(trim_suffix(mount.mountPath, "/")) | some mount in mounts])
	deepest := [mount | some mount in mounts; count(trim_suffix(mount.mountPath, "/")) == depth]
}

within(path, folder) if trim_suffix(path, "/") == trim_suffix(folder, "/")

within(path, folder) if startswith(path, sprintf("%s/", [trim_suffix(folder, "/")]))
