# What the containers of a Pod template are told by variables and files, where these come from ConfigMaps and Secrets.
package envcheck.lib.settings

import data.envcheck.lib.containers
import data.envcheck.lib.fields

# What a variable holds: "set", "published" (a password that charts publish as their default), "empty", "absent", or
# "unknown" with the reason in `why`. The last entry of a name counts.
variable(namespace, container, name) := entry_state(namespace, entries[count(entries) - 1]) if {
	entries := [entry | some entry in fields.list(container, "env"); entry.name == name]
	count(entries) > 0
} else := states[count(states) - 1] if {
	states := [state |
		some source in fields.list(container, "envFrom")
		state := source_state(namespace, source, name)
	]
	count(states) > 0
} else := {"state": "absent"}

entry_state(namespace, entry) := secret_state(namespace, entry.valueFrom.secretKeyRef) if {
	is_object(entry.valueFrom.secretKeyRef)
} else := {"state": "empty"} if {
	reference := entry.valueFrom.configMapKeyRef
	config_map(namespace, reference.name).data[reference.key] == ""
} else := {"state": "set"} if {
	is_object(entry.valueFrom)
} else := {"state": "empty"} if {
	object.get(entry, "value", "") in {"", null}
} else := {"state": "set", "value": entry.value} if {
	is_string(entry.value)
} else := {"state": "set"}

# A container whose Secret or key is missing does not start, unless the reference is optional: what it will be told, nobody
# knows yet.
secret_state(namespace, reference) := {"state": "published", "secret": reference.name} if {
	reference.key in secret(namespace, reference.name).published
} else := {"state": "empty"} if {
	reference.key in object.get(secret(namespace, reference.name), "empty", [])
} else := {"state": "set"} if {
	reference.key in secret(namespace, reference.name).keys
} else := {"state": "unknown", "why": sprintf("Secret %s has no key %s", [reference.name, reference.key])} if {
	object.get(reference, "optional", false) != true
	secret(namespace, reference.name)
} else := {"state": "unknown", "why": sprintf("Secret %s does not exist", [reference.name])} if {
	object.get(reference, "optional", false) != true
	data.view.complete
} else := {"state": "set"} if {
	object.get(reference, "optional", false) != true
} else := {"state": "empty"} if {
	secret(namespace, reference.name)
} else := {"state": "empty"} if {
	data.view.complete
} else := {"state": "unknown", "why": sprintf("Secret %s is not in view", [reference.name])}

secret(namespace, name) := found[0] if {
	found := [record |
		some record in data.view.secrets
		record.namespace == namespace
		record.name == name
	]
}

config_map(namespace, name) := found[0] if {
	found := [record |
		some record in data.view.config_maps
		record.namespace == namespace
		record.name == name
	]
}

source_state(namespace, source, name) := secret_state(namespace, {"name": source.secretRef.name, "key": key}) if {
	key := unprefixed(source, name)
	key in secret(namespace, source.secretRef.name).keys
}

source_state(namespace, source, name) := state if {
	key := unprefixed(source, name)
	map := config_map(namespace, source.configMapRef.name)
	key in map.keys
	state := text_state(fields.map(map, "data"), key)
}

text_state(texts, key) := {"state": "empty"} if texts[key] == ""

else := {"state": "set"}

source_state(namespace, source, _) := {"state": "unknown", "why": sprintf("Secret %s is not in view", [source.secretRef.name])} if {
	is_string(source.secretRef.name)
	not secret(namespace, source.secretRef.name)
}

unprefixed(source, name) := substring(name, count(prefix), -1) if {
	prefix := optional(source, "prefix")
	startswith(name, prefix)
}

# A text that may be absent or null.
optional(thing, name) := thing[name] if is_string(thing[name])

else := ""

# What is in a file of the container: {"text"}, or {"why"} it cannot be read.
file(workload, container, path) := in_volume(workload, mount, volume, path) if {
	mount := containers.mount_of(container, path)
	volumes := [volume | some volume in fields.list(workload.template.spec, "volumes"); volume.name == mount.name]
	volume := volumes[0]
} else := {"why": sprintf("%s is on a volume that is claimed", [path])} if {
	containers.mount_of(container, path)
} else := {"why": sprintf("%s is part of the image", [path])}

in_volume(workload, mount, volume, path) := from_config_map(workload.namespace, volume.configMap, volume.configMap.name, inner(mount, path)) if {
	is_object(volume.configMap)
} else := {"why": sprintf("%s is in Secret %s, whose values are not read", [path, volume.secret.secretName])} if {
	is_string(volume.secret.secretName)
} else := {"why": sprintf("%s is written when the Pod starts", [path])} if {
	"emptyDir" in object.keys(volume)
} else := found[0] if {
	found := [answer |
		some source in fields.list(volume.projected, "sources")
		answer := from_config_map(workload.namespace, source.configMap, source.configMap.name, inner(mount, path))
		answer.text
	]
	count(found) > 0
} else := {"why": sprintf("%s is on volume %s", [path, volume.name])}

# The path within the volume.
inner(mount, path) := trim(sprintf("%s/%s", [sub_path, rest]), "/") if {
	sub_path := optional(mount, "subPath")
	rest := trim(substring(path, count(trim_suffix(mount.mountPath, "/")), -1), "/")
}

from_config_map(namespace, source, name, place) := {"text": text} if {
	key := item_key(source, place)
	text := config_map(namespace, name).data[key]
	is_string(text)
} else := {"why": sprintf("ConfigMap %s has no readable %s", [name, place])}

item_key(source, place) := keys[0] if {
	items := fields.list(source, "items")
	count(items) > 0
	keys := [item.key | some item in items; item.path == place]
} else := place if {
	count(fields.list(source, "items")) == 0
}
