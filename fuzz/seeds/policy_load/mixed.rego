package main
# METADATA
# title: [
deny := 1 if { input.a } else := {"a": [set(), {1 | 2}, `raw
`]} if not input.b with input as 1
