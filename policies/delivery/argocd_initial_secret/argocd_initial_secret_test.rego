package envcheck.delivery.argocd_initial_secret_test

import data.envcheck.delivery.argocd_initial_secret as policy

environment := {"name": "stage", "namespaces": [
	{"name": "argocd", "role": "delivery"},
	{"name": "back", "role": "application"},
	{"name": "default", "role": "delivery"},
]}

found(metadata) := answer if {
	answer := policy.deny with data.environment as environment with input as {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
}

finding(namespace) := {
	"message": "still holds the first password of Argo CD's administrator",
	"fix": {
		"action": "kubernetes.delete",
		"risk": "destructive",
		"summary": sprintf("delete Secret %s/argocd-initial-admin-secret, once another login of an administrator is proven; there is no undo", [namespace]),
		"target": {"apiVersion": "v1", "kind": "Secret", "namespace": namespace, "name": "argocd-initial-admin-secret"},
	},
}

test_left_behind if {
	found({"namespace": "argocd", "name": "argocd-initial-admin-secret"}) == {finding("argocd")}
}

test_no_namespace_is_default if {
	found({"name": "argocd-initial-admin-secret"}) == {finding("default")}
	found({"namespace": "", "name": "argocd-initial-admin-secret"}) == {finding("default")}
}

test_another_secret if {
	every name in ["argocd-secret", "argocd-redis", "argocd-initial-admin-secret-2", "my-argocd-initial-admin-secret"] {
		found({"namespace": "argocd", "name": name}) == set()
	}
}

test_another_namespace if {
	found({"namespace": "back", "name": "argocd-initial-admin-secret"}) == set()
	found({"namespace": "undeclared", "name": "argocd-initial-admin-secret"}) == set()
}
