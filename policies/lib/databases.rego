# Databases by their images: what their variables and flags mean, and where they keep their data.
package envcheck.lib.databases

import data.envcheck.lib.containers
import data.envcheck.lib.fields
import data.envcheck.lib.images
import data.envcheck.lib.redis

families := {"mongo": mongo, "mysql": mysql, "postgres": postgres}

switched := {"1", "true", "yes"}

postgres := {
	"products": {"postgis", "postgres", "postgresql", "timescaledb"},
	"passwords": ["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD", "POSTGRESQL_PASSWORD_FILE"],
	"empty": {"ALLOW_EMPTY_PASSWORD": switched},
	"trusts": true,
	"openFlags": [],
	"closedFlags": [],
	"bare": [],
}

mysql := {
	"products": {"mariadb", "mysql", "mysql-server", "percona-server"},
	"passwords": [
		"MARIADB_RANDOM_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD_FILE", "MARIADB_ROOT_PASSWORD_HASH",
		"MYSQL_RANDOM_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD_FILE",
	],
	"empty": {"ALLOW_EMPTY_PASSWORD": switched, "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "any", "MYSQL_ALLOW_EMPTY_PASSWORD": "any"},
	"trusts": false,
	"openFlags": ["--skip-grant-tables"],
	"closedFlags": [],
	"bare": [],
}

mongo := {
	"products": {"mongo", "mongodb", "mongodb-community-server"},
	"passwords": [
		"MONGODB_INITDB_ROOT_PASSWORD", "MONGODB_INITDB_ROOT_PASSWORD_FILE", "MONGODB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD_FILE",
		"MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD_FILE",
	],
	"empty": {"ALLOW_EMPTY_PASSWORD": switched},
	"trusts": false,
	"openFlags": ["--noauth"],
	"closedFlags": ["--auth", "--keyFile"],
	"bare": ["mongo"],
}

# Whether it is a database of which something is known.
known(container) if redis.is_server(container)

known(container) if {
	some family in families
	containers.product(container) in family.products
}

# Where a server keeps its data, where that is certain: what its arguments say, else what its well-known image says.
folders(container) := answer if {
	redis.is_server(container)
	dirs := redis.option(container, "--dir")
	count(dirs) > 0
	answer := {dir | dir := dirs[count(dirs) - 1]; startswith(dir, "/")}
} else := answer if {
	redis.is_server(container)
	redis.known_image(container)
	count(redis.files(container)) == 0
	not changes_folder(container)
	answer := {fields.given(container, "workingDir", "/data")}
} else := answer if {
	count(containers.words(container)) == 0
	image := images.full(containers.repository(container))
	some name, folder in image_folders
	endswith(image, sprintf("/library/%s", [name]))
	answer := {folder}
} else := set()

# Docker's own images, of which others of the same name differ.
image_folders := {
	"mariadb": "/var/lib/mysql",
	"mongo": "/data/db",
	"mysql": "/var/lib/mysql",
}

# Redis writes where it was started.
changes_folder(container) if regex.match(`(^|[\s;&|(])cd\s`, containers.script(container))

# A Redis that takes no snapshots and keeps no log: all is lost when it restarts.
writes_nothing(container) if {
	redis.is_server(container)
	saves := redis.option(container, "--save")
	trim(saves[count(saves) - 1], `"'`) == ""
	not "yes" in redis.option(container, "--appendonly")
	count(redis.files(container)) == 0
}

has_flag(container, flag) if {
	some text in texts(container)
	some word in regex.split(`\s+`, text)
	split(word, "=")[0] == flag
}

texts(container) := array.concat(containers.words(container), [text | text := containers.script(container)])

# Its settings may come from a file.
configured(container) if {
	some flag in ["--config", "-f"]
	has_flag(container, flag)
}

configured(container) if containers.script(container)
