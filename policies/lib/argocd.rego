# Argo CD as the spec declares it, what it consists of, and where its Applications lead.
package envcheck.lib.argocd

import data.envcheck.lib.fields
import data.envcheck.lib.repositories

declared := data.environment.delivery.argocd if is_object(data.environment.delivery.argocd)

# The namespaces that it may run in: its Applications and projects are there, too.
homes contains namespace.name if {
	some namespace in data.environment.namespaces
	namespace.role == "delivery"
}

from_declared_repository(address) if repositories.same(address, declared.repository)

# The declared repository, or where declared charts come from: these may be kept in Git as well.
from_declared_place(address) if from_declared_repository(address)

from_declared_place(address) if {
	some chart in fields.list(data.environment.delivery, "charts")
	some place in places(chart)
	repositories.same(address, place)
}

# How the address of a chart is written: that of its repository, in an OCI registry with the chart's name behind it.
places(chart) := [chart.repository, sprintf("%s/%s", [trim_right(chart.repository, "/"), chart.name])]

at_declared_revision(written) if repositories.revision(written) == declared_revision

declared_revision := repositories.revision(object.get(declared, "revision", null))

# The cluster that Argo CD itself runs in, by its address there or by its name.
in_cluster(destination) if {
	is_string(destination.server)
	trim_right(destination.server, "/") == "https://kubernetes.default.svc"
}

in_cluster(destination) if destination.name == "in-cluster"

# Which part of it a workload is: by its name, else by its labels. Undefined for what is none.
part(workload) := name if {
	some name in {"redis-ha-server", "redis-ha-haproxy"}
	named(workload.name, name)
} else := name if {
	some name in {
		"application-controller",
		"applicationset-controller",
		"commit-server",
		"dex-server",
		"notifications-controller",
		"redis",
		"repo-server",
		"server",
	}
	named(workload.name, sprintf("argocd-%s", [name]))
} else := name if {
	labelled(workload)
	name := of_high_availability[workload.labels["app.kubernetes.io/name"]]
} else := workload.labels["app.kubernetes.io/component"] if {
	labelled(workload)
	workload.labels["app.kubernetes.io/component"]
} else := workload.name if {
	labelled(workload)
}

# Helm puts the release before it.
named(name, ending) if name == ending

named(name, ending) if endswith(name, sprintf("-%s", [ending]))

labelled(workload) if workload.labels["app.kubernetes.io/part-of"] == "argocd"

# The component of all of them is redis.
of_high_availability := {
	"argocd-redis-ha": "redis-ha-server",
	"argocd-redis-ha-server": "redis-ha-server",
	"argocd-redis-ha-haproxy": "redis-ha-haproxy",
}
