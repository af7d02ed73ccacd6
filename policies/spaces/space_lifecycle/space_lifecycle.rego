# METADATA
# title: Buckets are kept tidy and versioned as declared
# description: >-
#   Versioning is enabled where it is declared, and uploads that were begun and never finished (which are stored, billed and
#   not listed) are aborted by a lifecycle rule where some linger.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/configure-lifecycle-rules/
#   - ref: https://docs.digitalocean.com/products/spaces/how-to/enable-versioning/
# custom:
#   id: space-lifecycle
#   severity: low
#   evaluates: environment
#   kinds: []
#   needs: [spaces.lifecycles, spaces.uploads, spaces.versionings]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Enable versioning (what was overwritten or deleted before stays lost), and add a lifecycle rule that aborts incomplete
#     uploads after some days.
#   parameters:
#     lingers: {default: 7d, description: "Incomplete uploads older than this linger."}
package envcheck.spaces.space_lifecycle

import data.envcheck.lib.fields
import data.envcheck.lib.spaces
import data.envcheck.lib.text

subjects contains spaces.ref(bucket.name) if some bucket in judged

not_evaluated contains gap if {
	some bucket in judged
	bucket.versioning == true
	gap := spaces.gap(data.spaces.versionings, "versioning", bucket.name)
}

not_evaluated contains gap if {
	some bucket in judged
	gap := spaces.gap(data.spaces.uploads, "incomplete uploads", bucket.name)
}

# Without uploads that linger, what the rules say does not matter.
not_evaluated contains gap if {
	some bucket in judged
	count(lingering(bucket.name)) > 0
	gap := spaces.gap(data.spaces.lifecycles, "lifecycle", bucket.name)
}

deny contains finding if {
	some bucket in judged
	bucket.versioning == true
	status := object.get(spaces.read(data.spaces.versionings, bucket.name), "status", null)
	status != "Enabled"
	place := spaces.place(bucket.name)
	finding := {
		"message": sprintf("versioning is declared and %s", [state(status)]),
		"resource": spaces.ref(bucket.name),
		"key": "versioning",
		"declared": array.concat(place, ["versioning"]),
		"fix": {
			"action": "bucket.versioning",
			"risk": "safe",
			"summary": sprintf("enable versioning of bucket %s", [bucket.name]),
			"target": spaces.ref(bucket.name),
			"params": {"status": "Enabled"},
		},
	}
}

deny contains finding if {
	some bucket in judged
	rules := fields.list(spaces.read(data.spaces.lifecycles, bucket.name), "rules")
	left := [upload | some upload in lingering(bucket.name); not aborted(rules, upload.key)]
	count(left) > 0
	oldest := text.age(max([text.past(upload.initiated) | some upload in left]))
	number := amount(bucket.name, count(left))
	place := spaces.place(bucket.name)
	repair := abort(bucket.name, rules)
	finding := object.union(
		{
			"message": sprintf("%s, the oldest %s old, and no lifecycle rule aborts them", [number, oldest]),
			"resource": spaces.ref(bucket.name),
			"key": "uploads",
			"declared": place,
		},
		repair,
	)
}

judged contains bucket if {
	some bucket in spaces.buckets
	not spaces.absent(data.spaces.versionings, bucket.name)
	not spaces.absent(data.spaces.uploads, bucket.name)
}

state(status) := "not enabled" if status == null

state(status) := sprintf("is %s", [lower(status)]) if is_string(status)

# Uploads older than is reasonable; one dated in the future or not at all is not.
lingering(name) := [upload |
	some upload in fields.list(spaces.read(data.spaces.uploads, name), "uploads")
	text.past(upload.initiated) > data.parameters.lingersSeconds
]

aborted(rules, key) if {
	some rule in rules
	rule.status == "Enabled"
	is_number(rule.abort_multipart_days)
	is_string(key)
	startswith(key, prefix(rule))
}

prefix(rule) := rule.prefix if is_string(rule.prefix)

prefix(rule) := "" if not is_string(object.get(rule, "prefix", null))

amount(name, number) := sprintf("more than %d incomplete uploads", [number]) if {
	spaces.read(data.spaces.uploads, name).truncated == true
} else := "an incomplete upload" if {
	number == 1
} else := sprintf("%d incomplete uploads", [number])

rule_id := "abort-incomplete-uploads"

# One rule more, unless its name is taken; the engine leaves those that are there as they are.
abort(name, rules) := {"fix": {
	"action": "bucket.lifecycle",
	"risk": "safe",
	"summary": summary,
	"target": spaces.ref(name),
	"params": {"rules": [{
		"id": rule_id,
		"status": "Enabled",
		"prefix": "",
		"abort_multipart_days": days,
	}]},
}} if {
	count([rule | some rule in rules; rule.id == rule_id]) == 0
	days := max([1, ceil(data.parameters.lingersSeconds / spaces.seconds_a_day)])
	summary := sprintf("add a rule to the lifecycle of bucket %s that aborts incomplete uploads after %s", [name, text.counted(days, "day")])
} else := {}
