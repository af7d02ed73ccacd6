# METADATA
# title: No applications in system namespaces
# description: >-
#   The system namespaces hold what DOKS put there and nothing else: no workload, Service, Ingress, PersistentVolumeClaim,
#   ConfigMap or Secret that is not on a dated list of components. DOKS's labels and its field manager c3 can both be forged,
#   so neither clears an object: with both it is low (a new component?), with one medium, with neither critical.
#   What the team puts there on purpose stands under systemNamespaces.allow, as kube-system/headlamp,
#   kube-system/Deployment/headlamp or, in any of the system namespaces, Deployment/headlamp.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/details/managed/
# custom:
#   id: no-apps-in-system-namespaces
#   severity: critical
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - networking.k8s.io/v1/Ingress
#     - v1/ConfigMap
#     - v1/PersistentVolumeClaim
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Secret
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.7.1"]}
#   remediation: Move it to a namespace of its own, or list it under systemNamespaces.allow.
#   noFix: >-
#     An object cannot be moved, only made anew elsewhere, and its state and its address stay behind. What is there on purpose
#     only people know.
#   parameters: {}
package envcheck.workloads.no_apps_in_system_namespaces

import data.envcheck.lib.objects
import data.envcheck.lib.workloads
import data.envcheck.workloads.no_apps_in_system_namespaces.known_components

subjects contains record.ref if some record in judged

deny contains object.union(finding, severity(record)) if {
	some record in judged
	not objects.release(record)
	not allowed(record)
	message := explain(record)
	advice := advise(record)
	finding := {
		"message": message,
		"resource": record.ref,
		"fix": {"action": "instructions", "risk": "safe", "summary": advice},
	}
}

# A Helm release whose objects are all elsewhere is itself what should not be here. One finding, at its newest revision.
deny contains finding if {
	# That it has none can be said only with everything in view.
	object.get(data.view, "complete", true)
	some record in judged
	release := objects.release(record)
	not allowed(record)
	advice := advise(record)
	finding := {
		"message": sprintf("Helm release %s is stored here, though it has no other object in a system namespace", [release]),
		"resource": record.ref,
		"key": sprintf("release %s", [release]),
		"fix": {"action": "instructions", "risk": "safe", "summary": advice},
	}
}

system := {name | some name in data.environment.systemNamespaces.names}

workload_records contains workload if {
	some workload in data.view.workloads
	workload.namespace in system
	workloads.judged(workload)
}

records contains record if some record in workload_records

# Each list by its name, so that what is read can be held against the kinds that are declared.
records contains record if {
	some record in data.view.services
	record.namespace in system
}

records contains record if {
	some record in data.view.ingresses
	record.namespace in system
}

records contains record if {
	some record in data.view.persistent_volume_claims
	record.namespace in system
}

records contains record if {
	some record in data.view.config_maps
	record.namespace in system
}

records contains record if {
	some record in data.view.secrets
	record.namespace in system
}

# What an owner here answers for, and Helm's notes on objects here, are not judged by themselves.
judged contains record if {
	some record in records
	not owned_here(record)
	not follows_release(record)
}

# References to owners are free text for whoever writes the object: they count only towards a workload, which is judged
# itself, and never from one workload to another (the view has resolved what controllers really own).
# Which kinds a controller of this kind makes.
made_by := {
	"CronJob": {"Job"},
	"DaemonSet": {"Pod"},
	"Deployment": {"ReplicaSet"},
	"Job": {"Pod"},
	"ReplicaSet": {"Pod"},
	"StatefulSet": {"Pod"},
}

owned_here(record) if {
	some owner in objects.owners(record)
	can_own(owner, record)
}

# A known component of DOKS has no business owning what is not known: it would clear anything that names it.
can_own(owner, _) if not known(owner.kind, owner.namespace, owner.name)

follows_release(record) if {
	release := objects.release(record)
	release in releases_here
}

follows_release(record) if {
	release := objects.release(record)
	some other in data.view.secrets
	other.namespace == record.namespace
	objects.release(other) == release
	objects.revision(other) > objects.revision(record)
}

