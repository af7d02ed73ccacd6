# METADATA
# title: Keys reach what is declared and no more
# description: >-
#   Each declared Spaces key exists with exactly its grants, and the Secret that it belongs into exists. No other key reaches
#   a declared bucket, be it by a grant or by full access; only the key that audits may have that. Keys that reach other
#   buckets of the account alone are not judged.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/manage-access/
# custom:
#   id: space-key-scope
#   severity: medium
#   evaluates: environment
#   kinds: [v1/Secret]
#   needs: [digitalocean.spaces_keys]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Delete keys nobody needs; give a key its declared grants (a full-access key cannot become a limited one: make another, put
#     it into the Secret, delete the old one); or declare the key.
#   noFix: A key's secret is shown only once and Secrets are never rewritten, and what else a key is used for only people know.
#   parameters:
#     auditor: {default: "", description: "The name of the key that audits, where it is not recognised."}
package envcheck.spaces.space_key_scope

import data.envcheck.lib.spaces
import data.envcheck.lib.text

subjects contains declared_ref(key) if {
	some key in declared
	count(found(key.name)) == 0
}

subjects contains ref(actual) if {
	some key in declared
	some actual in found(key.name)
}

subjects contains ref(key) if some key in undeclared

subjects contains ref(key) if some key in veiled

subjects contains ref(key) if {
	some key in relevant
	count(unheard_of(key)) > 0
}

subjects contains secret_ref(key.secretTo) if {
	some key in declared
	is_object(key.secretTo)
}

not_evaluated contains gap if {
	some key in veiled
	gap := {
		"resource": ref(key),
		"reason": "grants not shown",
		"detail": "the token sees the key without its grants: does it lack the scope spaces_key:read?",
	}
}

not_evaluated contains gap if {
	some key in relevant
	permissions := sort({permission_of(grant) | some grant in unheard_of(key)})
	count(permissions) > 0
	names := text.list(permissions)
	gap := {
		"resource": ref(key),
		"reason": "unknown permission",
		"detail": sprintf("the key has a permission of which it is not known what it allows: %s", [names]),
	}
}

deny contains finding if {
	some index, key in declared
	count(found(key.name)) == 0
	finding := {
		"message": "the account has no such key",
		"resource": declared_ref(key),
		"key": "missing",
		"declared": place(index, "name"),
	}
}

# More than is declared.
deny contains finding if {
	some index, key in declared
	some actual in found(key.name)
	some grant in grants(actual)
	known(grant)
	not granted(key, grant)
	words := reach(grant)
	finding := {
		"message": sprintf("%s, which is not declared", [words]),
		"resource": ref(actual),
		"key": sprintf("grant/%s", [bucket_of(grant)]),
		"declared": place(index, "grants"),
	}
}

# Less.
deny contains finding if {
	some index, key in declared
	some actual in found(key.name)
	is_array(actual.grants)
	some grant in key.grants
	not held(actual, grant)
	not perhaps_held(actual, grant)
	words := lacking(grant)
	finding := {
		"message": sprintf("lacks %s", [words]),
		"resource": ref(actual),
		"key": sprintf("lacks/%s", [bucket_of(grant)]),
		"declared": place(index, "grants"),
	}
}

deny contains finding if {
	some key in undeclared
	words := text.list(sort({reach(grant) | some grant in grants(key); ours(grant)}))
	finding := {
		"message": sprintf("is not declared and %s", [words]),
		"resource": ref(key),
		"key": sprintf("undeclared/%s", [object.get(key, "access_key", "")]),
	}
}

deny contains finding if {
	some index, key in declared
	is_object(key.secretTo)
	not present(key.secretTo)
	finding := {
		"message": sprintf("is missing, key %s belongs into it", [key.name]),
		"resource": secret_ref(key.secretTo),
		"key": "secret",
		"declared": place(index, "secretTo"),
	}
}

declared := data.environment.digitalocean.spaces.keys if is_array(data.environment.digitalocean.spaces.keys)

else := []

declared_names := {key.name | some key in declared}

declared_ref(key) := {"apiVersion": "digitalocean.com/v2", "kind": "SpacesKey", "name": key.name}

