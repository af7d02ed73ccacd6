# METADATA
# title: Load balancers are the declared ones
# description: >-
#   Each Service under exposure exists with a load balancer of the declared type and size that works, is reached from outside,
#   and listens on the Service's ports. Whether each has one of its own is dedicated-load-balancer's to judge. DOKS writes the
#   settings of a load balancer only when its Service changes, so what somebody changed in the control panel stays.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/kubernetes/how-to/configure-load-balancers/
# custom:
#   id: load-balancer-as-declared
#   severity: medium
#   evaluates: environment
#   kinds: [v1/Service]
#   needs: [digitalocean.load_balancers, digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Change the Service, never its load balancer: any change of the Service makes DOKS write all settings anew. Type and
#     network of a load balancer cannot be changed without losing its address, so there is no fix for them: create a second
#     Service, move the DNS, delete the first.
#   parameters:
#     grace: {default: 10m, description: "A younger Service or load balancer may not be as declared yet."}
package envcheck.network.load_balancer_as_declared

import data.envcheck.lib.load_balancers
import data.envcheck.lib.text

subjects contains declared_ref(entry) if some entry in data.environment.exposure

not_evaluated contains gap if {
	some exposed in entries
	not exposed.balancer
	gap := {
		"resource": exposed.ref,
		"reason": "no load balancer",
		"detail": "the account has no load balancer of this Service that could be compared",
	}
}

not_evaluated contains gap if {
	some entry in data.environment.exposure
	service := by_name[entry.service]
	service.type == "LoadBalancer"
	not service in load_balancers.owned
	gap := {
		"resource": load_balancers.resource(service),
		"reason": "another controller's",
		"detail": "its load balancer is not DigitalOcean's to serve, or the Service has disowned it",
	}
}

not_evaluated contains gap if {
	some exposed in entries
	exposed.balancer
	some field in unsaid(exposed)
	gap := {
		"resource": exposed.ref,
		"reason": "not said",
		"detail": sprintf("the account's answer has no %s of load balancer %s", [field, exposed.short]),
	}
}

not_evaluated contains gap if {
	some exposed in entries
	status := exposed.balancer.status
	is_string(status)
	not status in {"new", "active", "errored"}
	gap := {
		"resource": exposed.ref,
		"reason": "unknown status",
		"detail": sprintf("the account calls the status of load balancer %s %s, which may be good or bad", [exposed.short, status]),
	}
}

pending contains entry if {
	some exposed in entries
	exposed.balancer.status == "new"
	young(exposed.balancer.created)
	entry := {"resource": exposed.ref, "message": sprintf("load balancer %s is being created", [exposed.short])}
}

deny contains finding if {
	some index, entry in data.environment.exposure
	not by_name[entry.service]
	finding := {
		"message": "is declared under exposure, and the cluster has no such Service",
		"resource": declared_ref(entry),
		"key": "missing",
		"declared": ["exposure", index],
	}
}

deny contains finding if {
	some index, entry in data.environment.exposure
	service := by_name[entry.service]
	service.type != "LoadBalancer"
	finding := {
		"message": sprintf("is of type %s, a load balancer is declared for it", [service.type]),
		"resource": service.ref,
		"path": ["spec", "type"],
		"declared": ["exposure", index],
	}
}

deny contains finding if {
	some exposed in entries
	is_string(exposed.balancer.type)
	exposed.balancer.type != exposed.declared.type
	finding := {
		"message": sprintf("load balancer %s is of type %s, %s is declared", [exposed.short, exposed.balancer.type, exposed.declared.type]),
		"resource": exposed.ref,
		"key": "type",
		"declared": ["exposure", exposed.index, "loadBalancer", "type"],
	}
}

deny contains finding if {
	some exposed in entries
	wanted := exposed.declared.sizeUnit
	actual := exposed.raw.size_unit
	is_number(actual)
	actual != wanted
	finding := {
		"message": sprintf("load balancer %s has %s, %d declared", [exposed.short, nodes(actual), wanted]),
		"resource": exposed.ref,
		"key": "size",
		"declared": ["exposure", exposed.index, "loadBalancer", "sizeUnit"],
		"fix": annotate(
			exposed,
			sprintf("give the load balancer of %s %s", [text.qualified(exposed.service.ref), nodes(wanted)]),
			{"service.beta.kubernetes.io/do-loadbalancer-size-unit": sprintf("%d", [wanted])},
		),
	}
}

