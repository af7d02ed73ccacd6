package envcheck.delivery.argocd_ready_test

import data.envcheck.delivery.argocd_ready as policy

environment := {
	"name": "stage",
	"namespaces": [{"name": "back", "role": "application"}, {"name": "argocd", "role": "delivery"}],
	"delivery": {"argocd": {"version": "v3.5.8", "repository": "https://github.com/acme/deploy.git", "revision": "main"}},
}

two := object.union(environment, {"namespaces": array.concat(environment.namespaces, [{"name": "tools", "role": "delivery"}])})

result_in(declared, workloads) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated, "pending": policy.pending} with data.environment as declared
		with data.view as {"workloads": workloads}
		with data.now as "2026-11-23T03:00:00Z"
		with data.parameters as {"grace": "10m", "graceSeconds": 600}
}

result(workloads) := result_in(environment, workloads)

deployed(kind, name, changes) := object.union(
	{
		"ref": {"apiVersion": "apps/v1", "kind": kind, "namespace": "argocd", "name": name},
		"id": sprintf("argocd/%s[%s]", [name, kind]),
		"namespace": "argocd",
		"name": name,
		"kind": kind,
		"labels": {},
		"created": "2026-10-01T00:00:00Z",
		"finished": false,
		"hook": false,
		"replicas": 1,
		"ready": {"desired": 1, "ready": 1, "updated": 1, "current": true},
		"unreadySince": null,
	},
	changes,
)

server := deployed("Deployment", "argocd-server", {})

repo_server := deployed("Deployment", "argocd-repo-server", {})

controller := deployed("StatefulSet", "argocd-application-controller", {})

redis := deployed("Deployment", "argocd-redis", {})

ha_server := deployed("StatefulSet", "argocd-redis-ha-server", {})

haproxy := deployed("Deployment", "argocd-redis-ha-haproxy", {})

rest := [repo_server, controller, redis]

off := {"replicas": 0, "ready": {"desired": 0, "ready": 0, "updated": 0, "current": true}}

down := {"ready": {"desired": 1, "ready": 0, "updated": 1, "current": true}}

home := {"apiVersion": "v1", "kind": "Namespace", "name": "argocd"}

missing(part) := {
	"message": sprintf("Argo CD has no %s here", [part]),
	"resource": home,
	"key": part,
	"declared": ["delivery", "argocd"],
}

scaled(workload, part) := {
	"message": sprintf("is scaled to 0: Argo CD does not work without its %s", [part]),
	"resource": workload.ref,
	"path": ["spec", "replicas"],
	"declared": ["delivery", "argocd"],
}

not_ready(workload, message) := {"message": message, "resource": workload.ref, "key": "ready", "declared": ["delivery", "argocd"]}

clean(subjects) := {"subjects": subjects, "deny": set(), "not_evaluated": set(), "pending": set()}

test_ready if {
	all := array.concat([server], rest)
	result(all) == clean({home} | {workload.ref | some workload in all})
}

test_redis_ha if {
	all := [server, repo_server, controller, ha_server, haproxy]
	result(all) == clean({home} | {workload.ref | some workload in all})
	result([server, repo_server, controller, ha_server]).deny == {missing("redis-ha-haproxy")}
	result([server, repo_server, controller, haproxy]).deny == {missing("redis-ha-server")}
	result(array.concat(all, [object.union(redis, off)])).deny == set()
	result([server, repo_server, controller, ha_server, object.union(haproxy, off)]).deny == {scaled(haproxy, "redis-ha-haproxy")}
}

test_missing if {
	result([server, repo_server, redis]).deny == {missing("application-controller")}
	result([server, controller, repo_server]).deny == {missing("redis")}
	result([server]).deny == {missing("repo-server"), missing("application-controller"), missing("redis")}
}

test_not_installed if {
	finding := {
		"message": "Argo CD is declared, but not installed here",
		"resource": home,
		"key": "missing",
		"declared": ["delivery", "argocd"],
	}
	result([]) == object.union(clean({home}), {"deny": {finding}})

	# Neither Redis alone nor what runs in other namespaces is Argo CD, and no Job or Pod is a part of it.
	result([redis]).deny == {finding}
	result([object.union(server, {"namespace": "back"})]).deny == {finding}
	result([deployed("Job", "argocd-server", {}), deployed("Pod", "argocd-server", {})]).deny == {finding}
	result([object.union(server, {"hook": true})]).deny == {finding}
	result_in(two, []).deny == {object.union(finding, {"message": "Argo CD is declared, but not installed in any of argocd and tools"})}
}

test_one_of_several_namespaces_is_enough if {
	result_in(two, array.concat([server], rest)).deny == set()
}

