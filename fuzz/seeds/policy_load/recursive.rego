package a.b
import rego.v1
deny contains 1 if data[x].b
f(x) := 1 if f(x) else := 2
