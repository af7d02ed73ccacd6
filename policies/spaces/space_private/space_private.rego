# METADATA
# title: Private buckets are private
# description: >-
#   For each bucket with access private: neither its ACL nor its policy gives everybody anything. A policy that only some
#   addresses can use is medium, as is a CDN endpoint, which hands out, and keeps copies of, whatever becomes readable. Other
#   conditions (a referrer, a user agent, encrypted transport) are ones that anybody can meet. Objects' own ACLs are not read.
#   Buckets with access public are not judged.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/set-file-permissions/
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/configure-bucket-policies/
# custom:
#   id: space-private
#   severity: critical
#   evaluates: environment
#   kinds: []
#   needs: [spaces.acls, spaces.policies, digitalocean.cdn_endpoints]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Set the bucket's ACL to private and remove the statement that everybody may use. Only the ACL is repaired: a policy may
#     hold other statements that somebody relies on, and what stands before a CDN endpoint would go dark. Consider what was
#     readable as known, and declare access public where it is meant to be.
#   parameters: {}
package envcheck.spaces.space_private

import data.envcheck.lib.addresses
import data.envcheck.lib.fields
import data.envcheck.lib.spaces
import data.envcheck.lib.text

subjects contains spaces.ref(bucket.name) if some bucket in judged

not_evaluated contains gap if {
	some bucket in judged
	some what, rows in {"ACL": data.spaces.acls, "bucket policy": data.spaces.policies}
	gap := spaces.gap(rows, what, bucket.name)
}

not_evaluated contains gap if {
	some bucket in judged
	policy := spaces.read(data.spaces.policies, bucket.name).policy
	not understood(policy)
	gap := {
		"resource": spaces.ref(bucket.name),
		"reason": "unsupported",
		"detail": "its bucket policy is no list of statements",
	}
}

deny contains finding if {
	some bucket in judged
	some group, whom in groups
	permissions := sort({grant.permission |
		some grant in fields.list(spaces.read(data.spaces.acls, bucket.name), "grants")
		is_string(grant.grantee.uri)
		endswith(grant.grantee.uri, group)
	})
	count(permissions) > 0
	deeds := text.list([object.get(deed, permission, permission) | some permission in permissions])
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("its ACL lets %s %s", [whom, deeds]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("acl%s", [group]),
		"declared": place,
		"fix": {
			"action": "bucket.acl",
			"risk": "disruptive",
			"summary": sprintf("set the ACL of bucket %s to private", [bucket.name]),
			"target": spaces.ref(bucket.name),
			"params": {"acl": "private"},
		},
	}
}

deny contains object.union(finding, lowered) if {
	some bucket in judged
	all := statements(spaces.read(data.spaces.policies, bucket.name).policy)
	some index, statement in all
	statement.Effect == "Allow"
	for_everybody(statement)
	not refused(all, statement)
	deeds := actions(statement)
	[conditions, lowered] := narrowed(all, statement)
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("its bucket policy lets everybody %s%s", [deeds, conditions]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("policy/%s", [called(statement, index)]),
		"declared": place,
	}
}

deny contains finding if {
	some bucket in judged
	some endpoint in data.digitalocean.cdn_endpoints
	of_bucket(endpoint.origin, bucket.name)
	host := host_of(endpoint)
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("the CDN endpoint %s stands before it", [host]),
		"resource": spaces.ref(bucket.name),
		"key": sprintf("cdn/%s", [host]),
		"severity": "medium",
		"declared": place,
	}
}

# A bucket that does not exist gives nothing away.
judged contains bucket if {
	some bucket in spaces.buckets
	bucket.access == "private"
	not spaces.absent(data.spaces.acls, bucket.name)
	not spaces.absent(data.spaces.policies, bucket.name)
}

# As their URIs end, and who is in them.
groups := {
	"/AllUsers": "everybody",
	"/AuthenticatedUsers": "everybody with any account",
}

deed := {
	"FULL_CONTROL": "do everything",
	"READ": "list its objects",
	"READ_ACP": "read the ACL",
	"WRITE": "write and delete objects",
	"WRITE_ACP": "change the ACL",
}

of_bucket(origin, name) if {
	is_string(origin)
	startswith(lower(origin), sprintf("%s.", [name]))
	endswith(lower(origin), ".digitaloceanspaces.com")
}

host_of(endpoint) := endpoint.custom_domain if {
	is_string(endpoint.custom_domain)
	endpoint.custom_domain != ""
} else := object.get(endpoint, "endpoint", endpoint.origin)

# Statements: one or a list

understood(policy) if policy == null

understood(policy) if is_object(policy.Statement)

understood(policy) if is_array(policy.Statement)

statements(policy) := [policy.Statement] if is_object(policy.Statement)

statements(policy) := policy.Statement if is_array(policy.Statement)

called(statement, index) := statement.Sid if {
	is_string(statement.Sid)
	statement.Sid != ""
} else := sprintf("%d", [index])

# "*", ["*"], {"AWS": "*"}, {"AWS": ["*"]}; or everybody but those named.
for_everybody(statement) if "*" in several(statement.Principal)

for_everybody(statement) if {
	is_object(statement.Principal)
	some member in statement.Principal
	"*" in several(member)
}

for_everybody(statement) if all_but(statement)

all_but(statement) if object.get(statement, "NotPrincipal", null) != null

several(value) := [value] if is_string(value)

several(value) := [one | some one in value; is_string(one)] if is_array(value)

actions(statement) := sprintf("use %s", [named]) if {
	named := text.list(sort({action | some action in several(statement.Action)}))
} else := sprintf("use all but %s", [named]) if {
	named := text.list(sort({action | some action in several(statement.NotAction)}))
} else := "use what it does not name"

# An unconditional refusal for everybody takes the permission back.
refused(all, statement) if {
	some other in all
	refusal(other, statement)
	count(conditions_of(other)) == 0
}

# Everybody is refused what the statement allows, or some of them.
refusal(other, statement) if {
	other.Effect == "Deny"
	for_everybody(other)
	not all_but(other)
	covers(several(other.Action), several(statement.Action))
	covers(several(other.Resource), several(statement.Resource))
}

covers(patterns, texts) if {
	every one in texts {
		some pattern in patterns
		matches(pattern, one)
	}
}

matches(pattern, one) if lower(pattern) == lower(one)

matches(pattern, one) if {
	endswith(pattern, "*")
	startswith(lower(one), lower(trim_suffix(pattern, "*")))
}

conditions_of(statement) := {key |
	is_object(statement.Condition)
	some tests in statement.Condition
	is_object(tests)
	some key, _ in tests
}

# What limits the permission, in words, and the severity that follows.
narrowed(all, statement) := [words, {"severity": "medium"}] if {
	some_addresses(all, statement)
	words := " from some addresses (aws:SourceIp)"
} else := [words, {}] if {
	keys := sort(conditions_of(statement))
	count(keys) > 0
	words := sprintf(" under conditions that anybody can meet (%s)", [text.list(keys)])
} else := ["", {}]

some_addresses(_, statement) if only_from(statement.Condition, "IpAddress")

some_addresses(all, statement) if {
	some other in all
	refusal(other, statement)
	only_from(other.Condition, "NotIpAddress")
}

# The addresses for which an operator holds are not all.
only_from(condition, operator) if {
	is_object(condition)
	some name, tests in condition
	lower(name) == lower(operator)
	is_object(tests)
	some key, value in tests
	lower(key) == "aws:sourceip"
	networks := several(value)
	count(networks) > 0
	not addresses.world(networks)
}
