# METADATA
# title: Argo CD's first password is deleted
# description: >-
#   No delivery namespace holds the Secret argocd-initial-admin-secret: Argo CD leaves there, in plain text, the administrator's
#   password of its installation, and it is meant to be deleted after the first login. Under this name alone, whatever the
#   release is called.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/getting_started/#4-login-using-the-cli
# custom:
#   id: argocd-initial-secret
#   severity: medium
#   evaluates: object
#   kinds: [v1/Secret]
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     See that an administrator can log in by other means (SSO, or a password that was changed), then delete the Secret. Nothing
#     brings it back: the password that it holds goes on being valid until it is changed.
#   parameters: {}
package envcheck.delivery.argocd_initial_secret

import data.envcheck.lib.argocd
import data.envcheck.lib.fields

deny contains finding if {
	input.metadata.name == name
	namespace in argocd.homes
	finding := {
		"message": "still holds the first password of Argo CD's administrator",
		"fix": {
			"action": "kubernetes.delete",
			"risk": "destructive",
			"summary": sprintf("delete Secret %s/%s, once another login of an administrator is proven; there is no undo", [namespace, name]),
			"target": {"apiVersion": "v1", "kind": "Secret", "namespace": namespace, "name": name},
		},
	}
}

name := "argocd-initial-admin-secret"

namespace := fields.namespace(input)