# As the account has it: by its id, which is no secret.
ref(key) := object.union(declared_ref(key), {"id": key.access_key}) if {
	is_string(key.access_key)
} else := declared_ref(key)

secret_ref(secret) := {"apiVersion": "v1", "kind": "Secret", "namespace": secret.namespace, "name": secret.name}

place(index, field) := ["digitalocean", "spaces", "keys", index, field]

# Names of keys need not be unique.
found(name) := [key | some key in data.digitalocean.spaces_keys; key.name == name]

present(secret) if {
	some candidate in data.view.secrets
	candidate.namespace == secret.namespace
	candidate.name == secret.name
}

# Keys that the spec does not know and that reach a declared bucket.
undeclared contains key if {
	some key in data.digitalocean.spaces_keys
	not key.name in declared_names
	not auditing(key)
	some grant in grants(key)
	ours(grant)
}

# Of a key of the account, as far as they are shown.
grants(key) := [grant | some grant in key.grants; is_object(grant)] if is_array(key.grants)

else := []

veiled contains key if {
	some key in data.digitalocean.spaces_keys
	not is_array(object.get(key, "grants", null))
}

# Keys whose grants matter: the declared ones, and those of others but the key that audits.
relevant contains key if {
	some key in data.digitalocean.spaces_keys
	key.name in declared_names
}

relevant contains key if {
	some key in data.digitalocean.spaces_keys
	not auditing(key)
}

# Grants that may open a declared bucket, or are a declared key's, with a permission of which nobody knows what it allows.
unheard_of(key) := [grant |
	some grant in grants(key)
	not known(grant)
	concerned(key, grant)
]

concerned(key, _) if key.name in declared_names

concerned(_, grant) if bucket_of(grant) in bucket_names

concerned(_, grant) if {
	bucket_of(grant) == "*"
	count(spaces.buckets) > 0
}

known(grant) if object.get(grant, "permission", null) in {"read", "readwrite", "fullaccess"}

permission_of(grant) := grant.permission if {
	is_string(grant.permission)
	grant.permission != ""
} else := "(none named)"

ours(grant) if {
	grant.permission == "fullaccess"
	count(spaces.buckets) > 0
}

ours(grant) if {
	known(grant)
	grant.bucket in bucket_names
}

# The key that this audit used: so marked, or named by a parameter.
auditing(key) if key.auditor == true

auditing(key) if key.name == data.parameters.auditor

# Without either, where a key for audits is declared: the one that has full access, if there is only one.
auditing(key) if {
	is_object(data.environment.digitalocean.spaces.auditor)
	data.parameters.auditor == ""
	not marked
	full := [other |
		some other in data.digitalocean.spaces_keys
		not other.name in declared_names
		some grant in grants(other)
		grant.permission == "fullaccess"
	]
	count(full) == 1
	full[0] == key
}

marked if {
	some key in data.digitalocean.spaces_keys
	key.auditor == true
}

bucket_names := {bucket.name | some bucket in spaces.buckets}

bucket_of(grant) := grant.bucket if {
	is_string(grant.bucket)
	grant.bucket != ""
} else := "*"

# The declared key may do this: the very grant, or one that includes it.
granted(key, grant) if {
	some own in key.grants
	includes(own, grant)
}

held(key, grant) if {
	some actual in grants(key)
	includes(actual, grant)
}

# A permission that nobody has heard of may be the one.
perhaps_held(key, grant) if {
	some actual in unheard_of(key)
	bucket_of(actual) in {"*", bucket_of(grant)}
}

includes(wide, _) if wide.permission == "fullaccess"

includes(wide, narrow) if {
	wide.bucket == narrow.bucket
	narrow.permission in included[wide.permission]
}

included := {
	"read": {"read"},
	"readwrite": {"read", "readwrite"},
}

reach(grant) := "has full access to every bucket" if grant.permission == "fullaccess"

reach(grant) := sprintf("may %s %s", [object.get(deed, grant.permission, grant.permission), bucket_of(grant)]) if {
	grant.permission != "fullaccess"
}

lacking(grant) := "full access" if grant.permission == "fullaccess"

lacking(grant) := sprintf("%s access to %s", [grant.permission, bucket_of(grant)]) if grant.permission != "fullaccess"

deed := {
	"read": "read",
	"readwrite": "read and write",
}
