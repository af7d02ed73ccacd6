package envcheck.lib.images_test

import data.envcheck.lib.images

test_full if {
	cases := {
		"nginx": "docker.io/library/nginx",
		"nginx:1.29": "docker.io/library/nginx:1.29",
		"nginx@sha256:ab": "docker.io/library/nginx@sha256:ab",
		"amazon/aws-cli:2": "docker.io/amazon/aws-cli:2",
		"docker.io/nginx": "docker.io/library/nginx",
		"index.docker.io/amazon/aws-cli": "docker.io/amazon/aws-cli",
		"Registry.DigitalOcean.com/acme/web:1": "registry.digitalocean.com/acme/web:1",
		"registry.digitalocean.com/acme/web:1@sha256:ab": "registry.digitalocean.com/acme/web:1@sha256:ab",
		"localhost:5000/a/b:v1": "localhost:5000/a/b:v1",
		"localhost/a": "localhost/a",
		"host:5000/a": "host:5000/a",
		"ghcr.io": "ghcr.io",
		"docker.io": "docker.io",
		"redis:7.2": "docker.io/library/redis:7.2",
	}
	every image, full in cases {
		images.full(image) == full
	}
}

test_begins_with if {
	every pair in [
		["amazon/aws-cli:2", "docker.io/amazon/aws-cli"],
		["docker.io/amazon/aws-cli@sha256:ab", "amazon/aws-cli"],
		["amazon/aws-cli", "docker.io/amazon"],
		["amazon/aws-cli", "docker.io/amazon/"],
		["amazon/aws-cli", "docker.io"],
		["index.docker.io/library/redis:7", "redis"],
		["redis:7", "redis:7"],
		["ghcr.io/acme/web:1", "ghcr.io"],
		["registry.digitalocean.com/acme/web", "registry.digitalocean.com/acme/"],
	] {
		images.begins_with(pair[0], pair[1])
	}
}

test_does_not_begin_with if {
	every pair in [
		["amazon/aws-cli-evil:2", "docker.io/amazon/aws-cli"],
		["amazonas/aws-cli", "docker.io/amazon"],
		["registry.digitalocean.com/acme-evil/web", "registry.digitalocean.com/acme/"],
		["evil.com/registry.digitalocean.com/acme/web", "registry.digitalocean.com/acme/"],
		["registry.digitalocean.com.evil.com/acme/web", "registry.digitalocean.com/acme/"],
		["acme/web", "registry.digitalocean.com/acme/"],
		["redis:7.2", "redis:7"],
		["redis/redis-stack", "redis"],
		["ghcr.io.evil.com/a", "ghcr.io"],
	] {
		not images.begins_with(pair[0], pair[1])
	}
}

test_repository_and_tag if {
	cases := {
		"registry.k8s.io/ingress-nginx/controller:v1.15.1": ["ingress-nginx/controller", "v1.15.1"],
		"registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:ab": ["ingress-nginx/controller", "v1.15.1"],
		"localhost:5000/mirror/ingress-nginx/controller:v1.15.1": ["mirror/ingress-nginx/controller", "v1.15.1"],
		"nginx:1.29": ["library/nginx", "1.29"],
	}
	every image, expected in cases {
		[images.repository(image), images.tag(image)] == expected
	}
	every image in ["nginx", "localhost:5000/nginx", "nginx@sha256:ab", "localhost:5000/a/nginx@sha256:ab", "nginx:"] {
		not images.tag(image)
	}
	images.repository("localhost:5000/a/nginx@sha256:ab") == "a/nginx"
	images.repository("localhost:5000/nginx") == "nginx"
}