test_scaled_to_zero if {
	result(array.concat([object.union(server, off)], rest)).deny == {scaled(server, "server")}
	result([server, repo_server, controller, object.union(redis, off)]).deny == {scaled(redis, "redis")}

	# Before a status is there, the replicas tell it.
	result(array.concat([object.union(server, {"replicas": 0, "ready": null})], rest)).deny == {scaled(server, "server")}

	# An old release beside the one that runs.
	result(array.concat([server, deployed("Deployment", "old-argocd-server", off)], rest)).deny == set()
}

test_releases_and_labels if {
	releases := [
		deployed("Deployment", "prod-argocd-server", {}),
		deployed("Deployment", "prod-argocd-repo-server", {}),
		deployed("Deployment", "prod-argocd-application-controller", {}),
		deployed("StatefulSet", "prod-redis-ha-server", {}),
		deployed("Deployment", "prod-redis-ha-haproxy", {}),
	]
	result(releases).deny == set()
	count(result(releases).subjects) == 6
	labelled := [deployed(kind, name, {"labels": labels}) |
		some [kind, name, component, label] in [
			["Deployment", "cd-server", "server", "argocd-server"],
			["Deployment", "cd-repo", "repo-server", "argocd-repo-server"],
			["StatefulSet", "cd-controller", "application-controller", "argocd-application-controller"],
			["StatefulSet", "cd-cache", "redis", "argocd-redis-ha"],
			["Deployment", "cd-cache-proxy", "redis", "argocd-redis-ha-haproxy"],
		]
		labels := {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/component": component, "app.kubernetes.io/name": label}
	]
	result(labelled).deny == set()
	count(result(labelled).subjects) == 6

	# The name of the component alone is anybody's.
	others := [object.union(workload, {"labels": {"app.kubernetes.io/part-of": "shop"}}) | some workload in labelled]
	{finding.key | some finding in result(others).deny} == {"missing"}
}

test_similar_names_are_other_parts if {
	dex := deployed("Deployment", "argocd-dex-server", {})
	result(array.concat([dex], rest)).deny == {missing("server")}
}

test_the_rest_only_where_it_is_wanted if {
	dex := deployed("Deployment", "argocd-dex-server", {})
	labelled := deployed("Deployment", "cd-sets", {"labels": {"app.kubernetes.io/part-of": "argocd"}})
	result(array.concat([server, object.union(dex, off)], rest)).deny == set()
	result(array.concat([server, object.union(dex, down)], rest)).deny == {not_ready(dex, "its Pod is not ready")}
	result(array.concat([server, object.union(labelled, down)], rest)).deny == {not_ready(labelled, "its Pod is not ready")}
	stranger := deployed("Deployment", "kargo", down)
	result(array.concat([server, stranger], rest)).deny == set()
}

test_not_ready if {
	since := {"unreadySince": "2026-11-23T00:00:00Z"}
	result(array.concat([object.union(server, object.union(down, since))], rest)).deny == {not_ready(server, "its Pod is not ready, for 3 h now")}
	result([server, repo_server, redis, object.union(controller, down)]).deny == {not_ready(controller, "its Pod is not ready")}
	none := {"replicas": 2, "ready": {"desired": 2, "ready": 0, "updated": 2, "current": true}}
	result(array.concat([object.union(server, none)], rest)).deny == {not_ready(server, "none of its 2 Pods is ready")}
	some_of_them := {"replicas": 3, "ready": {"desired": 3, "ready": 2, "updated": 3, "current": true}}
	result(array.concat([object.union(server, some_of_them)], rest)).deny == {object.union(not_ready(server, "2 of its 3 Pods are ready"), {"severity": "high"})}
}

test_a_rollout_is_pending if {
	since := {"unreadySince": "2026-11-23T02:55:00Z"}
	rolling := result(array.concat([object.union(server, object.union(down, since))], rest))
	rolling.deny == set()
	rolling.pending == {{"resource": server.ref, "message": "its Pod is not ready, for 5 min now"}}
	young := result([server, repo_server, redis, object.union(controller, object.union(down, {"created": "2026-11-23T02:59:30Z"}))])
	young.deny == set()
	young.pending == {{"resource": controller.ref, "message": "its Pod is not ready, created 30 s ago"}}
	changed := result(array.concat([object.union(server, {"ready": {"desired": 1, "ready": 0, "updated": 0, "current": false}})], rest))
	changed.deny == set()
	changed.pending == set()
	changed.not_evaluated == {{"resource": server.ref, "reason": "readiness unknown", "detail": "its controller has not seen the latest change yet"}}

	# Old Pods go on serving until new ones are there.
	result(array.concat([object.union(server, {"ready": {"desired": 1, "ready": 1, "updated": 0, "current": true}})], rest)).deny == set()
}

test_no_status if {
	found := result(array.concat([object.union(server, {"ready": null})], rest))
	found.deny == set()
	found.not_evaluated == {{"resource": server.ref, "reason": "readiness unknown", "detail": "its status does not say how many of its Pods are ready"}}
}
