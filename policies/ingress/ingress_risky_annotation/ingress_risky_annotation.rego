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
#     ConfigMap. Without the annotation requests go elsewhere or unchecked, so only its owner can take it away.
#   parameters: {}
package envcheck.ingress.ingress_risky_annotation

import data.envcheck.ingress.ingress_risky_annotation.served
import data.envcheck.ingress.ingress_risky_annotation.snippets
import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.ingress_nginx
import data.envcheck.lib.text

subjects contains ingress.ref if some ingress in served.ingresses

# An annotation by which one of the advisories comes that the controller is open to.
deny contains finding if {
	some [ingress, controller] in served.pairs
	some name, key in present(ingress, controller)
	words := text.list(attacks[controller.version][name])
	version := ingress_nginx.show(controller.version)
	who := text.qualified(controller.workload.ref)
	finding := {
		"message": sprintf("annotation %s is open to %s in ingress-nginx %s", [name, words, version]),
		"resource": ingress.ref,
		"path": ["metadata", "annotations", key],
		"key": sprintf("advisory %s", [who]),
	}
}

deny contains finding if {
	some [ingress, controller] in served.pairs
	some name, key in present(ingress, controller)
	name in snippets.names
	snippets.state(controller) == "on"
	who := text.qualified(controller.workload.ref)
	finding := {
		"message": sprintf("annotation %s writes into the controller's configuration, and allow-snippet-annotations is on", [name]),
		"resource": ingress.ref,
		"path": ["metadata", "annotations", key],
		"key": sprintf("snippet %s", [who]),
	}
}

not_evaluated contains gap if {
	some [ingress, controller] in served.pairs
	why := ingress_controllers.unknown_version(controller)
	names := sort({name | some name, _ in present(ingress, controller); name in attacked})
	count(names) > 0
	words := text.list(names)
	who := text.qualified(controller.workload.ref)
	gap := {
		"resource": ingress.ref,
		"reason": "unknown version",
		"detail": sprintf("%s: %s runs %s", [words, who, why]),
	}
}

not_evaluated contains gap if {
	some [ingress, controller] in served.pairs
	names := sort({name | some name, _ in present(ingress, controller); name in snippets.names})
	count(names) > 0
	snippets.state(controller) == "unknown"
	words := text.list(names)
	who := text.qualified(controller.workload.ref)
	gap := {
		"resource": ingress.ref,
		"reason": "unknown settings",
		"detail": sprintf("%s: whether allow-snippet-annotations is on is not known of %s", [words, who]),
	}
}

not_evaluated contains gap if {
	some ingress in served.by_nobody
	names := sort({name | some name, _ in annotations(ingress, default_prefix); name in (attacked | snippets.names)})
	count(names) > 0
	words := text.list(names)
	gap := {
		"resource": ingress.ref,
		"reason": "no controller",
		"detail": sprintf("%s: no controller of ingress-nginx is in view that serves it, so its version is not known", [words]),
	}
}

# Version → annotation → advisories that come by it and that this version is open to.
attacks[version] := {name: cves |
	some name in attacked
	cves := sort({cve | some cve in open; name in ingress_nginx.advisories[cve].annotations})
	count(cves) > 0
} if {
	some version in {controller.version | some controller in ingress_controllers.nginx}
	open := ingress_nginx.open_to(version)
}

# Annotations that some advisory names.
attacked contains name if {
	some advisory in ingress_nginx.advisories
	some name in advisory.annotations
}

default_prefix := "nginx.ingress.kubernetes.io"

prefix(controller) := told if {
	told := ingress_controllers.flag(controller, "annotations-prefix")
} else := default_prefix

present(ingress, controller) := annotations(ingress, prefix(controller))

# Name → the whole key, of those that this controller reads.
annotations(ingress, start) := {name: key |
	some key, _ in ingress.annotations
	startswith(key, sprintf("%s/", [start]))
	name := trim_prefix(key, sprintf("%s/", [start]))
}
