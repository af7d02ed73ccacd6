# METADATA
# title: Applications run images of the declared registry
# description: >-
#   Every image of a workload in an application namespace is from the declared registry, or begins with one of the workload's
#   own images. Containers of all kinds count, and images mounted as volumes. Datastores are exempt, as are hooks (Jobs and
#   Pods), what has finished, earlier revisions of a Deployment, and cert-manager's own image while it answers a challenge.
#   Names are compared in full, so nginx is docker.io/library/nginx. Not applicable where no registry is declared.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
# custom:
#   id: image-from-declared-registry
#   severity: high
#   evaluates: object
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   declares: [digitalocean.registry]
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.5.1"]}
#   remediation: >-
#     Push the image to the declared registry and name it there, or list its beginning under the workload's images. Where the
#     registry holds the same digest already, registry-copy-unused tells the name.
#   noFix: >-
#     It is judged object by object, in files as well as live. Where the registry already has the same image,
#     registry-copy-unused finds that and has the fix; what is not there would have to be copied first.
#   parameters: {}
package envcheck.workloads.image_from_declared_registry

import data.envcheck.lib.fields
import data.envcheck.lib.images
import data.envcheck.lib.registries
import data.envcheck.lib.workloads

deny contains finding if {
	application
	not workloads.nobodys(input)
	some [path, whose, image] in used
	not allowed(image)
	not datastore
	finding := {
		"message": sprintf("image %s of %s is not from %s", [image, whose, trim_suffix(registries.prefix, "/")]),
		"path": path,
	}
}

application if {
	registries.declared
	some declared in data.environment.namespaces
	declared.name == namespace
	declared.role == "application"
}

namespace := fields.namespace(input)

# The declared workloads of this object: as a rule one.
known := {workload |
	some declared in data.environment.namespaces
	declared.name == namespace
	some workload in declared.workloads
	{"kind": workload.kind, "name": workload.name} in workloads.lineage(input)
}

datastore if {
	some workload in known
	workload.role == "datastore"
}

allowed(image) if images.begins_with(image, registries.prefix)

# cert-manager brings its own image for the minutes of a challenge.
allowed(image) if {
	workloads.solver(input)
	images.begins_with(image, "quay.io/jetstack/cert-manager-acmesolver")
}

allowed(image) if {
	some workload in known
	some prefix in workload.images
	images.begins_with(image, prefix)
}

root := workloads.pod_spec(input.kind)

pod_spec := object.get(input, root, {})

used contains [path, whose, container.image] if {
	some list in ["containers", "ephemeralContainers", "initContainers"]
	is_array(pod_spec[list])
	some index, container in pod_spec[list]
	is_string(container.image)
	container.image != ""
	whose := sprintf("container %s", [object.get(container, "name", "without a name")])
	path := array.concat(root, [list, index, "image"])
}

used contains [path, whose, volume.image.reference] if {
	is_array(pod_spec.volumes)
	some index, volume in pod_spec.volumes
	is_string(volume.image.reference)
	volume.image.reference != ""
	whose := sprintf("volume %s", [object.get(volume, "name", "without a name")])
	path := array.concat(root, ["volumes", index, "image", "reference"])
}
