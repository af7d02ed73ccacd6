# METADATA
# title: Hosts of Ingresses have a certificate
# description: >-
#   Where ingress.tls is required, each host of each Ingress is under tls with a Secret, or the declared default certificate
#   covers it. Whatever ingress.tls says, a Secret that is named exists, is of type kubernetes.io/tls, covers the host (a
#   wildcard stands for one label), is valid and does not expire within renewBefore, and cert-manager is asked for the declared
#   issuer. Manifests hold no Secrets as a rule, so there only what is written is judged. Solvers of cert-manager, which
#   serve nothing but answers to challenges, are exempt; a Secret that cert-manager may still write is pending for the grace time.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress/#tls
#   - ref: https://cert-manager.io/docs/usage/ingress/
# custom:
#   id: ingress-tls
#   severity: medium
#   evaluates: environment
#   kinds:
#     - networking.k8s.io/v1/Ingress
#     - v1/Secret
#   needs: []
#   declares: [ingress]
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: []}
#   remediation: >-
#     List the host under tls with a Secret of its own, let cert-manager write and renew it, or declare
#     ingress.defaultCertificate.
#   noFix: A certificate has to be issued by somebody, and envcheck writes no Secret.
#   parameters:
#     grace: {default: 15m, description: "So long cert-manager may take for the certificate of a new Ingress."}
#     renewBefore: {default: 14d, description: "A certificate that expires within this time should have been renewed."}
package envcheck.ingress.ingress_tls

import data.envcheck.ingress.ingress_tls.cert_manager
import data.envcheck.ingress.ingress_tls.certificates
import data.envcheck.ingress.ingress_tls.listed
import data.envcheck.lib.ingresses
import data.envcheck.lib.text

judged contains ingress if {
	some ingress in data.view.ingresses
	not ingresses.solver(ingress)
}

subjects contains ingress.ref if some ingress in judged

subjects contains certificates.by_name[id].ref if some id in used

# Nothing covers the host.
deny contains finding if {
	some [ingress, host, path] in uncovered
	not certificates.fallback
	words := ingresses.host_words(host)
	finding := {
		"message": sprintf("%s is not under tls", [words]),
		"resource": ingress.ref,
		"path": path,
		"key": host,
		"declared": ["ingress", "tls"],
	}
}

# It is listed, but without a Secret: ingress-nginx answers with a certificate of its own making.
deny contains finding if {
	some [ingress, host, path] in unnamed
	not certificates.fallback
	words := ingresses.host_words(host)
	finding := {
		"message": sprintf("tls names no Secret for %s, and no defaultCertificate is declared", [words]),
		"resource": ingress.ref,
		"path": path,
		"key": host,
	}
}

# The Secret that it names is not there.
deny contains finding if {
	some [ingress, path, id] in missing
	not cert_manager.may_still_write(ingress)
	finding := {
		"message": sprintf("Secret %s does not exist", [certificates.name_of(id)]),
		"resource": ingress.ref,
		"path": path,
		"key": certificates.name_of(id),
	}
}

pending contains entry if {
	some [ingress, _, id] in missing
	cert_manager.may_still_write(ingress)
	words := text.age(text.past(ingress.created))
	entry := {
		"resource": ingress.ref,
		"message": sprintf("Secret %s does not exist yet, cert-manager was asked for it %s ago", [certificates.name_of(id), words]),
	}
}

# The declared default one is not there.
deny contains finding if {
	some ingress in needs_fallback
	certificates.complete_for(ingress)
	not certificates.by_name[certificates.fallback]
	finding := {
		"message": "does not exist, though it is declared for hosts that have no certificate of their own",
		"resource": certificates.ref(certificates.fallback),
		"key": "missing",
		"declared": ["ingress", "defaultCertificate"],
	}
}

# Secrets of which some host makes use: what is wrong with them, whoever uses them.
deny contains finding if {
	some id in used
	secret := certificates.by_name[id]
	some [key, message] in certificates.problems(secret)
	finding := {"message": sprintf("%s: %s", [message, users(id)]), "resource": secret.ref, "key": key}
}

not_evaluated contains gap if {
	some id in used
	secret := certificates.by_name[id]
	certificates.unreadable(secret)
	gap := {
		"resource": secret.ref,
		"reason": "unreadable certificate",
		"detail": sprintf("no certificate could be read in its tls.crt: %s", [users(id)]),
	}
}

