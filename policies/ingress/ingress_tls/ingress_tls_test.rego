package envcheck.ingress.ingress_tls_test

import data.envcheck.ingress.ingress_tls as policy

ref := {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "b2b", "name": "web"}

secret_ref := {"apiVersion": "v1", "kind": "Secret", "namespace": "b2b", "name": "web-tls"}

default_ref := {"apiVersion": "v1", "kind": "Secret", "namespace": "edge", "name": "wildcard"}

host := "b2b.example.com"

ingress(changes) := object.union(
	{
		"ref": ref,
		"namespace": "b2b",
		"name": "web",
		"labels": {},
		"annotations": {},
		"created": "2026-09-01T00:00:00Z",
		"defaultBackend": null,
		"rules": [{"host": host, "paths": []}],
		"tls": [{"hosts": [host], "secretName": "web-tls"}],
	},
	changes,
)

secret_of(own_ref, hosts, changes) := {
	"ref": own_ref,
	"namespace": own_ref.namespace,
	"name": own_ref.name,
	"type": "kubernetes.io/tls",
	"certificate": object.union({"hosts": hosts, "notBefore": "2026-09-01T00:00:00Z", "notAfter": "2027-02-09T00:00:00Z"}, changes),
}

secret := secret_of(secret_ref, [host], {})

valid(changes) := secret_of(secret_ref, [host], changes)

result_in(declared, ingresses, secrets) := answer if {
	answer := {"subjects": policy.subjects, "deny": policy.deny, "pending": policy.pending, "not_evaluated": policy.not_evaluated} with data.environment as {"ingress": declared}
		with data.view as {"ingresses": ingresses, "secrets": secrets}
		with data.parameters as {"graceSeconds": 900, "renewBeforeSeconds": 1209600}
		with data.now as "2026-11-23T03:00:00Z"
}

required := {"tls": "required"}

optional := {"tls": "optional"}

at_load_balancer := {"tls": "loadBalancer"}

with_default := {"tls": "required", "defaultCertificate": "edge/wildcard"}

result(ingresses, secrets) := result_in(required, ingresses, secrets)

clean := {"subjects": {ref, secret_ref}, "deny": set(), "pending": set(), "not_evaluated": set()}

denied(ingresses, secrets) := result(ingresses, secrets).deny

test_covered if {
	result([ingress({})], [secret]) == clean
	result([ingress({"rules": [{"host": "B2B.example.com", "paths": []}]})], [secret]) == clean
	result([ingress({"tls": [{"hosts": ["*.example.com"], "secretName": "web-tls"}]})], [secret_of(secret_ref, ["*.example.com"], {})]) == clean
	result([ingress({"tls": [{"hosts": [], "secretName": "web-tls"}]})], [secret]) == clean
}

test_not_under_tls if {
	expected := {{"message": "host b2b.example.com is not under tls", "resource": ref, "path": ["spec", "rules", 0, "host"], "key": host, "declared": ["ingress", "tls"]}}
	denied([ingress({"tls": []})], [secret]) == expected
	denied([ingress({"tls": [{"hosts": ["other.example.com"], "secretName": "web-tls"}]})], [secret_of(secret_ref, [host], {})]) == expected
	denied([ingress({"tls": []}), ingress({"tls": []})], []) == expected
	result_in(optional, [ingress({"tls": []})], []).deny == set()
	result_in(at_load_balancer, [ingress({"tls": []})], []).deny == set()
}

test_rules_without_host if {
	{[finding.message, finding.path] | some finding in denied([ingress({"tls": [], "rules": [{"host": null, "paths": []}]})], [])} == {["a rule without host is not under tls", ["spec", "rules", 0]]}
	{finding.path | some finding in denied([ingress({"tls": [], "rules": [], "defaultBackend": {"service": "web", "port": 80}})], [])} == {["spec", "defaultBackend"]}
	result([ingress({"rules": [{"host": null, "paths": []}], "tls": [{"hosts": [], "secretName": "web-tls"}]})], [secret]) == clean
}

