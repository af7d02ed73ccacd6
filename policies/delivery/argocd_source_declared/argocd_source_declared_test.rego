package envcheck.delivery.argocd_source_declared_test

import data.envcheck.delivery.argocd_source_declared as policy

environment := {"name": "stage", "delivery": {
	"argocd": {"version": "v3.5.8", "repository": "https://github.com/acme/deploy.git", "revision": "main", "path": "stage"},
	"charts": [
		{"name": "ingress-nginx", "repository": "https://kubernetes.github.io/ingress-nginx", "version": "4.15.1"},
		{"name": "redis", "repository": "oci://registry-1.docker.io/bitnamicharts", "version": "20.1.0"},
	],
}}

found(document) := answer if {
	answer := policy.deny with data.environment as environment with input as document
}

application(spec) := {
	"apiVersion": "argoproj.io/v1alpha1",
	"kind": "Application",
	"metadata": {"namespace": "argocd", "name": "back"},
	"spec": spec,
}

generated(spec) := object.union(application(spec), {"metadata": {"ownerReferences": [{"kind": "ApplicationSet", "name": "apps", "controller": true}]}})

source := {"repoURL": "https://github.com/acme/deploy.git", "path": "stage/back", "targetRevision": "main"}

of(changes) := application({"source": object.union(source, changes)})

fix(path) := {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": "let Application argocd/back follow main",
	"target": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "namespace": "argocd", "name": "back"},
	"patch": [{"op": "add", "path": path, "value": "main"}],
}

test_as_declared if {
	every changes in [
		{},
		{"repoURL": "git@github.com:acme/deploy.git"},
		{"targetRevision": "refs/heads/main"},
		{"path": "stage"},
		{"path": "./stage/back/"},
	] {
		found(of(changes)) == set()
	}
}

test_another_repository if {
	found(of({"repoURL": "https://robot:x@github.com/acme/other.git", "targetRevision": "dev"})) == {{
		"message": "comes from github.com/acme/other, declared is github.com/acme/deploy",
		"path": ["spec", "source", "repoURL"],
		"declared": ["delivery", "argocd", "repository"],
	}}
	found(application({"source": {"path": "stage"}})) == {{
		"message": "comes from no repository, declared is github.com/acme/deploy",
		"path": ["spec", "source", "repoURL"],
		"declared": ["delivery", "argocd", "repository"],
	}}
}

test_another_revision if {
	found(of({"targetRevision": "dev"})) == {{
		"message": "follows dev, declared is main",
		"path": ["spec", "source", "targetRevision"],
		"key": "revision",
		"declared": ["delivery", "argocd", "revision"],
		"fix": fix("/spec/source/targetRevision"),
	}}
}

test_no_revision_is_head if {
	found(application({"source": {"repoURL": source.repoURL, "path": "stage/back"}})) == {{
		"message": "follows HEAD, declared is main",
		"path": ["spec", "source"],
		"key": "revision",
		"declared": ["delivery", "argocd", "revision"],
		"fix": fix("/spec/source/targetRevision"),
	}}
	answer := policy.deny with data.environment as {"delivery": {"argocd": {"repository": source.repoURL, "revision": "HEAD", "path": "."}}}
		with input as application({"source": {"repoURL": source.repoURL, "path": "anything"}})
	answer == set()
}

test_another_directory if {
	every path in ["dev/back", "stage-2/back", ".", "stage/../dev"] {
		found(of({"path": path})) == {{
			"message": sprintf("delivers directory %s, declared is stage", [path]),
			"path": ["spec", "source", "path"],
			"severity": "medium",
			"declared": ["delivery", "argocd", "path"],
		}}
	}
}

test_every_source_counts if {
	values := {"repoURL": source.repoURL, "targetRevision": "main", "ref": "values"}
	chart := {"repoURL": "https://kubernetes.github.io/ingress-nginx", "chart": "ingress-nginx", "targetRevision": "4.15.1"}
	found(application({"sources": [chart, values]})) == set()
	found(application({"sources": [chart, object.union(values, {"targetRevision": "dev"})]})) == {{
		"message": "follows dev, declared is main",
		"path": ["spec", "sources", 1, "targetRevision"],
		"key": "revision",
		"declared": ["delivery", "argocd", "revision"],
		"fix": fix("/spec/sources/1/targetRevision"),
	}}

	# Beside a list, the single source counts for nothing.
	found(application({"sources": [values], "source": {"repoURL": "https://example.com/x"}})) == set()
	{finding.path | some finding in found(application({"sources": [], "source": {"repoURL": "https://example.com/x"}}))} == {["spec", "source", "repoURL"]}
}

test_hydrated if {
	dry := {"drySource": {"repoURL": source.repoURL, "path": "stage/back", "targetRevision": "dev"}, "syncSource": {"targetBranch": "env/stage", "path": "back"}}
	{[finding.message, finding.path] | some finding in found(application({"sourceHydrator": dry}))} == {["follows dev, declared is main", ["spec", "sourceHydrator", "drySource", "targetRevision"]]}
}

test_charts if {
	every chart in [
		{"repoURL": "https://kubernetes.github.io/ingress-nginx/", "chart": "ingress-nginx", "targetRevision": "v4.15.1"},
		{"repoURL": "https://kubernetes.github.io/ingress-nginx", "chart": "another", "targetRevision": "1.0.0"},
		{"repoURL": "registry-1.docker.io/bitnamicharts", "chart": "redis", "targetRevision": "20.1.0"},
		{"repoURL": "oci://registry-1.docker.io/bitnamicharts/redis", "path": ".", "targetRevision": "20.1.0"},
	] {
		found(application({"source": chart})) == set()
	}
	found(application({"source": {"repoURL": "https://charts.example.com", "chart": "ingress-nginx", "targetRevision": "4.15.1"}})) == {{
		"message": "chart ingress-nginx comes from charts.example.com, which is no declared chart repository",
		"path": ["spec", "source", "repoURL"],
		"declared": ["delivery", "charts"],
	}}
	found(application({"source": {"repoURL": "oci://ghcr.io/acme/web", "path": ".", "targetRevision": "1.0.0"}})) == {{
		"message": "chart web comes from ghcr.io/acme/web, which is no declared chart repository",
		"path": ["spec", "source", "repoURL"],
		"declared": ["delivery", "charts"],
	}}
}

test_chart_versions if {
	found(application({"source": {"repoURL": "https://kubernetes.github.io/ingress-nginx", "chart": "ingress-nginx", "targetRevision": "4.*"}})) == {{
		"message": "chart ingress-nginx is at 4.*, declared is 4.15.1",
		"path": ["spec", "source", "targetRevision"],
		"key": "version",
		"declared": ["delivery", "charts", 0, "version"],
	}}
	{finding.message | some finding in found(application({"source": {"repoURL": "oci://registry-1.docker.io/bitnamicharts/redis", "path": "."}}))} == {"chart redis is at HEAD, declared is 20.1.0"}
}

test_written_by_an_application_set if {
	found(generated({"source": object.union(source, {"targetRevision": "dev"})})) == {{
		"message": "follows dev, declared is main, as ApplicationSet apps writes it",
		"path": ["spec", "source", "targetRevision"],
		"key": "revision",
		"declared": ["delivery", "argocd", "revision"],
	}}
}

test_no_source if {
	every spec in [{}, {"source": null}, {"sources": null}, {"sources": []}] {
		found(application(spec)) == {{"message": "names no source", "path": ["spec"]}}
	}
}
