# METADATA
# title: Applications are in sync and healthy
# description: >-
#   No Application of Argo CD has been out of sync, without a comparison or degraded for longer than the grace time. Since when is
#   told by its conditions, its last sync, or, where it was never synced, its age; of degraded ones by their health. Syncing by hand
#   is no fault, being out of sync is. A status that nobody keeps up to date is not evaluated. Not applicable where no Argo CD is
#   declared.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/core_concepts/
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
# custom:
#   id: argocd-synced
#   severity: high
#   evaluates: environment
#   kinds: [argoproj.io/v1alpha1/Application]
#   needs: []
#   declares: [delivery.argocd]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Look at what differs (argocd app diff) and sync it, or bring the change into the repository; for a degraded one mend the objects
#     that it names. Nothing is repaired by itself: which of the two sides is right only people know.
#   parameters:
#     grace: {default: 15m, description: "For this long an Application may be out of sync or degraded."}
#     maxAge: {default: 1h, description: "An older comparison by Argo CD is not believed."}
package envcheck.delivery.argocd_synced

import data.envcheck.lib.text

subjects contains application.ref if some application in data.view.applications

# Out of sync

deny contains finding if {
	some application in data.view.applications
	state := unsynced(application)
	[seconds, words] := proof(application)
	seconds >= data.parameters.graceSeconds
	finding := {
		"message": sprintf("%s: %s", [state, words]),
		"resource": application.ref,
		"key": "sync",
	}
}

pending contains entry if {
	some application in data.view.applications
	state := unsynced(application)
	[seconds, words] := proof(application)
	seconds < data.parameters.graceSeconds
	entry := {"resource": application.ref, "message": sprintf("%s: %s", [state, words])}
}

not_evaluated contains gap if {
	some application in data.view.applications
	state := unsynced(application)
	not proof(application)
	gap := {
		"resource": application.ref,
		"reason": "no time",
		"detail": sprintf("it %s, and nothing tells since when", [state]),
	}
}

# Degraded

deny contains finding if {
	some application in data.view.applications
	state := unhealthy(application)
	seconds := text.past(application.unhealthySince)
	seconds >= data.parameters.graceSeconds
	finding := {
		"message": sprintf("%s for %s", [state, text.age(seconds)]),
		"resource": application.ref,
		"key": "health",
	}
}

pending contains entry if {
	some application in data.view.applications
	state := unhealthy(application)
	seconds := text.past(application.unhealthySince)
	seconds < data.parameters.graceSeconds
	entry := {"resource": application.ref, "message": sprintf("%s for %s", [state, text.age(seconds)])}
}

not_evaluated contains gap if {
	some application in data.view.applications
	state := unhealthy(application)
	not text.past(application.unhealthySince)
	gap := {
		"resource": application.ref,
		"reason": "no time",
		"detail": sprintf("it %s, and nothing tells since when", [state]),
	}
}

# Not known

not_evaluated contains gap if {
	some application in data.view.applications
	application.sync == "Synced"
	application.health in {"Unknown", null}
	gap := {
		"resource": application.ref,
		"reason": "health unknown",
		"detail": "Argo CD cannot tell whether it is healthy",
	}
}

not_evaluated contains gap if {
	some application in data.view.applications
	good(application)
	detail := frozen(application)
	gap := {
		"resource": application.ref,
		"reason": "status is old",
		"detail": detail,
	}
}

unsynced(application) := "is out of sync" if application.sync == "OutOfSync"

else := "could not be compared with its source" if application.sync == "Unknown"

else := "was never compared with its source" if application.sync == null

unhealthy(application) := "has been degraded" if application.health == "Degraded"

# Out of sync, it is told already.
else := "has lacked objects" if {
	application.health == "Missing"
	application.sync == "Synced"
}

good(application) if {
	not unsynced(application)
	not unhealthy(application)
}

# What tells of the longest time, with that time in seconds.
proof(application) := max(proofs) if {
	proofs := conditions(application) | {last(application)}
} else := max(proofs) if {
	proofs := conditions(application)
	count(proofs) > 0
}

# Errors that Argo CD noted. Warnings say nothing of syncing.
conditions(application) := {[seconds, words] |
	some condition in application.conditions
	endswith(condition.type, "Error")
	seconds := text.past(condition.since)
	words := sprintf("%s for %s", [condition.type, text.age(seconds)])
}

# Its last sync: until then it was as wanted, or could not be made so. Argo CD does not try the same revision again.
last(application) := [seconds, sprintf("%s %s ago", [ended[application.operation.phase], text.age(seconds)])] if {
	seconds := text.past(application.operation.finished)
}

# A sync that never ends is none. Argo CD says when it began.
else := [seconds, sprintf("a sync has been running for %s", [text.age(seconds)])] if {
	is_object(application.operation)
	seconds := text.past(object.get(application.operation, "started", null))
}

else := [seconds, sprintf("it was made %s ago and never synced", [text.age(seconds)])] if {
	application.operation == null
	seconds := text.past(application.created)
}

ended := {
	"Succeeded": "its last sync was",
	"Failed": "its last sync failed",
	"Error": "its last sync failed",
	"Terminating": "its last sync was stopped",
	"Running": "its last sync was",
}

# Why its status says nothing of today.
frozen(application) := "the annotation argocd.argoproj.io/skip-reconcile keeps Argo CD from looking at it" if {
	application.annotations["argocd.argoproj.io/skip-reconcile"] == "true"
}

else := sprintf("Argo CD last compared it %s ago", [text.age(seconds)]) if {
	seconds := text.past(application.reconciled)
	seconds > data.parameters.maxAgeSeconds
}
