# METADATA
# title: Datastores keep their data
# description: >-
#   A workload that is declared with role datastore mounts a persistent volume: one of its volumeClaimTemplates, a claim, or
#   storage of the network. An emptyDir, a path of the node or the container's own disk are none. Where the data directory
#   is known, that is where it has to be mounted. One claim serves one Pod at a time: a Deployment that has several, or starts
#   the new Pod before the old one is gone, is found too, and a server that was told to write nothing.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/add-volumes/
# custom:
#   id: datastore-persistent
#   severity: high
#   evaluates: object
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - v1/Pod
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Make it a StatefulSet with a volumeClaimTemplate that is mounted at its data directory. Templates of a StatefulSet cannot
#     be changed and its data has to be moved, so that only the rule for deleting claims is mended by itself.
#   parameters: {}
package envcheck.datastores.datastore_persistent

import data.envcheck.lib.containers
import data.envcheck.lib.databases
import data.envcheck.lib.fields
import data.envcheck.lib.roles
import data.envcheck.lib.text
import data.envcheck.lib.workloads

# Nothing lasting is mounted at all.
deny contains finding if {
	item
	count(lasting_mounts) == 0
	finding := {
		"message": sprintf("its data goes with the Pod: %s", [instead]),
		"path": root,
		"key": "volume",
		"declared": item.path,
	}
}

# Something lasting is mounted, but not where the data is.
deny contains finding if {
	item
	count(lasting_mounts) > 0
	some container in servers
	some folder in databases.folders(container)
	place := passing(container, folder)
	finding := {
		"message": sprintf("container %s keeps its data in %s, %s", [container.name, folder, place]),
		"path": array.concat(root, ["containers", sprintf("name=%s", [container.name]), "volumeMounts"]),
		"key": container.name,
		"declared": item.path,
	}
}

deny contains finding if {
	item
	some container in servers
	databases.writes_nothing(container)
	finding := {
		"message": sprintf("container %s is told to write nothing to disk (--save \"\" without --appendonly yes)", [container.name]),
		"path": array.concat(root, ["containers", sprintf("name=%s", [container.name])]),
		"key": "persistence",
		"declared": item.path,
	}
}

deny contains finding if {
	item
	input.kind in {"Deployment", "ReplicaSet"}
	count(claims) > 0
	is_number(input.spec.replicas)
	input.spec.replicas > 1
	finding := {
		"message": sprintf("%d Pods share claim %s: it serves one server at a time", [input.spec.replicas, text.list(sort(claims))]),
		"path": ["spec", "replicas"],
		"key": "shared",
		"declared": item.path,
	}
}

# One claim, two Pods for the time of an update: the new one waits for the volume, or both write.
deny contains finding if {
	item
	input.kind == "Deployment"
	count(claims) > 0
	fields.given(input.spec, "replicas", 1) == 1
	fields.given(fields.map(input.spec, "strategy"), "type", "RollingUpdate") == "RollingUpdate"
	not surge in {0, "0", "0%"}
	finding := {
		"message": sprintf("an update starts the new Pod while the old one still holds claim %s: strategy Recreate does not", [text.list(sort(claims))]),
		"path": ["spec", "strategy"],
		"severity": "medium",
		"key": "strategy",
		"declared": item.path,
	}
}

deny contains finding if {
	item
	input.kind == "StatefulSet"
	count(fields.list(input.spec, "volumeClaimTemplates")) > 0
	some when in ["whenDeleted", "whenScaled"]
	input.spec.persistentVolumeClaimRetentionPolicy[when] == "Delete"
	finding := {
		"message": sprintf("its claims are deleted with it: persistentVolumeClaimRetentionPolicy has %s Delete", [when]),
		"path": ["spec", "persistentVolumeClaimRetentionPolicy", when],
		"severity": "medium",
		"key": when,
		"declared": item.path,
		"fix": {
			"action": "kubernetes.patch",
			"risk": "safe",
			"summary": sprintf("keep the claims of StatefulSet %s/%s", [namespace, input.metadata.name]),
			"target": {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": namespace, "name": input.metadata.name},
			"patch": [{"op": "replace", "path": sprintf("/spec/persistentVolumeClaimRetentionPolicy/%s", [when]), "value": "Retain"}],
		},
	}
}

# Why what is written there goes with the Pod; undefined where it stays.
passing(container, folder) := sprintf("which is on %s %s and goes with the Pod", [fleeting[mount.name], mount.name]) if {
	mount := containers.mount_of(container, folder)
	fleeting[mount.name]
} else := "where nothing is mounted: it goes with the Pod" if {
	not containers.mount_of(container, folder)
}

# The declared datastore that this object is, of whatever kind; its ReplicaSets and Pods are judged with it.
item := items[0] if {
	not workloads.nobodys(input)
	count(workloads.controllers(input)) == 0
	items := [candidate |
		some candidate in roles.of("datastore")
		candidate.namespace == namespace
		candidate.name == input.metadata.name
	]
}

namespace := fields.namespace(input)

root := workloads.pod_spec(input.kind)

pod_spec := object.get(input, root, {})

# What stays in containers that run, in the words of lib/containers.
running := containers.running({"template": {"spec": pod_spec}})

servers := [container | some container in running; databases.known(container)]

# Names of the volumes whose data outlives the Pod.
lasting contains template.metadata.name if {
	input.kind == "StatefulSet"
	some template in fields.list(input.spec, "volumeClaimTemplates")
}

lasting contains volume.name if {
	some volume in fields.list(pod_spec, "volumes")
	is_object(volume)
	not fleeting[volume.name]
}

# Names of those whose data goes with the Pod, and what they are.
fleeting[volume.name] := kinds[kind] if {
	some volume in fields.list(pod_spec, "volumes")
	is_object(volume)
	some kind, _ in kinds
	kind in object.keys(volume)
}

kinds := {
	"configMap": "ConfigMap volume",
	"csi": "ephemeral CSI volume",
	"downwardAPI": "downward API volume",
	"emptyDir": "emptyDir",
	"ephemeral": "ephemeral volume",
	"gitRepo": "git volume",
	"hostPath": "path of the node",
	"image": "image volume",
	"projected": "projected volume",
	"secret": "Secret volume",
}

# What is mounted, or handed on as a device, by containers that may write to it.
lasting_mounts contains name if {
	some container in running
	some mount in fields.list(container, "volumeMounts")
	is_object(mount)
	object.get(mount, "readOnly", false) != true
	name := mount.name
	name in lasting
}

lasting_mounts contains device.name if {
	some container in running
	some device in fields.list(container, "volumeDevices")
	device.name in lasting
}

# Claims that all its Pods share, where they are mounted.
claims contains volume.persistentVolumeClaim.claimName if {
	some volume in fields.list(pod_spec, "volumes")
	is_object(volume)
	volume.name in lasting_mounts
}

instead := sprintf("claim %s is mounted by no container that may write to it", [text.list(sort(lasting))]) if {
	count(lasting) > 0
} else := sprintf("it has only %s", [text.list(sort(used))]) if {
	count(used) > 0
} else := "it mounts no volume"

used := {sprintf("%s %s", [fleeting[mount.name], mount.name]) |
	some container in running
	some mount in fields.list(container, "volumeMounts")
	fleeting[mount.name] in {"emptyDir", "ephemeral CSI volume", "ephemeral volume", "path of the node"}
}

surge := fields.given(input.spec, ["strategy", "rollingUpdate", "maxSurge"], "25%")
