package envcheck.lib.readiness_test

import data.envcheck.lib.readiness

now := "2026-11-23T03:00:00Z"

workload(ready, changes) := object.union(
	{
		"kind": "Deployment",
		"created": "2026-11-01T00:00:00Z",
		"unreadySince": null,
		"ready": object.union({"desired": 3, "ready": 3, "updated": 3, "current": true}, ready),
	},
	changes,
)

state(subject) := answer if {
	answer := readiness.state(subject, 600) with data.now as now
}

test_ready if {
	state(workload({}, {})) == {"state": "ready"}
	state(workload({"ready": 4}, {})) == {"state": "ready"}
	state(workload({"updated": 1}, {})) == {"state": "ready"}
}

test_nobody_says if {
	state(workload({}, {"ready": null})) == {"state": "unknown", "message": "its status does not say how many of its Pods are ready"}
}

test_scaled_to_zero if {
	state(workload({"desired": 0, "ready": 0}, {})) == {"state": "unready", "partly": false, "message": "is scaled to zero"}
	state(workload({"desired": 0, "ready": 0}, {"kind": "DaemonSet"})) == {"state": "unready", "partly": false, "message": "runs on no node"}
}

test_not_seen_yet if {
	state(workload({"current": false}, {})) == {"state": "unknown", "message": "its controller has not seen the latest change yet"}
}

test_young if {
	state(workload({"ready": 1}, {"created": "2026-11-23T02:58:00Z"})) == {"state": "pending", "message": "1 of its 3 Pods is ready, created 2 min ago"}
	state(workload({"ready": 0, "current": false}, {"created": "2026-11-23T02:58:00Z"})) == {"state": "pending", "message": "none of its 3 Pods is ready, created 2 min ago"}
}

test_not_for_long if {
	state(workload({"ready": 2}, {"unreadySince": "2026-11-23T02:55:00Z"})) == {"state": "pending", "message": "2 of its 3 Pods are ready, for 5 min now"}
}

test_for_long if {
	state(workload({"ready": 0}, {"unreadySince": "2026-11-23T02:30:00Z"})) == {"state": "unready", "partly": false, "message": "none of its 3 Pods is ready, for 30 min now"}
	state(workload({"desired": 1, "ready": 0}, {})) == {"state": "unready", "partly": false, "message": "its Pod is not ready"}
	state(workload({"ready": 1}, {})) == {"state": "unready", "partly": true, "message": "1 of its 3 Pods is ready"}
}

# A time ahead of the run is no proof of youth.
test_dated_ahead if {
	state(workload({"desired": 1, "ready": 0}, {"created": "2027-01-01T00:00:00Z"})) == {"state": "unready", "partly": false, "message": "its Pod is not ready"}
}
