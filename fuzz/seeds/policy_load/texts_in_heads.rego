package main
import rego.v1
deny contains lower("A") if "Pod" == input.kind
warn contains [y |
	y := abs(1)
	`x` == "y"
] if input["k"]
violation_a contains count(`x`) == 1
violation_b contains {"m": f(1)} if { "a" }
f(x) := "q" if x == ""
