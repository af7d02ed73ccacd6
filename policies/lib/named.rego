# Observed objects by their names.
package envcheck.lib.named

# The Service that a name means in a namespace.
service(namespace, name) := services[namespace][name]

services[namespace] := {one.name: one | some one in data.view.services; one.namespace == namespace} if {
	some namespace in {one.namespace | some one in data.view.services}
}
