# METADATA
# title: Applications are in sync and healthy
# description: >-
#   No Application of Argo CD has been out of sync, without a comparison or degraded for longer than the grace time. That it has
#   been so is told by errors among its conditions, a sync that failed or does not end, a comparison that is itself older, or,
#   where it was never synced, its age; of degraded ones by their health. That the last sync is long ago tells nothing: what was
#   in sync since may have drifted a minute ago, and is not evaluated. Syncing by hand is no fault, being out of sync is. A
#   status that nobody keeps up to date is not evaluated. Not applicable where no Argo CD is declared.
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
#     Look at what differs (argocd app diff) and sync it, or bring the change into the repository; for a degraded one mend the
#     objects that it names.
#   noFix: Which of the two sides is right, the repository or the cluster, only people know.
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
	[_, words] := overdue(application)
	finding := {
		"message": sprintf("%s: %s", [state, words]),
		"resource": application.ref,
		"key": "sync",
	}
}

pending contains entry if {
	some application in data.view.applications
	state := unsynced(application)
	not overdue(application)
	[_, words] := young(application)
	entry := {"resource": application.ref, "message": sprintf("%s: %s", [state, words])}
}

not_evaluated contains gap if {
	some application in data.view.applications
	state := unsynced(application)
	not overdue(application)
	not young(application)
	history := told(application)
	gap := {
		"resource": application.ref,
		"reason": "no time",
		"detail": sprintf("it %s, and nothing tells since when%s", [state, history]),
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

# What proves that it has been so for longer than the grace time, the longest, with that time in seconds.
overdue(application) := max(proofs) if {
	proofs := {proof |
		some proof in (conditions(application) | last(application)) | seen(application)
		proof[0] >= data.parameters.graceSeconds
	}
	count(proofs) > 0
}

# What began within the grace time, or ended in it as it should.
young(application) := max(beginnings) if {
	beginnings := {beginning |
		some beginning in (conditions(application) | last(application)) | synced(application)
		beginning[0] < data.parameters.graceSeconds
	}
	count(beginnings) > 0
}

# Errors that Argo CD noted. Warnings say nothing of syncing.
conditions(application) := {[seconds, words] |
	some condition in application.conditions
	is_string(condition.type)
	endswith(condition.type, "Error")
	seconds := text.past(condition.since)
	words := sprintf("%s for %s", [condition.type, text.age(seconds)])
}

# A sync that failed left it so: Argo CD does not try the same revision again.
last(application) := {[seconds, sprintf("its last sync failed %s ago", [text.age(seconds)])]} if {
	application.operation.phase in {"Error", "Failed"}
	seconds := text.past(application.operation.finished)
} else := {[seconds, sprintf("a sync has been running for %s", [text.age(seconds)])]} if {
	# A sync that never ends is none. Argo CD says when it began.
	application.operation.phase in {"Running", "Terminating"}
	seconds := text.past(object.get(application.operation, "started", null))
} else := {[seconds, sprintf("it was made %s ago and never synced", [text.age(seconds)])]} if {
	application.operation == null
	seconds := text.past(application.created)
} else := set()

# Argo CD compared it, after its last sync, found it so and has not looked again.
seen(application) := {[seconds, sprintf("Argo CD found it so %s ago and has not compared it since", [text.age(seconds)])]} if {
	seconds := text.past(application.reconciled)
	not synced_after(application, seconds)
} else := set()

synced_after(application, seconds) if text.past(application.operation.finished) < seconds

# Until then it was as wanted. When it drifted from there, nothing tells.
synced(application) := {[seconds, sprintf("its last sync was %s ago", [text.age(seconds)])]} if {
	application.operation.phase == "Succeeded"
	seconds := text.past(application.operation.finished)
} else := set()

told(application) := sprintf(": %s", [words]) if {
	some [_, words] in synced(application)
} else := ""

# Why its status says nothing of today.
frozen(application) := "the annotation argocd.argoproj.io/skip-reconcile keeps Argo CD from looking at it" if {
	application.annotations["argocd.argoproj.io/skip-reconcile"] == "true"
}

else := sprintf("Argo CD last compared it %s ago", [text.age(seconds)]) if {
	seconds := text.past(application.reconciled)
	seconds > data.parameters.maxAgeSeconds
}
