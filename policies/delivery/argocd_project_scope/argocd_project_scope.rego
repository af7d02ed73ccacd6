# METADATA
# title: Argo CD's projects admit no wildcards
# description: >-
#   No AppProject admits repositories, destinations, cluster-scoped kinds or namespaces of Applications by a pattern: what a project
#   does not name, its Applications cannot touch. Entries that begin with "!" take away and are left alone. The project default,
#   which Argo CD makes by itself and which admits everything, counts as soon as an Application uses it; without a project
#   an Application uses it. Not applicable where no Argo CD is declared.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
# custom:
#   id: argocd-project-scope
#   severity: high
#   evaluates: environment
#   kinds: [argoproj.io/v1alpha1/AppProject, argoproj.io/v1alpha1/Application]
#   needs: []
#   declares: [delivery.argocd]
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Name the repositories, namespaces and kinds that the project's Applications need; give those of the project default one of
#     their own. Of repositories a fix names those that its Applications come from, where the spec declares all of them. Which
#     namespaces and kinds they need is known to those who write them, and Argo CD stops delivering what a project does not admit.
#   parameters: {}
package envcheck.delivery.argocd_project_scope

import data.envcheck.lib.argocd
import data.envcheck.lib.repositories
import data.envcheck.lib.text

subjects contains project.ref if some project in judged

subjects contains ref if some ref, _ in unwritten

deny contains object.union(finding, repair) if {
	some project in judged
	some index, repository in project.sourceRepos
	pattern(repository)
	used := by(project)
	repair := name_repositories(project)
	finding := {
		"message": sprintf("sourceRepos admit %s%s", [widely(repository, "every repository"), used]),
		"resource": project.ref,
		"path": ["spec", "sourceRepos", index],
	}
}

deny contains finding if {
	some project in judged
	some index, destination in project.destinations
	not taken_away(destination)
	patterns := {field |
		some field in ["namespace", "server", "name"]
		pattern(destination[field])
	}
	count(patterns) > 0
	words := reach(destination, patterns)
	used := by(project)
	finding := {
		"message": sprintf("destinations admit %s%s", [words, used]),
		"resource": project.ref,
		"path": ["spec", "destinations", index],
	}
}

deny contains finding if {
	some project in judged
	is_array(project.clusterResources)
	some index, entry in project.clusterResources
	words := kinds(entry)
	used := by(project)
	finding := {
		"message": sprintf("clusterResourceWhitelist admits %s%s", [words, used]),
		"resource": project.ref,
		"path": ["spec", "clusterResourceWhitelist", index],
	}
}

deny contains finding if {
	some project in judged
	some index, namespace in project.sourceNamespaces
	pattern(namespace)
	used := by(project)
	finding := {
		"message": sprintf("sourceNamespaces admit Applications of %s%s", [widely(namespace, "every namespace"), used]),
		"resource": project.ref,
		"path": ["spec", "sourceNamespaces", index],
	}
}

# Where nobody wrote the project default, Argo CD does.
deny contains finding if {
	some ref, users in unwritten
	finding := {
		"message": sprintf("is written by Argo CD itself, which admits everything%s", [named(users)]),
		"resource": ref,
		"key": "unwritten",
	}
}

judged contains project if {
	some project in data.view.app_projects
	project.name != "default"
}

judged contains project if {
	some project in data.view.app_projects
	project.name == "default"
	count(using(project)) > 0
}

# Names of the Applications that use a project.
using(project) := {shown(application, project.namespace) | some application in applications_of(project)}

# Those beside it, and those in namespaces without an Argo CD.
applications_of(project) := {application |
	some application in data.view.applications
	project_of(application) == project.name
	home(application) in {project.namespace, null}
}

project_of(application) := application.project if {
	is_string(application.project)
	application.project != ""
} else := "default"

home(application) := application.namespace if application.namespace in argocd.homes

else := application.namespace if application.namespace in project_namespaces

else := null

project_namespaces := {project.namespace | some project in data.view.app_projects}

unwritten[ref] := users if {
	# That it is not there can be said only with everything in view.
	object.get(data.view, "complete", true)
	some namespace in argocd.homes
	ref := {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "namespace": namespace, "name": "default"}
	not provided(namespace)
	users := {application.name |
		some application in data.view.applications
		project_of(application) == "default"
		application.namespace == namespace
	}
	count(users) > 0
}

provided(namespace) if {
	some project in data.view.app_projects
	project.namespace == namespace
	project.name == "default"
}

# The fix

