# Which workloads are ingress-nginx, wherever they run, and how each was told to work.
package envcheck.lib.ingress_controllers

import data.envcheck.lib.fields
import data.envcheck.lib.images
import data.envcheck.lib.ingress_nginx
import data.envcheck.lib.workloads

default_class := "k8s.io/ingress-nginx"

ingress_namespaces contains entry.name if {
	some entry in data.environment.namespaces
	entry.role == "ingress"
}

running contains workload if {
	some workload in data.view.workloads
	workload.longRunning
	workloads.judged(workload)
}

# One for each container with the project's own image; `version` where its tag is one of the project's.
nginx contains object.union(controller, numbered(controller)) if {
	some workload in running
	some container in workload.containers
	own(container)
	controller := {"workload": workload, "container": container.name, "image": container.image, "official": true}
}

# And for each workload that its labels or its image call so, though the image is not the project's: a fork, a rebuild.
nginx contains controller if {
	some workload in running
	looks_like(workload)
	owned := [container | some container in workload.containers; own(container)]
	count(owned) == 0
	container := main(workload)
	controller := {"workload": workload, "container": container.name, "image": container.image, "official": false}
}

# Most images are seen not to be by their text, which is cheaper than taking it apart.
own(container) if {
	container.type == "container"
	is_string(container.image)
	contains(container.image, "nginx")
	ingress_nginx.official(images.repository(container.image))
}

numbered(controller) := {"version": numbers} if numbers := ingress_nginx.version(images.tag(controller.image))

else := {}

main(workload) := container if {
	ordinary := [one | some one in workload.containers; one.type == "container"]
	named := [one | some one in ordinary; one.name == "controller"]
	container := array.concat(named, ordinary)[0]
	is_string(container.image)
}

looks_like(workload) if {
	workload.podLabels["app.kubernetes.io/name"] in {"ingress-nginx", "nginx-ingress-controller"}
	workload.podLabels["app.kubernetes.io/component"] == "controller"
}

looks_like(workload) if {
	container := main(workload)
	contains(container.image, "nginx-ingress-controller")
	endswith(sprintf("/%s", [images.repository(container.image)]), "/nginx-ingress-controller")
}

# Why its version is not known, as a text that goes on "it runs …".
unknown_version(controller) := sprintf("%s, which is not an image of the project", [controller.image]) if not controller.official

unknown_version(controller) := sprintf("%s, whose tag is not a version of the project", [controller.image]) if {
	controller.official
	not controller.version
}

# The value of --name=value or --name value; undefined where it is not given or the template was not read.
flag(controller, name) := min(values) if {
	words := arguments(controller)
	values := {value |
		some index, word in words
		value := value_at(words, index, word, name)
	}
	count(values) > 0
}

value_at(_, _, word, name) := trim_prefix(word, sprintf("--%s=", [name])) if startswith(word, sprintf("--%s=", [name]))

value_at(words, index, word, name) := after(words, index + 1) if word == sprintf("--%s", [name])

# A flag that another one follows is a switch that is on.
after(words, next) := words[next] if {
	next < count(words)
	not startswith(words[next], "--")
} else := "true"

arguments(controller) := [word |
	some container in controller.workload.template.spec.containers
	container.name == controller.container
	some word in array.concat(fields.list(container, "command"), fields.list(container, "args"))
	is_string(word)
]

# What an IngressClass names as its controller to be served by this one.
controller_class(controller) := class if {
	class := flag(controller, "controller-class")
} else := default_class

# The name by which the annotation kubernetes.io/ingress.class means this one.
annotation_class(controller) := class if {
	class := flag(controller, "ingress-class")
} else := "nginx"
