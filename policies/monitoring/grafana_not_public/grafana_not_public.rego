# METADATA
# title: Grafana is not public
# description: >-
#   No Service opens Grafana to the outside unless it stands under exposure, no Ingress or HTTPRoute leads to it under a host
#   that is not declared under ingress.hosts of its namespace, nobody may look without logging in, and its admin has another
#   password than charts and Grafana itself publish, and no empty one. Both are read from its variables and from grafana.ini
#   in a ConfigMap. Internal load balancers and node ports that DOKS keeps closed are left alone. A password in another file,
#   or masked where it is written, cannot be told and is not evaluated, nor is a grafana.ini that cannot be read.
# scope: package
# related_resources:
#   - ref: https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#security
# custom:
#   id: grafana-not-public
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - gateway.networking.k8s.io/*/HTTPRoute
#     - networking.k8s.io/*/Ingress
#     - v1/ConfigMap
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Secret
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Make the Service a ClusterIP and look by `kubectl port-forward`, or declare the host. Put a password of your own into a
#     Secret, name it under grafana.admin.existingSecret, and change it in Grafana, which keeps the first one it was given.
#   parameters: {}
package envcheck.monitoring.grafana_not_public

import data.envcheck.lib.containers
import data.envcheck.lib.hosts
import data.envcheck.lib.ini
import data.envcheck.lib.monitoring
import data.envcheck.lib.routes
import data.envcheck.lib.services
import data.envcheck.lib.settings
import data.envcheck.lib.workloads

subjects contains grafana.ref if some grafana in grafanas

not_evaluated contains gap if {
	some grafana in grafanas
	grafana.template == null
	gap := {
		"resource": grafana.ref,
		"reason": "credentials unknown",
		"detail": "its Pod template is read only in namespaces with role monitoring",
	}
}

not_evaluated contains gap if {
	some grafana in grafanas
	some container in servers(grafana)
	verdict := password(grafana, container)
	verdict.state == "unknown"
	gap := {"resource": grafana.ref, "reason": "credentials unknown", "detail": verdict.why}
}

not_evaluated contains gap if {
	some grafana in grafanas
	some container in servers(grafana)
	verdict := anonymous(grafana, container)
	verdict.state == "unknown"
	gap := {"resource": grafana.ref, "reason": "login unknown", "detail": sprintf("whether one has to log in: %s", [verdict.why])}
}

# A Service leads in.
deny contains object.union(finding, repair) if {
	some service in data.view.services
	leads_to_grafana(service.workloads)
	some opening in services.openings(service)
	public(service, opening)
	not services.exposure(sprintf("%s/%s", [service.namespace, service.name]))
	finding := {
		"message": sprintf("%s from outside the cluster to Grafana, and it is not declared under exposure", [opening.what]),
		"resource": service.ref,
		"path": ["spec", opening.field],
		"key": opening.field,
	}
	repair := services.close(service, opening)
}

# An Ingress or HTTPRoute does.
deny contains finding if {
	some route in ways
	leads_to_grafana(routes.workloads(route))
	not hosts.declared(route.namespace, route.host)
	finding := {
		"message": sprintf("%s leads to Grafana, and its host is not declared under ingress.hosts of %s", [route.where, route.namespace]),
		"resource": route.ref,
		"path": route.path,
		"key": route.where,
	}
}

# Nobody has to log in.
deny contains finding if {
	some grafana in grafanas
	some container in servers(grafana)
	verdict := anonymous(grafana, container)
	verdict.state == "open"
	finding := {
		"message": sprintf("whoever finds it may look without logging in (%s)", [verdict.why]),
		"resource": grafana.ref,
		"path": array.concat(container_path(grafana, container), verdict.path),
		"key": "anonymous",
	}
}

# The admin's password is no secret.
deny contains finding if {
	some grafana in grafanas
	some container in servers(grafana)
	verdict := password(grafana, container)
	verdict.state == "open"
	finding := {
		"message": verdict.why,
		"resource": grafana.ref,
		"path": container_path(grafana, container),
		"key": "password",
	}
}

grafanas contains workload if {
	some workload in data.view.workloads
	monitoring.is(workload, "grafana")
}

ways := routes.all

ids := {grafana.id | some grafana in grafanas}

leads_to_grafana(targets) if {
	some id in targets
	id in ids
}

# An address of the node is public as the world reaches it: DOKS opens node ports unless it is told not to.
public(service, opening) if {
	opening.field == "type"
	service.type == "LoadBalancer"
	service.loadBalancerNetwork != "INTERNAL"
	not service.disowned
	not services.foreign(service.loadBalancerClass)
}

public(service, opening) if {
	opening.field == "type"
	service.type == "NodePort"
	services.firewall_managed(service.annotations)
}

public(_, opening) if opening.field == "externalIPs"

