package envcheck.delivery.argocd_synced_test

import data.envcheck.delivery.argocd_synced as policy

ref := {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "namespace": "argocd", "name": "back"}

result(changes) := answer if {
	application := object.union(
		{
			"ref": ref,
			"namespace": "argocd",
			"name": "back",
			"annotations": {},
			"created": "2026-10-01T00:00:00Z",
			"automated": {"prune": true, "selfHeal": true},
			"sync": "Synced",
			"health": "Healthy",
			"unhealthySince": null,
			"operation": {"phase": "Succeeded", "finished": "2026-11-19T03:00:00Z", "message": null},
			"reconciled": "2026-11-23T02:58:00Z",
			"conditions": [],
		},
		changes,
	)
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.view as {"applications": [application]}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"graceSeconds": 900, "maxAgeSeconds": 3600}
}

clean := {"subjects": {ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

fails(changes, message, key) if {
	result(changes) == object.union(clean, {"deny": {{"message": message, "resource": ref, "key": key}}})
}

waits(changes, message) if {
	result(changes) == object.union(clean, {"pending": {{"resource": ref, "message": message}}})
}

unknown(changes, reason, detail) if {
	result(changes) == object.union(clean, {"not_evaluated": {{"resource": ref, "reason": reason, "detail": detail}}})
}

failed := {"phase": "Failed", "finished": "2026-11-23T02:58:00Z", "message": "one or more objects failed to apply"}

test_in_sync if {
	result({}) == clean
	result({"health": "Progressing"}) == clean
	result({"health": "Suspended"}) == clean

	# Whoever syncs by hand, or has a sync running, is still in sync.
	result({"automated": null, "operation": null}) == clean
	result({"operation": {"phase": "Running", "finished": null, "message": null}}) == clean
	result({"conditions": [{"type": "OrphanedResourceWarning", "message": "x", "since": "2026-10-01T00:00:00Z"}]}) == clean
}

test_out_of_sync if {
	seen := "is out of sync: Argo CD found it so 30 min ago and has not compared it since"
	fails({"sync": "OutOfSync", "reconciled": "2026-11-23T02:30:00Z"}, seen, "sync")
	fails({"sync": "OutOfSync", "automated": null, "reconciled": "2026-11-23T02:30:00Z"}, seen, "sync")
	waits({"sync": "OutOfSync", "operation": {"phase": "Succeeded", "finished": "2026-11-23T02:50:00Z", "message": null}}, "is out of sync: its last sync was 10 min ago")
}

# Its last sync is long ago, and it was compared a moment ago: it may have drifted between any two comparisons.
test_out_of_sync_since_nobody_knows_when if {
	detail := "it is out of sync, and nothing tells since when: its last sync was 4 days ago"
	unknown({"sync": "OutOfSync"}, "no time", detail)
	unknown({"sync": "OutOfSync", "automated": null}, "no time", detail)
	unknown({"sync": "OutOfSync", "reconciled": null}, "no time", detail)
	unknown({"sync": "OutOfSync", "operation": {"phase": null, "finished": null, "message": null}}, "no time", "it is out of sync, and nothing tells since when")

	# What Argo CD found before the sync tells nothing of what came of it.
	synced := {"phase": "Succeeded", "finished": "2026-11-23T02:40:00Z", "message": null}
	unknown({"sync": "OutOfSync", "operation": synced, "reconciled": "2026-11-23T02:30:00Z"}, "no time", "it is out of sync, and nothing tells since when: its last sync was 20 min ago")
}

test_conditions_that_say_nothing if {
	conditions := [{"type": null, "message": null, "since": null}, {"type": null, "message": null, "since": "2026-11-23T00:00:00Z"}, {"type": "SyncError", "message": null, "since": null}]
	unknown({"sync": "OutOfSync", "conditions": conditions}, "no time", "it is out of sync, and nothing tells since when: its last sync was 4 days ago")
}

test_a_sync_that_fails_again_and_again if {
	waits({"sync": "OutOfSync", "operation": failed}, "is out of sync: its last sync failed 2 min ago")
	condition := {"type": "SyncError", "message": "x", "since": "2026-11-23T00:00:00Z"}
	fails({"sync": "OutOfSync", "operation": failed, "conditions": [condition]}, "is out of sync: SyncError for 3 h", "sync")
	warning := {"type": "SharedResourceWarning", "message": "x", "since": "2026-11-23T00:00:00Z"}
	waits({"sync": "OutOfSync", "operation": failed, "conditions": [warning]}, "is out of sync: its last sync failed 2 min ago")
	fails({"sync": "OutOfSync", "operation": object.union(failed, {"finished": "2026-11-23T02:30:00Z"})}, "is out of sync: its last sync failed 30 min ago", "sync")
}

test_a_sync_that_runs if {
	running := {"phase": "Running", "started": "2026-11-23T02:58:00Z", "finished": null, "message": null}
	waits({"sync": "OutOfSync", "operation": running}, "is out of sync: a sync has been running for 2 min")
	fails({"sync": "OutOfSync", "operation": object.union(running, {"started": "2026-11-23T00:00:00Z"})}, "is out of sync: a sync has been running for 3 h", "sync")
	untold := {"phase": "Running", "finished": null, "message": null}
	unknown({"sync": "OutOfSync", "operation": untold}, "no time", "it is out of sync, and nothing tells since when")
	condition := {"type": "SyncError", "message": "x", "since": "2026-11-23T00:00:00Z"}
	fails({"sync": "OutOfSync", "operation": untold, "conditions": [condition]}, "is out of sync: SyncError for 3 h", "sync")
}

test_never_synced if {
	fails({"sync": "OutOfSync", "operation": null}, "is out of sync: it was made 53 days ago and never synced", "sync")
	waits({"sync": "OutOfSync", "operation": null, "created": "2026-11-23T02:55:00Z"}, "is out of sync: it was made 5 min ago and never synced")
	unknown({"sync": "OutOfSync", "operation": null, "created": null}, "no time", "it is out of sync, and nothing tells since when")
}

test_never_compared if {
	none := {"sync": null, "health": null, "operation": null, "reconciled": null}
	fails(none, "was never compared with its source: it was made 53 days ago and never synced", "sync")
	waits(object.union(none, {"created": "2026-11-23T02:55:00Z"}), "was never compared with its source: it was made 5 min ago and never synced")
}

test_comparison_failed if {
	condition := {"type": "ComparisonError", "message": "x", "since": "2026-11-23T02:00:00Z"}
	quick := {"phase": "Succeeded", "finished": "2026-11-23T01:30:00Z", "message": null}
	fails({"sync": "Unknown", "health": "Unknown", "operation": quick, "conditions": [condition]}, "could not be compared with its source: ComparisonError for 1 h", "sync")
	fails({"sync": "Unknown", "operation": null, "created": "2026-11-23T02:30:00Z", "conditions": [condition]}, "could not be compared with its source: ComparisonError for 1 h", "sync")
}

test_degraded if {
	fails({"health": "Degraded", "unhealthySince": "2026-11-23T00:00:00Z"}, "has been degraded for 3 h", "health")
	waits({"health": "Degraded", "unhealthySince": "2026-11-23T02:50:00Z"}, "has been degraded for 10 min")
	unknown({"health": "Degraded"}, "no time", "it has been degraded, and nothing tells since when")
	fails({"health": "Missing", "unhealthySince": "2026-11-23T00:00:00Z"}, "has lacked objects for 3 h", "health")
}

test_degraded_and_out_of_sync if {
	found := result({"sync": "OutOfSync", "reconciled": "2026-11-23T02:30:00Z", "health": "Degraded", "unhealthySince": "2026-11-23T00:00:00Z"})
	{finding.key | some finding in found.deny} == {"sync", "health"}
	missing := result({"sync": "OutOfSync", "reconciled": "2026-11-23T02:30:00Z", "health": "Missing", "unhealthySince": "2026-11-23T00:00:00Z"})
	{finding.key | some finding in missing.deny} == {"sync"}
}

test_health_unknown if {
	unknown({"health": "Unknown"}, "health unknown", "Argo CD cannot tell whether it is healthy")
	unknown({"health": null}, "health unknown", "Argo CD cannot tell whether it is healthy")
}

test_a_status_of_old if {
	unknown({"reconciled": "2026-11-22T03:00:00Z"}, "status is old", "Argo CD last compared it 24 h ago")
	unknown({"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}, "status is old", "the annotation argocd.argoproj.io/skip-reconcile keeps Argo CD from looking at it")

	# What was wrong already is told as such.
	fails({"sync": "OutOfSync", "reconciled": "2026-11-22T03:00:00Z"}, "is out of sync: Argo CD found it so 24 h ago and has not compared it since", "sync")
}

test_no_applications if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.view as {"applications": []}
	answer == {"subjects": set(), "deny": set()}
}
