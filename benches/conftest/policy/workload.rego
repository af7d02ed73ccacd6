# What the eight policies share: the Pod template of a Deployment and its containers.
package main

import rego.v1

pod := input.spec.template.spec

containers contains container if some container in pod.containers

containers contains container if some container in pod.initContainers
