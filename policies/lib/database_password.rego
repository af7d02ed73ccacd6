# Whether databases ask for a password, by what their well-known images are told.
package envcheck.lib.database_password

import data.envcheck.lib.containers
import data.envcheck.lib.databases
import data.envcheck.lib.redis
import data.envcheck.lib.redis_password
import data.envcheck.lib.settings

# The containers of a workload that are databases, with their verdicts: "protected", "open" or "unknown", and `why`.
judged(workload) := [answer |
	some container in containers.running(workload)
	verdict := verdicts(workload, container)
	answer := {"container": container.name, "state": verdict.state, "why": object.get(verdict, "why", "")}
]

verdicts(workload, container) := redis_password.verdict(workload, container) if redis.is_server(container)

verdicts(workload, container) := sql(workload, container, family) if {
	some family in databases.families
	containers.product(container) in family.products
}

# What lets everybody in counts before a password that is set beside it. An empty password that is merely allowed does not.
sql(workload, container, family) := {"state": "open", "why": sprintf("it is started with %s", [flags[0]])} if {
	flags := [flag | some flag in family.openFlags; databases.has_flag(container, flag)]
	count(flags) > 0
} else := {"state": "open", "why": "it trusts every client (POSTGRES_HOST_AUTH_METHOD trust)"} if {
	family.trusts
	lower(settings.variable(workload.namespace, container, "POSTGRES_HOST_AUTH_METHOD").value) == "trust"
} else := {"state": "open", "why": sprintf("its password, in Secret %s, is one that charts publish as their default", [published[0]])} if {
	published := [password.secret | some password in passwords(workload, container, family); password.state == "published"]
	count(published) > 0
} else := {"state": "protected"} if {
	some password in passwords(workload, container, family)
	password.state == "set"
} else := {"state": "protected"} if {
	some flag in family.closedFlags
	databases.has_flag(container, flag)
} else := {"state": "open", "why": sprintf("it is allowed to start with an empty password (%s)", [allowed[0]])} if {
	allowed := [name | some name, values in family.empty; permits(values, settings.variable(workload.namespace, container, name))]
	count(allowed) > 0
} else := {"state": "unknown", "why": unknown[0]} if {
	unknown := [password.why | some password in passwords(workload, container, family); password.state == "unknown"]
	count(unknown) > 0
} else := {"state": "open", "why": "it is started without --auth"} if {
	containers.product(container) in family.bare
	not databases.configured(container)
} else := {"state": "unknown", "why": "nothing that it is started with sets a password"}

passwords(workload, container, family) := [settings.variable(workload.namespace, container, name) | some name in family.passwords]

permits("any", variable) if {
	variable.state == "set"
}

permits(values, variable) if {
	is_set(values)
	lower(variable.value) in values
}
