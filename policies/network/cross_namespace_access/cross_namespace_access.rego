# METADATA
# title: Nothing reaches across application namespaces
# description: >-
#   No RoleBinding gives a ServiceAccount of an application namespace rights in another namespace, and no ClusterRoleBinding
#   gives it any, as that reaches every namespace; groups of ServiceAccounts and users that stand for one count as well. No
#   Service of type ExternalName and no EndpointSlice made by hand leads out of an application namespace, unless a workload
#   there uses what it leads to, and no Ingress leads out through such a Service: what a workload uses is not for everybody who
#   knows the host. No Ingress names another namespace's Secret. A ReferenceGrant lets in no more than what is
#   used, or the ingress namespace where hosts are declared, and names each object. ServiceAccounts of other namespaces are
#   exempt, as are roles of Kubernetes that open nothing in a namespace.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
#   - ref: https://gateway-api.sigs.k8s.io/api-types/referencegrant/
# custom:
#   id: cross-namespace-access
#   severity: high
#   evaluates: environment
#   kinds:
#     - apps/v1/DaemonSet
#     - apps/v1/Deployment
#     - apps/v1/ReplicaSet
#     - apps/v1/StatefulSet
#     - batch/v1/CronJob
#     - batch/v1/Job
#     - discovery.k8s.io/v1/EndpointSlice
#     - gateway.networking.k8s.io/v1beta1/ReferenceGrant
#     - networking.k8s.io/v1/Ingress
#     - rbac.authorization.k8s.io/v1/ClusterRoleBinding
#     - rbac.authorization.k8s.io/v1/RoleBinding
#     - v1/Pod
#     - v1/ReplicationController
#     - v1/Service
#   needs: []
#   stages: [manifests, live]
#   bundles: [environment]
#   frameworks: {clusterlint: [], cis-kubernetes: ["5.1.1", "5.7.1"]}
#   remediation: >-
#     Bind a ServiceAccount of the same namespace, keep the Secret beside the Ingress, name each object in the ReferenceGrant;
#     declare under uses what a workload needs of another namespace.
#   noFix: What would break without the access only people know, so nothing is taken away by itself.
#   parameters: {}
package envcheck.network.cross_namespace_access

import data.envcheck.lib.aliases
import data.envcheck.lib.named
import data.envcheck.lib.namespaces
import data.envcheck.lib.targets
import data.envcheck.network.cross_namespace_access.declared

subjects contains binding.ref if some binding in data.view.role_bindings

subjects contains service.ref if some service in own_aliases

subjects contains slice.ref if some slice in slices

subjects contains ingress.ref if some ingress in data.view.ingresses

subjects contains grant.ref if some grant in data.view.reference_grants

# Rights

deny contains finding if {
	some binding in data.view.role_bindings
	not harmless(binding.role)
	some subject in binding.subjects
	is_string(subject.name)
	some stranger in strangers(subject, binding.namespace)
	rights := granted(binding)
	finding := {
		"message": sprintf("gives %s %s", [stranger, rights]),
		"resource": binding.ref,
		"path": ["subjects"],
		"key": stranger,
	}
}

# Roles of Kubernetes for everybody: about themselves, the API's versions, health, reviews of tokens and certificates to trust.
harmless(role) if {
	role.kind == "ClusterRole"
	role.name in {
		"system:auth-delegator",
		"system:basic-user",
		"system:cluster-trust-bundle-discovery",
		"system:discovery",
		"system:monitoring",
		"system:public-info-viewer",
		"system:service-account-issuer-discovery",
	}
}

granted(binding) := sprintf("the rights of %s %s in every namespace", [binding.role.kind, binding.role.name]) if {
	binding.namespace == null
} else := sprintf("the rights of %s %s in namespace %s", [binding.role.kind, binding.role.name, binding.namespace])

# Who of application namespaces other than the binding's own is meant, in words.
strangers(subject, namespace) := {sprintf("ServiceAccount %s/%s", [subject.namespace, subject.name])} if {
	subject.kind == "ServiceAccount"
	foreign(subject.namespace, namespace)
}

# A user of such a name is the ServiceAccount.
strangers(subject, namespace) := {sprintf("ServiceAccount %s/%s", [parts[2], parts[3]])} if {
	subject.kind == "User"
	startswith(subject.name, "system:serviceaccount:")
	parts := split(subject.name, ":")
	count(parts) == 4
	foreign(parts[2], namespace)
}

strangers(subject, namespace) := {sprintf("all ServiceAccounts of %s", [name])} if {
	subject.kind == "Group"
	startswith(subject.name, "system:serviceaccounts:")
	name := trim_prefix(subject.name, "system:serviceaccounts:")
	foreign(name, namespace)
}

