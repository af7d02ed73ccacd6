package envcheck.lib.targets_test

import data.envcheck.lib.targets

tcp(number) := {"number": number, "protocol": "TCP"}

web := {"namespace": "b2b", "podLabels": {"app": "web"}, "containers": [
	{"name": "web", "ports": [{"name": "http", "number": 8080, "protocol": "TCP"}, {"name": null, "number": 9, "protocol": "TCP"}]},
	{"name": "dns", "ports": [{"name": "dns", "number": 53, "protocol": "UDP"}, {"name": "dns", "number": 53, "protocol": "TCP"}]},
]}

port(name, number, target, protocol) := {"name": name, "port": number, "targetPort": target, "protocol": protocol}

service := {
	"namespace": "b2b",
	"name": "web",
	"labels": {"app": "web"},
	"ports": [port("http", 80, "http", "TCP"), port("raw", 81, 8081, "TCP")],
	"workloads": ["b2b/web[Deployment]"],
}

test_meant if {
	targets.meant(service, 80) == {service.ports[0]}
	targets.meant(service, "raw") == {service.ports[1]}
	targets.meant(service, 8080) == set()
}

test_arrivals if {
	targets.arrivals(port("raw", 81, 8081, "TCP"), web) == {tcp(8081)}
	targets.arrivals(port("http", 80, "http", "TCP"), web) == {tcp(8080)}
	targets.arrivals(port("dns", 53, "dns", "UDP"), web) == {{"number": 53, "protocol": "UDP"}}
	targets.arrivals(port("none", 80, "none", "TCP"), web) == set()
}

test_backends if {
	ingress := {
		"namespace": "b2b",
		"defaultBackend": {"service": "web", "port": "http"},
		"rules": [{"paths": [{"service": "web", "port": 80}, {"service": "web", "port": 80}, {"service": null, "port": null}]}],
	}
	targets.backends(ingress) == {
		{"namespace": "b2b", "service": "web", "port": 80},
		{"namespace": "b2b", "service": "web", "port": "http"},
	}
	targets.backends({"namespace": "b2b", "defaultBackend": null, "rules": []}) == set()
}

endpoint(port, target) := {"port": port, "targetPort": target}

test_endpoints if {
	targets.of_service(endpoint("http", null), service, web) == {tcp(8080)}
	targets.of_service(endpoint("raw", null), service, web) == {tcp(8081)}
	targets.of_pod(endpoint("http", null), web) == {tcp(8080)}
	targets.of_pod(endpoint("raw", null), web) == set()
	targets.of_pod(endpoint(null, 9090), web) == {tcp(9090)}
	targets.of_pod(endpoint(null, null), web) == set()
}
