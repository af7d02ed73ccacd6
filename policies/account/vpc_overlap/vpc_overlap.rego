# METADATA
# title: Address ranges do not collide
# description: >-
#   The environment's network shares no address with another network of the account nor with the Pods or Services of any
#   cluster in it, and the cluster's own ranges none with another network. What collides cannot be routed: not now, and not
#   when networks are peered. Ranges of Pods of two clusters may be the same; they are only seen inside.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/networking/vpc/concepts/plan-your-network/
# custom:
#   id: vpc-overlap
#   severity: medium
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters, digitalocean.vpcs]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Move what is easier to move into a network or cluster with free ranges, and declare ranges from the start.
#   noFix: The ranges of a network and of a cluster can never be changed.
#   parameters: {}
package envcheck.account.vpc_overlap

import data.envcheck.lib.addresses
import data.envcheck.lib.cluster
import data.envcheck.lib.text
import data.envcheck.lib.vpcs

subjects contains vpcs.ref

subjects contains cluster.ref

not_evaluated contains gap if {
	vpcs.declared
	not vpcs.found
	gap := {
		"resource": vpcs.ref,
		"reason": "VPC not found",
		"detail": sprintf("the account has no VPC called %s in %s", [vpcs.declared.name, cluster.region]),
	}
}

not_evaluated contains cluster.gap

not_evaluated contains gap if {
	some vpc in data.digitalocean.vpcs
	not readable(object.get(vpc, "ip_range", null))
	resource := vpcs.reference(vpc)
	gap := {"resource": resource, "reason": "not said", "detail": "the account's answer has no ip_range of the network"}
}

not_evaluated contains gap if {
	some other in data.digitalocean.kubernetes_clusters
	some field, _ in fields
	not readable(object.get(other, field, null))
	resource := reference(other)
	gap := {
		"resource": resource,
		"reason": "not said",
		"detail": sprintf("the account's answer has no %s of the cluster", [field]),
	}
}

# The declared network and another.
deny contains finding if {
	some vpc in data.digitalocean.vpcs
	vpc.id != vpcs.found.id
	collide(vpcs.found.ip_range, vpc.ip_range)
	words := vpcs.words(vpc.id)
	finding := {
		"message": sprintf("its addresses %s overlap %s of VPC %s", [vpcs.found.ip_range, vpc.ip_range, words]),
		"resource": vpcs.ref,
		"key": vpc.id,
	}
}

# The declared network and what runs in some cluster.
deny contains finding if {
	some other in data.digitalocean.kubernetes_clusters
	some field, things in fields
	range := other[field]
	collide(vpcs.found.ip_range, range)
	id := text.short(other.id)
	finding := {
		"message": sprintf("its addresses %s overlap %s, the %s of cluster %s (%s)", [vpcs.found.ip_range, range, things, other.name, id]),
		"resource": vpcs.ref,
		"key": sprintf("%s %s", [other.id, things]),
	}
}

# The cluster and another network than the declared one, which is told above.
deny contains finding if {
	some vpc in data.digitalocean.vpcs
	not told(vpc)
	some field, things in fields
	range := cluster.found[field]
	collide(range, vpc.ip_range)
	words := vpcs.words(vpc.id)
	finding := {
		"message": sprintf("the addresses of its %s, %s, overlap %s of VPC %s", [things, range, vpc.ip_range, words]),
		"resource": cluster.ref,
		"key": sprintf("%s %s", [vpc.id, things]),
	}
}

fields := {"cluster_subnet": "Pods", "service_subnet": "Services"}

told(vpc) if vpc.id == vpcs.found.id

readable(range) if {
	is_string(range)
	net.cidr_is_valid(range)
}

collide(one, other) if {
	readable(one)
	readable(other)
	addresses.overlap(one, other)
}

reference(other) := cluster.ref if other.id == cluster.found.id

else := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": other.name, "id": other.id}
