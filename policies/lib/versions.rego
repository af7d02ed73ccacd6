# Versions of DOKS: slugs as 1.35.6-do.0, versions as 1.35.6, minor versions as 1.35.
package envcheck.lib.versions

# [1, 35] of any of them; undefined for anything else, "latest" too.
minor(text) := [to_number(parts[0]), to_number(parts[1])] if {
	is_string(text)
	regex.match(`^[0-9]+\.[0-9]+(\.[0-9]+(-do\.[0-9]+)?)?$`, text)
	parts := split(text, ".")
}

# [1, 35, 6, 0] of a slug, [1, 35, 6] of a version, [1, 35] of a minor version: ordered as the versions are.
numbers_of(text) := [to_number(part) | some part in split(replace(text, "-do", ""), ".")] if minor(text)

# "1.35".
show(numbers) := sprintf("%d.%d", numbers)
