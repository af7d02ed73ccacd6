# What is cert-manager's to write: it makes the Secrets of Ingresses that name an issuer.
package envcheck.ingress.ingress_tls.cert_manager

import data.envcheck.lib.text

issuer_annotations := ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"]

asked(ingress) if {
	some annotation, value in ingress.annotations
	by_cert_manager(annotation, value)
}

# So young that the certificate may be under way.
may_still_write(ingress) if {
	asked(ingress)
	text.past(ingress.created) < data.parameters.graceSeconds
}

by_cert_manager(annotation, _) if annotation in issuer_annotations

by_cert_manager(annotation, value) if {
	annotation == "kubernetes.io/tls-acme"
	value == "true"
}
