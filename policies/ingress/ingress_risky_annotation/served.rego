# Which controllers of ingress-nginx serve which class.
package envcheck.ingress.ingress_risky_annotation.served

import data.envcheck.lib.ingress_classes
import data.envcheck.lib.ingress_controllers
import data.envcheck.lib.text

# By the workload, with its kind where that is no Deployment, and with the container where that is not called so as usual.
controllers[id] := controller if {
	some controller in ingress_controllers.nginx
	id := identity(controller)
}

identity(controller) := named_as(controller.workload) if controller.container == "controller"

identity(controller) := sprintf("%s (%s)", [named_as(controller.workload), controller.container]) if controller.container != "controller"

named_as(workload) := text.qualified(workload.ref) if workload.ref.kind == "Deployment"

named_as(workload) := sprintf("%s %s", [workload.ref.kind, text.qualified(workload.ref)]) if workload.ref.kind != "Deployment"

# The classes of all Ingresses, "" for none.
named contains ingress_classes.of_ingress(ingress) if some ingress in data.view.ingresses

# Class → the controllers that serve it.
by_class[name] contains id if {
	some name in named
	some id, controller in controllers
	serves(controller, name)
}

classes := {name | some name, _ in by_class} | classes_of_nobody

# Those of ingress-nginx, declared or found, for which no controller is in view.
classes_of_nobody contains name if {
	some name in named
	meant(name)
	not by_class[name]
}

meant(name) if ingress_classes.by_name[name].controller == ingress_controllers.default_class

meant(name) if {
	declared(name)
	not ingress_classes.by_name[name]
}

declared(name) if {
	data.environment.ingress.controller == "ingress-nginx"
	data.environment.ingress.class == name
}

# By the IngressClass, which names what the controller calls itself.
serves(controller, name) if ingress_classes.by_name[name].controller == ingress_controllers.controller_class(controller)

# Without one, as in manifests, by what the controller takes the old annotation for, or as the spec says.
serves(controller, name) if {
	not ingress_classes.by_name[name]
	name == ingress_controllers.annotation_class(controller)
}

serves(controller, name) if {
	declared(name)
	not ingress_classes.by_name[name]
	controller.workload.namespace in ingress_controllers.ingress_namespaces
}

serves(controller, name) if {
	name == ""
	ingress_controllers.flag(controller, "watch-ingress-without-class") == "true"
}
