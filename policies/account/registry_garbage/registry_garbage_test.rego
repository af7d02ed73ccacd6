package envcheck.account.registry_garbage_test

import data.envcheck.account.registry_garbage as policy

ref := {"apiVersion": "digitalocean.com/v2", "kind": "Registry", "name": "acme"}

environment(owner) := {"name": "stage", "digitalocean": {"registry": {"name": "acme", "owner": owner, "storageLimitBytes": 5368709120}}}

garbage(changes) := object.union(
	{
		"reclaimableBytes": 0,
		"unreferencedBytes": 0,
		"untaggedManifests": 0,
		"candidates": [],
		"kept": {"inUse": 3, "newest": 2, "children": 0},
		"complete": true,
		"why": [],
	},
	changes,
)

result_of(owner, registries) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(owner)
		with data.view as {"registries": registries}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"maxAge": "24h", "maxAgeSeconds": 86400, "minPercent": 5}
}

registry(found) := {"ref": ref, "name": "acme", "storageUsageUpdated": "2026-11-23T00:00:00Z", "garbage": found}

result(found) := result_of("stage", [registry(found)])

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

candidates := [
	{"repository": "ii", "digest": "sha256:aa", "bytes": 1073741824, "updated": "2026-01-01T00:00:00Z", "tags": []},
	{"repository": "web", "digest": "sha256:bb", "bytes": 10, "updated": "2026-01-01T00:00:00Z", "tags": ["v1"]},
]

much := {"reclaimableBytes": 1073741834, "untaggedManifests": 1, "candidates": candidates}

test_clean if {
	result(garbage({})) == clean
}

test_little if {
	result(garbage({"reclaimableBytes": 268435455, "unreferencedBytes": 268435455})) == clean
	count(result(garbage({"reclaimableBytes": 268435456, "unreferencedBytes": 268435456})).deny) == 2
}

manifests_finding := {
	"message": "1.00 of 5.00 GiB are held by 2 manifests that nothing uses, 1 of them untagged",
	"resource": ref,
	"key": "manifests",
	"declared": ["digitalocean", "registry", "keepTags"],
}

test_manifests if {
	result(garbage(much)).deny == {object.union(manifests_finding, {"fix": {
		"action": "registry.delete_manifest",
		"risk": "destructive",
		"summary": "delete 2 manifests of registry acme that nothing uses; a collection then frees their layers",
		"target": ref,
		"params": {"manifests": [{"repository": "ii", "digest": "sha256:aa"}, {"repository": "web", "digest": "sha256:bb"}]},
	}})}
}

test_figures_only_where_not_all_is_known if {
	doubt := "what dev uses could not be read: forbidden"
	result(garbage(object.union(much, {"complete": false, "why": [doubt]}))) == {
		"subjects": {ref},
		"deny": {object.union(manifests_finding, {"message": "1.00 of 5.00 GiB are held by 2 manifests that nothing uses, 1 of them untagged; not all that is kept could be read"})},
		"not_evaluated": {{"resource": ref, "reason": "not all that is kept is known", "detail": doubt}},
	}
}

test_blobs if {
	result(garbage({"unreferencedBytes": 1073741824})).deny == {{
		"message": "about 1.00 of 5.00 GiB are blobs that no manifest refers to",
		"resource": ref,
		"key": "blobs",
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": {
			"action": "registry.collect_garbage",
			"risk": "disruptive",
			"summary": "collect unreferenced blobs in registry acme, read-only while it runs",
			"target": ref,
			"params": {"type": "unreferenced blobs only", "estimatedBytes": 1073741824},
		},
	}}
}

test_no_figure if {
	gap := {
		"resource": ref,
		"reason": "no figure",
		"detail": "DigitalOcean has not said within 24h how much the registry stores, so what no manifest refers to is not known",
	}
	result(garbage({"unreferencedBytes": null})) == {"subjects": {ref}, "deny": set(), "not_evaluated": {gap}}
	every updated in [null, "0001-01-01T00:00:00Z", "2026-11-20T00:00:00Z"] {
		odd := object.union(registry(garbage({"unreferencedBytes": 1073741824})), {"storageUsageUpdated": updated})
		result_of("stage", [odd]) == {"subjects": {ref}, "deny": set(), "not_evaluated": {gap}}
	}
}

test_a_figure_from_the_future if {
	odd := object.union(registry(garbage({"unreferencedBytes": 1073741824})), {"storageUsageUpdated": "2026-11-25T03:00:00Z"})
	found := result_of("stage", [odd]).not_evaluated
	{gap.detail | some gap in found} == {"the figure of what the registry stores is dated 2 days ahead, so what no manifest refers to is not known"}
}

test_manifests_not_read if {
	result(null).not_evaluated == {{"resource": ref, "reason": "manifests not read", "detail": "what the registry holds is not known"}}
}

test_no_registry if {
	result_of("stage", []).not_evaluated == {{"resource": ref, "reason": "registry not found", "detail": "the account has no registry called acme"}}
}

test_not_the_owner if {
	result_of("dev", [registry(garbage(much))]) == {"subjects": set(), "deny": set(), "not_evaluated": set()}
}

# An imported spec does not name environments that have none.
pulling(own, clusters) := pulling_and_used(own, clusters, [])

pulling_and_used(own, clusters, uses) := found if {
	declared := object.union({"name": "acme", "storageLimitBytes": 5368709120}, own)
	world := {"kubernetes_clusters": clusters, "registry_uses": uses}
	seen := {"registries": [registry(garbage(much))]}
	spec := {"name": "stage", "digitalocean": {"registry": declared}}
	answer := {"deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as spec
		with data.view as seen
		with data.digitalocean as world
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"maxAge": "24h", "maxAgeSeconds": 86400, "minPercent": 5}
	keys := {one.key | some one in answer.deny}
	found := {"manifests": "manifests" in keys, "gaps": {gap.reason | some gap in answer.not_evaluated}}
}

test_pulled_by_strangers if {
	alone := [{"id": "c1", "registries": ["acme"]}, {"id": "c2", "registries": []}, {"id": "c3"}]
	two := array.concat(alone, [{"id": "c4", "registries": ["acme"]}])
	judged := pulling({}, alone)
	judged.manifests
	not "not all that pulls from it is declared" in judged.gaps
	left := pulling({}, two)
	not left.manifests
	"not all that pulls from it is declared" in left.gaps
	pulling({"sharedWith": ["dev"]}, two).manifests
	not pulling({"sharedWith": ["stage"]}, two).manifests
	pulling_and_used({}, two, [{"environment": "dev"}, {"environment": "dev"}]).manifests
	not pulling({"owner": "stage"}, two).manifests
	pulling({"owner": "stage", "sharedWith": ["dev"]}, two).manifests
}
