# Which load balancer belongs to which Service, as the cloud controller finds it.
package envcheck.lib.load_balancers

import data.envcheck.lib.services
import data.envcheck.lib.text

# Services the cloud controller serves.
owned contains service if {
	some service in data.view.services
	service.type == "LoadBalancer"
	not services.foreign(service.loadBalancerClass)
	not service.disowned
}

# Where a finding belongs: at the Gateway a Service was generated for, else at the Service.
resource(service) := service.owner if {
	service.owner.kind == "Gateway"
} else := service.ref

identity(service) := text.qualified(service.ref)

by_id[balancer.id] := balancer if some balancer in data.view.load_balancers

# Load balancers tagged for this cluster.
ours contains balancer if {
	some balancer in data.view.load_balancers
	data.view.cluster.id in balancer.clusters
}

# Service → id of its load balancer.
pairing[identity(service)] := id_of(service) if {
	some service in data.view.services
	service.type == "LoadBalancer"
	id_of(service)
}

# The id of its load balancer; undefined where there is none.
paired(service) := id if {
	name := identity(service)
	id := pairing[name]
}

# By the id the controller wrote, else by name, as the controller itself looks.
id_of(service) := service.loadBalancerId if {
	is_string(service.loadBalancerId)
	by_id[service.loadBalancerId]
}

id_of(service) := min(named(service)) if {
	not is_string(service.loadBalancerId)
	count(named(service)) > 0
}

named(service) := ids if {
	ids := {id | some id in our_names[service.loadBalancerName]}
	count(ids) > 0
}

else := {id | some id in all_names[service.loadBalancerName]}

our_names[balancer.name] contains balancer.id if some balancer in ours

all_names[balancer.name] contains balancer.id if some balancer in data.view.load_balancers
