# The declared private network as the account has it.
package envcheck.lib.vpcs

import data.envcheck.lib.text

declared := vpc if {
	vpc := data.environment.digitalocean.vpc
	is_object(vpc)
}

# Names are unique in an account.
named := [vpc |
	some vpc in data.digitalocean.vpcs
	vpc.name == declared.name
]

here := [vpc | some vpc in named; vpc.region == data.environment.digitalocean.region]

found := here[0] if count(here) > 0

elsewhere := sort({vpc.region | some vpc in named; vpc.region != data.environment.digitalocean.region})

ref := reference(found) if found

else := {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": declared.name} if declared

reference(vpc) := {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": vpc.name, "id": vpc.id}

by_id[vpc.id] := vpc if some vpc in data.digitalocean.vpcs

# "stage (06b5b28b)", or the id's first part alone.
words(id) := sprintf("%s (%s)", [name, text.short(id)]) if name := by_id[id].name

else := text.short(id)
