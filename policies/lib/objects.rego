# Objects that are nobody's own: what every namespace holds, what a workload owns, what Helm notes.
package envcheck.lib.objects

# In every namespace, and no finding: the cluster's certificate authority, tokens of ServiceAccounts, the registry's credentials.
everywhere(record) if {
	record.ref.kind == "ConfigMap"
	record.name == "kube-root-ca.crt"
}

everywhere(record) if {
	record.ref.kind == "Secret"
	record.type == "kubernetes.io/service-account-token"
}

# DOKS keeps them in kube-system and copies them everywhere else.
everywhere(record) if {
	record.ref.kind == "Secret"
	record.type == "kubernetes.io/dockerconfigjson"
	registry_marked(record)
}

registry_marked(record) if is_string(record.annotations["digitalocean.com/dosecret-identifier"])

registry_marked(record) if is_string(record.labels["digitalocean.com/copy-identifier"])

# The workloads that answer for an object which is none itself: its controller, by name and uid.
owners(record) := {owner |
	record.ref.kind in {"Service", "ConfigMap", "Secret", "PersistentVolumeClaim", "Ingress"}
	some owner in namesakes(record)
	same_uid(owner, record)
}

# Workloads of the name that the reference to the owner says.
namesakes(record) := {owner |
	some owner in data.view.workloads
	owner.kind == record.owner.kind
	owner.namespace == record.namespace
	owner.name == record.owner.name
}

# Manifests written by hand know no uids: then the name has to do.
same_uid(owner, _) if not is_string(object.get(owner, "uid", null))

same_uid(_, record) if not is_string(object.get(record, "ownerUid", null))

same_uid(owner, record) if owner.uid == record.ownerUid

# The Helm release that a Secret keeps the notes of, and which revision.
release(record) := name if {
	record.ref.kind == "Secret"
	record.type == "helm.sh/release.v1"
	regex.match(`^sh\.helm\.release\.v1\..+\.v[0-9]+$`, record.name)
	name := regex.replace(record.name, `^sh\.helm\.release\.v1\.(.+)\.v[0-9]+$`, "$1")
}

revision(record) := to_number(regex.replace(record.name, `^.*\.v([0-9]+)$`, "$1")) if {
	regex.match(`\.v[0-9]+$`, record.name)
}

# Who delivers a record, in words; undefined where nobody does.
belongs(record) := sprintf("it belongs to Helm release %s", [record.manager.name]) if {
	record.manager.type == "helm"
	is_string(record.manager.name)
} else := sprintf("it belongs to Argo CD application %s", [record.manager.name]) if {
	record.manager.type == "argocd"
	is_string(record.manager.name)
}
