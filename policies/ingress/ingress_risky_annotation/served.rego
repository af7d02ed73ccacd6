# Which controllers of ingress-nginx serve which Ingress.
package envcheck.ingress.ingress_risky_annotation.served

import data.envcheck.lib.ingress_classes
import data.envcheck.lib.ingress_controllers

pairs contains [ingress, controller] if {
	some ingress in data.view.ingresses
	name := ingress_classes.of_ingress(ingress)
	some controller in ingress_controllers.nginx
	serves(controller, name)
}

ingresses contains ingress if some [ingress, _] in pairs

ingresses contains ingress if some ingress in by_nobody

# Those of a class of ingress-nginx, declared or found, for which no controller is in view.
by_nobody contains ingress if {
	some ingress in data.view.ingresses
	name := ingress_classes.of_ingress(ingress)
	meant(name)
	none := [controller | some controller in ingress_controllers.nginx; serves(controller, name)]
	count(none) == 0
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
	is_string(name)
	not ingress_classes.by_name[name]
	name == ingress_controllers.annotation_class(controller)
}

serves(controller, name) if {
	declared(name)
	not ingress_classes.by_name[name]
	controller.workload.namespace in ingress_controllers.ingress_namespaces
}

serves(controller, name) if {
	name == null
	ingress_controllers.flag(controller, "watch-ingress-without-class") == "true"
}
