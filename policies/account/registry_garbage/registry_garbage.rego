# METADATA
# title: The registry holds little garbage
# description: >-
#   What a registry stores for nobody: manifests that nothing uses and no rule keeps, with the layers that only they have, and
#   blobs that no manifest refers to. Kept are the images of every workload of every environment in sharedWith, what runs
#   there, the newest keepTags of each repository, and everything that these refer to, as the parts of a multi-architecture
#   image. The figures are estimates. Where something that has to be kept could not be read, there are figures and no repair.
#   A registry shared by several environments is judged in its owner's audit. Where more clusters pull from
#   it than it is known of what they use, which manifests are garbage is not evaluated.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/clean-up-container-registry/
# custom:
#   id: registry-garbage
#   severity: low
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
#     - digitalocean.kubernetes_clusters
#     - digitalocean.registries
#     - digitalocean.registry_manifests
#     - digitalocean.registry_repositories
#     - digitalocean.registry_uses
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Delete manifests nobody needs, then collect garbage, within a window in which nothing is pushed: the registry is
#     read-only meanwhile. Never collect "untagged manifests": the parts of a multi-architecture image are untagged, too.
#   parameters:
#     maxAge: {default: 24h, description: "Beyond this age the registry's own figure is not believed."}
#     minPercent: {default: 5, description: "Garbage below this share of the declared limit, in percent, is not worth a collection."}
package envcheck.account.registry_garbage

import data.envcheck.lib.registries
import data.envcheck.lib.text

subjects contains subject

not_evaluated contains gap if {
	subject
	count(found) == 0
	gap := {
		"resource": subject,
		"reason": "registry not found",
		"detail": sprintf("the account has no registry called %s", [registries.declared.name]),
	}
}

not_evaluated contains gap if {
	subject
	some registry in found
	not is_object(object.get(registry, "garbage", null))
	gap := {
		"resource": subject,
		"reason": "manifests not read",
		"detail": "what the registry holds is not known",
	}
}

not_evaluated contains gap if {
	subject
	some registry in found
	registry.garbage.complete != true
	some why in registry.garbage.why
	gap := {
		"resource": subject,
		"reason": "not all that is kept is known",
		"detail": why,
	}
}

# What nobody has declared may use any of it.
not_evaluated contains gap if {
	subject
	pulled_by_strangers
	gap := {
		"resource": subject,
		"reason": "not all that pulls from it is declared",
		"detail": sprintf("%s pull from it, and what they use is known of %s: name the other environments in digitalocean.registry.sharedWith", [text.counted(count(pulling), "cluster"), text.counted(count(sharing), "environment")]),
	}
}

# What all manifests add up to says little without what the registry stores.
not_evaluated contains gap if {
	subject
	some registry in found
	is_object(registry.garbage)
	not believed(registry)
	gap := {
		"resource": subject,
		"reason": "no figure",
		"detail": sprintf("%s, so what no manifest refers to is not known", [unbelieved(registry)]),
	}
}

# Manifests that nobody needs.
deny contains object.union(finding, repair) if {
	subject
	not pulled_by_strangers
	some registry in found
	garbage := registry.garbage
	worth_it(garbage.reclaimableBytes)
	part := text.part(garbage.reclaimableBytes, registries.declared.storageLimitBytes)
	number := text.counted(count(garbage.candidates), "manifest")
	repair := deletion(garbage)
	finding := {
		"message": sprintf("%s are held by %s that nothing uses, %d of them untagged%s", [part, number, garbage.untaggedManifests, certainty(garbage)]),
		"resource": subject,
		"key": "manifests",
		"declared": ["digitalocean", "registry", "keepTags"],
	}
}

# Blobs that no manifest refers to.
deny contains finding if {
	subject
	some registry in found
	believed(registry)
	garbage := registry.garbage
	worth_it(garbage.unreferencedBytes)
	part := text.part(garbage.unreferencedBytes, registries.declared.storageLimitBytes)
	finding := {
		"message": sprintf("about %s are blobs that no manifest refers to", [part]),
		"resource": subject,
		"key": "blobs",
		"declared": ["digitalocean", "registry", "storageLimit"],
		"fix": {
			"action": "registry.collect_garbage",
			"risk": "disruptive",
			"summary": sprintf("collect unreferenced blobs in registry %s, read-only while it runs", [registries.declared.name]),
			"target": subject,
			"params": {"type": "unreferenced blobs only", "estimatedBytes": garbage.unreferencedBytes},
		},
	}
}

subject := min({registry.ref | some registry in found}) if {
	registries.owned
	count(found) > 0
} else := registries.ref if {
	registries.owned
}

# Those that are declared, and those of which is known what they use.
sharing := ({name | some name in object.get(registries.declared, "sharedWith", [])} | {data.environment.name}) | {use.environment |
	some use in data.digitalocean.registry_uses
}

pulling := {cluster.id |
	some cluster in data.digitalocean.kubernetes_clusters
	registries.declared.name in cluster.registries
}

# Every environment has one cluster.
pulled_by_strangers if count(pulling) > count(sharing)

found contains registry if {
	registries.owned
	some registry in data.view.registries
	registry.name == registries.declared.name
}

believed(registry) if {
	is_number(registry.garbage.unreferencedBytes)
	text.past(registry.storageUsageUpdated) <= data.parameters.maxAgeSeconds
}

unbelieved(registry) := sprintf("the figure of what the registry stores is dated %s ahead", [text.age(ahead)]) if {
	ahead := text.ahead(registry.storageUsageUpdated)
} else := sprintf("DigitalOcean has not said within %s how much the registry stores", [data.parameters.maxAge])

worth_it(bytes) if {
	is_number(bytes)
	bytes > 0
	bytes * 100 >= registries.declared.storageLimitBytes * data.parameters.minPercent
}

certainty(garbage) := "" if garbage.complete == true

certainty(garbage) := "; not all that is kept could be read" if garbage.complete != true

# Only with everything in view that has to be kept.
deletion(garbage) := {"fix": {
	"action": "registry.delete_manifest",
	"risk": "destructive",
	"summary": sprintf("delete %s of registry %s that nothing uses; a collection then frees their layers", [text.counted(count(manifests), "manifest"), registries.declared.name]),
	"target": subject,
	"params": {"manifests": manifests},
}} if {
	garbage.complete == true
	manifests := [{"repository": candidate.repository, "digest": candidate.digest} | some candidate in garbage.candidates]
	count(manifests) > 0
} else := {}
