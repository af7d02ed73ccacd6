package envcheck.lib.services_test

import data.envcheck.lib.services

test_foreign if {
	services.foreign("tailscale")
	services.foreign("io.cilium/bgp-control-plane")
	not services.foreign(null)
	not services.foreign("")
	not services.foreign("service.beta.kubernetes.io/do-loadbalancer")
	not services.foreign("digitalocean.com/load-balancer")
	not services.foreign("lb.digitalocean.com/network")
}

test_exposure if {
	exposed := [{"service": "a/b"}, {"service": "ingress-nginx/ingress-nginx-controller"}]
	services.exposure("ingress-nginx/ingress-nginx-controller") == ["exposure", 1] with data.environment.exposure as exposed
	not services.exposure("b2b/web") with data.environment.exposure as exposed
	not services.exposure("b2b/web") with data.environment as {}
}
