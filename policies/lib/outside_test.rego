package envcheck.lib.outside_test

import data.envcheck.lib.outside

workload := {
	"id": "back/keydb[StatefulSet]",
	"kind": "StatefulSet",
	"hostNetwork": false,
	"containers": [
		{"name": "a", "type": "init", "ports": [{"number": 1, "hostPort": null}, {"number": 2, "hostPort": 30002}]},
		{"name": "b", "ports": [{"number": 3, "hostPort": 0}]},
	],
}

service(changes) := object.union(
	{
		"ref": {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "keydb"},
		"namespace": "back",
		"name": "keydb",
		"type": "ClusterIP",
		"ports": [{"name": "redis", "port": 6379, "targetPort": 6379, "nodePort": null, "protocol": "TCP"}],
		"externalIPs": [],
		"externalTrafficPolicy": "Cluster",
	},
	changes,
)

facts(changes) := {"workloads": {"back/keydb[StatefulSet]": object.union({"isolatedIngress": true, "acceptsFromOutside": "none", "notEvaluated": null}, changes)}}

test_reached if {
	local := service({"type": "NodePort", "externalTrafficPolicy": "Local"})
	outside.reached(service({}), workload) with data.network as facts({})
	not outside.reached(local, workload) with data.network as facts({}) with data.view as {"complete": true}
	outside.reached(local, workload) with data.network as facts({"isolatedIngress": false}) with data.view as {"complete": true}
	not outside.reached(local, workload) with data.network as facts({"isolatedIngress": false}) with data.view as {"complete": false}
	outside.reached(local, object.union(workload, {"hostNetwork": true})) with data.network as facts({})
}

test_host_ports if {
	outside.host_ports(workload) == {30002}
	outside.host_port(workload, 30002) == ["spec", "template", "spec", "initContainers", "name=a", "ports", "hostPort=30002", "hostPort"]
}
