# Servers of the Redis family (Redis, KeyDB, Valkey, Dragonfly): how they are started, and what their files say.
package envcheck.lib.redis

import data.envcheck.lib.containers
import data.envcheck.lib.fields
import data.envcheck.lib.images

products := {"dragonfly", "keydb", "redis", "redis-stack", "redis-stack-server", "valkey"}

servers := {"dragonfly", "keydb-server", "redis-server", "valkey-server"}

# Images that are known to start the server without a password where nothing else is said.
bare_images := ["dragonflydb/dragonfly", "eqalpha/keydb", "library/redis", "redis/redis-stack-server", "valkey/valkey"]

# What only asks a server.
clients := {"keydb-cli", "redis-cli", "valkey-cli"}

# Named by what it is told to run, else by its image.
is_server(container) if names(container, servers)

is_server(container) if {
	containers.product(container) in products
	not names(container, clients)
}

# Whether one of these programs is among its words, also within $(…).
names(container, programs) if {
	some word in containers.words(container)
	containers.basename(word) in programs
}

names(container, programs) if {
	some word in shell_words(container)
	some part in regex.split("[\\s$()`]+", word)
	containers.basename(part) in programs
}

# A server that is started by name, or by an image that is known to start it so.
starts_plainly(container) if names(container, servers)

starts_plainly(container) if {
	count(fields.list(container, "command")) == 0
	every word in containers.words(container) {
		startswith(word, "-")
	}
	known_image(container)
}

starts_plainly(container) if {
	count(fields.list(container, "command")) == 0
	startswith(containers.words(container)[0], "--")
	known_image(container)
}

known_image(container) if {
	some name in bare_images
	endswith(images.full(containers.repository(container)), sprintf("/%s", [name]))
}

# Words of a script, and of one that it hands on to another shell.
shell_words(container) := array.concat(outer, inner) if {
	outer := containers.shell_words(containers.script(container))
	inner := [word |
		some index, text in outer
		index > 0
		regex.match(`^-[a-z]*c$`, outer[index - 1])
		contains(text, " ")
		some word in containers.shell_words(text)
	]
} else := []

# The configuration files among the words.
files(container) := [word |
	some word in array.concat(containers.words(container), shell_words(container))
	regex.match(`^[^-\s]\S*\.(conf|config|cfg)$`, word)
]

# Flags that images take from a variable.
extra_words(container) := [word |
	some entry in fields.list(container, "env")
	entry.name in {"KEYDB_EXTRA_FLAGS", "REDIS_ARGS", "REDIS_EXTRA_FLAGS", "VALKEY_EXTRA_FLAGS"}
	is_string(entry.value)
	some word in containers.shell_words(entry.value)
]

# The values of a flag, the last of which counts: from words, from one word that holds both, from a script.
option(container, name) := array.concat(
	told(containers.words(container), name),
	array.concat(told(shell_words(container), name), told(extra_words(container), name)),
)

told(words, name) := array.concat(separate(words, name), joined(words, name))

separate(words, name) := [words[index + 1] |
	some index, word in words
	word == name
	index + 1 < count(words)
]

joined(words, name) := [trim_space(rest) |
	some word in words
	some mark in [" ", "="]
	start := sprintf("%s%s", [name, mark])
	startswith(word, start)
	rest := substring(word, count(start), -1)
]

requirepass(container) := [value |
	some name in ["--requirepass", "-requirepass"]
	some value in option(container, name)
	not startswith(value, "--")
]

# What a line of a configuration says after its first word.
directive(text, name) := [trim(value, `"'`) |
	some line in split(text, "\n")
	words := regex.split(`\s+`, trim_space(line))
	lower(words[0]) == name
	value := concat(" ", array.slice(words, 1, count(words)))
]

# What an access list says of the user that everybody is who does not log in.
by_users(text) := {"state": "open", "why": "its access list lets user default in without a password"} if {
	some words in default_users(text)
	"on" in words
	"nopass" in words
} else := {"state": "protected"} if {
	count(default_users(text)) > 0
}

default_users(text) := [words |
	some line in split(text, "\n")
	words := regex.split(`\s+`, trim_space(line))
	words[0] == "user"
	words[1] == "default"
]

unprotected(container) := ", and protected-mode is off" if {
	option(container, "--protected-mode") == ["no"]
} else := ""
