# METADATA
# title: Argo CD delivers each application namespace
# description: >-
#   For each application namespace, and each one listed under delivery.argocd.applications, some Application leads to it in this
#   cluster and takes the declared repository at the declared revision, as its only source or as one of several. It must be one
#   that Argo CD looks at: beside Argo CD, or in a namespace that its project admits. Whether it syncs by itself is free. Not
#   applicable where no Argo CD is declared.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#applications
#   - ref: https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
# custom:
#   id: argocd-covers-namespace
#   severity: high
#   evaluates: environment
#   kinds: [argoproj.io/v1alpha1/AppProject, argoproj.io/v1alpha1/Application]
#   needs: []
#   declares: [delivery.argocd]
#   stages: [manifests, live]
#   requires: complete
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Write an Application whose destination is the namespace, of the declared repository and revision, or mend the one that is
#     there.
#   noFix: >-
#     Which directory holds the namespace's manifests is not written in the spec, and an Application of another one would deliver
#     something else.
#   parameters: {}
package envcheck.delivery.argocd_covers_namespace

import data.envcheck.lib.argocd
import data.envcheck.lib.fields
import data.envcheck.lib.repositories
import data.envcheck.lib.text

subjects contains reference(name) if some name, _ in expected

deny contains finding if {
	some name, path in expected
	not covered[name]
	message := explain(name)
	finding := {
		"message": message,
		"resource": reference(name),
		"declared": path,
	}
}

reference(name) := {"apiVersion": "v1", "kind": "Namespace", "name": name}

# Namespaces that are delivered, each with where the spec says so.
expected[name] := ["delivery", "argocd", "applications", index] if {
	some name in listed
	index := min({place | some place, other in argocd.declared.applications; other == name})
}

expected[namespace.name] := ["namespaces", index, "role"] if {
	some index, namespace in data.environment.namespaces
	namespace.role == "application"
	not namespace.name in listed
}

listed := {name | some name in fields.list(argocd.declared, "applications")}

leading_to[name] := applications if {
	some name, _ in expected
	applications := {application |
		some application in data.view.applications
		application.destination.namespace == name
	}
}

covered contains name if {
	some name, applications in leading_to
	some application in applications
	not flaw(application)
}

# What keeps an Application from counting, the first that applies.
flaw(application) := sprintf("%s names no source", [shown(application)]) if count(application.sources) == 0

else := sprintf("%s comes from %s, not from %s", [shown(application), others, declared]) if {
	count(of_declared(application)) == 0
	others := text.list(sort({address(source) | some source in application.sources}))
	declared := repositories.plain(argocd.declared.repository)
}

else := sprintf("%s follows %s, not %s", [shown(application), others, argocd.declared_revision]) if {
	at_declared := {source | some source in of_declared(application); argocd.at_declared_revision(source.revision)}
	count(at_declared) == 0
	others := text.list(sort({repositories.revision(source.revision) | some source in of_declared(application)}))
}

else := sprintf("%s leads to another cluster, %s", [shown(application), cluster]) if {
	not argocd.in_cluster(application.destination)
	cluster := min({name | some name in [application.destination.name, application.destination.server]; is_string(name); name != ""})
}

else := sprintf("%s names no cluster", [shown(application)]) if not argocd.in_cluster(application.destination)

else := sprintf("%s is where Argo CD does not look", [shown(application)]) if not looked_at(application)

of_declared(application) := {source |
	some source in application.sources
	argocd.from_declared_repository(source.repository)
}

address(source) := known if known := repositories.plain(source.repository)

else := "no repository"

# Beside Argo CD, or where the project lets its Applications be.
looked_at(application) if application.namespace in argocd.homes

looked_at(application) if {
	some project in data.view.app_projects
	project.namespace in argocd.homes
	project.name == application.project
	some pattern in project.sourceNamespaces
	matches(pattern, application.namespace)
}

# As Argo CD reads them: a regular expression between slashes, else a pattern with asterisks.
matches(pattern, name) if pattern == name

matches(pattern, name) if {
	is_string(pattern)
	regex.match(`^[-a-z0-9*?]+$`, pattern)
	glob.match(pattern, ["/"], name)
}

matches(pattern, name) if {
	is_string(pattern)
	regex.match(`^/.+/$`, pattern)
	expression := substring(pattern, 1, count(pattern) - 2)
	regex.is_valid(expression)
	regex.match(expression, name)
}

shown(application) := sprintf("Application %s", [application.name]) if application.namespace in argocd.homes

else := sprintf("Application %s", [text.qualified(application.ref)])

explain(name) := "no Application leads to it" if count(leading_to[name]) == 0

explain(name) := sprintf("no Application of the declared repository delivers it: %s", [text.list(flaws)]) if {
	count(leading_to[name]) > 0
	flaws := sort({words | some application in leading_to[name]; words := flaw(application)})
}
