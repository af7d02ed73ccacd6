# METADATA
# title: No annotation opens the ingress controller
# description: >-
#   No Ingress that ingress-nginx serves uses an annotation by which a published advisory is exploited, while a controller
#   that is open to it serves the Ingress; with a mended controller the same annotation is no finding. Snippets are findings with
#   every version where allow-snippet-annotations is on: they write into the controller's configuration. Where the version or the
#   settings of the controller are not known, such annotations are not evaluated.
# scope: package
# related_resources:
#   - ref: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations-risk/
#   - ref: https://kubernetes.io/docs/reference/issues-security/official-cve-feed/
# custom:
#   id: ingress-risky-annotation
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - networking.k8s.io/v1/Ingress
#     - networking.k8s.io/v1/IngressClass
#     - v1/ConfigMap
#     - v1/Pod
#     - v1/ReplicationController
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Upgrade the controller, or do without the annotation; set allow-snippet-annotations to "false" in the controller's
#     ConfigMap.
#   noFix: Without the annotation requests go elsewhere or unchecked, so only its owner can take it away.
#   parameters: {}
package envcheck.ingress.ingress_risky_annotation

import data.envcheck.ingress.ingress_risky_annotation.served
import data.envcheck.ingress.ingress_risky_annotation.snippets
import data.envcheck.lib.ingress_classes
import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.ingress_nginx
import data.envcheck.lib.text

subjects contains ingress.ref if {
	some ingress in data.view.ingresses
	ingress_classes.of_ingress(ingress) in served.classes
}

# An annotation by which one of the advisories comes that the controller is open to.
deny contains finding if {
	some [ref, id, name, key] in used
	controller := served.controllers[id]
	words := text.list(attacks[controller.version][name])
	version := ingress_nginx.show(controller.version)
	finding := {
		"message": sprintf("annotation %s is open to %s in ingress-nginx %s", [name, words, version]),
		"resource": ref,
		"path": ["metadata", "annotations", key],
		"key": sprintf("advisory %s", [id]),
	}
}

deny contains finding if {
	some [ref, id, name, key] in used
	name in snippets.names
	snippets.states[id] == "on"
	finding := {
		"message": sprintf("annotation %s writes into the controller's configuration, and allow-snippet-annotations is on", [name]),
		"resource": ref,
		"path": ["metadata", "annotations", key],
		"key": sprintf("snippet %s", [id]),
	}
}

not_evaluated contains gap if {
	some [ref, id, name, _] in used
	name in attacked
	why := ingress_controllers.unknown_version(served.controllers[id])
	gap := {
		"resource": ref,
		"reason": "unknown version",
		"detail": sprintf("%s: %s runs %s", [name, id, why]),
	}
}

not_evaluated contains gap if {
	some [ref, id, name, _] in used
	name in snippets.names
	snippets.states[id] == "unknown"
	gap := {
		"resource": ref,
		"reason": "unknown settings",
		"detail": sprintf("%s: whether allow-snippet-annotations is on is not known of %s", [name, id]),
	}
}

not_evaluated contains gap if {
	some ingress in data.view.ingresses
	ingress_classes.of_ingress(ingress) in served.classes_of_nobody
	some key, _ in ingress.annotations
	name := usual[key]
	gap := {
		"resource": ingress.ref,
		"reason": "no controller",
		"detail": sprintf("%s: no controller of ingress-nginx is in view that serves it, so its version is not known", [name]),
	}
}

# [Ingress, controller, name of the annotation, its whole key].
used contains [ingress.ref, id, name, key] if {
	some ingress in data.view.ingresses
	some id in served.by_class[ingress_classes.of_ingress(ingress)]
	some key, _ in ingress.annotations
	name := read[id][key]
}

# Controller → key → name, of the annotations that may be a risk and that it reads.
read[id] := keys(prefix(controller)) if some id, controller in served.controllers

keys(start) := {sprintf("%s/%s", [start, name]): name | some name in risky}

usual := keys(default_prefix)

risky := attacked | snippets.names

# Annotations that some advisory names.
attacked contains name if {
	some advisory in ingress_nginx.advisories
	some name in advisory.annotations
}

# Version → annotation → advisories that come by it and that this version is open to.
attacks[version] := {name: cves |
	some name in attacked
	cves := sort({cve | some cve in open; name in ingress_nginx.advisories[cve].annotations})
	count(cves) > 0
} if {
	some version in {controller.version | some controller in served.controllers}
	open := ingress_nginx.open_to(version)
}

default_prefix := "nginx.ingress.kubernetes.io"

prefix(controller) := told if {
	told := ingress_controllers.flag(controller, "annotations-prefix")
} else := default_prefix
