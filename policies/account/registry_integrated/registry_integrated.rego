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
#     imagePullSecrets.
#   noFix: Integration hands credentials to every namespace, so it is left to a person.
#   parameters: {}
package envcheck.account.registry_integrated

import data.envcheck.lib.cluster
import data.envcheck.lib.fields
import data.envcheck.lib.registries
import data.envcheck.lib.text

subjects contains cluster.ref if registries.declared

not_evaluated contains cluster.gap if registries.declared

not_evaluated contains gap if {
	registries.declared
	cluster.found
	detail := unclear
	gap := {
		"resource": cluster.ref,
		"reason": "registries not shown",
		"detail": detail,
	}
}

deny contains finding if {
	registries.declared
	cluster.found
	message := missing
	finding := {
		"message": message,
		"resource": cluster.ref,
		"declared": ["digitalocean", "registry", "name"],
	}
}

enabled := object.get(cluster.found, "registry_enabled", null)

integrated := {name | some name in fields.list(cluster.found, "registries"); is_string(name)}

missing := "is integrated with no registry" if enabled == false

missing := sprintf("is integrated with %s, not with %s", [listed, registries.declared.name]) if {
	enabled != false
	count(integrated) > 0
	not registries.declared.name in integrated
	listed := text.list(sort(integrated))
}

unclear := "the account shows the cluster without its registries: does the token lack the scope registry:read?" if {
	count(integrated) == 0
	not is_boolean(enabled)
}

# Which one it is, nothing else says: an account may have several.
unclear := "the cluster has a registry, the account does not show which" if {
	count(integrated) == 0
	enabled == true
}