# Every ServiceAccount is in these groups.
strangers(subject, namespace) := {sprintf("all ServiceAccounts (group %s)", [subject.name])} if {
	subject.kind == "Group"
	subject.name in {"system:authenticated", "system:serviceaccounts"}
	some name in namespaces.applications
	foreign(name, namespace)
}

# An application namespace, and not this one.
foreign(name, namespace) if {
	name in namespaces.applications
	name != namespace
}

# Services

aliases_out contains service if {
	some service in own_aliases
	target := aliases.inside(service.externalName)
	target.namespace != service.namespace
}

own_aliases contains service if {
	some service in data.view.services
	service.namespace in namespaces.applications
	service.type == "ExternalName"
	is_string(service.externalName)
}

deny contains finding if {
	some service in aliases_out
	target := aliases.inside(service.externalName)
	not declared.uses_service(service.namespace, target.namespace, target.service)
	finding := {
		"message": sprintf("leads to %s, which no workload of %s is declared to use", [target.words, service.namespace]),
		"resource": service.ref,
		"path": ["spec", "externalName"],
	}
}

# An Ingress hands on what workloads alone are declared to use. What they are not is found above.
deny contains finding if {
	some ingress in data.view.ingresses
	some name in {backend.service | some backend in targets.backends(ingress)}
	service := named.service(ingress.namespace, name)
	service in aliases_out
	target := aliases.inside(service.externalName)
	declared.uses_service(service.namespace, target.namespace, target.service)
	finding := {
		"message": sprintf("leads through Service %s to %s, which workloads of %s are declared to use, not who comes from outside", [name, target.words, ingress.namespace]),
		"resource": ingress.ref,
		"path": ["spec"],
		"key": sprintf("through %s", [name]),
	}
}

slices contains slice if {
	some slice in data.view.endpoint_slices
	slice.namespace in namespaces.applications
}

deny contains finding if {
	some slice in slices
	some [namespace, words] in {[endpoint.namespace, words] |
		some endpoint in slice.endpoints
		is_string(endpoint.namespace)
		endpoint.namespace != slice.namespace
		not declared.uses_endpoint(slice.namespace, endpoint)
		words := whereto(endpoint)
	}
	finding := {
		"message": sprintf("%s and leads to %s of namespace %s, which no workload of %s is declared to use", [made(slice), words, namespace, slice.namespace]),
		"resource": slice.ref,
		"path": ["endpoints"],
		"key": sprintf("%s/%s", [namespace, words]),
	}
}

# Kubernetes mirrors Endpoints into slices.
made(slice) := "mirrors Endpoints that were made by hand" if {
	slice.managedBy == "endpointslicemirroring-controller.k8s.io"
} else := "was made by hand"

whereto(endpoint) := sprintf("%s %s", [endpoint.target.kind, endpoint.target.name]) if {
	is_string(endpoint.target.name)
} else := endpoint.address

# Secrets

secret_annotations := {
	"nginx.ingress.kubernetes.io/auth-secret",
	"nginx.ingress.kubernetes.io/auth-tls-secret",
	"nginx.ingress.kubernetes.io/proxy-ssl-secret",
}

deny contains finding if {
	some ingress in data.view.ingresses
	some annotation in secret_annotations
	value := ingress.annotations[annotation]
	is_string(value)
	[namespace, name] := split(trim_space(value), "/")
	namespace != ingress.namespace
	concerned(namespace, ingress.namespace)
	short := trim_prefix(annotation, "nginx.ingress.kubernetes.io/")
	finding := {
		"message": sprintf("%s names Secret %s of namespace %s", [short, name, namespace]),
		"resource": ingress.ref,
		"path": ["metadata", "annotations", annotation],
	}
}

concerned(one, _) if one in namespaces.applications

concerned(_, other) if other in namespaces.applications

# Grants

deny contains finding if {
	some grant in data.view.reference_grants
	some from in grant.from
	from.namespace != grant.namespace
	concerned(from.namespace, grant.namespace)
	some to in grant.to
	not declared.lets_in(grant.namespace, from, to)
	what := object_words(to)
	finding := {
		"message": sprintf("lets any %s of namespace %s refer to %s, which is not declared", [from.kind, from.namespace, what]),
		"resource": grant.ref,
		"path": ["spec"],
		"key": sprintf("%s %s to %s", [from.kind, from.namespace, what]),
	}
}

object_words(to) := sprintf("%s %s", [to.kind, to.name]) if {
	is_string(to.name)
	to.name != ""
} else := sprintf("every %s here", [to.kind])
