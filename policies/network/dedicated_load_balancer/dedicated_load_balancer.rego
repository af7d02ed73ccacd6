# METADATA
# title: One load balancer per exposed Service
# description: >-
#   Each Service of type LoadBalancer has its own DigitalOcean load balancer, and each load balancer of the cluster its
#   Service: by the id the cloud controller wrote, else by name. Younger than ten minutes is pending. A Service generated for
#   a Gateway is reported at the Gateway. Services of another controller's class and disowned ones are left alone. Where nobody
#   knows whether the Services are this cluster's, nothing is evaluated.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/configure-load-balancers/
#   - ref: https://github.com/digitalocean/digitalocean-cloud-controller-manager/tree/master/docs/controllers/services
# custom:
#   id: dedicated-load-balancer
#   severity: critical
#   evaluates: environment
#   kinds: [v1/Service]
#   needs: [digitalocean.load_balancers, digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Give every Service a load balancer of its own: remove the copied load-balancer-id annotation from the Service that may
#     lose the address, or delete the load balancer that no Service uses.
#   noFix: >-
#     Which of two claims may lose its address only its owner knows. A load balancer that stays without a Service is for
#     load-balancer-orphan to mend.
#   parameters: {}
package envcheck.network.dedicated_load_balancer

import data.envcheck.lib.identity
import data.envcheck.lib.load_balancers
import data.envcheck.lib.services
import data.envcheck.lib.text

grace_seconds := 600

subjects contains load_balancers.resource(service) if some service in load_balancers.owned

subjects contains balancer.ref if some balancer in load_balancers.ours

pending contains entry if {
	not identity.doubt
	some service in unpaired
	age := text.elapsed(service.created)
	age < grace_seconds
	words := text.age(age)
	entry := {"resource": load_balancers.resource(service), "message": sprintf("no load balancer yet, created %s ago", [words])}
}

# The account may have been read a moment before the Service.
pending contains entry if {
	not identity.doubt
	some service in load_balancers.owned
	is_string(service.loadBalancerId)
	not load_balancers.by_id[service.loadBalancerId]
	young(service)
	words := text.age(text.elapsed(service.created))
	entry := {"resource": load_balancers.resource(service), "message": sprintf("names a load balancer that the account did not have yet, created %s ago", [words])}
}

pending contains entry if {
	not identity.doubt
	some balancer in unclaimed
	age := text.elapsed(balancer.created)
	age < grace_seconds
	words := text.age(age)
	entry := {"resource": balancer.ref, "message": sprintf("no Service has it yet, created %s ago", [words])}
}

# Where no cluster of the account is declared, none has load balancers.
not_evaluated contains gap if {
	is_object(data.environment.digitalocean.cluster)
	not cluster_known
	gap := {
		"reason": "the cluster is not known in the account",
		"detail": "without its id, load balancers that belong to it and have no Service cannot be told from others",
	}
}

# Whose Services these are decides whose load balancers they should have.
not_evaluated contains object.union(identity.gap, {"resource": ref}) if some ref in subjects

not_evaluated contains identity.gap if count(subjects) == 0

not_evaluated contains gap if {
	not identity.doubt
	some balancer in unconfirmed
	gap := {
		"resource": balancer.ref,
		"reason": "not read again",
		"detail": "no Service had it, and whether that is still so could not be read a second time",
	}
}

# The id leads nowhere.
deny contains object.union(finding, place(service)) if {
	not identity.doubt
	some service in load_balancers.owned
	is_string(service.loadBalancerId)
	not load_balancers.by_id[service.loadBalancerId]
	not young(service)
	id := text.short(service.loadBalancerId)
	finding := {
		"message": sprintf("names load balancer %s, which the account does not have", [id]),
		"resource": load_balancers.resource(service),
		"key": "dangling",
	}
}

# Two Services, one load balancer.
deny contains object.union(finding, place(service)) if {
	not identity.doubt
	some service in load_balancers.owned
	id := load_balancers.paired(service)
	others := sort({text.qualified(load_balancers.resource(other)) |
		some other in load_balancers.owned
		other.ref != service.ref
		load_balancers.paired(other) == id
	})
	count(others) > 0
	short := text.short(id)
	listed := text.list(others)
	finding := {
		"message": sprintf("shares load balancer %s with %s", [short, listed]),
		"resource": load_balancers.resource(service),
		"key": "shared",
	}
}

# Another cluster's load balancer.
deny contains object.union(finding, place(service)) if {
	not identity.doubt
	some service in load_balancers.owned
	id := load_balancers.paired(service)
	clusters := strangers(load_balancers.by_id[id])
	count(clusters) > 0
	short := text.short(id)
	listed := text.list(clusters)
	finding := {
		"message": sprintf("uses load balancer %s, which is tagged for cluster %s", [short, listed]),
		"resource": load_balancers.resource(service),
		"key": "cluster",
	}
}

# None at all.
deny contains object.union(finding, place(service)) if {
	not identity.doubt
	some service in unpaired
	not young(service)
	since := waiting(service)
	finding := {
		"message": sprintf("has no load balancer%s", [since]),
		"resource": load_balancers.resource(service),
		"key": "missing",
	}
}

# A load balancer of this cluster that no Service has.
deny contains finding if {
	not identity.doubt
	some balancer in unclaimed
	not young(balancer)
	finding := {
		"message": "is tagged for this cluster, but no Service has it",
		"resource": balancer.ref,
		"key": "unclaimed",
	}
}

# The entry under exposure, where there is one.
place(service) := {"declared": path} if path := services.exposure(text.qualified(load_balancers.resource(service)))

else := {"declared": path} if path := services.exposure(load_balancers.identity(service))

else := {}

cluster_known if is_string(data.view.cluster.id)

unpaired contains service if {
	some service in load_balancers.owned
	not is_string(service.loadBalancerId)
	not load_balancers.paired(service)
}

# Disowned Services keep their load balancer, so they claim it, too.
claimed contains load_balancers.pairing[_]

unclaimed contains balancer if {
	some balancer in load_balancers.ours
	not balancer.id in claimed
	object.get(balancer, "confirmed", true) == true
}

# Whether it is still so nobody could say.
unconfirmed contains balancer if {
	some balancer in load_balancers.ours
	not balancer.id in claimed
	object.get(balancer, "confirmed", true) == null
}

# Names of other clusters a load balancer is tagged for: any when it is not tagged for this one, those that exist otherwise.
strangers(balancer) := sort({cluster_name(id) | some id in balancer.clusters}) if {
	cluster_known
	not data.view.cluster.id in balancer.clusters
}

strangers(balancer) := sort({cluster_name(id) |
	some id in balancer.clusters
	id != data.view.cluster.id
	exists(id)
}) if {
	data.view.cluster.id in balancer.clusters
}

exists(id) if {
	some cluster in data.digitalocean.kubernetes_clusters
	cluster.id == id
}

cluster_name(id) := min({cluster.name | some cluster in data.digitalocean.kubernetes_clusters; cluster.id == id}) if exists(id)

cluster_name(id) := text.short(id) if not exists(id)

young(thing) if text.elapsed(thing.created) < grace_seconds

waiting(service) := sprintf(" %s after it was created", [text.age(text.elapsed(service.created))]) if {
	is_string(service.created)
}

waiting(service) := "" if not is_string(service.created)
