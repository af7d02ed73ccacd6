# METADATA
# title: Images in use are in the registry
# description: >-
#   Every image of the declared registry that a workload names or runs is still there: its tag or digest exists (a missing one
#   cannot be pulled by the next Pod), what runs has a tag (an untagged manifest is deleted by a collection of those), and the
#   tag still means what runs (else the next Pod runs something else). An image that only earlier revisions name is medium, a
#   tag beside a digest that has moved on low: the digest decides. Where the registry did not tell what an index refers to,
#   what may be a part of it is not evaluated, nor whether a tag has moved where a Pod does not tell what it runs.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/clean-up-container-registry/
#   - ref: https://kubernetes.io/docs/concepts/containers/images/
# custom:
#   id: image-in-use
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/Pod
#     - v1/ReplicationController
#   needs:
#     - digitalocean.registry_manifests
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Push the image again, tag what runs, or roll out what is meant; use a tag for one build only, or name the digest.
#   noFix: An image cannot be brought back from here, and which build a tag should mean only those know who made it.
#   parameters: {}
package envcheck.account.image_in_use

subjects contains ref if some [_, ref] in uses

not_evaluated contains gap if {
	some [image, ref] in uses
	not image.status in {"present", "missing", "untagged", "moved"}
	gap := {
		"resource": ref,
		"reason": "manifests not read",
		"detail": sprintf("whether the registry has %s is not known%s", [image.image, because(image)]),
	}
}

# The tag is there; whether it still means what runs only a digest could tell.
not_evaluated contains gap if {
	some [image, ref] in uses
	image.status == "present"
	not pinned(image)
	image.runningKnown == false
	gap := {
		"resource": ref,
		"reason": "running image not known",
		"detail": sprintf("a Pod does not tell the digest of what it runs as %s, so whether the tag has moved is not known", [image.image]),
	}
}

deny contains object.union(finding, lowered(image)) if {
	some [image, ref] in uses
	message := problem(image)
	finding := {
		"message": message,
		"resource": ref,
		"key": image.image,
	}
}

# Images of the declared registry with the workloads that use them. Others have no status.
uses contains [image, ref] if {
	some image in ours
	some id in image.workloads
	ref := refs[id]
}

ours contains image if {
	some image in data.view.images
	is_string(image.status)
}

refs[workload.id] := workload.ref if {
	wanted := {id | some image in ours; some id in image.workloads}
	some workload in data.view.workloads
	workload.id in wanted
}

problem(image) := sprintf("image %s is not in the registry: the next Pod cannot pull it", [image.image]) if {
	image.status == "missing"
}

problem(image) := sprintf("image %s has no tag any more: a garbage collection would delete what runs", [image.image]) if {
	image.status == "untagged"
}

problem(image) := sprintf("the tag of %s has moved: it means %s, something else runs, which the next Pod will not", [image.image, named(image)]) if {
	image.status == "moved"
	not pinned(image)
}

problem(image) := sprintf("the tag of %s has moved on from the digest beside it", [image.image]) if {
	image.status == "moved"
	pinned(image)
}

because(image) := sprintf(": %s", [image.why]) if is_string(image.why)

else := ""

pinned(image) if is_string(image.digest)

named(image) := substring(image.manifest.digest, 0, 19) if is_string(image.manifest.digest)

else := "another manifest"

# What a rollback would need, and what changes nothing today.
lowered(image) := {"severity": "low"} if {
	image.status == "moved"
	pinned(image)
} else := {"severity": "medium"} if {
	image.desired == false
	count(image.running) == 0
} else := {}
