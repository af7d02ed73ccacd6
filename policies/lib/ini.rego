# Configuration files with sections.
package envcheck.lib.ini

# What a section says of a name, the last time that it does; undefined where it does not. Section and name in lower case.
value(text, section, name) := found[count(found) - 1] if {
	lines := [trim_space(line) | some line in split(text, "\n")]
	heads := [index | some index, line in lines; startswith(line, "[")]
	found := [unquoted(part[2]) |
		some place, head in heads
		titled(lines[head], section)
		some line in array.slice(lines, head + 1, end(lines, heads, place))
		not regex.match(`^[;#]`, line)
		some part in regex.find_all_string_submatch_n(`^([^=:]+)[=:](.*)$`, line, 1)
		lower(trim_space(part[1])) == name
	]
}

titled(line, section) if lower(trim_space(split(substring(line, 1, -1), "]")[0])) == section

# Where a section ends: at the next one, or with the file.
end(lines, heads, place) := next if {
	next := heads[place + 1]
} else := count(lines)

# Without the quotes around it, or what is a comment behind it.
unquoted(written) := text if {
	text := trim(regex.find_n("^(\"[^\"]*\"|'[^']*'|`[^`]*`)", trim_space(written), 1)[0], "\"'`")
} else := trim_space(regex.replace(written, `(^|\s)[;#].*$`, ""))
