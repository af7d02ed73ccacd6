package envcheck.lib.ingress_classes_test

import data.envcheck.lib.ingress_classes

classes := [{"name": "nginx", "default": true}, {"name": "traefik", "default": false}]

test_named if {
	found := ingress_classes.of_ingress({"class": "traefik"}) with data.view as {"ingress_classes": classes}
	found == "traefik"
}

test_default if {
	found := ingress_classes.of_ingress({"class": null}) with data.view as {"ingress_classes": classes}
	found == "nginx"
}

test_none if {
	found := ingress_classes.of_ingress({"class": ""}) with data.view as {"ingress_classes": []}
	found == ""
	two := ingress_classes.of_ingress({"class": null}) with data.view as {"ingress_classes": [{"name": "a", "default": true}, {"name": "b", "default": true}]}
	two == ""
}
