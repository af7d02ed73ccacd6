package envcheck.spaces.space_key_scope_test

import data.envcheck.spaces.space_key_scope as policy

declared_ref(name) := {"apiVersion": "digitalocean.com/v2", "kind": "SpacesKey", "name": name}

ref(name) := object.union(declared_ref(name), {"id": sprintf("DO00%s", [name])})

secret := {"apiVersion": "v1", "kind": "Secret", "namespace": "back", "name": "backup-s3"}

environment(permission) := {"digitalocean": {"spaces": {
	"auditor": {"accessKeyId": {"env": "A"}, "secretAccessKey": {"env": "B"}},
	"buckets": [{"name": "backups"}, {"name": "images"}],
	"keys": [{"name": "writer", "grants": [{"bucket": "backups", "permission": permission}], "secretTo": {"namespace": "back", "name": "backup-s3"}}],
}}}

key(name, grants) := {"name": name, "access_key": sprintf("DO00%s", [name]), "created_at": "2026-01-01T00:00:00Z", "grants": grants}

grant(bucket, permission) := {"bucket": bucket, "permission": permission}

full := grant("", "fullaccess")

result_of(permission, auditor, keys, secrets) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(permission)
		with data.digitalocean as {"spaces_keys": keys}
		with data.view as {"secrets": secrets}
		with data.parameters as {"auditor": auditor}
}

result(keys) := result_of("readwrite", "", keys, [{"namespace": "back", "name": "backup-s3"}])

writer := key("writer", [grant("backups", "readwrite")])

auditing := key("audit", [full])

messages(answer) := {[finding.resource.name, finding.message] | some finding in answer.deny}

test_as_declared if {
	result([writer, auditing, key("dev", [grant("dev-backups", "readwrite")])]) == {
		"subjects": {ref("writer"), secret},
		"deny": set(),
		"not_evaluated": set(),
	}
}

test_missing if {
	result([]) == {
		"subjects": {declared_ref("writer"), secret},
		"deny": {{
			"message": "the account has no such key",
			"resource": declared_ref("writer"),
			"key": "missing",
			"declared": ["digitalocean", "spaces", "keys", 0, "name"],
		}},
		"not_evaluated": set(),
	}
}

test_more_than_declared if {
	result_of("read", "", [writer], [{"namespace": "back", "name": "backup-s3"}]).deny == {{
		"message": "may read and write backups, which is not declared",
		"resource": ref("writer"),
		"key": "grant/backups",
		"declared": ["digitalocean", "spaces", "keys", 0, "grants"],
	}}
	messages(result([key("writer", [grant("backups", "readwrite"), grant("images", "read")])])) == {["writer", "may read images, which is not declared"]}
	messages(result([key("writer", [full]), auditing])) == {["writer", "has full access to every bucket, which is not declared"]}
}

test_less_than_declared if {
	result([key("writer", [grant("backups", "read")])]).deny == {{
		"message": "lacks readwrite access to backups",
		"resource": ref("writer"),
		"key": "lacks/backups",
		"declared": ["digitalocean", "spaces", "keys", 0, "grants"],
	}}
	messages(result([key("writer", [])])) == {["writer", "lacks readwrite access to backups"]}
}

test_full_access_as_declared if {
	answer := policy.deny with data.environment as {"digitalocean": {"spaces": {
		"buckets": [{"name": "backups"}],
		"keys": [{"name": "admin", "grants": [{"permission": "fullaccess"}]}],
	}}}
		with data.digitalocean as {"spaces_keys": [key("admin", [full])]}
		with data.view as {"secrets": []}
		with data.parameters as {"auditor": ""}
	answer == set()
}

test_undeclared if {
	result([writer, key("old", [grant("backups", "read"), grant("dev-backups", "readwrite")])]).deny == {{
		"message": "is not declared and may read backups",
		"resource": ref("old"),
		"key": "undeclared/DO00old",
	}}
}

test_full_access if {
	messages(result([writer, auditing, key("old", [full])])) == {
		["audit", "is not declared and has full access to every bucket"],
		["old", "is not declared and has full access to every bucket"],
	}
	messages(result([writer, object.union(auditing, {"auditor": true}), key("old", [full])])) == {["old", "is not declared and has full access to every bucket"]}
	messages(result_of("readwrite", "audit", [writer, auditing, key("old", [full])], [{"namespace": "back", "name": "backup-s3"}])) == {["old", "is not declared and has full access to every bucket"]}
	messages(result([writer, object.union(key("limited", [grant("backups", "read")]), {"auditor": true}), key("old", [full])])) == {["old", "is not declared and has full access to every bucket"]}
}

test_without_an_auditor_nobody_is_one if {
	answer := policy.deny with data.environment as {"digitalocean": {"spaces": {"buckets": [{"name": "backups"}], "keys": []}}}
		with data.digitalocean as {"spaces_keys": [key("old", [full])]}
		with data.view as {"secrets": []}
		with data.parameters as {"auditor": ""}
	count(answer) == 1
}

test_two_keys_of_one_name if {
	second := object.union(key("writer", [grant("images", "read")]), {"access_key": "DO00second"})
	{[finding.resource.id, finding.key] | some finding in result([writer, second]).deny} == {
		["DO00second", "grant/images"],
		["DO00second", "lacks/backups"],
	}
}

test_secret_missing if {
	result_of("readwrite", "", [writer], [{"namespace": "b2b", "name": "backup-s3"}]).deny == {{
		"message": "is missing, key writer belongs into it",
		"resource": secret,
		"key": "secret",
		"declared": ["digitalocean", "spaces", "keys", 0, "secretTo"],
	}}
}

test_grants_not_shown if {
	result([object.union(writer, {"grants": null})]) == {
		"subjects": {ref("writer"), secret},
		"deny": set(),
		"not_evaluated": {{
			"resource": ref("writer"),
			"reason": "grants not shown",
			"detail": "the token sees the key without its grants: does it lack the scope spaces_key:read?",
		}},
	}
}

test_nothing_declared if {
	subjects := policy.subjects with data.environment as {"digitalocean": {}}
		with data.digitalocean as {"spaces_keys": [auditing]}
		with data.view as {"secrets": []}
		with data.parameters as {"auditor": ""}
	subjects == set()
}

unclear(name, permission) := {
	"resource": ref(name),
	"reason": "unknown permission",
	"detail": sprintf("the key has a permission of which it is not known what it allows: %s", [permission]),
}

test_a_permission_that_nobody_has_heard_of if {
	every permission in ["unheard-of", "", null] {
		shown := object.get({"unheard-of": permission}, permission, "(none named)")
		result([key("writer", [grant("backups", permission)]), key("other", [grant("images", permission)]), auditing]) == {
			"subjects": {ref("writer"), ref("other"), secret},
			"deny": set(),
			"not_evaluated": {unclear("writer", shown), unclear("other", shown)},
		}
	}
}

test_beside_an_unheard_of_permission_the_rest_is_judged if {
	state := result([key("writer", [grant("images", "unheard-of"), grant("dev-backups", "read")]), auditing])
	state.not_evaluated == {unclear("writer", "unheard-of")}
	messages(state) == {["writer", "may read dev-backups, which is not declared"], ["writer", "lacks readwrite access to backups"]}
	elsewhere := result([writer, auditing, key("dev", [grant("dev-backups", "unheard-of")])])
	elsewhere.not_evaluated == set()
	elsewhere.subjects == {ref("writer"), secret}
}
