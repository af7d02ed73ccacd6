# METADATA
# title: The cluster may pull from the registry
# description: >-
#   The declared cluster is integrated with the declared registry, so that DOKS puts the pull secret into every namespace.
# scope: package
# related_resources:
#   - ref: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
# custom:
#   id: registry-integrated
#   severity: high
#   evaluates: environment
#   kinds: []
#   needs: [digitalocean.kubernetes_clusters]
#   stages: [live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Integrate the registry in the control panel (Container Registry, Settings, DigitalOcean Kubernetes integration) or with
#     `doctl kubernetes cluster registry add CLUSTER`. Pods of other service accounts than default need the secret among their
#     imagePullSecrets. Integration hands credentials to every namespace, so it is left to a person.
#   parameters: {}
package envcheck.account.registry_integrated

import data.envcheck.lib.registries
import data.envcheck.lib.text

subjects contains subject

not_evaluated contains gap if {
	subject
	count(found) == 0
	gap := {
		"resource": subject,
		"reason": "cluster not found",
		"detail": sprintf("the account has no cluster called %s", [cluster]),
	}
}

not_evaluated contains gap if {
	subject
	some row in found
	detail := unclear(row)
	gap := {
		"resource": subject,
		"reason": "registries not shown",
		"detail": detail,
	}
}

deny contains finding if {
	subject
	some row in found
	message := missing(row)
	finding := {
		"message": message,
		"resource": subject,
		"declared": ["digitalocean", "registry", "name"],
	}
}

cluster := data.environment.digitalocean.cluster.name

# As the account has it, else as it is declared.
subject := min({{"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": cluster, "id": row.id} | some row in found}) if {
	registries.declared
	count(found) > 0
} else := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": cluster} if {
	registries.declared
}

found contains row if {
	some row in data.digitalocean.kubernetes_clusters
	row.name == cluster
}

integrated(row) := row.registries if is_array(row.registries)

else := []

missing(row) := "is integrated with no registry" if row.registry_enabled == false

missing(row) := sprintf("is integrated with %s, not with %s", [listed, registries.declared.name]) if {
	object.get(row, "registry_enabled", null) != false
	names := integrated(row)
	count(names) > 0
	not registries.declared.name in names
	listed := text.list(sort(names))
}

unclear(row) := "the account shows the cluster without its registries: does the token lack the scope registry:read?" if {
	not is_array(object.get(row, "registries", null))
	not is_boolean(object.get(row, "registry_enabled", null))
}

# Without a list the one registry is meant that accounts had before there were several.
unclear(row) := "the cluster has a registry, the account does not show which" if {
	row.registries == []
	row.registry_enabled == true
}
