# Words for people: lists, ages, sizes, identities.
package envcheck.lib.text

# "a", "a and b", "a, b and c", "a, b and 3 more". Takes a sorted array.
list(names) := names[0] if count(names) == 1

list(names) := sprintf("%s and %s", [names[0], names[1]]) if count(names) == 2

list(names) := sprintf("%s, %s and %s", [names[0], names[1], names[2]]) if count(names) == 3

list(names) := sprintf("%s, %s and %d more", [names[0], names[1], count(names) - 2]) if count(names) > 3

# "45 s", "12 min", "3 h", "5 days".
age(seconds) := sprintf("%d s", [floor(seconds)]) if seconds < 60

age(seconds) := sprintf("%d min", [floor(seconds / 60)]) if {
	seconds >= 60
	seconds < 3600
}

age(seconds) := sprintf("%d h", [floor(seconds / 3600)]) if {
	seconds >= 3600
	seconds < 172800
}

age(seconds) := sprintf("%d days", [floor(seconds / 86400)]) if seconds >= 172800

# Seconds between an RFC 3339 time and the run's; undefined without one, 0 for the future.
elapsed(since) := max([0, floor((time.parse_rfc3339_ns(data.now) - time.parse_rfc3339_ns(since)) / 1000000000)]) if {
	is_string(since)
	since != ""
}

# "5.21 of 5.00 GiB": both in the unit of the whole. A whole number does not format as %.2f, so hundredths are counted.
part(bytes, whole) := sprintf("%s of %s GiB", [hundredths(bytes / 1073741824), hundredths(whole / 1073741824)]) if {
	whole >= 1073741824
}

part(bytes, whole) := sprintf("%s of %s MiB", [hundredths(bytes / 1048576), hundredths(whole / 1048576)]) if {
	whole < 1073741824
}

hundredths(number) := sprintf("%d.%02d", [floor(all / 100), all % 100]) if all := round(number * 100)

# The first group of a UUID is enough to find it.
short(id) := substring(id, 0, 8)

# "back/ii", or the name alone.
qualified(ref) := sprintf("%s/%s", [ref.namespace, ref.name]) if is_string(ref.namespace)

qualified(ref) := ref.name if not is_string(object.get(ref, "namespace", null))