# Releases with an object in a system namespace.
releases_here contains record.manager.name if {
	some record in records
	record.manager.type == "helm"
	not objects.release(record)
}

# What may be here

allowed(record) if listed(record)

allowed(record) if known(record.ref.kind, record.namespace, record.name)

# What a known component owns. References can be forged: of workloads only the kinds that its controller makes, and only
# with the uid of the component.
allowed(record) if {
	makes(record.owner.kind, record.ref.kind)
	known(record.owner.kind, record.namespace, record.owner.name)
	not names_another(record)
}

# The owner that the reference names exists, and is another one.
names_another(record) if {
	count(objects.namesakes(record)) > 0
	every owner in objects.namesakes(record) {
		not objects.same_uid(owner, record)
	}
}

# It names one by uid that is not there. Of a part of the environment, nobody knows what is there.
names_another(record) if {
	is_string(object.get(record, "ownerUid", null))
	count(objects.namesakes(record)) == 0
	object.get(data.view, "complete", true)
}

makes(owner, kind) if kind in made_by[owner]

makes(_, kind) if kind in {"Service", "ConfigMap", "Secret", "PersistentVolumeClaim", "Ingress"}

allowed(record) if objects.everywhere(record)

allowed(record) if {
	record.ref.kind == "Secret"
	record.type == "bootstrap.kubernetes.io/token"
}

# ConfigMaps by which CoreDNS is customised: all their keys are server blocks or overrides.
allowed(record) if {
	record.ref.kind == "ConfigMap"
	record.namespace == known_components.namespace
	startswith(record.name, "coredns-")
	count(record.keys) > 0
	every key in record.keys {
		regex.match(`\.(override|server)$`, key)
	}
}

# kube-prometheus-stack and its operator put Services here to find the cluster's own components.
allowed(record) if {
	record.ref.kind == "Service"
	monitoring_service(record)
	record.type == "ClusterIP"
	every id in record.workloads {
		id in allowed_workloads
	}
}

allowed_workloads contains workload.id if {
	some workload in workload_records
	listed(workload)
}

allowed_workloads contains workload.id if {
	some workload in workload_records
	known(workload.ref.kind, workload.namespace, workload.name)
}

listed(record) if {
	some entry in data.environment.systemNamespaces.allow
	entry in {
		sprintf("%s/%s", [record.namespace, record.name]),
		sprintf("%s/%s/%s", [record.namespace, record.ref.kind, record.name]),
		sprintf("%s/%s", [record.ref.kind, record.name]),
	}
}

known(kind, namespace, name) if {
	namespace == known_components.namespace
	name in known_components.names[kind]
}

monitoring_service(record) if record.labels["app.kubernetes.io/part-of"] == "kube-prometheus-stack"

monitoring_service(record) if record.labels["app.kubernetes.io/managed-by"] == "prometheus-operator"

# What it is then

severity(record) := {"severity": "low"} if {
	record.doks.labelled
	record.doks.fieldManager
} else := {"severity": "medium"} if {
	record.doks.labelled
} else := {"severity": "medium"} if {
	record.doks.fieldManager
} else := {}

explain(record) := sprintf("new DOKS component? It has DOKS's labels and field manager, but is not on the list of %s", [known_components.as_of]) if {
	record.doks.labelled
	record.doks.fieldManager
} else := "looks like a DOKS component, but is not proven: it has DOKS's labels, c3 does not manage it" if {
	record.doks.labelled
} else := "looks like a DOKS component, but is not proven: c3 manages it, DOKS's labels are missing" if {
	record.doks.fieldManager
} else := sprintf("is not a component of DOKS: %s", [whose]) if {
	whose := objects.belongs(record)
} else := "is not a component of DOKS: it is on no list and bears neither DOKS's labels nor its field manager"

advise(record) := sprintf("move it to a namespace of its own, or list %s under systemNamespaces.allow", [entry]) if {
	entry := sprintf("%s/%s/%s", [record.namespace, record.ref.kind, record.name])
}
