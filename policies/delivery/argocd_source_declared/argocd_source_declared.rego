# METADATA
# title: Applications come from the declared repository
# description: >-
#   Every source of an Application is the declared repository at the declared revision, below the declared path, or a chart of a
#   declared chart repository, in its declared version where the chart is declared. Repositories are compared as Argo CD compares
#   them: SSH or https, with or without ".git". No revision is HEAD, which is no branch by name. Not applicable where no Argo CD
#   is declared.
# scope: package
# related_resources:
#   - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/
#   - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/
# custom:
#   id: argocd-source-declared
#   severity: high
#   evaluates: object
#   kinds: [argoproj.io/*/Application]
#   needs: []
#   declares: [delivery.argocd]
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     Name the declared repository, revision and path in the Application or in the ApplicationSet that writes it, or declare
#     the chart's repository under delivery.charts. Another repository has other contents, so only the revision is repaired.
#   parameters: {}
package envcheck.delivery.argocd_source_declared

import data.envcheck.lib.argocd
import data.envcheck.lib.fields
import data.envcheck.lib.repositories

deny contains finding if {
	count(sources) == 0
	finding := {"message": sprintf("names no source%s", [writer]), "path": ["spec"]}
}

# Manifests from elsewhere.
deny contains finding if {
	some source in sources
	not chart_of(source.it)
	not declared_address(source.it)
	finding := {
		"message": sprintf("comes from %s, declared is %s%s", [shown(source.it), repositories.plain(argocd.declared.repository), writer]),
		"path": array.concat(source.path, ["repoURL"]),
		"declared": ["delivery", "argocd", "repository"],
	}
}

# A chart from elsewhere.
deny contains finding if {
	some source in sources
	chart := chart_of(source.it)
	not declared_address(source.it)
	finding := {
		"message": sprintf("chart %s comes from %s, which is no declared chart repository%s", [chart, shown(source.it), writer]),
		"path": array.concat(source.path, ["repoURL"]),
		"declared": ["delivery", "charts"],
	}
}

deny contains object.union(finding, repair) if {
	some source in sources
	argocd.from_declared_repository(source.it.repoURL)
	written := object.get(source.it, "targetRevision", null)
	not argocd.at_declared_revision(written)
	finding := {
		"message": sprintf("follows %s, declared is %s%s", [repositories.revision(written), argocd.declared_revision, writer]),
		"path": revision_path(source),
		"key": "revision",
		"declared": ["delivery", "argocd", "revision"],
	}
	repair := follow(source)
}

# DEV and STAGE often share a repository and a branch: then only the directory tells them apart. What both use may stand in
# another one, so it weighs less.
deny contains finding if {
	some source in sources
	argocd.from_declared_repository(source.it.repoURL)
	is_string(source.it.path)
	not below_declared(source.it.path)
	finding := {
		"message": sprintf("delivers directory %s, declared is %s%s", [source.it.path, argocd.declared.path, writer]),
		"path": array.concat(source.path, ["path"]),
		"severity": "medium",
		"declared": ["delivery", "argocd", "path"],
	}
}

deny contains finding if {
	some source in sources
	same_chart := declared_charts(source.it)
	count(same_chart) > 0
	written := repositories.revision(object.get(source.it, "targetRevision", null))
	not written_version(same_chart, written)
	index := min(object.keys(same_chart))
	finding := {
		"message": sprintf("chart %s is at %s, declared is %s%s", [same_chart[index].name, written, same_chart[index].version, writer]),
		"path": revision_path(source),
		"key": "version",
		"declared": ["delivery", "charts", index, "version"],
	}
}

# What Argo CD takes: the dry source where it hydrates, else all sources, else the one.
sources := [{"path": ["spec", "sourceHydrator", "drySource"], "it": input.spec.sourceHydrator.drySource}] if {
	is_object(input.spec.sourceHydrator.drySource)
} else := listed if {
	listed := [{"path": ["spec", "sources", index], "it": it} |
		some index, it in fields.list(input.spec, "sources")
		is_object(it)
	]
	count(listed) > 0
} else := [{"path": ["spec", "source"], "it": input.spec.source}] if {
	is_object(input.spec.source)
} else := []

# The chart that a source names. In an OCI registry the address ends in it.
chart_of(source) := source.chart if {
	is_string(source.chart)
	source.chart != ""
} else := parts[count(parts) - 1] if {
	is_string(source.repoURL)
	startswith(source.repoURL, "oci://")
	parts := split(repositories.plain(source.repoURL), "/")
}

declared_address(source) if argocd.from_declared_place(source.repoURL)

# The declared charts that this source is, by their place in the spec.
declared_charts(source) := {index: chart |
	declared_address(source)
	some index, chart in fields.list(data.environment.delivery, "charts")
	chart.name == chart_of(source)
	some address in argocd.places(chart)
	repositories.same(source.repoURL, address)
}

written_version(charts, written) if {
	some chart in charts
	trim_prefix(chart.version, "v") == trim_prefix(written, "v")
}

below_declared(_) if directory(argocd.declared.path) == ""

below_declared(path) if directory(path) == directory(argocd.declared.path)

below_declared(path) if startswith(directory(path), sprintf("%s/", [directory(argocd.declared.path)]))

revision_path(source) := array.concat(source.path, ["targetRevision"]) if is_string(source.it.targetRevision)

else := source.path

# Empty for the root of the repository. What climbs upwards lies below nothing.
directory(path) := concat("/", parts) if {
	parts := [part | some part in split(path, "/"); not part in {"", "."}]
	not ".." in parts
} else := ".."

shown(source) := address if address := repositories.plain(source.repoURL)

else := "no repository"

# An ApplicationSet writes its Applications anew: what is wrong is to be mended there.
owning_set := min(names) if {
	names := {owner.name |
		some owner in fields.list(input.metadata, "ownerReferences")
		owner.kind == "ApplicationSet"
		owner.controller == true
	}
	count(names) > 0
}

writer := sprintf(", as ApplicationSet %s writes it", [owning_set]) if owning_set

else := ""

follow(source) := {"fix": {
	"action": "kubernetes.patch",
	"risk": "disruptive",
	"summary": sprintf("let Application %s/%s follow %s", [namespace, input.metadata.name, argocd.declared.revision]),
	"target": {"apiVersion": input.apiVersion, "kind": input.kind, "namespace": namespace, "name": input.metadata.name},
	"patch": [{"op": "add", "path": sprintf("/%s/targetRevision", [concat("/", pointer)]), "value": argocd.declared.revision}],
}} if {
	not owning_set
	pointer := [sprintf("%v", [part]) | some part in source.path]
}

else := {}

namespace := fields.namespace(input)
