package envcheck.delivery.argocd_covers_namespace_test

import data.envcheck.delivery.argocd_covers_namespace as policy

environment := {
	"name": "stage",
	"namespaces": [
		{"name": "argocd", "role": "delivery"},
		{"name": "back", "role": "application"},
		{"name": "b2b", "role": "application"},
		{"name": "prometheus", "role": "monitoring"},
	],
	"delivery": {"argocd": {
		"repository": "https://github.com/acme/deploy.git",
		"revision": "main",
		"path": "stage",
		"applications": ["back"],
	}},
}

result(applications) := result_of(applications, [])

result_of(applications, projects) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"applications": array.concat([application("b2b", {})], applications), "app_projects": projects}
}

source := {"repository": "https://github.com/acme/deploy.git", "revision": "main", "path": "stage/x", "chart": null}

in_cluster := {"server": "https://kubernetes.default.svc", "name": null}

# The Application of a namespace, called as it is.
application(name, changes) := object.union(
	{
		"ref": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "namespace": "argocd", "name": name},
		"namespace": "argocd",
		"name": name,
		"project": "stage",
		"sources": [source],
		"destination": object.union(in_cluster, {"namespace": name}),
		"automated": null,
	},
	changes,
)

outside := {
	"ref": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "namespace": "team-a", "name": "back"},
	"namespace": "team-a",
}

back := {"apiVersion": "v1", "kind": "Namespace", "name": "back"}

b2b := {"apiVersion": "v1", "kind": "Namespace", "name": "b2b"}

finding(message) := {
	"message": message,
	"resource": back,
	"declared": ["delivery", "argocd", "applications", 0],
}

because(words) := finding(sprintf("no Application of the declared repository delivers it: %s", [words]))

test_covered if {
	result([application("back", {})]) == {"subjects": {back, b2b}, "deny": set()}

	# Its name does not matter, nor how the cluster is named.
	result([application("anything", {"destination": {"server": null, "name": "in-cluster", "namespace": "back"}})]).deny == set()
	result([application("back", {"sources": [object.union(source, {"repository": "git@github.com:acme/deploy", "revision": "refs/heads/main"})]})]).deny == set()
}

test_several_sources if {
	chart := {"repository": "https://charts.example.com", "revision": "1.0.0", "path": null, "chart": "redis"}
	result([application("back", {"sources": [chart, source]})]).deny == set()
	result([application("back", {"sources": [chart]})]).deny == {because("Application back comes from charts.example.com, not from github.com/acme/deploy")}
}

test_none if {
	result([]).deny == {finding("no Application leads to it")}

	# Its own name is not where it leads.
	result([application("back", {"destination": object.union(in_cluster, {"namespace": "prometheus"})})]).deny == {finding("no Application leads to it")}
	result([application("back", {"destination": object.union(in_cluster, {"namespace": null})})]).deny == {finding("no Application leads to it")}
}

test_an_application_namespace_that_nobody_listed if {
	found := policy.deny with data.environment as environment with data.view as {"applications": [application("back", {})], "app_projects": []}
	found == {{
		"message": "no Application leads to it",
		"resource": b2b,
		"declared": ["namespaces", 2, "role"],
	}}
}

test_flaws if {
	result([application("back", {"sources": []})]).deny == {because("Application back names no source")}
	result([application("back", {"sources": [object.union(source, {"repository": null})]})]).deny == {because("Application back comes from no repository, not from github.com/acme/deploy")}
	result([application("back", {"sources": [object.union(source, {"revision": "dev"})]})]).deny == {because("Application back follows dev, not main")}
	result([application("back", {"sources": [object.union(source, {"revision": null})]})]).deny == {because("Application back follows HEAD, not main")}
	result([application("back", {"destination": {"server": "https://192.0.2.1", "name": null, "namespace": "back"}})]).deny == {because("Application back leads to another cluster, https://192.0.2.1")}
	result([application("back", {"destination": {"server": null, "name": "dev", "namespace": "back"}})]).deny == {because("Application back leads to another cluster, dev")}
	result([application("back", {"destination": {"server": null, "name": null, "namespace": "back"}})]).deny == {because("Application back names no cluster")}
}

test_each_is_explained if {
	dev := application("back-dev", {"destination": object.union(in_cluster, {"namespace": "back"}), "sources": [object.union(source, {"revision": "dev"})]})
	other := application("back", {"sources": [object.union(source, {"repository": "https://github.com/acme/other"})]})
	result([dev, other]).deny == {because("Application back comes from github.com/acme/other, not from github.com/acme/deploy and Application back-dev follows dev, not main")}
	result([dev, other, application("back-3", {"destination": object.union(in_cluster, {"namespace": "back"})})]).deny == set()
}

test_one_that_argocd_does_not_look_at if {
	elsewhere := application("back", outside)
	result([elsewhere]).deny == {because("Application team-a/back is where Argo CD does not look")}
	every pattern in ["team-a", "team-*", "*", "/^team-[a-z]$/"] {
		result_of([elsewhere], [{"namespace": "argocd", "name": "stage", "sourceNamespaces": [pattern]}]).deny == set()
	}
	every project in [
		{"namespace": "argocd", "name": "stage", "sourceNamespaces": []},
		{"namespace": "argocd", "name": "stage", "sourceNamespaces": [null, 5, "team-b", "/^b/", "/[/", "team-[", "eam-a"]},
		{"namespace": "argocd", "name": "other", "sourceNamespaces": ["*"]},
		{"namespace": "team-a", "name": "stage", "sourceNamespaces": ["*"]},
	] {
		count(result_of([elsewhere], [project]).deny) == 1
	}
}
