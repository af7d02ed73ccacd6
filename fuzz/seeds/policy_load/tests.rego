package x_test
import rego.v1
import data.x as y
test_a if y.deny with input as {"a": -1e3}
todo_test_b if every a, b in [1] { a < b }
