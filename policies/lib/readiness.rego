# Whether a workload's Pods are ready, as its controller says.
package envcheck.lib.readiness

import data.envcheck.lib.text

# "ready", "pending" within the grace time, "unready", or "unknown"; in words but for what is ready. `partly` says that at
# least one Pod serves.
state(workload, grace) := {"state": "unknown", "message": "its status does not say how many of its Pods are ready"} if {
	not is_object(workload.ready)
} else := {"state": "unready", "partly": false, "message": idle(workload)} if {
	workload.ready.desired == 0
} else := {"state": "ready"} if {
	workload.ready.ready >= workload.ready.desired
	workload.ready.current
} else := {"state": "pending", "message": sprintf("%s, created %s ago", [words(workload), text.age(age)])} if {
	age := text.past(workload.created)
	age < grace
} else := {"state": "unknown", "message": "its controller has not seen the latest change yet"} if {
	not workload.ready.current
} else := {"state": "pending", "message": sprintf("%s, for %s now", [words(workload), text.age(age)])} if {
	age := text.past(workload.unreadySince)
	age < grace
} else := {"state": "unready", "partly": workload.ready.ready > 0, "message": sprintf("%s, for %s now", [words(workload), text.age(age)])} if {
	age := text.past(workload.unreadySince)
} else := {"state": "unready", "partly": workload.ready.ready > 0, "message": words(workload)}

# A DaemonSet has no number of its own.
idle(workload) := "runs on no node" if workload.kind == "DaemonSet"

else := "is scaled to zero"

words(workload) := "its Pod is not ready" if {
	workload.ready.ready == 0
	workload.ready.desired == 1
} else := sprintf("none of its %d Pods is ready", [workload.ready.desired]) if {
	workload.ready.ready == 0
} else := sprintf("%d of its %d Pods are ready", [workload.ready.ready, workload.ready.desired]) if {
	workload.ready.ready > 1
} else := sprintf("1 of its %d Pods is ready", [workload.ready.desired])
