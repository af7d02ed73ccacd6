# METADATA
# title: Declared buckets exist
# description: >-
#   Each bucket under spaces.buckets exists in the declared region. Where the key may not even ask, as for a bucket that
#   somebody else has under this name, it is not evaluated.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/create/
# custom:
#   id: space-exists
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [spaces.buckets]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Create the bucket (a deleted bucket's name is blocked for about a week), or correct name or region in the spec. A bucket
#     cannot be moved to another region: create one there under another name and copy its objects.
#   parameters: {}
package envcheck.spaces.space_exists

import data.envcheck.lib.spaces

subjects contains spaces.ref(bucket.name) if some bucket in spaces.buckets

not_evaluated contains gap if {
	some bucket in spaces.buckets
	not missing(bucket.name)
	gap := spaces.gap(rows, "existence", bucket.name)
}

not_evaluated contains gap if {
	some bucket in spaces.buckets
	unknown(bucket.name)
	gap := {
		"resource": spaces.ref(bucket.name),
		"reason": "forbidden",
		"detail": "the key may not ask whether it exists; somebody else may have a bucket of this name",
	}
}

deny contains finding if {
	some bucket in spaces.buckets
	missing(bucket.name)
	place := spaces.place(bucket.name)
	with_versions := versions(bucket)
	finding := {
		"message": sprintf("does not exist in %s", [spaces.region]),
		"resource": spaces.ref(bucket.name),
		"key": "missing",
		"declared": place,
		"fix": {
			"action": "bucket.create",
			"risk": "safe",
			"summary": sprintf("create bucket %s in %s, %s%s", [bucket.name, spaces.region, bucket.access, with_versions]),
			"target": spaces.ref(bucket.name),
			"params": {
				"region": spaces.region,
				"access": bucket.access,
				"versioning": object.get(bucket, "versioning", false),
			},
		},
	}
}

deny contains finding if {
	some bucket in spaces.buckets
	found := spaces.read(rows, bucket.name)
	found.exists == true
	is_string(found.region)
	found.region != spaces.region
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("is in %s, declared is %s", [found.region, spaces.region]),
		"resource": spaces.ref(bucket.name),
		"key": "region",
		"declared": place,
	}
}

versions(bucket) := ", with versions" if bucket.versioning == true

else := ""

# Here the rows are called by the bucket's own name.
rows := [object.union(row, {"bucket": object.get(row, "name", object.get(row, "bucket", ""))}) |
	some row in data.spaces.buckets
]

missing(name) if spaces.absent(rows, name)

missing(name) if spaces.read(rows, name).exists == false

unknown(name) if {
	found := spaces.read(rows, name)
	object.get(found, "exists", null) == null
}
