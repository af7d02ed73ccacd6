# METADATA
# title: The declared ingress controller works
# description: >-
#   The declared controller runs in a namespace with role ingress: its workload has the Pods that it should have and they are
#   ready, the declared IngressClass exists and is the controller's, and a Service of type LoadBalancer with an address leads to it.
#   Where the Gateway API is declared, a Gateway of the declared class exists instead, and the Service made for it has an address.
#   Younger than ten minutes is pending. Which class each Ingress names is ingress-class's to judge.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/use-gateway-api/
# custom:
#   id: ingress-controller-ready
#   severity: critical
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - gateway.networking.k8s.io/v1/Gateway
#     - networking.k8s.io/v1/IngressClass
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   declares: [ingress]
#   stages: [live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Look at the events of the workload's Pods and of the Service; install what is missing with the declared chart.
#   noFix: Why Pods do not start or an address does not come stands in the cluster alone.
#   parameters:
#     grace: {default: 10m, description: "How long a new workload, Service or Gateway may take, and how long one may be unavailable."}
package envcheck.ingress.ingress_controller_ready

import data.envcheck.ingress.ingress_controller_ready.found
import data.envcheck.lib.readiness
import data.envcheck.lib.text

# Workloads

subjects contains workload.ref if some workload in found.workloads

deny contains finding if {
	not found.gateway_api
	count(found.workloads) == 0
	finding := {
		"message": sprintf("%s does not run %s%s", [found.controller, found.where, found.elsewhere]),
		"resource": found.home,
		"key": "missing",
		"declared": ["ingress", "controller"],
	}
}

deny contains object.union(finding, milder(workload, state)) if {
	some workload in found.workloads
	state := readiness.state(workload, data.parameters.graceSeconds)
	state.state == "unready"
	not replacing(workload)
	finding := {"message": state.message, "resource": workload.ref, "key": "ready"}
}

pending contains entry if {
	some workload in found.workloads
	state := readiness.state(workload, data.parameters.graceSeconds)
	state.state == "pending"
	not replacing(workload)
	entry := {"resource": workload.ref, "message": state.message}
}

not_evaluated contains gap if {
	some workload in found.workloads
	state := readiness.state(workload, data.parameters.graceSeconds)
	state.state == "unknown"
	gap := {"resource": workload.ref, "reason": "unknown status", "detail": state.message}
}

# Pods are being replaced, and there are enough of them by its own measure: this is how it should be.
replacing(workload) if {
	enough(workload)
	workload.ready.updated < workload.ready.desired
}

# Requests are served.
milder(workload, state) := {"severity": "medium"} if {
	state.partly
	enough(workload)
} else := {}

enough(workload) if {
	workload.ready.current
	workload.ready.ready > 0
	not is_string(workload.unreadySince)
}

young(thing) if text.past(thing.created) < data.parameters.graceSeconds

# The class

subjects contains found.class_ref if not found.gateway_api

deny contains finding if {
	not found.gateway_api
	not found.class
	finding := {
		"message": "does not exist, so no Ingress of the declared class is served",
		"resource": found.class_ref,
		"key": "missing",
		"declared": ["ingress", "class"],
	}
}

deny contains finding if {
	count(found.class_names) > 0
	not found.class.controller in found.class_names
	names := text.list(sort(found.class_names))
	finding := {
		"message": sprintf("belongs to controller %s, the one that runs calls itself %s", [found.class.controller, names]),
		"resource": found.class_ref,
		"path": ["spec", "controller"],
		"key": "controller",
		"declared": ["ingress", "class"],
	}
}

# The way in

subjects contains service.ref if some service in found.services

deny contains finding if {
	some workload in found.closed
	not young(workload)
	finding := {
		"message": "no Service of type LoadBalancer leads to it",
		"resource": workload.ref,
		"key": "service",
	}
}

pending contains entry if {
	some workload in found.closed
	young(workload)
	entry := {"resource": workload.ref, "message": "no Service of type LoadBalancer leads to it yet"}
}

deny contains finding if {
	some service in found.services
	count(service.addresses) == 0
	not young(service)
	words := after(service)
	finding := {
		"message": sprintf("has no address%s", [words]),
		"resource": service.ref,
		"key": "address",
	}
}

pending contains entry if {
	some service in found.services
	count(service.addresses) == 0
	young(service)
	words := after(service)
	entry := {"resource": service.ref, "message": sprintf("has no address%s", [words])}
}

after(thing) := sprintf(" %s after it was created", [text.age(text.past(thing.created))]) if text.past(thing.created) >= 0

else := ""

# Gateways

subjects contains gateway.ref if some gateway in found.gateways

deny contains finding if {
	found.gateway_api
	count(found.gateways) == 0
	finding := {
		"message": sprintf("no Gateway of class %s exists", [data.environment.ingress.class]),
		"resource": found.home,
		"key": "missing",
		"declared": ["ingress", "class"],
	}
}

deny contains finding if {
	some gateway in found.gateways
	message := unserved(gateway)
	not young(gateway)
	finding := {"message": message, "resource": gateway.ref, "key": "ready"}
}

pending contains entry if {
	some gateway in found.gateways
	message := unserved(gateway)
	young(gateway)
	entry := {"resource": gateway.ref, "message": message}
}

unserved(gateway) := "no Service was made for it: nothing has accepted it" if count(found.services_of(gateway)) == 0

unserved(gateway) := sprintf("its Service %s has no address", [bare[0]]) if {
	services := found.services_of(gateway)
	bare := sort([service.name | some service in services; count(service.addresses) == 0])
	count(bare) > 0
	count(bare) == count(services)
}
