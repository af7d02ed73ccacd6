# What was published of ingress-nginx: its releases, its retirement, its advisories. The project is archived, so the table only
# grows when somebody else finds something; NGINX's own advisories since then have no release that mends them.
package envcheck.lib.ingress_nginx

as_of := "2026-11-23"

retired := "March 2026"

# The last release of each minor version that was still maintained, all of 2026-03-19. There will be no others.
last := {[1, 13]: 9, [1, 14]: 5, [1, 15]: 1}

fixed_versions := ["1.13.9", "1.14.5", "1.15.1"]

# Its image on any host, mirrors too, and the name it had until 2020. F5's nginx/nginx-ingress is another product.
official(repository) if {
	some path in ["/ingress-nginx/controller", "/ingress-nginx/controller-chroot", "/kubernetes-ingress-controller/nginx-ingress-controller"]
	endswith(sprintf("/%s", [repository]), path)
}

# [1, 15, 1, 0] of v1.15.1, ordered as the versions are: [1, 12, 0, -1] of v1.12.0-beta.0. Undefined for what the project never
# released, as 2026.5.1 or 1.30.6: forks count in other ways, and their numbers say nothing here.
version(tag) := numbers if {
	regex.match(`^v?(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-(alpha|beta|rc)\.?[0-9]{0,3})?$`, tag)
	parts := split(trim_prefix(tag, "v"), "-")
	numbers := array.concat([to_number(part) | some part in split(parts[0], ".")], [1 - count(parts)])
	released(numbers)
}

released(numbers) if numbers[0] == 0

released(numbers) if {
	numbers[0] == 1
	numbers[1] < 13
}

released(numbers) if numbers[2] <= last[[numbers[0], numbers[1]]]

# "1.15.1", "1.12.0-beta".
show(numbers) := sprintf("%d.%d.%d%s", [numbers[0], numbers[1], numbers[2], suffix]) if {
	suffix := {0: "", -1: "-beta"}[numbers[3]]
}

# A minor version is mended from the fix on that it has; newer ones than the table names came mended, older ones never were.
affected(numbers, advisory) if not mended(numbers, advisory)

mended(numbers, advisory) if {
	some fix in advisory.fixed
	array.slice(fix, 0, 2) == array.slice(numbers, 0, 2)
	numbers >= array.concat(fix, [0])
}

mended(numbers, advisory) if {
	newest := max(advisory.fixed)
	array.slice(numbers, 0, 2) > array.slice(newest, 0, 2)
}

# The advisories that a version is open to.
open_to(numbers) := {cve | some cve, advisory in advisories; affected(numbers, advisory)}

# Published advisories, since 2022. `annotations`: by which the attack comes, where it comes by one; an attack by several
# together, through a path or from the Pods' network names none.
advisories := {
	"CVE-2021-25746": {"published": "2022-04-22", "fixed": [[1, 2, 0]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/126813"},
	"CVE-2021-25748": {"published": "2022-06-10", "fixed": [[1, 2, 1]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/126814"},
	"CVE-2022-4886": {"published": "2023-10-25", "fixed": [[1, 8, 0]], "annotations": [], "source": "https://github.com/kubernetes/ingress-nginx/issues/10570"},
	"CVE-2023-5043": {"published": "2023-10-25", "fixed": [[1, 9, 0]], "annotations": ["configuration-snippet"], "source": "https://github.com/kubernetes/kubernetes/issues/126816"},
	"CVE-2023-5044": {"published": "2023-10-25", "fixed": [[1, 9, 0]], "annotations": ["permanent-redirect"], "source": "https://github.com/kubernetes/kubernetes/issues/126817"},
	"CVE-2024-7646": {"published": "2024-08-16", "fixed": [[1, 11, 2]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/126744"},
	"CVE-2025-1097": {"published": "2025-03-23", "fixed": [[1, 11, 5], [1, 12, 1]], "annotations": ["auth-tls-match-cn"], "source": "https://github.com/kubernetes/kubernetes/issues/131007"},
	"CVE-2025-1098": {"published": "2025-03-23", "fixed": [[1, 11, 5], [1, 12, 1]], "annotations": ["mirror-host", "mirror-target"], "source": "https://github.com/kubernetes/kubernetes/issues/131008"},
	"CVE-2025-1974": {"published": "2025-03-23", "fixed": [[1, 11, 5], [1, 12, 1]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/131009"},
	"CVE-2025-24513": {"published": "2025-03-23", "fixed": [[1, 11, 5], [1, 12, 1]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/131005"},
	"CVE-2025-24514": {"published": "2025-03-23", "fixed": [[1, 11, 5], [1, 12, 1]], "annotations": ["auth-url"], "source": "https://github.com/kubernetes/kubernetes/issues/131006"},
	"CVE-2025-15566": {"published": "2026-02-06", "fixed": [[1, 12, 5], [1, 13, 1]], "annotations": ["auth-proxy-set-headers"], "source": "https://github.com/kubernetes/kubernetes/issues/136789"},
	"CVE-2026-1580": {"published": "2026-02-02", "fixed": [[1, 13, 7], [1, 14, 3]], "annotations": ["auth-method"], "source": "https://github.com/kubernetes/kubernetes/issues/136677"},
	"CVE-2026-24512": {"published": "2026-02-02", "fixed": [[1, 13, 7], [1, 14, 3]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/136678"},
	"CVE-2026-24513": {"published": "2026-02-02", "fixed": [[1, 13, 7], [1, 14, 3]], "annotations": ["auth-url"], "source": "https://github.com/kubernetes/kubernetes/issues/136679"},
	"CVE-2026-24514": {"published": "2026-02-02", "fixed": [[1, 13, 7], [1, 14, 3]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/136680"},
	"CVE-2026-3288": {"published": "2026-03-09", "fixed": [[1, 13, 8], [1, 14, 4], [1, 15, 0]], "annotations": ["rewrite-target"], "source": "https://github.com/kubernetes/kubernetes/issues/137560"},
	"CVE-2026-4342": {"published": "2026-03-19", "fixed": [[1, 13, 9], [1, 14, 5], [1, 15, 1]], "annotations": [], "source": "https://github.com/kubernetes/kubernetes/issues/137893"},
}
