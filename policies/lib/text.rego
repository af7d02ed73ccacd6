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
elapsed(since) := max([0, distance(since)])

# The same for what lies behind: undefined for what is dated in the future, beyond what clocks differ by.
past(since) := max([0, seconds]) if {
	seconds := distance(since)
	seconds >= -300
}

# How far ahead of the run a time is, where that is more than clocks differ by.
ahead(since) := 0 - seconds if {
	seconds := distance(since)
	seconds < -300
}

distance(since) := floor((time.parse_rfc3339_ns(data.now) - time.parse_rfc3339_ns(since)) / 1000000000) if {
	is_string(since)
	plausible(since)
}

# An empty text and Go's zero time (0001-01-01T00:00:00Z) stand for "none". Years beyond are no number of nanoseconds.
plausible(since) if substring(since, 0, 2) in {"19", "20", "21"}

# "812 B", "1.50 KiB", "5.00 GiB".
size(bytes) := sprintf("%d B", [bytes]) if bytes < 1024

size(bytes) := sprintf("%s KiB", [hundredths(bytes / 1024)]) if {
	bytes >= 1024
	bytes < 1048576
}

size(bytes) := sprintf("%s MiB", [hundredths(bytes / 1048576)]) if {
	bytes >= 1048576
	bytes < 1073741824
}

size(bytes) := sprintf("%s GiB", [hundredths(bytes / 1073741824)]) if bytes >= 1073741824

# "5.21 of 5.00 GiB": both in the unit of the whole. A whole number does not format as %.2f, so hundredths are counted.
part(bytes, whole) := sprintf("%s of %s GiB", [hundredths(bytes / 1073741824), hundredths(whole / 1073741824)]) if {
	whole >= 1073741824
}

part(bytes, whole) := sprintf("%s of %s MiB", [hundredths(bytes / 1048576), hundredths(whole / 1048576)]) if {
	whole < 1073741824
}

hundredths(number) := sprintf("%d.%02d", [floor(all / 100), all % 100]) if all := round(number * 100)

# "1 day", "2 days".
counted(number, noun) := sprintf("%d %s", [number, noun]) if number == 1

counted(number, noun) := sprintf("%d %ss", [number, noun]) if number != 1

# The first group of a UUID is enough to find it.
short(id) := substring(id, 0, 8) if is_string(id)

short(id) := sprintf("%v", [id]) if not is_string(id)

# "back/ii", or the name alone.
qualified(ref) := sprintf("%s/%s", [ref.namespace, ref.name]) if is_string(ref.namespace)

qualified(ref) := ref.name if not is_string(object.get(ref, "namespace", null))
