package envcheck.lib.vpcs_test

import data.envcheck.lib.vpcs

rows := [
	{"id": "06b5b28b-2ba8", "name": "stage", "region": "fra1"},
	{"id": "9f9c9cd5-92d2", "name": "stage", "region": "ams3"},
]

test_by_name_and_region if {
	found := vpcs.ref with data.environment as {"digitalocean": {"region": "fra1", "vpc": {"name": "stage"}}} with data.digitalocean as {"vpcs": rows}
	found == {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": "stage", "id": "06b5b28b-2ba8"}
	regions := vpcs.elsewhere with data.environment as {"digitalocean": {"region": "nyc1", "vpc": {"name": "stage"}}} with data.digitalocean as {"vpcs": rows}
	regions == ["ams3", "fra1"]
	absent := vpcs.ref with data.environment as {"digitalocean": {"region": "nyc1", "vpc": {"name": "stage"}}} with data.digitalocean as {"vpcs": rows}
	absent == {"apiVersion": "digitalocean.com/v2", "kind": "VPC", "name": "stage"}
}

test_words if {
	known := vpcs.words("06b5b28b-2ba8") with data.digitalocean as {"vpcs": rows}
	known == "stage (06b5b28b)"
	unknown := vpcs.words("11111111-2222") with data.digitalocean as {"vpcs": rows}
	unknown == "11111111"
}
