# Argo CD as the spec declares it, and where its Applications lead.
package envcheck.lib.argocd

import data.envcheck.lib.repositories

declared := data.environment.delivery.argocd if is_object(data.environment.delivery.argocd)

# The namespaces that it may run in: its Applications and projects are there, too.
homes contains namespace.name if {
	some namespace in data.environment.namespaces
	namespace.role == "delivery"
}

from_declared_repository(address) if repositories.same(address, declared.repository)

at_declared_revision(written) if repositories.revision(written) == declared_revision

declared_revision := repositories.revision(object.get(declared, "revision", null))

# The cluster that Argo CD itself runs in, by its address there or by its name.
in_cluster(destination) if {
	is_string(destination.server)
	trim_right(destination.server, "/") == "https://kubernetes.default.svc"
}

in_cluster(destination) if destination.name == "in-cluster"
