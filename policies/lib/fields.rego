# Fields of the API's objects that may be absent or null.
package envcheck.lib.fields

# An array, empty where there is none.
list(thing, name) := thing[name] if is_array(thing[name])

else := []

# An object, empty where there is none.
map(thing, name) := thing[name] if is_object(thing[name])

else := {}

# What is there, else what holds without it: null is as good as nothing.
given(thing, name, otherwise) := value if {
	value := object.get(thing, name, null)
	value != null
} else := otherwise

# The namespace that an object in hand is in.
namespace(it) := name if {
	name := it.metadata.namespace
	is_string(name)
	name != ""
} else := "default"
