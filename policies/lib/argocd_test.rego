package envcheck.lib.argocd_test

import data.envcheck.lib.argocd

environment := {
	"namespaces": [
		{"name": "argocd", "role": "delivery"},
		{"name": "back", "role": "application"},
		{"name": "tools", "role": "delivery"},
	],
	"delivery": {"argocd": {"repository": "https://github.com/acme/deploy.git", "revision": "main"}},
}

test_homes if {
	argocd.homes == {"argocd", "tools"} with data.environment as environment
	argocd.homes == set() with data.environment as {"namespaces": []}
}

test_source if {
	argocd.from_declared_repository("git@github.com:acme/deploy") with data.environment as environment
	not argocd.from_declared_repository("git@github.com:acme/other") with data.environment as environment
	not argocd.from_declared_repository(null) with data.environment as environment
	argocd.at_declared_revision("refs/heads/main") with data.environment as environment
	not argocd.at_declared_revision(null) with data.environment as environment
	argocd.at_declared_revision(null) with data.environment as {"delivery": {"argocd": {"revision": "HEAD"}}}
}

test_declared_places if {
	charts := [{"name": "prometheus", "version": "1.2.3", "repository": "oci://ghcr.io/acme/charts/"}]
	with_charts := object.union(environment, {"delivery": {"charts": charts}})
	every address in [
		"git@github.com:acme/deploy",
		"oci://ghcr.io/acme/charts",
		"ghcr.io/acme/charts/prometheus",
	] {
		argocd.from_declared_place(address) with data.environment as with_charts
	}
	every address in ["https://github.com/acme/other", "ghcr.io/acme/charts/grafana", "*", null] {
		not argocd.from_declared_place(address) with data.environment as with_charts
	}
	argocd.from_declared_place("https://github.com/acme/deploy") with data.environment as environment
	not argocd.from_declared_place("ghcr.io/acme/charts") with data.environment as environment
	not argocd.from_declared_place("ghcr.io/acme/charts") with data.environment as {"delivery": {"charts": null}}
}

test_in_cluster if {
	argocd.in_cluster({"server": "https://kubernetes.default.svc", "name": null, "namespace": "back"})
	argocd.in_cluster({"server": "https://kubernetes.default.svc/", "name": null})
	argocd.in_cluster({"server": null, "name": "in-cluster"})
	not argocd.in_cluster({"server": null, "name": null})
	not argocd.in_cluster({"server": "https://kubernetes.default.svc.example.com", "name": null})
	not argocd.in_cluster({"server": "https://192.0.2.1", "name": "prod"})
}

test_parts_by_name if {
	every name, part in {
		"argocd-server": "server",
		"prod-argocd-server": "server",
		"argocd-repo-server": "repo-server",
		"argocd-dex-server": "dex-server",
		"argocd-application-controller": "application-controller",
		"argocd-applicationset-controller": "applicationset-controller",
		"argocd-redis": "redis",
		"argocd-redis-ha-server": "redis-ha-server",
		"prod-redis-ha-haproxy": "redis-ha-haproxy",
	} {
		argocd.part({"name": name, "labels": {}}) == part
	}
	every name in ["server", "argocd", "argocd-image-updater", "argocd-server-2", "myargocd-server", "redis"] {
		not argocd.part({"name": name, "labels": {}})
	}
}

labelled(component, name) := {"name": "cd-x", "labels": {
	"app.kubernetes.io/part-of": "argocd",
	"app.kubernetes.io/component": component,
	"app.kubernetes.io/name": name,
}}

test_parts_by_labels if {
	argocd.part(labelled("server", "argocd-server")) == "server"
	argocd.part(labelled("redis", "argocd-redis")) == "redis"
	argocd.part(labelled("redis", "argocd-redis-ha")) == "redis-ha-server"
	argocd.part(labelled("redis", "argocd-redis-ha-haproxy")) == "redis-ha-haproxy"
	argocd.part({"name": "cd-x", "labels": {"app.kubernetes.io/part-of": "argocd"}}) == "cd-x"
	not argocd.part({"name": "cd-x", "labels": {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/component": "server"}})
}

test_nothing_declared if {
	every empty in [{}, {"delivery": {}}, {"delivery": {"argocd": null}}] {
		not argocd.declared with data.environment as empty
		not argocd.from_declared_repository("https://github.com/acme/deploy") with data.environment as empty
	}
}