test_no_secret_is_named if {
	without := ingress({"tls": [{"hosts": [host], "secretName": null}]})
	expected := {{"message": "tls names no Secret for host b2b.example.com, and no defaultCertificate is declared", "resource": ref, "path": ["spec", "tls", 0], "key": host}}
	denied([without], []) == expected
	result_in(optional, [without], []).deny == expected
	result_in(at_load_balancer, [without], []).deny == set()
}

test_missing if {
	denied([ingress({})], []) == {{"message": "Secret web-tls does not exist", "resource": ref, "path": ["spec", "tls", 0, "secretName"], "key": "web-tls"}}
	count(result_in(optional, [ingress({})], []).deny) == 1

	# A Secret of this name elsewhere is none.
	count(denied([ingress({})], [object.union(secret, {"namespace": "other"})])) == 1
}

test_manifests_hold_no_secrets if {
	result([ingress({"created": null})], []) == object.union(clean, {"subjects": {ref}})
	count(denied([ingress({"created": null, "tls": []})], [])) == 1
}

test_manifests_over_a_cluster if {
	live := object.union(secret_of(default_ref, ["*.example.com"], {}), {"created": "2026-09-01T00:00:00Z"})
	count(denied([ingress({"created": null})], [live])) == 1
	denied([ingress({"created": null, "annotations": {"cert-manager.io/issuer": "letsencrypt"}})], [live]) == set()
}

