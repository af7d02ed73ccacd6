# Observed objects by their names.
package envcheck.lib.named

# The Service that a name means in a namespace.
service(namespace, name) := services[namespace][name]

services[one.namespace][one.name] := one if some one in data.view.services
