# METADATA
# title: Every namespace is declared
# description: >-
#   There is no namespace but those of the spec, the system namespaces and default, which holds nothing but Service kubernetes:
#   no workload, Service, Ingress, PersistentVolumeClaim, ConfigMap or Secret beside what every namespace holds. Where default
#   is declared, it is a namespace like the others. In manifests, objects in a namespace that is neither declared nor among
#   them count too. A namespace with DOKS's labels and field manager, which can be forged, is low; one that is being deleted
#   is pending.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
# custom:
#   id: namespace-undeclared
#   severity: medium
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
#     - v1/Namespace
#     - v1/PersistentVolumeClaim
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Secret
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [default-namespace], cis-kubernetes: ["5.7.1", "5.7.4"]}
#   remediation: Declare the namespace, or remove it; move what is in default to a namespace of its own.
#   noFix: >-
#     No namespace is ever deleted by a program, as everything in it goes with it; and an object cannot be moved, only made anew
#     elsewhere.
#   parameters: {}
package envcheck.workloads.namespace_undeclared

import data.envcheck.lib.namespaces
import data.envcheck.lib.objects
import data.envcheck.lib.workloads

subjects contains namespace.ref if some namespace in data.view.namespaces

subjects contains record.ref if some record in judged

pending contains waiting if {
	some namespace in undeclared
	namespace.phase == "Terminating"
	waiting := {"resource": namespace.ref, "message": "is not declared and is being deleted"}
}

deny contains object.union(finding, severity) if {
	some namespace in undeclared
	namespace.phase != "Terminating"
	message := explain(namespace)
	severity := lowered(namespace)
	finding := {"message": message, "resource": namespace.ref}
}

deny contains finding if {
	some record in judged
	not objects.everywhere(record)
	not kubernetes(record)
	message := sprintf("%s%s", [wrong(record), whose(record)])
	finding := {"message": message, "resource": record.ref}
}

undeclared contains namespace if {
	some namespace in data.view.namespaces
	not accepted(namespace.name)
}

accepted(name) if namespaces.declared[name]

accepted(name) if name in namespaces.system

accepted(name) if name == "default"

explain(namespace) := "new namespace of DOKS? It has DOKS's labels and field manager, and is not declared" if {
	doks(namespace)
} else := sprintf("is not declared: %s", [whose]) if {
	whose := objects.belongs(namespace)
} else := "is not declared"

lowered(namespace) := {"severity": "low"} if doks(namespace)

else := {}

doks(namespace) if {
	namespace.doks.labelled
	namespace.doks.fieldManager
}

# Objects where no object belongs: in default, or in a namespace that is neither declared nor among the objects. One that is
# there is said of the namespace.
misplaced(name) if {
	name == "default"
	not namespaces.declared[name]
}

misplaced(name) if {
	is_string(name)
	not accepted(name)
	not name in existing
}

existing := {namespace.name | some namespace in data.view.namespaces}

records contains workload if {
	some workload in data.view.workloads
	misplaced(workload.namespace)
	workloads.judged(workload)
}

# Each list by its name, so that what is read can be held against the kinds that are declared.
records contains record if {
	some record in data.view.services
	misplaced(record.namespace)
}

records contains record if {
	some record in data.view.ingresses
	misplaced(record.namespace)
}

records contains record if {
	some record in data.view.persistent_volume_claims
	misplaced(record.namespace)
}

records contains record if {
	some record in data.view.config_maps
	misplaced(record.namespace)
}

records contains record if {
	some record in data.view.secrets
	misplaced(record.namespace)
}

# What a workload owns, and Helm's notes on objects beside them, are not judged by themselves.
judged contains record if {
	some record in records
	count(objects.owners(record)) == 0
	not follows_release(record)
}

follows_release(record) if {
	release := objects.release(record)
	[record.namespace, release] in released
}

follows_release(record) if {
	release := objects.release(record)
	some other in records
	other.namespace == record.namespace
	objects.release(other) == release
	objects.revision(other) > objects.revision(record)
}

released contains [record.namespace, record.manager.name] if {
	some record in records
	record.manager.type == "helm"
	not objects.release(record)
}

# The API server's own Service.
kubernetes(record) if {
	record.ref.kind == "Service"
	record.namespace == "default"
	record.name == "kubernetes"
}

wrong(record) := "is in namespace default, where nothing but Service kubernetes belongs" if {
	record.namespace == "default"
} else := sprintf("is in namespace %s, which is not declared", [record.namespace])

whose(record) := sprintf(": it keeps Helm release %s", [release]) if {
	release := objects.release(record)
} else := sprintf(": %s", [belongs]) if {
	belongs := objects.belongs(record)
} else := ""
