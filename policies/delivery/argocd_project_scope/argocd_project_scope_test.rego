package envcheck.delivery.argocd_project_scope_test

import data.envcheck.delivery.argocd_project_scope as policy

environment := {
	"name": "stage",
	"namespaces": [{"name": "argocd", "role": "delivery"}, {"name": "back", "role": "application"}],
	"delivery": {"argocd": {"repository": "https://github.com/acme/deploy.git", "revision": "main"}},
}

result(projects, applications) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny} with data.environment as environment
		with data.view as {"app_projects": projects, "applications": applications}
}

reference(name) := {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "namespace": "argocd", "name": name}

project(name, changes) := object.union(
	{
		"ref": reference(name),
		"namespace": "argocd",
		"name": name,
		"sourceRepos": ["https://github.com/acme/deploy.git"],
		"destinations": [{"server": "https://kubernetes.default.svc", "name": null, "namespace": "back"}],
		"clusterResources": null,
		"namespaceResources": null,
		"sourceNamespaces": [],
	},
	changes,
)

application(namespace, name, used) := {
	"ref": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "namespace": namespace, "name": name},
	"namespace": namespace,
	"name": name,
	"project": used,
}

# What is found of the project stage with these fields.
found(changes) := {[finding.message, finding.path] | some finding in result([project("stage", changes)], []).deny}

anything := {
	"sourceRepos": ["*"],
	"destinations": [{"server": "*", "name": null, "namespace": "*"}],
	"clusterResources": [{"group": "*", "kind": "*"}],
}

test_everything_is_named if {
	result([project("stage", {"clusterResources": [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}]})], []) == {
		"subjects": {reference("stage")},
		"deny": set(),
	}

	# All kinds within its namespaces are what no list means, too.
	found({"namespaceResources": [{"group": "*", "kind": "*"}], "clusterResources": []}) == set()
}

test_source_repos if {
	result([project("stage", {"sourceRepos": ["https://github.com/acme/deploy.git", "*"]})], []).deny == {{
		"message": "sourceRepos admit every repository (*)",
		"resource": reference("stage"),
		"path": ["spec", "sourceRepos", 1],
	}}
	found({"sourceRepos": ["**"]}) == {["sourceRepos admit every repository (**)", ["spec", "sourceRepos", 0]]}
	found({"sourceRepos": ["https://github.com/acme/*"]}) == {["sourceRepos admit whatever looks like https://github.com/acme/*", ["spec", "sourceRepos", 0]]}
	found({"sourceRepos": ["!https://github.com/evil/*", "https://github.com/acme/deploy.git"]}) == set()
}

test_destinations if {
	path := ["spec", "destinations", 0]
	found({"destinations": [{"server": "*", "name": null, "namespace": "*"}]}) == {["destinations admit every namespace (*) of every cluster (*)", path]}
	found({"destinations": [{"server": "https://kubernetes.default.svc", "name": null, "namespace": "*"}]}) == {["destinations admit every namespace (*) of cluster https://kubernetes.default.svc", path]}
	found({"destinations": [{"server": null, "name": "in-cluster", "namespace": "team-*"}]}) == {["destinations admit whatever looks like team-* of cluster in-cluster", path]}
	found({"destinations": [{"server": "*", "name": null, "namespace": "back"}]}) == {["destinations admit namespace back of every cluster (*)", path]}
	found({"destinations": [{"server": null, "name": "*", "namespace": null}]}) == {["destinations admit every cluster (*)", path]}
	found({"destinations": [{"server": null, "name": null, "namespace": "*"}]}) == {["destinations admit every namespace (*) of no cluster", path]}
}

test_destinations_that_take_away if {
	found({"destinations": [
		{"server": "https://kubernetes.default.svc", "name": null, "namespace": "back"},
		{"server": "*", "name": null, "namespace": "!kube-*"},
		{"server": "!https://192.0.2.*", "name": null, "namespace": "*"},
	]}) == set()
}

