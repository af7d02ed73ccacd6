# METADATA
# title: No published advisory is open in the ingress controller
# description: >-
#   Every controller of ingress-nginx, wherever it runs, is of a version that mends all published advisories: a dated table
#   says which versions do. The version is the tag of the project's own image, also of a mirror of it. A digest without a tag,
#   a fork and a rebuild tell no version, so they are not evaluated.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/issues-security/official-cve-feed/
#   - ref: https://github.com/kubernetes/ingress-nginx/releases
# custom:
#   id: ingress-controller-vulnerable
#   severity: critical
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
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Upgrade to one of the project's last releases, 1.13.9, 1.14.5 or 1.15.1, by its chart; until then keep the admission webhook
#     from the Pods' network and let nobody untrusted write Ingresses.
#   noFix: An upgrade replaces every Pod of the controller and may change what annotations mean, so it is left to a person.
#   parameters: {}
package envcheck.ingress.ingress_controller_vulnerable

import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.ingress_nginx
import data.envcheck.lib.text

subjects contains controller.workload.ref if some controller in ingress_controllers.nginx

not_evaluated contains gap if {
	some controller in ingress_controllers.nginx
	why := ingress_controllers.unknown_version(controller)
	gap := {
		"resource": controller.workload.ref,
		"reason": "unknown version",
		"detail": sprintf("container %s runs %s: advisories cannot be compared with it", [controller.container, why]),
	}
}

# One finding for all of them; its key is the newest advisory, so that a waiver covers none that is published later.
deny contains finding if {
	some controller in ingress_controllers.nginx
	open := ingress_nginx.open_to(controller.version)
	count(open) > 0
	words := text.list([cve | some [_, cve] in newest_first(open)])
	version := ingress_nginx.show(controller.version)
	fixes := text.list(ingress_nginx.fixed_versions)
	finding := {
		"message": sprintf("ingress-nginx %s is open to %s; fixed in %s", [version, words, fixes]),
		"resource": controller.workload.ref,
		"key": sprintf("%s %s", [controller.container, newest_first(open)[0][1]]),
	}
}

newest_first(open) := [sorted[(count(sorted) - 1) - index] | some index in numbers.range(0, count(sorted) - 1)] if {
	sorted := sort([[ingress_nginx.advisories[cve].published, cve] | some cve in open])
}
