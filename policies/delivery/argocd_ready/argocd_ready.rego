# METADATA
# title: Argo CD runs
# description: >-
#   A delivery namespace has Argo CD's server, repo-server and application-controller, and redis or redis-ha with its haproxy:
#   each wanted at least once, with all its Pods ready. Its other parts are judged where they are wanted at all. They are known
#   by their names, with or without a release before them, or by their labels. What became unready within the grace time is
#   pending, and what its controller has not looked at since the last change is not evaluated. Not applicable where no Argo CD
#   is declared.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/architecture/
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/
# custom:
#   id: argocd-ready
#   severity: critical
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   declares: [delivery.argocd]
#   stages: [live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     See why its Pods are not ready (kubectl describe, kubectl logs), scale what is at 0 up again, or install Argo CD from the
#     declared manifest.
#   noFix: >-
#     Why a Pod does not start is not written in the spec, and an Argo CD that delivers itself would bring back its own replicas.
#   parameters:
#     grace: {default: 10m, description: "A rollout may leave Pods unready for this long."}
package envcheck.delivery.argocd_ready

import data.envcheck.lib.argocd
import data.envcheck.lib.readiness
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains reference(home) if some home in installed

subjects contains reference(first) if count(installed) == 0

subjects contains workload.ref if some workload in wanted

subjects contains workload.ref if some workload in switched_off

not_evaluated contains gap if {
	some workload in wanted
	state := state_of(workload)
	state.state == "unknown"
	gap := {"resource": workload.ref, "reason": "readiness unknown", "detail": state.message}
}

pending contains entry if {
	some workload in wanted
	state := state_of(workload)
	state.state == "pending"
	entry := {"resource": workload.ref, "message": state.message}
}

deny contains finding if {
	count(installed) == 0
	finding := {
		"message": sprintf("Argo CD is declared, but not installed %s", [where]),
		"resource": reference(first),
		"key": "missing",
		"declared": ["delivery", "argocd"],
	}
}

deny contains finding if {
	some home in installed
	some part in needed(home)
	count(having(home, part)) == 0
	finding := {
		"message": sprintf("Argo CD has no %s here", [part]),
		"resource": reference(home),
		"key": part,
		"declared": ["delivery", "argocd"],
	}
}

deny contains finding if {
	some workload in switched_off
	finding := {
		"message": sprintf("is scaled to 0: Argo CD does not work without its %s", [part_of[workload.id]]),
		"resource": workload.ref,
		"path": ["spec", "replicas"],
		"declared": ["delivery", "argocd"],
	}
}

deny contains object.union(finding, milder(state)) if {
	some workload in wanted
	state := state_of(workload)
	state.state == "unready"
	finding := {
		"message": state.message,
		"resource": workload.ref,
		"key": "ready",
		"declared": ["delivery", "argocd"],
	}
}

reference(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}

# Where it would be, when it is nowhere.
first := in_order[min(object.keys(in_order))]

in_order := {index: namespace.name |
	some index, namespace in data.environment.namespaces
	namespace.role == "delivery"
}

where := "here" if count(in_order) == 1

where := sprintf("in any of %s", [text.list(sort(argocd.homes))]) if count(in_order) > 1

# Its parts

required := {"server", "repo-server", "application-controller"}

# Redis is one Deployment, or a StatefulSet behind a proxy.
high_availability := {"redis-ha-server", "redis-ha-haproxy"}

candidates contains workload if {
	some workload in data.view.workloads
	workload.namespace in argocd.homes
	workload.kind in {"Deployment", "StatefulSet"}
	workloads.judged(workload)
}

part_of[workload.id] := name if {
	some workload in candidates
	name := argocd.part(workload)
}

having(home, part) := {workload |
	some workload in candidates
	workload.namespace == home
	part_of[workload.id] == part
}

installed contains workload.namespace if {
	some workload in candidates
	part_of[workload.id] in required
}

needed(home) := required | cache(home)

cache(home) := {"redis"} if {
	some workload in having(home, "redis")
	replicas(workload) > 0
} else := high_availability if {
	some part in high_availability
	count(having(home, part)) > 0
} else := {"redis"}

# Whether they are ready

replicas(workload) := workload.ready.desired if is_number(workload.ready.desired)

else := workload.replicas if is_number(workload.replicas)

else := 1

wanted contains workload if {
	some workload in candidates
	workload.namespace in installed
	part_of[workload.id]
	replicas(workload) > 0
}

# A needed part, and no workload of it is wanted.
switched_off contains workload if {
	some home in installed
	some part in needed(home)
	all := having(home, part)
	count(all - wanted) == count(all)
	some workload in all
}

state_of(workload) := readiness.state(workload, data.parameters.graceSeconds)

# With one of several Pods it works, with no reserve.
milder(state) := {"severity": "high"} if {
	state.partly
} else := {}
