package envcheck.account.registry_integrated_test

import data.envcheck.account.registry_integrated as policy

declared_ref := {"apiVersion": "digitalocean.com/v2", "kind": "Cluster", "name": "stage"}

ref := object.union(declared_ref, {"id": "8d2c"})

result(clusters) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": {"region": "fra1", "registry": {"name": "acme"}, "cluster": {"name": "stage"}}}
		with data.digitalocean as {"kubernetes_clusters": clusters}
}

cluster(fields) := [object.union({"id": "8d2c", "name": "stage", "region": "fra1"}, fields), {"id": "de11", "name": "dev", "region": "fra1", "registry_enabled": false}]

clean := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

test_integrated if {
	result(cluster({"registry_enabled": true, "registries": ["acme"]})) == clean
	result(cluster({"registry_enabled": true, "registries": ["acme", "other"]})) == clean
	result(cluster({"registries": ["acme"]})) == clean
}

failed(message) := {"message": message, "resource": ref, "declared": ["digitalocean", "registry", "name"]}

test_not_integrated if {
	result(cluster({"registry_enabled": false, "registries": []})).deny == {failed("is integrated with no registry")}
	result(cluster({"registry_enabled": true, "registries": ["other"]})).deny == {failed("is integrated with other, not with acme")}
}

test_not_shown if {
	cases := {
		"the account shows the cluster without its registries: does the token lack the scope registry:read?": [{}, {"registries": []}, {"registries": null, "registry_enabled": null}],
		"the cluster has a registry, the account does not show which": [{"registry_enabled": true}, {"registry_enabled": true, "registries": []}, {"registry_enabled": true, "registries": null}],
	}
	every detail, list in cases {
		every fields in list {
			result(cluster(fields)) == {
				"subjects": {ref},
				"deny": set(),
				"not_evaluated": {{"resource": ref, "reason": "registries not shown", "detail": detail}},
			}
		}
	}
}

# Two regions may each have a cluster of one name.
test_of_the_declared_region if {
	elsewhere := {"id": "ams", "name": "stage", "region": "ams3", "registry_enabled": false}
	result(array.concat(cluster({"registry_enabled": true, "registries": ["acme"]}), [elsewhere])) == clean
	result([elsewhere]).not_evaluated == {{"resource": declared_ref, "reason": "cluster not found", "detail": "the account has no cluster called stage in fra1"}}
}

test_no_cluster if {
	result([]) == {
		"subjects": {declared_ref},
		"deny": set(),
		"not_evaluated": {{"resource": declared_ref, "reason": "cluster not found", "detail": "the account has no cluster called stage in fra1"}},
	}
}

test_nothing_declared if {
	every account in [{}, {"registry": {"name": "acme"}}, {"cluster": {"name": "stage"}}] {
		state := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as {"name": "stage", "digitalocean": account}
			with data.digitalocean as {"kubernetes_clusters": cluster({"registry_enabled": false})}
		state == {"subjects": set(), "deny": set(), "not_evaluated": set()}
	}
}