deny contains finding if {
	some exposed in entries
	exposed.balancer.network == "INTERNAL"
	finding := {
		"message": sprintf("load balancer %s is internal: nothing outside the VPC reaches it", [exposed.short]),
		"resource": exposed.ref,
		"key": "network",
		"declared": ["exposure", exposed.index],
	}
}

deny contains finding if {
	some exposed in entries
	exposed.balancer.status == "errored"
	finding := {
		"message": sprintf("load balancer %s is in an error state", [exposed.short]),
		"resource": exposed.ref,
		"key": "status",
		"declared": ["exposure", exposed.index],
	}
}

deny contains finding if {
	some exposed in entries
	exposed.balancer.status == "new"
	not young(exposed.balancer.created)
	finding := {
		"message": sprintf("load balancer %s is still not active %s after it was created", [exposed.short, text.age(text.elapsed(exposed.balancer.created))]),
		"resource": exposed.ref,
		"key": "status",
		"declared": ["exposure", exposed.index],
	}
}

deny contains finding if {
	some exposed in entries
	not young(exposed.service.created)
	exposed.balancer.status == "active"
	wanted := {port.port | some port in exposed.service.ports}
	is_array(exposed.raw.forwarding_rules)
	actual := {rule.entry_port | some rule in exposed.raw.forwarding_rules; lower(rule.entry_protocol) != "http3"}
	wanted != actual
	finding := {
		"message": sprintf("load balancer %s %s", [exposed.short, difference(wanted, actual)]),
		"resource": exposed.ref,
		"key": "ports",
		"declared": ["exposure", exposed.index],
		"fix": annotate(
			exposed,
			sprintf("touch Service %s, so that DOKS writes its load balancer anew", [text.qualified(exposed.service.ref)]),
			{"envcheck.dev/reconcile": data.now},
		),
	}
}

# Services by the name under which exposure knows them: their own, or that of the Gateway they were generated for.
by_name[name] := min(candidates) if some name, candidates in named

named[name] contains service if {
	some service in data.view.services
	some name in names(service)
	name in declared_names
}

declared_names contains entry.service if some entry in data.environment.exposure

names(service) := {load_balancers.identity(service), text.qualified(load_balancers.resource(service))}

declared_ref(entry) := load_balancers.resource(by_name[entry.service]) if by_name[entry.service]

else := {"apiVersion": "v1", "kind": "Service", "namespace": parts[0], "name": parts[1]} if parts := split(entry.service, "/")

# Declared Services of type LoadBalancer with what the account has for them.
entries contains exposed if {
	some index, entry in data.environment.exposure
	service := by_name[entry.service]
	service in load_balancers.owned
	ref := load_balancers.resource(service)
	found := balancing(service)
	exposed := object.union({"index": index, "declared": entry.loadBalancer, "service": service, "ref": ref}, found)
}

balancing(service) := pair if {
	id := load_balancers.paired(service)
	balancer := load_balancers.by_id[id]
	raw := raw_by_id[id]
	short := text.short(id)
	pair := {"balancer": balancer, "short": short, "raw": raw}
}

else := {}

# Fields that were to be compared and of which the answer says nothing.
unsaid(exposed) := fields | {field | some field in ["forwarding_rules"]; not is_array(object.get(exposed.raw, field, null))} if {
	fields := {field |
		some field in ["type", "status", "network"]
		exposed.balancer[field] == null
	} | {field |
		some field in ["size_unit"]
		exposed.declared.sizeUnit
		not is_number(object.get(exposed.raw, field, null))
	}
}

raw_by_id[balancer.id] := balancer if some balancer in data.digitalocean.load_balancers

young(created) if text.elapsed(created) < data.parameters.graceSeconds

nodes(number) := "1 node" if number == 1

nodes(number) := sprintf("%d nodes", [number]) if number != 1

difference(wanted, actual) := sprintf("does not listen on %s", [ports(wanted - actual)]) if {
	count(wanted - actual) > 0
	count(actual - wanted) == 0
}

difference(wanted, actual) := sprintf("listens on %s, which the Service does not have", [ports(actual - wanted)]) if {
	count(wanted - actual) == 0
	count(actual - wanted) > 0
}

difference(wanted, actual) := sprintf("listens on %s instead of %s", [ports(actual - wanted), ports(wanted - actual)]) if {
	count(wanted - actual) > 0
	count(actual - wanted) > 0
}

ports(numbers) := sprintf("port %s", [text.list([sprintf("%d", [number]) | some number in sort(numbers)])])

annotate(exposed, summary, annotations) := {
	"action": "kubernetes.annotate",
	"risk": "disruptive",
	"summary": summary,
	"target": exposed.service.ref,
	"params": {"annotations": annotations},
}
