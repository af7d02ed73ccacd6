# METADATA
# title: No load balancer is left over
# description: >-
#   A load balancer of this cluster (by its tag, by what DigitalOcean would delete with the cluster, or because all its
#   Droplets are Nodes of it) that no Service has, or one of a cluster that no longer exists: seen so in two runs, over 24
#   hours. Until then it is a candidate. A disowned Service still has its load balancer. Load balancers of other clusters are
#   judged in their audits, those of none are nobody's; where another existing cluster may own it, or nobody knows whether the
#   Services that were read are this cluster's, it is not evaluated.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/destroy-clusters/
#   - ref: https://docs.digitalocean.com/products/networking/load-balancers/details/pricing/
# custom:
#   id: load-balancer-orphan
#   severity: medium
#   evaluates: environment
#   kinds: [v1/Service]
#   needs:
#     - digitalocean.kubernetes_associated_resources
#     - digitalocean.kubernetes_cluster_lookups
#     - digitalocean.kubernetes_clusters
#     - digitalocean.load_balancers
#     - digitalocean.observations
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Delete the load balancer, which goes on billing; its address is lost, so see first that no DNS record points to it. Or let
#     a new Service adopt it with the annotation kubernetes.digitalocean.com/load-balancer-id, set when the Service is created.
#   parameters:
#     grace: {default: 24h, description: "How long, over at least two runs, it must have been seen without a Service."}
package envcheck.network.load_balancer_orphan

import data.envcheck.lib.identity
import data.envcheck.lib.text

subjects contains balancer.ref if some balancer in ours

subjects contains balancer.ref if some balancer in left_behind

subjects contains balancer.ref if some balancer in unclear

# Where no cluster of the account is declared, none has load balancers.
not_evaluated contains gap if {
	is_object(data.environment.digitalocean.cluster)
	not cluster_known
	gap := {
		"reason": "the cluster is not known in the account",
		"detail": "without its id, load balancers that belong to it cannot be told from others",
	}
}

# Another cluster's Services say nothing of this one's load balancers.
not_evaluated contains object.union(identity.gap, {"resource": ref}) if some ref in subjects

not_evaluated contains identity.gap if count(subjects) == 0

# Its tags name clusters, none of them on the list, and whether these exist could not be asked.
not_evaluated contains gap if {
	some balancer in unclear
	named := clusters(balancer)
	gap := {
		"resource": balancer.ref,
		"reason": "cluster not known",
		"detail": sprintf("whether cluster %s exists could not be asked", [named]),
	}
}

# Another existing cluster may own it, too, and its Services were not read.
not_evaluated contains gap if {
	some balancer in orphans
	count(others(balancer)) > 0
	names := text.list(sort(others(balancer)))
	gap := {
		"resource": balancer.ref,
		"reason": "may belong to another cluster",
		"detail": sprintf("it is tagged for cluster %s as well, whose Services were not read", [names]),
	}
}

pending contains entry if {
	some balancer in candidates
	not proven(balancer)
	words := seen(balancer)
	entry := {"resource": balancer.ref, "message": sprintf("candidate: %s, %s", [state(balancer), words])}
}

deny contains object.union(finding, repair) if {
	some balancer in candidates
	proven(balancer)
	since := text.age(text.past(balancer.unattachedSince))
	repair := deletion(balancer)
	finding := {
		"message": sprintf("%s, for %s over %d runs; it goes on billing", [state(balancer), since, balancer.unattachedRuns]),
		"resource": balancer.ref,
	}
}

own(id) if id == data.view.cluster.id

cluster_known if is_string(data.view.cluster.id)

ours contains balancer if {
	cluster_known
	some balancer in data.view.load_balancers
	balancer.ours == true
}

# Every cluster that its tags name is gone.
left_behind contains balancer if {
	some balancer in data.view.load_balancers
	balancer.ofCluster == "other"
	balancer.ours != true
	balancer.clusterExists == false
}

unclear contains balancer if {
	some balancer in data.view.load_balancers
	balancer.ofCluster == "other"
	balancer.ours != true
	object.get(balancer, "clusterExists", null) == null
}

orphans contains balancer if {
	some balancer in ours
	count(balancer.services) == 0
}

orphans contains balancer if {
	some balancer in left_behind
	count(balancer.services) == 0
}

candidates contains balancer if {
	not identity.doubt
	some balancer in orphans
	count(others(balancer)) == 0
}

# Names of the other clusters on its tags that exist.
others(balancer) := {cluster.name |
	some id in balancer.clusters
	not own(id)
	some cluster in data.digitalocean.kubernetes_clusters
	cluster.id == id
}

proven(balancer) if {
	balancer.unattachedRuns >= 2
	text.past(balancer.unattachedSince) >= data.parameters.graceSeconds
}

seen(balancer) := sprintf("seen so for %s in %d runs", [text.age(text.past(balancer.unattachedSince)), balancer.unattachedRuns]) if {
	balancer.unattachedRuns > 1
	text.past(balancer.unattachedSince)
} else := "seen so for the first time"

state(balancer) := "no Service has it" if balancer in ours

state(balancer) := sprintf("is left of cluster %s, which no longer exists", [clusters(balancer)]) if {
	not balancer in ours
}

clusters(balancer) := text.list([text.short(id) | some id in balancer.clusters])

# One that carries no cluster's tag was made by somebody else: whether it may go, they must say.
deletion(balancer) := {"fix": {
	"action": "load_balancer.delete",
	"risk": "destructive",
	"summary": sprintf("delete load balancer %s; its address%s is lost", [balancer.name, address(balancer)]),
	"target": balancer.ref,
	"params": {"id": balancer.id},
}} if {
	count(balancer.clusters) > 0
} else := {}

# One that has just been made has none yet.
address(balancer) := sprintf(" %s", [balancer.ip]) if {
	is_string(balancer.ip)
	balancer.ip != ""
} else := ""