# None of the Secrets that are named for a host covers it.
deny contains finding if {
	some ingress in judged
	some [host, _] in listed.hosts(ingress)
	host != ""
	indices := sort([index | some index in listed.entries(ingress, host); listed.named(ingress, index)])
	count(indices) > 0
	secrets := [secret |
		some index in indices
		secret := certificates.by_name[listed.own(ingress, index)]
		certificates.readable(secret)
	]
	count(secrets) == count(indices)
	count([secret | some secret in secrets; certificates.covers(secret, host)]) == 0
	finding := {
		"message": sprintf("the certificate in Secret %s does not cover %s, %s", [secrets[0].name, host, certificates.only(secrets[0])]),
		"resource": ingress.ref,
		"path": ["spec", "tls", indices[0], "secretName"],
		"key": host,
	}
}

deny contains finding if {
	some [ingress, host, path] in (uncovered | unnamed)
	host != ""
	secret := certificates.by_name[certificates.fallback]
	certificates.readable(secret)
	not certificates.covers(secret, host)
	finding := {
		"message": sprintf("host %s has no certificate of its own, and the default one does not cover it, %s", [host, certificates.only(secret)]),
		"resource": ingress.ref,
		"path": path,
		"key": host,
		"declared": ["ingress", "defaultCertificate"],
	}
}

# cert-manager is asked for another issuer.
deny contains finding if {
	declared := data.environment.ingress.issuer
	is_string(declared)
	some ingress in judged
	some annotation in cert_manager.issuer_annotations
	name := ingress.annotations[annotation]
	name != declared
	finding := {
		"message": sprintf("asks for a certificate of issuer %s, %s is declared", [name, declared]),
		"resource": ingress.ref,
		"path": ["metadata", "annotations", annotation],
		"key": "issuer",
		"declared": ["ingress", "issuer"],
	}
}

not_evaluated contains gap if {
	required
	some ingress in judged
	listed.passes_through(ingress)
	some [host, _] in listed.hosts(ingress)
	count(listed.entries(ingress, host)) == 0
	words := ingresses.host_words(host)
	gap := {
		"resource": ingress.ref,
		"reason": "passes through",
		"detail": sprintf("%s: what stands behind it ends TLS, and its certificate is not seen here", [words]),
	}
}

required if data.environment.ingress.tls == "required"

# [Ingress, host, path]: what needs an entry and has none.
uncovered contains [ingress, host, path] if {
	required
	some ingress in judged
	not listed.passes_through(ingress)
	some [host, path] in listed.hosts(ingress)
	count(listed.entries(ingress, host)) == 0
}

# And what has only entries without a Secret. Before a load balancer that ends TLS they only ask for a redirect.
unnamed contains [ingress, host, path] if {
	data.environment.ingress.tls != "loadBalancer"
	some ingress in judged
	some [host, _] in listed.hosts(ingress)
	indices := listed.entries(ingress, host)
	count(indices) > 0
	count([index | some index in indices; listed.named(ingress, index)]) == 0
	path := ["spec", "tls", min(indices)]
}

needs_fallback contains ingress if {
	certificates.fallback
	some [ingress, _, _] in (uncovered | unnamed)
}

# "namespace/name" of every Secret that is made use of.
used contains id if some [_, _, id] in own_secrets

used contains certificates.fallback if count(needs_fallback) > 0

own_secrets contains [ingress, path, id] if {
	some ingress in judged
	some index, _ in ingress.tls
	listed.named(ingress, index)
	id := listed.own(ingress, index)
	path := ["spec", "tls", index, "secretName"]
}

missing contains [ingress, path, id] if {
	some [ingress, path, id] in own_secrets
	certificates.complete_for(ingress)
	not certificates.by_name[id]
}

users(id) := sprintf("hosts of %s depend on it", [text.list(sort(names_of[id]))])

# Whose hosts depend on a Secret.
names_of[id] contains name if {
	some [ingress, _, id] in own_secrets
	name := text.qualified(ingress.ref)
}

names_of[id] contains name if {
	some ingress in needs_fallback
	id := certificates.fallback
	name := text.qualified(ingress.ref)
}
