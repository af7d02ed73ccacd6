# Fields of the API's objects that may be absent or null.
package envcheck.lib.fields

# An array, empty where there is none.
list(thing, name) := thing[name] if is_array(thing[name])

else := []

# An object, empty where there is none.
map(thing, name) := thing[name] if is_object(thing[name])

else := {}

# The namespace that an object in hand is in.
namespace(it) := name if {
	name := it.metadata.namespace
	is_string(name)
	name != ""
} else := "default"
