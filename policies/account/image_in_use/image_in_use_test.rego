package envcheck.account.image_in_use_test

import data.envcheck.account.image_in_use as policy

ref(name) := {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "back", "name": name}

id(name) := sprintf("back/%s[Deployment]", [name])

used := "registry.digitalocean.com/acme/ii:1"

image(changes) := object.union(
	{
		"image": used,
		"host": "registry.digitalocean.com",
		"registry": "acme",
		"repository": "ii",
		"tag": "1",
		"digest": null,
		"workloads": [id("ii")],
		"running": ["sha256:aa"],
		"runningKnown": true,
		"desired": true,
		"status": "present",
		"manifest": {"digest": "sha256:0123456789abcdef", "tags": ["1"], "updated": "2026-01-01T00:00:00Z"},
	},
	changes,
)

result(images) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.view as {
		"images": images,
		"workloads": [{"id": id("ii"), "ref": ref("ii")}, {"id": id("web"), "ref": ref("web")}],
	}
}

test_present if {
	result([image({}), image({"image": "nginx", "status": null, "workloads": [id("web")]})]) == {
		"subjects": {ref("ii")},
		"deny": set(),
		"not_evaluated": set(),
	}
}

failed(message, changes) := object.union({"message": message, "resource": ref("ii"), "key": used}, changes)

test_missing if {
	message := sprintf("image %s is not in the registry: the next Pod cannot pull it", [used])
	result([image({"status": "missing"})]).deny == {failed(message, {})}
	result([image({"status": "missing", "running": []})]).deny == {failed(message, {})}
	result([image({"status": "missing", "running": [], "desired": false})]).deny == {failed(message, {"severity": "medium"})}
	result([image({"status": "missing", "desired": false})]).deny == {failed(message, {})}
}

test_untagged if {
	result([image({"status": "untagged"})]).deny == {failed(
		sprintf("image %s has no tag any more: a garbage collection would delete what runs", [used]),
		{},
	)}
}

test_moved if {
	result([image({"status": "moved"})]).deny == {failed(
		sprintf("the tag of %s has moved: it means sha256:0123456789ab, something else runs, which the next Pod will not", [used]),
		{},
	)}
	result([image({"status": "moved", "digest": "sha256:aa"})]).deny == {failed(
		sprintf("the tag of %s has moved on from the digest beside it", [used]),
		{"severity": "low"},
	)}
}

test_every_workload_is_told if {
	found := result([image({"status": "missing", "workloads": [id("ii"), id("web")]})])
	{finding.resource.name | some finding in found.deny} == {"ii", "web"}
	found.subjects == {ref("ii"), ref("web")}
}

test_unread if {
	result([image({"status": "unread"})]) == {
		"subjects": {ref("ii")},
		"deny": set(),
		"not_evaluated": {{
			"resource": ref("ii"),
			"reason": "manifests not read",
			"detail": sprintf("whether the registry has %s is not known", [used]),
		}},
	}
	{gap.detail | some gap in result([image({"status": "unread", "why": "the registry refused the connection"})]).not_evaluated} == {sprintf("whether the registry has %s is not known: the registry refused the connection", [used])}
}

test_what_runs_is_not_known if {
	result([image({"running": [], "runningKnown": false})]) == {
		"subjects": {ref("ii")},
		"deny": set(),
		"not_evaluated": {{
			"resource": ref("ii"),
			"reason": "running image not known",
			"detail": sprintf("a Pod does not tell the digest of what it runs as %s, so whether the tag has moved is not known", [used]),
		}},
	}
	result([image({"running": [], "runningKnown": false, "digest": "sha256:aa"})]).not_evaluated == set()
	result([image({"running": [], "runningKnown": false, "status": "missing"})]).not_evaluated == set()
	result([image({"running": [], "runningKnown": false, "status": "moved"})]).not_evaluated == set()
}