test_cert_manager_takes_its_time if {
	asked := {"annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}, "created": "2026-11-23T02:50:00Z"}
	result([ingress(asked)], []) == {
		"subjects": {ref},
		"deny": set(),
		"pending": {{"resource": ref, "message": "Secret web-tls does not exist yet, cert-manager was asked for it 10 min ago"}},
		"not_evaluated": set(),
	}
	count(denied([ingress(object.union(asked, {"created": "2026-11-23T02:40:00Z"}))], [])) == 1
	count(denied([ingress({"created": "2026-11-23T02:50:00Z"})], [])) == 1
	count(result([ingress({"annotations": {"kubernetes.io/tls-acme": "true"}, "created": "2026-11-23T02:50:00Z"})], []).pending) == 1
}

wrong(message, key) := {"message": sprintf("%s: hosts of b2b/web depend on it", [message]), "resource": secret_ref, "key": key}

test_wrong_type if {
	denied([ingress({})], [object.union(secret, {"type": "Opaque", "certificate": null})]) == {wrong("is of type Opaque, not kubernetes.io/tls", "type")}
}

test_validity if {
	denied([ingress({})], [valid({"notAfter": "2026-11-20T03:00:00Z"})]) == {wrong("its certificate expired 3 days ago", "validity")}
	denied([ingress({})], [valid({"notAfter": "2026-12-01T03:00:00Z"})]) == {wrong("its certificate expires in 8 days, and should have been renewed", "validity")}
	denied([ingress({})], [valid({"notAfter": "2026-12-08T03:00:00Z"})]) == set()
	denied([ingress({})], [valid({"notBefore": "2026-11-25T03:00:00Z"})]) == {wrong("its certificate will only be valid in 2 days", "validity")}
	count(denied([ingress({})], [valid({"notBefore": "2026-11-25T03:00:00Z", "notAfter": "2026-11-26T03:00:00Z"})])) == 1
}

test_does_not_cover_the_host if {
	denied([ingress({})], [secret_of(secret_ref, ["*.other.example.com", "example.com"], {})]) == {{
		"message": "the certificate in Secret web-tls does not cover b2b.example.com, only *.other.example.com and example.com",
		"resource": ref,
		"path": ["spec", "tls", 0, "secretName"],
		"key": host,
	}}

	# A wildcard stands for one label.
	deep := ingress({"rules": [{"host": "a.b2b.example.com", "paths": []}], "tls": [{"hosts": [], "secretName": "web-tls"}]})
	count(denied([deep], [secret_of(secret_ref, ["*.example.com"], {})])) == 1
}

test_one_of_two_secrets_is_enough if {
	other := {"apiVersion": "v1", "kind": "Secret", "namespace": "b2b", "name": "other"}
	two := ingress({"tls": [{"hosts": [], "secretName": "other"}, {"hosts": [], "secretName": "web-tls"}]})
	denied([two], [secret_of(other, ["other.example.com"], {}), secret]) == set()
}

test_unreadable if {
	result([ingress({})], [object.union(object.remove(secret, ["certificate"]), {"certificate": null})]) == object.union(clean, {"not_evaluated": {{
		"resource": secret_ref,
		"reason": "unreadable certificate",
		"detail": "no certificate could be read in its tls.crt: hosts of b2b/web depend on it",
	}}})
}

test_default_certificate if {
	bare := ingress({"tls": []})
	wildcard := secret_of(default_ref, ["*.example.com"], {})
	result_in(with_default, [bare], [wildcard]) == object.union(clean, {"subjects": {ref, default_ref}})
	result_in(with_default, [ingress({"tls": [{"hosts": [host], "secretName": null}]})], [wildcard]).deny == set()
	result_in(with_default, [bare], []).deny == {{
		"message": "does not exist, though it is declared for hosts that have no certificate of their own",
		"resource": default_ref,
		"key": "missing",
		"declared": ["ingress", "defaultCertificate"],
	}}
	result_in(with_default, [bare], [secret_of(default_ref, ["*.example.org"], {})]).deny == {{
		"message": "host b2b.example.com has no certificate of its own, and the default one does not cover it, only *.example.org",
		"resource": ref,
		"path": ["spec", "rules", 0, "host"],
		"key": host,
		"declared": ["ingress", "defaultCertificate"],
	}}
	{finding.message | some finding in result_in(with_default, [bare], [secret_of(default_ref, ["*.example.com"], {"notAfter": "2026-11-22T02:00:00Z"})]).deny} == {"its certificate expired 25 h ago: hosts of b2b/web depend on it"}

	# Nobody needs it.
	result_in(with_default, [ingress({})], [secret]) == clean
}

asking(name) := {"annotations": {"cert-manager.io/cluster-issuer": name}}

test_issuer if {
	declared := {"tls": "required", "issuer": "letsencrypt"}
	result_in(declared, [ingress(asking("letsencrypt"))], [secret]) == clean
	result_in(declared, [ingress(asking("staging"))], [secret]).deny == {{
		"message": "asks for a certificate of issuer staging, letsencrypt is declared",
		"resource": ref,
		"path": ["metadata", "annotations", "cert-manager.io/cluster-issuer"],
		"key": "issuer",
		"declared": ["ingress", "issuer"],
	}}
	result([ingress(asking("staging"))], [secret]) == clean
}

test_solvers_and_passed_through if {
	label := {"labels": {"acme.cert-manager.io/http01-solver": "true"}}
	challenge := {"rules": [{"host": "b2b.example.com", "paths": [{"path": "/.well-known/acme-challenge/x", "pathType": "Exact", "service": "s", "port": 8089}]}]}
	result([ingress(object.union({"tls": []}, object.union(label, challenge)))], []).subjects == set()
	result([ingress(object.union({"tls": []}, label))], []).subjects == {ref}
	result([ingress({"tls": [], "annotations": {"nginx.ingress.kubernetes.io/ssl-passthrough": "true"}})], []) == {
		"subjects": {ref},
		"deny": set(),
		"pending": set(),
		"not_evaluated": {{
			"resource": ref,
			"reason": "passes through",
			"detail": "host b2b.example.com: what stands behind it ends TLS, and its certificate is not seen here",
		}},
	}
}
