# METADATA
# title: Datastores ask for a password
# description: >-
#   Every declared datastore lets in only who knows its password. It may stand in the arguments, in a configuration file or
#   access list from a ConfigMap, in a Secret, or in the variables that well-known images take. Passwords that charts publish
#   as their default are none, nor are empty ones. What a Secret's file, a Secret that does not exist, an image or a script at
#   start decides cannot be told and is not evaluated. What only asks a server (redis-cli) is none.
# scope: package
# related_resources:
#   - ref: https://redis.io/docs/latest/operate/oss_and_stack/management/security/
#   - ref: https://docs.keydb.dev/docs/security/
# custom:
#   id: datastore-authenticated
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/ConfigMap
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Secret
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Put a password into a Secret and start the server with it, as "--requirepass $(KEYDB_PASSWORD)" with the variable from the
#     Secret. Its clients need it at the same moment.
#   noFix: The clients would be cut off until they have the password as well, and envcheck writes no Secret.
#   parameters: {}
package envcheck.datastores.datastore_authenticated

import data.envcheck.lib.database_password
import data.envcheck.lib.fields
import data.envcheck.lib.roles
import data.envcheck.lib.workloads

# Of some files only what is certain is said: the rest may be in others.
subjects contains entry.workload.ref if {
	some entry in found
	whole
}

subjects contains entry.workload.ref if {
	some entry in found
	some verdict in entry.verdicts
	verdict.state != "unknown"
}

not_evaluated contains gap if {
	whole
	some entry in found
	count(entry.verdicts) == 0
	gap := {
		"resource": entry.workload.ref,
		"reason": "unknown datastore",
		"detail": "none of its images is a database whose authentication is known",
	}
}

not_evaluated contains gap if {
	whole
	some entry in found
	some verdict in entry.verdicts
	verdict.state == "unknown"
	gap := {
		"resource": entry.workload.ref,
		"reason": "authentication unknown",
		"detail": sprintf("container %s: %s", [verdict.container, verdict.why]),
	}
}

deny contains finding if {
	some entry in found
	some verdict in entry.verdicts
	verdict.state == "open"
	finding := {
		"message": sprintf("container %s lets anybody in: %s", [verdict.container, verdict.why]),
		"resource": entry.workload.ref,
		"path": array.concat(workloads.pod_spec(entry.workload.kind), [place(entry.workload, verdict.container), sprintf("name=%s", [verdict.container])]),
		"key": verdict.container,
		"declared": entry.item.path,
	}
}

found contains entry if {
	some item in roles.of("datastore")
	some workload in roles.bearers(item, data.view.workloads)
	workloads.judged(workload)
	entry := {"item": item, "workload": workload, "verdicts": database_password.judged(workload)}
}

whole if object.get(data.view, "complete", true)

place(workload, name) := "containers" if {
	some container in fields.list(workload.template.spec, "containers")
	container.name == name
} else := "initContainers"