test_cluster_resources if {
	path := ["spec", "clusterResourceWhitelist", 0]
	found({"clusterResources": [{"group": "*", "kind": "*"}]}) == {["clusterResourceWhitelist admits every kind of every group (*/*)", path]}
	found({"clusterResources": [{"group": "", "kind": "*"}]}) == {["clusterResourceWhitelist admits every kind of group core", path]}
	found({"clusterResources": [{"group": "rbac.authorization.k8s.io", "kind": "*"}]}) == {["clusterResourceWhitelist admits every kind of group rbac.authorization.k8s.io", path]}
	found({"clusterResources": [{"group": "*", "kind": "Namespace"}]}) == {["clusterResourceWhitelist admits kind Namespace of every group", path]}
	found({"clusterResources": [{"group": "rbac.authorization.k8s.io", "kind": "Cluster*"}]}) == {["clusterResourceWhitelist admits whatever looks like rbac.authorization.k8s.io/Cluster*", path]}
}

test_source_namespaces if {
	found({"sourceNamespaces": ["team-a", "*"]}) == {["sourceNamespaces admit Applications of every namespace (*)", ["spec", "sourceNamespaces", 1]]}
	found({"sourceNamespaces": ["/.*/"]}) == {["sourceNamespaces admit Applications of whatever looks like /.*/", ["spec", "sourceNamespaces", 0]]}
}

test_the_default_project_counts_where_it_is_used if {
	unused := result([project("default", anything), project("stage", {})], [application("argocd", "back", "stage")])
	unused == {"subjects": {reference("stage")}, "deny": set()}
	every name in ["default", "", null] {
		used := result([project("default", anything)], [application("argocd", "back", name)])
		used.subjects == {reference("default")}
		{finding.message | some finding in used.deny} == {
			"sourceRepos admit every repository (*), and Application back uses it",
			"destinations admit every namespace (*) of every cluster (*), and Application back uses it",
			"clusterResourceWhitelist admits every kind of every group (*/*), and Application back uses it",
		}
	}
	result([project("default", {})], [application("argocd", "back", "default")]).deny == set()
}

test_who_uses_it if {
	several := result([project("default", {"sourceRepos": ["*"]})], [application("argocd", "back", "default"), application("team-a", "web", "default")])
	{finding.message | some finding in several.deny} == {"sourceRepos admit every repository (*), and Applications back and team-a/web use it"}

	# Another Argo CD has a project of that name as well.
	other := object.union(project("default", {"sourceRepos": ["*"]}), {"namespace": "lab", "ref": object.union(reference("default"), {"namespace": "lab"})})
	{finding.resource | some finding in result([project("default", {"sourceRepos": ["*"]}), other], [application("lab", "web", "default")]).deny} == {other.ref}
}

test_the_default_project_that_nobody_wrote if {
	result([project("stage", {})], [application("argocd", "back", "default")]) == {
		"subjects": {reference("stage"), reference("default")},
		"deny": {{
			"message": "is written by Argo CD itself, which admits everything, and Application back uses it",
			"resource": reference("default"),
			"key": "unwritten",
		}},
	}
	partly := policy.deny with data.environment as environment
		with data.view as {"complete": false, "app_projects": [], "applications": [application("argocd", "back", "default")]}
	partly == set()
}

test_nothing_to_judge if {
	result([], []) == {"subjects": set(), "deny": set()}
	result([], [application("argocd", "back", "stage")]) == {"subjects": set(), "deny": set()}
}

# The fix

charts := "https://charts.example.com/stable"

with_charts := object.union(environment, {"delivery": {"charts": [{"name": "redis", "version": "1.2.3", "repository": charts}]}})

deploy := "https://github.com/acme/deploy.git"

from(namespace, name, repositories) := object.union(
	application(namespace, name, "stage"),
	{"sources": [{"repository": repository} | some repository in repositories]},
)

fixes(changes, applications) := {object.get(finding, "fix", null) | some finding in denied} if {
	denied := policy.deny with data.environment as with_charts
		with data.view as {"app_projects": [project("stage", changes)], "applications": applications}
}

fix(summary, patch) := {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": summary,
	"target": reference("stage"),
	"patch": patch,
}

