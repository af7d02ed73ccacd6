package envcheck.lib.objects_test

import data.envcheck.lib.objects

secret(name, type) := {"ref": {"kind": "Secret"}, "name": name, "type": type, "labels": {}, "annotations": {}}

test_everywhere if {
	objects.everywhere({"ref": {"kind": "ConfigMap"}, "name": "kube-root-ca.crt"})
	not objects.everywhere({"ref": {"kind": "ConfigMap"}, "name": "istio-ca-root-cert"})
	not objects.everywhere({"ref": {"kind": "Secret"}, "name": "kube-root-ca.crt", "type": "Opaque"})
	objects.everywhere(secret("default-token", "kubernetes.io/service-account-token"))
	not objects.everywhere(secret("pull", "kubernetes.io/dockerconfigjson"))
	objects.everywhere(object.union(secret("acme", "kubernetes.io/dockerconfigjson"), {"labels": {"digitalocean.com/copy-identifier": "acme"}}))
	objects.everywhere(object.union(secret("acme", "kubernetes.io/dockerconfigjson"), {"annotations": {"digitalocean.com/dosecret-identifier": "acme"}}))
	not objects.everywhere(object.union(secret("acme", "Opaque"), {"labels": {"digitalocean.com/copy-identifier": "acme"}}))
}

web := {"kind": "Deployment", "namespace": "b2b", "name": "web", "uid": "a"}

owned(kind, namespace, uid) := {
	"ref": {"kind": kind},
	"namespace": namespace,
	"owner": {"kind": "Deployment", "name": "web"},
	"ownerUid": uid,
}

owners(record) := found if {
	found := objects.owners(record) with data.view as {"workloads": [web]}
}

test_owners if {
	owners(owned("ConfigMap", "b2b", "a")) == {web}
	owners(owned("ConfigMap", "b2b", null)) == {web}
	owners(owned("ConfigMap", "b2b", "b")) == set()
	owners(owned("ConfigMap", "back", "a")) == set()
	owners(owned("Pod", "b2b", "a")) == set()
	owners({"ref": {"kind": "Service"}, "namespace": "b2b", "owner": null}) == set()
}

test_release if {
	objects.release(secret("sh.helm.release.v1.my.app.v12", "helm.sh/release.v1")) == "my.app"
	objects.revision(secret("sh.helm.release.v1.my.app.v12", "helm.sh/release.v1")) == 12
	not objects.release(secret("sh.helm.release.v1.my.app.v12", "Opaque"))
	not objects.release(secret("other", "helm.sh/release.v1"))
}

test_belongs if {
	objects.belongs({"manager": {"type": "helm", "name": "kps"}}) == "it belongs to Helm release kps"
	objects.belongs({"manager": {"type": "argocd", "name": "b2b"}}) == "it belongs to Argo CD application b2b"
	not objects.belongs({"manager": {"type": "fieldManager", "name": "kubectl"}})
	not objects.belongs({"manager": {"type": null, "name": null}})
}