# Instead of patterns what the project's Applications come from, where all of it is declared. What their charts depend on may come
# from elsewhere, so it is not safe. One fix for all patterns of a project, since each that goes moves the others.
name_repositories(project) := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("let AppProject %s name %s instead of %s", [text.qualified(project.ref), plain, text.list(patterns)]),
	"target": project.ref,
	"patch": array.concat(tests, changes(places, missing)),
}} if {
	project.name != "default"
	project.namespace in argocd.homes

	# That no other Application uses it can be said only with everything in view.
	object.get(data.view, "complete", true)
	have_sources(applications_of(project))
	addresses := {source.repository | some application in applications_of(project); some source in application.sources}
	every address in addresses {
		argocd.from_declared_place(address)
		can_be_named(address)
	}
	plain := text.list(sort({repositories.plain(address) | some address in addresses}))
	missing := sort(addresses - {repository | some repository in project.sourceRepos})
	places := [index | some index, repository in project.sourceRepos; pattern(repository)]
	patterns := [project.sourceRepos[index] | some index in places]
	tests := [{"op": "test", "path": place(index), "value": project.sourceRepos[index]} | some index in places]
}

else := {}

have_sources(applications) if {
	count(applications) > 0
	every application in applications {
		count(application.sources) > 0
	}
}

# From the last to the first: what comes after an element moves when it goes.
changes(places, missing) := [{"op": "remove", "path": place(index)} | some index in array.reverse(places)] if count(missing) == 0

changes(places, missing) := array.concat(replaced, array.concat(removed, added)) if {
	count(missing) > 0
	replaced := [{"op": "replace", "path": place(places[0]), "value": missing[0]}]
	removed := [{"op": "remove", "path": place(index)} | some index in array.reverse(array.slice(places, 1, count(places)))]
	added := [{"op": "add", "path": "/spec/sourceRepos/-", "value": address} |
		some address in array.slice(missing, 1, count(missing))
	]
}

place(index) := sprintf("/spec/sourceRepos/%d", [index])

# No pattern itself, and with nothing that somebody signs in with: it may be shown.
can_be_named(address) if {
	not pattern(address)
	not startswith(address, "!")
	not regex.match(`^[a-z0-9+]+://[^/]*:[^/]*@`, lower(address))
	not regex.match(`^https?://[^/]*@`, lower(address))
	not regex.match(`[?#]`, address)
}

# Words

# A question mark stands for one character, brackets for one of several. "!" takes away.
pattern(written) if {
	is_string(written)
	regex.match(`[*?\[]`, written)
	not startswith(written, "!")
}

# In the namespaces of Applications, what stands between slashes is a regular expression.
pattern(written) if {
	is_string(written)
	regex.match(`^/.+/$`, written)
}

taken_away(destination) if {
	some field in ["namespace", "server", "name"]
	is_string(destination[field])
	startswith(destination[field], "!")
}

widely(written, all) := sprintf("%s (%s)", [all, written]) if regex.match(`^[*/]+$`, written)

else := sprintf("whatever looks like %s", [written])

reach(destination, patterns) := sprintf("%s of %s", [widely(destination.namespace, "every namespace"), clusters(destination, patterns)]) if {
	"namespace" in patterns
} else := sprintf("namespace %s of %s", [destination.namespace, clusters(destination, patterns)]) if {
	is_string(destination.namespace)
} else := clusters(destination, patterns)

clusters(destination, patterns) := widely(destination.server, "every cluster") if {
	"server" in patterns
} else := widely(destination.name, "every cluster") if {
	"name" in patterns
} else := sprintf("cluster %s", [cluster]) if {
	cluster := min({written | some written in [destination.name, destination.server]; is_string(written); written != ""})
} else := "no cluster"

kinds(entry) := sprintf("every kind of every group (%s/%s)", [entry.group, entry.kind]) if {
	entry.group == "*"
	entry.kind == "*"
} else := sprintf("every kind of group %s", [group(entry)]) if {
	entry.kind == "*"
} else := sprintf("kind %s of every group", [entry.kind]) if {
	entry.group == "*"
} else := sprintf("whatever looks like %s/%s", [entry.group, entry.kind]) if {
	some field in ["group", "kind"]
	pattern(entry[field])
}

group(entry) := "core" if entry.group == ""

else := entry.group

by(project) := named(using(project)) if project.name == "default"

else := ""

named(users) := sprintf(", and Application %s uses it", [text.list(sort(users))]) if count(users) == 1

else := sprintf(", and Applications %s use it", [text.list(sort(users))])

shown(application, namespace) := application.name if application.namespace == namespace

else := text.qualified(application.ref)
