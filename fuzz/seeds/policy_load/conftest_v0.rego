package main

deny[msg] {
	input.kind == "Pod"
	msg := sprintf("%s", [input.x])
}
