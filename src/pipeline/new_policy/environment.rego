# METADATA
# title: Namespaces have a NetworkPolicy
# description: >-
#   Every Namespace but those of Kubernetes holds a NetworkPolicy. An example: say here what is checked, and why.
# scope: package
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: {id}
#   severity: medium
#   evaluates: environment
#   kinds: [networking.k8s.io/v1/NetworkPolicy, v1/Namespace]
#   needs: []
#   stages: [manifests, live]
#   requires: complete
#   parameters:
#     prefix: {default: kube-, description: Namespaces whose names begin so are left alone}
#   remediation: Add a NetworkPolicy that says who may reach the Pods of the Namespace.
package {package}

# Everything that is judged, also what is right: without a subject the policy is not applicable.
subjects contains namespace.ref if some namespace in judged

deny contains finding if {
	some namespace in judged
	not has_policy(namespace.name)
	finding := {"resource": namespace.ref, "message": "holds no NetworkPolicy"}
}

judged := [namespace |
	some namespace in data.view.namespaces
	not startswith(namespace.name, data.parameters.prefix)
]

has_policy(name) if {
	some policy in data.view.network_policies
	policy.namespace == name
}
