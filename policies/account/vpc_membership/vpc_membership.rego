# METADATA
# title: Cluster and load balancers are in the declared network
# description: >-
#   The declared VPC exists in the declared region with the declared addresses, and the cluster and each of its load balancers
#   is in that very network, by its id: names tell nothing, as every region has a default one. Global load balancers are in no
#   network.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/networking/vpc/
# custom:
#   id: vpc-membership
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters, digitalocean.load_balancers, digitalocean.vpcs]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Create the cluster or load balancer anew in the declared network, or declare the network that it is in. A load balancer
#     follows its Service, which has to be created anew, and loses its address.
#   noFix: Neither a cluster nor a load balancer can change its network.
#   parameters: {}
package envcheck.account.vpc_membership

import data.envcheck.lib.addresses
import data.envcheck.lib.cluster
import data.envcheck.lib.text
import data.envcheck.lib.vpcs

subjects contains vpcs.ref

# Without the declared network there is nothing to be in.
subjects contains cluster.ref if vpcs.found

subjects contains balancer.ref if {
	vpcs.found
	some balancer in judged
}

not_evaluated contains cluster.gap if vpcs.declared

not_evaluated contains gap if {
	vpcs.found
	cluster.found
	not placed(object.get(cluster.found, "vpc_uuid", null))
	resource := cluster.ref
	gap := hidden(resource)
}

not_evaluated contains gap if {
	vpcs.found
	some balancer in judged
	not placed(balancer.vpc)
	gap := hidden(balancer.ref)
}

not_evaluated contains gap if {
	vpcs.declared.ipRange
	vpcs.found
	not range_said
	gap := {
		"resource": vpcs.ref,
		"reason": "not said",
		"detail": "the account's answer has no ip_range of the network",
	}
}

not_evaluated contains gap if {
	vpcs.declared
	cluster.found
	not tags_visible
	count(data.view.load_balancers) > 0
	gap := {
		"resource": cluster.ref,
		"reason": "scope missing",
		"detail": "which load balancers belong to the cluster is not visible: the token needs tag:read",
	}
}

deny contains finding if {
	vpcs.declared
	not vpcs.found
	finding := {
		"message": sprintf("the account has no VPC of this name in %s%s", [cluster.region, other_regions]),
		"resource": vpcs.ref,
		"key": "missing",
		"declared": ["digitalocean", "vpc", "name"],
	}
}

deny contains finding if {
	wanted := vpcs.declared.ipRange
	range_said
	actual := vpcs.found.ip_range
	not same_range(wanted, actual)
	finding := {
		"message": sprintf("it has the addresses %s, %s is declared", [actual, wanted]),
		"resource": vpcs.ref,
		"key": "range",
		"severity": "medium",
		"declared": ["digitalocean", "vpc", "ipRange"],
	}
}

deny contains finding if {
	id := cluster.found.vpc_uuid
	elsewhere(id)
	words := vpcs.words(id)
	finding := {
		"message": sprintf("is in VPC %s, %s is declared", [words, vpcs.words(vpcs.found.id)]),
		"resource": cluster.ref,
		"key": "vpc",
		"declared": ["digitalocean", "vpc"],
	}
}

deny contains finding if {
	some balancer in judged
	elsewhere(balancer.vpc)
	words := vpcs.words(balancer.vpc)
	finding := {
		"message": sprintf("is in VPC %s, %s is declared", [words, vpcs.words(vpcs.found.id)]),
		"resource": balancer.ref,
		"key": "vpc",
		"declared": ["digitalocean", "vpc"],
	}
}

# Load balancers of the cluster, by their tag.
judged contains balancer if {
	some balancer in data.view.load_balancers
	cluster.found.id in balancer.clusters
	balancer.type != "GLOBAL"
}

range_said if {
	is_string(vpcs.found.ip_range)
	net.cidr_is_valid(vpcs.found.ip_range)
}

placed(id) if {
	is_string(id)
	id != ""
}

elsewhere(id) if {
	vpcs.found
	placed(id)
	id != vpcs.found.id
}

hidden(resource) := {
	"resource": resource,
	"reason": "scope missing",
	"detail": "in which network it is cannot be seen: the token needs vpc:read",
}

# Some load balancer shows its tags, or the cluster does.
tags_visible if cluster.tags_visible

tags_visible if {
	some balancer in data.digitalocean.load_balancers
	is_array(balancer.tags)
}

same_range(one, other) if {
	addresses.covers(one, other)
	addresses.covers(other, one)
}

other_regions := "" if count(vpcs.elsewhere) == 0

other_regions := sprintf(", only in %s", [text.list(vpcs.elsewhere)]) if count(vpcs.elsewhere) > 0
