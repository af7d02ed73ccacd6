package main
import rego.v1
deny contains f(x) if some x in input.xs
f(x) := y if {
	y := [z | z := x[_]]
}
