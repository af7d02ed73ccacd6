package envcheck.network.node_port_exposed_test

import data.envcheck.lib.services
import data.envcheck.network.node_port_exposed as policy

ref := {"apiVersion": "v1", "kind": "Service", "namespace": "back", "name": "debug"}

service(metadata, spec) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": object.union({"namespace": "back", "name": "debug"}, metadata),
	"spec": object.union({"type": "NodePort", "ports": [{"port": 6379, "nodePort": 30379}]}, spec),
}

annotated(value) := service({"annotations": {"kubernetes.digitalocean.com/firewall-managed": value}}, {})

result_in(environment, object) := found if {
	found := policy.deny with input as object with data.environment as environment
}

result(object) := result_in({"digitalocean": {"region": "fra1"}, "exposure": []}, object)

messages(object) := {finding.message | some finding in result(object)}

test_node_port if {
	result(service({}, {})) == {{
		"message": "DOKS opens node port 30379 of every node to the Internet",
		"path": ["spec", "type"],
		"fix": services.close_node_ports(ref),
	}}
	result(service({}, {"externalTrafficPolicy": "Local"})) == result(service({}, {}))
}

test_several_ports if {
	messages(service({}, {"ports": [{"port": 1, "nodePort": 30002}, {"port": 2, "nodePort": 30001, "protocol": "UDP"}]})) == {"DOKS opens node ports 30001 and 30002 of every node to the Internet"}
}

test_ports_that_are_not_given_yet if {
	messages(service({}, {"ports": [{"port": 6379}]})) == {"DOKS opens a node port of every node to the Internet"}
	messages(service({}, {"ports": [{"port": 1, "nodePort": 0}, {"port": 2, "nodePort": null}]})) == {"DOKS opens 2 node ports of every node to the Internet"}
}

test_the_annotation if {
	every value in ["false", "False", "0"] {
		result(annotated(value)) == set()
	}

	# What the controller cannot read, it takes for yes.
	every value in ["true", "no", "", false] {
		count(result(annotated(value))) == 1
	}
	count(result(service({"annotations": null}, {}))) == 1
}

test_other_types if {
	every kind in ["ClusterIP", "LoadBalancer", "ExternalName"] {
		result(service({}, {"type": kind})) == set()
	}
	result(service({}, {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false})) == set()
}

test_protocols_that_are_not_opened if {
	result(service({}, {"ports": [{"port": 1, "nodePort": 30001, "protocol": "SCTP"}]})) == set()
	result(service({}, {"ports": null})) == set()
}

test_declared if {
	environment := {"digitalocean": {"region": "fra1"}, "exposure": [{"service": "back/debug"}, {"service": "default/debug"}]}
	result_in(environment, service({}, {})) == set()
	result_in(environment, service({"namespace": null}, {})) == set()
}

test_not_on_digitalocean if {
	result_in({"exposure": []}, service({}, {})) == set()
	result_in({"digitalocean": null, "exposure": []}, service({}, {})) == set()
}

challenge := {"acme.cert-manager.io/http-domain": "1", "acme.cert-manager.io/http-token": "2", "acme.cert-manager.io/http01-solver": "true"}

solver(metadata, spec) := service(
	object.union({"name": "cm-acme-http-solver-4bq7d", "labels": challenge}, metadata),
	object.union({"selector": challenge, "ports": [{"name": "http", "port": 8089, "targetPort": 8089, "nodePort": 30089}]}, spec),
)

test_solvers_of_challenges if {
	result(solver({}, {})) == set()
	plain := {"acme.cert-manager.io/http01-solver": "false"}
	every forged in [
		solver({"name": "keydb"}, {}),
		solver({"labels": plain}, {}),
		solver({}, {"selector": plain}),
		solver({}, {"ports": [{"port": 6379, "targetPort": 8089, "nodePort": 30089}]}),
		solver({}, {"ports": [{"port": 8089, "targetPort": 6379, "nodePort": 30089}]}),
		solver({}, {"ports": [{"port": 8089, "nodePort": 30089}, {"port": 6379, "nodePort": 30090}]}),
	] {
		count(result(forged)) == 1
	}
	without_selector := object.remove(solver({}, {}).spec, ["selector"])
	count(result(object.union(object.remove(solver({}, {}), ["spec"]), {"spec": without_selector}))) == 1
}

test_nulls_in_lists if {
	messages(service({}, {"ports": [null, {"port": 1, "nodePort": 30001, "protocol": null}]})) == {"DOKS opens node port 30001 of every node to the Internet"}
}
