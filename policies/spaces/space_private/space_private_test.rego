package envcheck.spaces.space_private_test

import data.envcheck.spaces.space_private as policy

ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "Bucket", "name": name}

declared := {"digitalocean": {"spaces": {"region": "fra1", "buckets": [
	{"name": "backups", "access": "private"},
	{"name": "site", "access": "public"},
]}}}

owner := {"permission": "FULL_CONTROL", "grantee": {"type": "CanonicalUser", "id": "1", "uri": null}}

everyone(permission) := {"permission": permission, "grantee": {"type": "Group", "id": null, "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}

authenticated(permission) := {"permission": permission, "grantee": {"type": "Group", "id": null, "uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}

result(acls, policies, endpoints) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as declared
		with data.spaces as {"acls": acls, "policies": policies}
		with data.digitalocean as {"cdn_endpoints": endpoints}
}

acl(grants) := [{"bucket": "backups", "owner": "1", "grants": grants}]

no_policy := [{"bucket": "backups", "policy": null}]

statements(list) := [{"bucket": "backups", "policy": {"Version": "2012-10-17", "Statement": list}}]

with_policy(list) := result(acl([owner]), statements(list), [])

clean := {"subjects": {ref("backups")}, "deny": set(), "not_evaluated": set()}

place := ["digitalocean", "spaces", "buckets", 0]

read := {
	"Sid": "read",
	"Effect": "Allow",
	"Principal": "*",
	"Action": "s3:GetObject",
	"Resource": "arn:aws:s3:::backups/*",
}

public(conditions, severity) := {object.union(
	{
		"message": sprintf("its bucket policy lets everybody use s3:GetObject%s", [conditions]),
		"resource": ref("backups"),
		"key": "policy/read",
		"declared": place,
	},
	severity,
)}

test_private if {
	result(acl([owner]), no_policy, []) == clean
}

test_acl_for_everybody if {
	result(acl([owner, everyone("READ"), everyone("WRITE")]), no_policy, []) == {
		"subjects": {ref("backups")},
		"deny": {{
			"message": "its ACL lets everybody list its objects and write and delete objects",
			"resource": ref("backups"),
			"key": "acl/AllUsers",
			"declared": place,
			"fix": {
				"action": "bucket.acl",
				"risk": "disruptive",
				"summary": "set the ACL of bucket backups to private",
				"target": ref("backups"),
				"params": {"acl": "private"},
			},
		}},
		"not_evaluated": set(),
	}
}

test_acl_for_every_account if {
	{[finding.message, finding.key] | some finding in result(acl([authenticated("READ_ACP")]), no_policy, []).deny} == {["its ACL lets everybody with any account read the ACL", "acl/AuthenticatedUsers"]}
}

test_acl_with_a_permission_nobody_knows if {
	{finding.message | some finding in result(acl([everyone("FLY")]), no_policy, []).deny} == {"its ACL lets everybody FLY"}
}

test_everybody_in_all_spellings if {
	every principal in ["*", ["*"], {"AWS": "*"}, {"AWS": ["arn:aws:iam:::user/1", "*"]}] {
		with_policy([object.union(read, {"Principal": principal})]).deny == public("", {})
	}
}

test_one_statement_without_a_list if {
	with_policy(read).deny == public("", {})
}

test_everybody_but_some if {
	with_policy([object.union(object.remove(read, ["Principal"]), {"NotPrincipal": {"AWS": "arn:aws:iam:::user/1"}})]).deny == public("", {})
}

test_somebody if {
	every principal in [{"AWS": "arn:aws:iam:::user/1"}, "arn:aws:iam:::user/1", ["arn:aws:iam:::user/1"], null] {
		with_policy([object.union(read, {"Principal": principal})]) == clean
	}
}

test_all_but_some_actions if {
	messages := {finding.message | some finding in with_policy([object.union(object.remove(read, ["Action"]), {"NotAction": ["s3:DeleteObject"]})]).deny}
	messages == {"its bucket policy lets everybody use all but s3:DeleteObject"}
}

test_a_refusal_is_no_permission if {
	with_policy([object.union(read, {"Effect": "Deny"})]) == clean
}

test_refused_again if {
	every refusal in [
		{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::backups", "arn:aws:s3:::backups/*"]},
		{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["s3:GetObject"], "Resource": "*"},
	] {
		with_policy([read, refusal]) == clean
	}
}

test_refused_in_part if {
	every refusal in [
		{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::backups/*"},
		{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::backups/keydb/*"},
		{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam:::user/1"}, "Action": "s3:*", "Resource": "*"},
		{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam:::user/1"}, "Action": "s3:*", "Resource": "*"},
	] {
		with_policy([read, refusal]).deny == public("", {})
	}
}

test_some_addresses if {
	every statement in [
		object.union(read, {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
		object.union(read, {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}}),
	] {
		with_policy([statement]).deny == public(" from some addresses (aws:SourceIp)", {"severity": "medium"})
	}
	with_policy([read, {
		"Effect": "Deny",
		"Principal": "*",
		"Action": "s3:*",
		"Resource": "arn:aws:s3:::backups/*",
		"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
	}]).deny == public(" from some addresses (aws:SourceIp)", {"severity": "medium"})
}

test_two_halves_of_the_world_are_the_world if {
	halves := {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}
	words := " under conditions that anybody can meet (aws:SourceIp)"
	with_policy([object.union(read, {"Condition": halves})]).deny == public(words, {})
}

test_conditions_that_anybody_can_meet if {
	cases := {
		"aws:SourceIp": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}},
		"aws:Referer": {"StringLike": {"aws:Referer": "https://example.com/*"}},
		"aws:SecureTransport": {"Bool": {"aws:SecureTransport": "true"}},
	}
	every key, condition in cases {
		words := sprintf(" under conditions that anybody can meet (%s)", [key])
		with_policy([object.union(read, {"Condition": condition})]).deny == public(words, {})
	}
	excepted := {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
	with_policy([object.union(read, {"Condition": excepted})]).deny == public(" under conditions that anybody can meet (aws:SourceIp)", {})
}

test_a_cdn_endpoint if {
	endpoint := {"id": "1", "origin": "backups.fra1.digitaloceanspaces.com", "endpoint": "backups.fra1.cdn.digitaloceanspaces.com"}
	other := {"id": "2", "origin": "backups-2.fra1.digitaloceanspaces.com", "endpoint": "x"}
	result(acl([owner]), no_policy, [endpoint, other]).deny == {{
		"message": "the CDN endpoint backups.fra1.cdn.digitaloceanspaces.com stands before it",
		"resource": ref("backups"),
		"key": "cdn/backups.fra1.cdn.digitaloceanspaces.com",
		"severity": "medium",
		"declared": place,
	}}
	named := object.union(endpoint, {"custom_domain": "cdn.example.com"})
	{finding.key | some finding in result(acl([owner]), no_policy, [named]).deny} == {"cdn/cdn.example.com"}
}

test_unread if {
	forbidden := {"bucket": "backups", "unread": {"reason": "forbidden", "detail": "the key may not read it"}}
	result([forbidden], [forbidden], []) == {
		"subjects": {ref("backups")},
		"deny": set(),
		"not_evaluated": {
			{"resource": ref("backups"), "reason": "forbidden", "detail": "ACL: the key may not read it"},
			{"resource": ref("backups"), "reason": "forbidden", "detail": "bucket policy: the key may not read it"},
		},
	}
	result(acl([everyone("READ")]), [forbidden], []).deny != set()
}

test_a_policy_of_another_shape if {
	every strange in ["text", {"Version": "2012-10-17"}, []] {
		result(acl([owner]), [{"bucket": "backups", "policy": strange}], []).not_evaluated == {{
			"resource": ref("backups"),
			"reason": "unsupported",
			"detail": "its bucket policy is no list of statements",
		}}
	}
}

test_a_bucket_that_does_not_exist if {
	missing := {"bucket": "backups", "unread": {"reason": "missing", "detail": "there is no such bucket"}}
	result([missing], [missing], []) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}