test_every_repository_becomes_the_declared_ones if {
	fixes({"sourceRepos": ["*"]}, [from("argocd", "back", [deploy])]) == {fix("let AppProject argocd/stage name github.com/acme/deploy instead of *", [
		{"op": "test", "path": "/spec/sourceRepos/0", "value": "*"},
		{"op": "replace", "path": "/spec/sourceRepos/0", "value": deploy},
	])}

	# As the Applications write them, in whatever namespace they are.
	applications := [from("argocd", "back", ["git@github.com:acme/deploy.git", charts]), from("team-a", "web", [deploy])]
	fixes({"sourceRepos": ["*"]}, applications) == {fix("let AppProject argocd/stage name charts.example.com/stable and github.com/acme/deploy instead of *", [
		{"op": "test", "path": "/spec/sourceRepos/0", "value": "*"},
		{"op": "replace", "path": "/spec/sourceRepos/0", "value": "git@github.com:acme/deploy.git"},
		{"op": "add", "path": "/spec/sourceRepos/-", "value": charts},
		{"op": "add", "path": "/spec/sourceRepos/-", "value": deploy},
	])}
}

test_what_is_named_stays if {
	fixes({"sourceRepos": [deploy, "*"]}, [from("argocd", "back", [deploy])]) == {fix("let AppProject argocd/stage name github.com/acme/deploy instead of *", [
		{"op": "test", "path": "/spec/sourceRepos/1", "value": "*"},
		{"op": "remove", "path": "/spec/sourceRepos/1"},
	])}
}

test_one_fix_for_all_patterns if {
	written := ["https://github.com/acme/*", "!https://github.com/evil/*", "https://*.example.com/*", "*"]
	several := {"sourceRepos": written}
	fixes(several, [from("argocd", "back", [deploy])]) == {fix("let AppProject argocd/stage name github.com/acme/deploy instead of https://github.com/acme/*, https://*.example.com/* and *", [
		{"op": "test", "path": "/spec/sourceRepos/0", "value": "https://github.com/acme/*"},
		{"op": "test", "path": "/spec/sourceRepos/2", "value": "https://*.example.com/*"},
		{"op": "test", "path": "/spec/sourceRepos/3", "value": "*"},
		{"op": "replace", "path": "/spec/sourceRepos/0", "value": deploy},
		{"op": "remove", "path": "/spec/sourceRepos/3"},
		{"op": "remove", "path": "/spec/sourceRepos/2"},
	])}
	named := {"sourceRepos": array.concat(written, [deploy])}
	{operation.path | some fixed in fixes(named, [from("argocd", "back", [deploy])]); some operation in fixed.patch; operation.op == "remove"} == {
		"/spec/sourceRepos/0",
		"/spec/sourceRepos/2",
		"/spec/sourceRepos/3",
	}
}

test_no_fix_where_more_may_be_needed if {
	wide := {"sourceRepos": ["*"]}
	every applications in [
		# None is known.
		[],
		[application("argocd", "back", "stage")],
		# One that the spec does not declare, or that names nothing.
		[from("argocd", "back", [deploy]), from("argocd", "tools", ["https://github.com/acme/tools.git"])],
		[from("argocd", "back", [deploy]), from("argocd", "tools", [])],
		[from("argocd", "back", [deploy, null])],
		# What may not be shown.
		[from("argocd", "back", ["https://robot:secret@github.com/acme/deploy.git"])],
		[from("argocd", "back", ["https://token@github.com/acme/deploy.git"])],
		[from("argocd", "back", ["https://github.com/acme/deploy.git?token=x"])],
		# Another project's.
		[object.union(from("argocd", "back", [deploy]), {"project": "other"})],
	] {
		fixes(wide, applications) == {null}
	}
}

test_no_fix_of_what_is_not_the_declared_one if {
	used := [object.union(from("argocd", "back", [deploy]), {"project": "default"})]
	of_default := result([project("default", {"sourceRepos": ["*"]})], used).deny
	{object.get(finding, "fix", null) | some finding in of_default} == {null}

	# Of another Argo CD.
	elsewhere := object.union(project("stage", {"sourceRepos": ["*"]}), {"namespace": "lab", "ref": object.union(reference("stage"), {"namespace": "lab"})})
	of_lab := result([elsewhere], [from("lab", "back", [deploy])]).deny
	{object.get(finding, "fix", null) | some finding in of_lab} == {null}
	partly := policy.deny with data.environment as environment
		with data.view as {"complete": false, "app_projects": [project("stage", {"sourceRepos": ["*"]})], "applications": [from("argocd", "back", [deploy])]}
	{object.get(finding, "fix", null) | some finding in partly} == {null}
}