# The containers that are Grafana: its sidecars get the same variables.
servers(grafana) := known if {
	known := [container | some container in containers.running(grafana); containers.product(container) in monitoring.images.grafana]
	count(known) > 0
} else := [container | some container in containers.running(grafana); container.name == "grafana"]

# "open", "unknown" or "fine". A variable that is empty is none, and one that is not counts before the file.
anonymous(grafana, container) := {"state": "open", "why": "GF_AUTH_ANONYMOUS_ENABLED", "path": ["env", "name=GF_AUTH_ANONYMOUS_ENABLED"]} if {
	on(settings.variable(grafana.namespace, container, "GF_AUTH_ANONYMOUS_ENABLED").value)
} else := {"state": "fine"} if {
	is_string(settings.variable(grafana.namespace, container, "GF_AUTH_ANONYMOUS_ENABLED").value)
} else := {"state": "unknown", "why": variable.why} if {
	variable := settings.variable(grafana.namespace, container, "GF_AUTH_ANONYMOUS_ENABLED")
	variable.state == "unknown"
} else := {"state": "unknown", "why": "GF_AUTH_ANONYMOUS_ENABLED comes from a ConfigMap or Secret, which is not read"} if {
	settings.variable(grafana.namespace, container, "GF_AUTH_ANONYMOUS_ENABLED").state in {"published", "set"}
} else := {"state": "unknown", "why": file.why} if {
	file := configuration(grafana, container)
	file.why
} else := {"state": "open", "why": "enabled under [auth.anonymous] in its configuration file", "path": ["volumeMounts"]} if {
	on(ini.value(configuration(grafana, container).text, "auth.anonymous", "enabled"))
} else := {"state": "unknown", "why": "its configuration file takes enabled under [auth.anonymous] from elsewhere"} if {
	contains(ini.value(configuration(grafana, container).text, "auth.anonymous", "enabled"), "$")
} else := {"state": "fine"}

# As Grafana reads a switch.
on(value) if lower(value) in {"1", "on", "t", "true", "y", "yes"}

# "open", "unknown" or "fine".
password(grafana, container) := {"state": "open", "why": sprintf("its admin password, in Secret %s, is one that charts publish as their default", [variable.secret])} if {
	variable := admin(grafana, container)
	variable.state == "published"
} else := {"state": "unknown", "why": "its admin password is written into the Pod template and masked: whether it is a default cannot be told"} if {
	is_string(admin(grafana, container).value)
} else := {"state": "unknown", "why": sprintf("its admin password: %s", [variable.why])} if {
	variable := admin(grafana, container)
	variable.state == "unknown"
} else := {"state": "fine"} if {
	admin(grafana, container).state == "set"
} else := {"state": "fine"} if {
	on(settings.variable(grafana.namespace, container, "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION").value)
} else := {"state": "unknown", "why": "its admin password is in a file, which is not read"} if {
	settings.variable(grafana.namespace, container, "GF_SECURITY_ADMIN_PASSWORD__FILE").state == "set"
} else := {"state": "unknown", "why": sprintf("its admin password may stand in its configuration file: %s", [file.why])} if {
	file := configuration(grafana, container)
	file.why
} else := in_file(ini.value(configuration(grafana, container).text, "security", "admin_password")) if {
	ini.value(configuration(grafana, container).text, "security", "admin_password") != ""
} else := {"state": "fine"} if {
	on(ini.value(configuration(grafana, container).text, "security", "disable_initial_admin_creation"))
} else := {"state": "open", "why": "its admin password is Grafana's own default: GF_SECURITY_ADMIN_PASSWORD is empty"} if {
	admin(grafana, container).state == "empty"
} else := {"state": "open", "why": "no admin password is set: Grafana's own default holds until somebody changes it"}

admin(grafana, container) := settings.variable(grafana.namespace, container, "GF_SECURITY_ADMIN_PASSWORD")

in_file(text) := {"state": "unknown", "why": "its admin password is written into its configuration file and masked: whether it is a default cannot be told"} if {
	startswith(text, "masked:")
} else := {"state": "unknown", "why": "its configuration file takes its admin password from elsewhere"} if {
	contains(text, "$")
} else := {"state": "open", "why": "its admin password, in its configuration file, is Grafana's own default"} if {
	text == "admin"
} else := {"state": "fine"}

# Its configuration file: {"text"}, empty for that of the image, or {"why"} it cannot be read.
configuration(grafana, container) := {"why": "it is started with arguments of its own"} if {
	count(containers.words(container)) > 0
} else := {"why": "GF_PATHS_CONFIG names another file"} if {
	not settings.variable(grafana.namespace, container, "GF_PATHS_CONFIG").state in {"absent", "empty"}
} else := settings.file(grafana, container, configuration_path) if {
	containers.mount_of(container, configuration_path)
} else := {"text": ""}

configuration_path := "/etc/grafana/grafana.ini"

container_path(grafana, container) := array.concat(workloads.pod_spec(grafana.kind), ["containers", sprintf("name=%s", [container.name])])
