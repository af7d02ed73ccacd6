# METADATA
# title: What the declared registry holds is run from there
# description: >-
#   Where an image of a workload in an application namespace is not from the declared registry (image-from-declared-registry),
#   and that registry has the very same bytes under a tag, the workload should name them there. The digest tells: the one that
#   is written, or the only one that runs under the image's name. Exempt are datastores, images that the spec allows a
#   workload, and Pods, Jobs and bare ReplicaSets, which nothing rolls out anew. Of an image that is not running, or runs as
#   several under one name, nothing is said.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
# custom:
#   id: registry-copy-unused
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
#     - digitalocean.registry_manifests
#   declares: [digitalocean.registry]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.5.1"]}
#   remediation: >-
#     Name the image in the declared registry, by the digest that the message tells. Pods pull it from there if DOKS gives
#     their service account the secret: it does so for default, where the cluster is integrated with the registry.
#   parameters: {}
package envcheck.workloads.registry_copy_unused

import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.images
import data.envcheck.lib.registries
import data.envcheck.lib.roles
import data.envcheck.lib.text
import data.envcheck.lib.workloads

subjects contains workload.ref if some workload in judged

deny contains finding if {
	some use in uses
	copy := held[use.image]
	fix := repairs[use.workload.id]
	finding := {
		"message": sprintf("image %s of %s is in the declared registry, too: %s", [use.image, use.whose, copy]),
		"resource": use.workload.ref,
		"key": use.whose,
		"declared": ["digitalocean", "registry", "name"],
		"fix": fix,
	}
}

# Whose template can be changed and is rolled out. A digest says what runs today on any of its Pods.
rolled_out := {"CronJob", "DaemonSet", "Deployment", "StatefulSet"}

application[namespace.name] if {
	some namespace in data.environment.namespaces
	namespace.role == "application"
}

judged contains workload if {
	registries.declared
	some workload in data.view.workloads
	application[workload.namespace]
	workload.kind in rolled_out
	not datastore(workload)
}

uses contains use if {
	some workload in judged
	some index, container in workload.containers
	list := lists[container.type]
	is_string(container.image)
	not allowed(workload, container.image)
	is_object(copies[container.image])
	use := {
		"workload": workload,
		"image": container.image,
		"whose": sprintf("container %s", [container.name]),
		"path": sprintf("/%s/%s/%d/image", [
			concat("/", workloads.pod_spec(workload.kind)),
			list,
			place(workload, index, container.type),
		]),
	}
}

# The lists of a template that hold them. Nothing is attached to a template as to a Pod.
lists := {"container": "containers", "init": "initContainers"}

# How many of its list come before it.
place(workload, index, type) := count([other |
	some before, other in workload.containers
	before < index
	other.type == type
])

datastore(workload) if roles.declared(workload.namespace, workload.name).declared.role == "datastore"

allowed(_, image) if images.begins_with(image, registries.prefix)

allowed(workload, image) if {
	some start in fields.list(roles.declared(workload.namespace, workload.name).declared, "images")
	images.begins_with(image, start)
}

copies[image.image] := image.copies if some image in data.view.images

# The name of each image in the declared registry. Of several repositories that have it, the one that is called like it.
held[name] := sprintf("%s%s@%s", [registries.prefix, repository, found.digest]) if {
	some name, found in copies
	repository := named(name, found.repositories)
}

named(name, repositories) := alike[0] if {
	alike := [repository |
		some repository in repositories
		last(repository) == last(images.repository(name))
	]
	count(alike) > 0
} else := repositories[0]

last(repository) := parts[count(parts) - 1] if parts := split(repository, "/")

# All containers of a workload at once: they are one rollout. Its Pods must be able to pull what is named.
repairs[id] := repair(workload, changes) if {
	some id, changes in changed
	some workload in data.view.workloads
	workload.id == id
}

# By path, what is to be named there.
changed[use.workload.id][use.path] := copy if {
	some use in uses
	copy := held[use.image]
}

repair(workload, changes) := {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("let %s %s/%s run the same %s from the declared registry", [
		workload.kind,
		workload.namespace,
		workload.name,
		images_of(changes),
	]),
	"target": workload.ref,
	"patch": [{"op": "replace", "path": path, "value": changes[path]} | some path in sort(object.keys(changes))],
} if {
	integrated
	pulls(workload)
} else := {
	"action": "instructions",
	"risk": "safe",
	"summary": sprintf("whether Pods of %s %s/%s can pull from the declared registry is not known: integrate the cluster with it, give their service account the secret, then name %s", [
		workload.kind,
		workload.namespace,
		workload.name,
		text.list(sort({copy | some copy in changes})),
	]),
}

images_of(changes) := "image" if count(changes) == 1

else := "images"

integrated if registries.declared.name in fields.list(cluster.found, "registries")

# DOKS gives the secret to the service account default of each namespace. Pods that name secrets themselves have those alone.
pulls(workload) if {
	workload.serviceAccount == "default"
	count(workload.pullSecrets) == 0
}

# Its Pods are ready with something from there already.
pulls(workload) if {
	workload.ready.ready > 0
	workload.ready.current
	some container in workload.containers
	container.type == "container"
	images.begins_with(container.image, registries.prefix)
}
