package envcheck.lib.ingress_nginx_test

import data.envcheck.lib.ingress_nginx

test_official_images if {
	every repository in [
		"ingress-nginx/controller",
		"ingress-nginx/controller-chroot",
		"acme/mirror/ingress-nginx/controller",
		"kubernetes-ingress-controller/nginx-ingress-controller",
	] {
		ingress_nginx.official(repository)
	}
	every repository in [
		"nginx/nginx-ingress",
		"ingress-nginx/kube-webhook-certgen",
		"my-ingress-nginx/controller",
		"ingress-nginx/controller-dev",
		"bitnami/nginx-ingress-controller",
	] {
		not ingress_nginx.official(repository)
	}
}

test_versions if {
	ingress_nginx.version("v1.15.1") == [1, 15, 1, 0]
	ingress_nginx.version("1.9.0") == [1, 9, 0, 0]
	ingress_nginx.version("0.26.1") == [0, 26, 1, 0]
	ingress_nginx.version("v1.12.0-beta.0") == [1, 12, 0, -1]
	ingress_nginx.version("v1.12.0-beta.0") < ingress_nginx.version("v1.12.0")
	ingress_nginx.version("v1.9.0") < ingress_nginx.version("v1.10.0")
}

test_what_the_project_never_released if {
	every tag in ["latest", "", "2026.5.1", "v2026.5.1", "1.30.6", "v1.15.2", "v1.13.10", "v1.16.0", "1.12.1-debian-12-r3", "v1.12.1-hardened3", "v1.15", "v1.01.0", "main"] {
		not ingress_nginx.version(tag)
	}
}

test_show if {
	ingress_nginx.show([1, 15, 1, 0]) == "1.15.1"
	ingress_nginx.show([1, 12, 0, -1]) == "1.12.0-beta"
}

test_the_last_releases_are_open_to_nothing if {
	every tag in ["v1.13.9", "v1.14.5", "v1.15.1"] {
		ingress_nginx.open_to(ingress_nginx.version(tag)) == set()
	}
}

test_each_release_before_the_last_is_open if {
	ingress_nginx.open_to([1, 15, 0, 0]) == {"CVE-2026-4342"}
	ingress_nginx.open_to([1, 14, 4, 0]) == {"CVE-2026-4342"}
	ingress_nginx.open_to([1, 14, 3, 0]) == {"CVE-2026-3288", "CVE-2026-4342"}
	ingress_nginx.open_to([1, 13, 8, 0]) == {"CVE-2026-4342"}
	"CVE-2025-1974" in ingress_nginx.open_to([1, 12, 0, 0])
	"CVE-2025-1974" in ingress_nginx.open_to([1, 11, 4, 0])
	"CVE-2025-1974" in ingress_nginx.open_to([1, 10, 9, 0])
	not "CVE-2025-1974" in ingress_nginx.open_to([1, 11, 5, 0])
	not "CVE-2025-1974" in ingress_nginx.open_to([1, 13, 0, 0])
	ingress_nginx.open_to([0, 26, 1, 0]) == object.keys(ingress_nginx.advisories)

	# A fix that a newer minor version has does not mend an older one.
	"CVE-2026-1580" in ingress_nginx.open_to([1, 12, 8, 0])
	"CVE-2025-1974" in ingress_nginx.open_to([1, 12, 1, -1])
}

test_the_table_is_whole if {
	every advisory in ingress_nginx.advisories {
		regex.match(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`, advisory.published)
		advisory.published < ingress_nginx.as_of
		startswith(advisory.source, "https://")
		count(advisory.fixed) > 0
		is_array(advisory.annotations)
	}
}
