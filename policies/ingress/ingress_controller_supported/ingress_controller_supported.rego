# METADATA
# title: Somebody still maintains the ingress controller
# description: >-
#   No controller runs that its project has given up. ingress-nginx was retired in March 2026: whatever is found in it or in
#   the NGINX that it carries stays open, in its last releases as well. A team that moves away from it waives this until a
#   date; a waiver does not cover ingress-controller-vulnerable. Whether somebody maintains a fork or a rebuild is not known here.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/
#   - ref: https://gateway-api.sigs.k8s.io/guides/migrating-from-ingress/
# custom:
#   id: ingress-controller-supported
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
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Move to the cluster's Gateway API or to a controller that is maintained, and waive this with an expiry until then.
#   noFix: Hosts, certificates and annotations have to be written anew for another controller, and traffic moved over to it.
#   parameters: {}
package envcheck.ingress.ingress_controller_supported

import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.ingress_nginx

subjects contains controller.workload.ref if some controller in ingress_controllers.nginx

deny contains object.union(finding, place) if {
	some controller in ingress_controllers.nginx
	controller.official
	finding := {
		"message": sprintf("runs ingress-nginx%s, which was retired in %s: nobody mends what is found in it", [version(controller), ingress_nginx.retired]),
		"resource": controller.workload.ref,
		"key": controller.container,
	}
}

not_evaluated contains gap if {
	some controller in ingress_controllers.nginx
	not controller.official
	gap := {
		"resource": controller.workload.ref,
		"reason": "unknown maintainer",
		"detail": sprintf("container %s runs %s, a fork or rebuild of ingress-nginx", [controller.container, controller.image]),
	}
}

version(controller) := sprintf(" %s", [ingress_nginx.show(controller.version)]) if controller.version

else := ""

place := {"declared": ["ingress", "controller"]} if data.environment.ingress.controller == "ingress-nginx"

else := {}
