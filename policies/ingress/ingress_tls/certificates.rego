# Secrets with certificates: which there are, what is wrong with them, which hosts they cover.
package envcheck.ingress.ingress_tls.certificates

import data.envcheck.ingress.ingress_tls.cert_manager
import data.envcheck.lib.hosts
import data.envcheck.lib.text

# By namespace/name.
by_name[id] := secret if {
	some secret in data.view.secrets
	id := text.qualified(secret)
}

# Whether a Secret that is not in view is missing. An Ingress of a manifest, which has no creation time, needs what the cluster
# has, where that was read, too; cert-manager would not have written its Secret yet.
complete_for(ingress) if {
	object.get(data.view, "complete", true)
	is_string(ingress.created)
}

complete_for(ingress) if {
	object.get(data.view, "complete", true)
	not cert_manager.asked(ingress)
	some secret in data.view.secrets
	is_string(secret.created)
}

name_of(id) := split(id, "/")[1]

ref(id) := {"apiVersion": "v1", "kind": "Secret", "namespace": split(id, "/")[0], "name": name_of(id)}

# The declared Secret for hosts that have none of their own.
fallback := data.environment.ingress.defaultCertificate if is_string(data.environment.ingress.defaultCertificate)

right_type(secret) if secret.type == "kubernetes.io/tls"

readable(secret) if {
	right_type(secret)
	is_object(secret.certificate)
}

unreadable(secret) if {
	right_type(secret)
	not is_object(secret.certificate)
}

# [key, message] of what is wrong with it, whatever the host.
problems(secret) := {["type", message] | message := type_problem(secret)} | {["validity", message] | message := validity_problem(secret)}

type_problem(secret) := sprintf("is of type %s, not kubernetes.io/tls", [secret.type]) if not right_type(secret)

validity_problem(secret) := sprintf("its certificate expired %s ago", [text.age(past)]) if {
	readable(secret)
	past := text.distance(secret.certificate.notAfter)
	past >= 0
}

validity_problem(secret) := sprintf("its certificate expires in %s, and should have been renewed", [text.age(left)]) if {
	readable(secret)
	left := 0 - text.distance(secret.certificate.notAfter)
	left > 0
	left <= data.parameters.renewBeforeSeconds
	not early(secret)
}

validity_problem(secret) := sprintf("its certificate will only be valid in %s", [text.age(ahead)]) if {
	early(secret)
	ahead := text.ahead(secret.certificate.notBefore)
}

early(secret) if {
	readable(secret)
	text.ahead(secret.certificate.notBefore)
	not over(secret)
}

over(secret) if text.distance(secret.certificate.notAfter) >= 0

covers(secret, host) if {
	some name in secret.certificate.hosts
	hosts.covers(name, host)
}

# "only a.example.com and b.example.com".
only(secret) := sprintf("only %s", [text.list(sort(secret.certificate.hosts))]) if count(secret.certificate.hosts) > 0

only(secret) := "no host at all" if count(secret.certificate.hosts) == 0
