# METADATA
# title: No two Ingresses serve the same place
# description: >-
#   No two Ingresses of one class, of whatever namespaces, have the same host, path and path type: only one of them gets the
#   requests, as a rule the oldest, so the others are reported. And no Ingress serves a host that ingress.hosts declares for
#   another namespace. Canaries share host and path by design, and cert-manager's solvers are gone in a moment: the former are
#   judged by their namespace only, the latter, which serve nothing but answers to challenges, not at all.
# scope: package
# related_resources:
#   - ref: https://kubernetes.github.io/ingress-nginx/how-it-works/#building-the-nginx-model
# custom:
#   id: ingress-host-conflict
#   severity: high
#   evaluates: environment
#   kinds:
#     - networking.k8s.io/v1/Ingress
#     - networking.k8s.io/v1/IngressClass
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: Take the path out of all Ingresses but one, or give them different hosts.
#   noFix: Only their owners know whose requests they are.
#   parameters: {}
package envcheck.ingress.ingress_host_conflict

import data.envcheck.lib.hosts
import data.envcheck.lib.ingress_classes
import data.envcheck.lib.ingresses

judged contains ingress if {
	some ingress in data.view.ingresses
	not ingresses.solver(ingress)
}

subjects contains ingress.ref if some ingress in judged

deny contains finding if {
	some [_, host, path, type], entries in places
	count(entries) > 1
	owner := min(entries)
	some entry in (entries - {owner})
	entry[1] != owner[1]
	words := place_words(host, path, type)
	finding := {
		"message": sprintf("%s: %s", [words, relation(entry, owner)]),
		"resource": refs[entry[1]],
		"path": entry[2],
		"key": sprintf("%s %s %s", [host, path, type]),
	}
}

deny contains finding if {
	some ingress in judged
	some host in {ingresses.host_of(rule) | some rule in ingress.rules}
	place := declared_elsewhere(host, ingress.namespace)
	first := min({index | some index, rule in ingress.rules; ingresses.host_of(rule) == host})
	finding := {
		"message": sprintf("host %s is declared for namespace %s, not for %s", [host, place[2], ingress.namespace]),
		"resource": ingress.ref,
		"path": ["spec", "rules", first, "host"],
		"key": "namespace",
		"declared": place,
	}
}

# [class, host, path, type] → who serves it, oldest first: [created, [namespace, name], path in the Ingress]. Manifests have no
# creation time, their names decide.
places[place] contains entry if {
	some ingress in judged
	not ingresses.canary(ingress)
	class := ingress_classes.of_ingress(ingress)
	some [host, path, type, at] in served(ingress)
	place := [class, host, path, type]
	entry := [created(ingress), identity(ingress), at]
}

served(ingress) := from_rules(ingress) | from_default(ingress)

from_rules(ingress) := {[host, path, type, at] |
	some index, rule in ingress.rules
	host := ingresses.host_of(rule)
	some position, one in rule.paths
	type := type_of(one)
	path := path_of(one, type)
	at := ["spec", "rules", index, "http", "paths", position, "path"]
}

# Without a rule it answers for every host that nobody else has.
from_default(ingress) := {["", "", "default backend", ["spec", "defaultBackend"]] |
	count(ingress.rules) == 0
	is_string(ingress.defaultBackend.service)
}

type_of(one) := one.pathType if is_string(one.pathType)

else := "ImplementationSpecific"

# /a and /a/ are one prefix.
path_of(one, type) := path if {
	type == "Prefix"
	is_string(one.path)
	path := sprintf("/%s", [trim(one.path, "/")])
} else := one.path if {
	is_string(one.path)
} else := "/"

created(ingress) := ingress.created if is_string(ingress.created)

else := ""

identity(ingress) := [ingress.namespace, ingress.name]

refs[id] := ingress.ref if {
	some ingress in judged
	id := identity(ingress)
}

relation(entry, owner) := sprintf("Ingress %s is older and gets the requests", [concat("/", owner[1])]) if owner[0] < entry[0]

relation(entry, owner) := sprintf("Ingress %s serves it, too", [concat("/", owner[1])]) if owner[0] == entry[0]

place_words(host, path, type) := sprintf("%s, path %s (%s)", [ingresses.host_words(host), path, type]) if type != "default backend"

place_words(_, _, type) := "a default backend for all hosts" if type == "default backend"

# Where the spec gives the host to another namespace: by its name, unless this one has the name as well; by a wildcard,
# unless this one has anything that covers it.
declared_elsewhere(host, namespace) := min(exactly) if {
	exactly := {["ingress", "hosts", other, index] |
		some other, declared in data.environment.ingress.hosts
		some index, name in declared
		lower(name) == host
	}
	count(exactly) > 0
	every place in exactly {
		place[2] != namespace
	}
} else := min(covering) if {
	covering := {["ingress", "hosts", other, index] |
		some other, declared in data.environment.ingress.hosts
		some index, name in declared
		hosts.covers(name, host)
	}
	count(covering) > 0
	not "*" in object.get(data.environment.ingress.hosts, namespace, [])
	every place in covering {
		place[2] != namespace
	}
}
