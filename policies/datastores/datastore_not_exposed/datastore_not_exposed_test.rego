package envcheck.datastores.datastore_not_exposed_test

import data.envcheck.datastores.datastore_not_exposed as policy

environment(outside) := {"namespaces": [
	{"name": "ingress-nginx", "role": "ingress"},
	{
		"name": "back",
		"role": "application",
		"workloads": [{"name": "ii", "kind": "Deployment"}, {"name": "keydb", "kind": "StatefulSet", "role": "datastore"}],
		"network": {"accepts": {"fromNamespaces": "all", "outside": outside}},
	},
]}

declared := ["namespaces", 1, "workloads", 1]

ref := {"apiVersion": "apps/v1", "kind": "StatefulSet", "namespace": "back", "name": "keydb"}

service_ref := {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "keydb"}

workload(changes) := object.union(
	{
		"ref": ref,
		"id": "back/keydb[StatefulSet]",
		"kind": "StatefulSet",
		"namespace": "back",
		"name": "keydb",
		"hook": false,
		"finished": false,
		"hostNetwork": false,
		"containers": [{"name": "keydb", "ports": [{"name": "redis", "number": 6379, "protocol": "TCP", "hostPort": null}]}],
	},
	changes,
)

service(changes) := object.union(
	{
		"ref": service_ref,
		"namespace": "back",
		"name": "keydb",
		"type": "ClusterIP",
		"ports": [{"name": "redis", "port": 6379, "targetPort": 6379, "nodePort": null, "protocol": "TCP"}],
		"externalIPs": [],
		"externalTrafficPolicy": "Cluster",
		"workloads": ["back/keydb[StatefulSet]"],
	},
	changes,
)

facts(changes) := {"workloads": {"back/keydb[StatefulSet]": object.union(
	{"isolatedIngress": true, "acceptsFromOutside": "none", "selectedBy": {"ingress": ["allow-all"], "egress": []}, "outside": [], "notEvaluated": null},
	changes,
)}}

view(changes) := object.union({"workloads": [workload({})], "services": [service({})], "ingresses": [], "http_routes": [], "config_maps": [], "complete": true}, changes)

result(observed, network, outside) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "not_evaluated": policy.not_evaluated} with data.environment as environment(outside)
		with data.view as observed
		with data.network as network
}

nothing := {"subjects": {ref}, "deny": set(), "not_evaluated": set()}

found(observed) := result(observed, facts({}), false).deny

test_closed if {
	result(view({}), facts({}), false) == nothing
}

test_load_balancer if {
	found(view({"services": [service({"type": "LoadBalancer"})]})) == {{
		"message": "a load balancer leads from outside the cluster to datastore keydb: with externalTrafficPolicy Cluster no NetworkPolicy can close it",
		"resource": service_ref,
		"path": ["spec", "type"],
		"key": "type",
		"declared": declared,
	}}
}

test_node_port_and_its_repair if {
	some finding in found(view({"services": [service({"type": "NodePort", "ports": [{"name": "redis", "port": 6379, "targetPort": 6379, "nodePort": 30379, "protocol": "TCP"}]})]}))
	finding.message == "node port 30379 leads from outside the cluster to datastore keydb: with externalTrafficPolicy Cluster no NetworkPolicy can close it"
	finding.fix.summary == "make Service back/keydb a ClusterIP, once nobody uses its node ports"
}

test_local_and_closed if {
	found(view({"services": [service({"type": "NodePort", "externalTrafficPolicy": "Local"})]})) == set()
}

test_other_services if {
	found(view({"services": [service({"type": "LoadBalancer", "workloads": ["back/ii[Deployment]"]})]})) == set()
}

ingress := {
	"ref": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "back", "name": "keydb"},
	"namespace": "back",
	"annotations": {},
	"defaultBackend": null,
	"rules": [{"host": "keydb.example.com", "paths": [{"path": "/", "pathType": "Prefix", "service": "keydb", "port": 6379}]}],
}

test_ingress if {
	found(view({"ingresses": [ingress]})) == {{
		"message": "keydb.example.com/ leads to datastore keydb through Service back/keydb",
		"resource": ingress.ref,
		"path": ["spec", "rules", 0, "http", "paths", 0, "backend", "service", "name"],
		"key": "keydb.example.com/ keydb",
		"declared": declared,
	}}
}

config_map(namespace, values) := {
	"ref": {"apiVersion": "v1", "kind": "ConfigMap", "namespace": namespace, "name": "tcp-services"},
	"namespace": namespace,
	"data": values,
}

test_port_of_the_ingress_controller if {
	found(view({"config_maps": [config_map("ingress-nginx", {"6379": "back/keydb:6379", "80": "back/keydb-ui:80"})]})) == {{
		"message": "port 6379 of the ingress controller is passed on to datastore keydb",
		"resource": config_map("ingress-nginx", {}).ref,
		"path": ["data", "6379"],
		"key": "6379",
		"declared": declared,
	}}
	found(view({"config_maps": [config_map("back", {"6379": "back/keydb:6379"}), config_map("ingress-nginx", null)]})) == set()

	# Another name for the Service.
	alias := service({"ref": object.union(service_ref, {"name": "alias"}), "name": "alias", "type": "ExternalName", "externalName": "keydb.back.svc.cluster.local", "workloads": []})
	passed_on := view({"services": [service({}), alias], "config_maps": [config_map("ingress-nginx", {"6379": "back/alias:6379", "1": "back/keydb", "2": null, "3": ""})]})
	{finding.key | some finding in found(passed_on)} == {"6379"}
}

test_host_port if {
	open := workload({"containers": [{"name": "keydb", "ports": [{"name": "redis", "number": 6379, "protocol": "TCP", "hostPort": 6379}]}]})
	found(view({"workloads": [open]})) == {{
		"message": "is open on its node's own address through hostPort 6379",
		"resource": ref,
		"path": ["spec", "template", "spec", "containers", "name=keydb", "ports", "hostPort=6379", "hostPort"],
		"key": "hostPort",
		"declared": declared,
	}}
}

test_host_network if {
	found(view({"workloads": [workload({"hostNetwork": true})]})) == {{
		"message": "is on the host network: it listens on its node's own address, no NetworkPolicy applies",
		"resource": ref,
		"path": ["spec", "template", "spec", "hostNetwork"],
		"key": "hostNetwork",
		"declared": declared,
	}}
}

admitting := facts({"acceptsFromOutside": "all", "outside": [{"cidr": "0.0.0.0/0", "ports": []}]})

test_addresses_admitted if {
	result(view({}), admitting, false) == object.union(nothing, {"deny": {{
		"message": "every address outside the cluster may connect through back/allow-all",
		"resource": ref,
		"key": "networkPolicy",
		"declared": declared,
	}}})
	result(view({}), admitting, true) == nothing
}

test_facts_missing if {
	result(view({}), facts({"notEvaluated": "selector budget exceeded"}), false) == object.union(nothing, {"not_evaluated": {{
		"resource": ref,
		"reason": "reachability unknown",
		"detail": "selector budget exceeded",
	}}})
}

test_not_declared if {
	result(view({"workloads": [workload({"name": "ii", "id": "back/ii[Deployment]", "hostNetwork": true})]}), facts({}), false).subjects == set()
}
