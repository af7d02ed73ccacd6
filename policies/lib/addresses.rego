# Addresses and ranges of addresses, as the API and the spec write them: 203.0.113.7, 10.20.0.0/20, ::/0.
package envcheck.lib.addresses

# One way to write each: small letters, a single address without its length.
canonical(text) := trim_suffix(lower(text), "/128") if {
	is_string(text)
	contains(text, ":")
}

canonical(text) := trim_suffix(text, "/32") if {
	is_string(text)
	not contains(text, ":")
}

# With its length. Undefined for what is no address.
range(text) := text if {
	contains(text, "/")
	net.cidr_is_valid(text)
}

range(text) := whole if {
	not contains(text, "/")
	whole := concat("", [text, single(text)])
	net.cidr_is_valid(whole)
}

single(text) := "/128" if contains(text, ":")

single(text) := "/32" if not contains(text, ":")

family(text) := 6 if contains(text, ":")

family(text) := 4 if not contains(text, ":")

# All of the second is in the first.
covers(outer, inner) if {
	family(outer) == family(inner)
	net.cidr_contains(range(outer), range(inner))
}

# All of an address or range is in one of these.
covered(inner, ranges) if {
	some outer in ranges
	covers(outer, inner)
}

# Two ranges share addresses exactly when one is in the other.
overlap(one, other) if covers(one, other)

overlap(one, other) if covers(other, one)

# Open to the world: together, half of all addresses of a family or more. Nobody's own networks are that large, and a list
# that goes around private ranges, or two halves, opens as much as 0.0.0.0/0.
world(texts) if {
	some text in texts
	text in {"0.0.0.0/0", "::/0"}
}

else if {
	wide := {text | some text in texts; broad(text)}
	some blocks in public_blocks
	own := {text | some text in wide; family(text) == family(blocks[0])}
	sum([shares[bits] | some text in own; bits := length(text)]) * 2 >= count(blocks)
	taken := [block | some block in blocks; covered(block, own)]
	count(taken) * 2 >= count(blocks)
}

# Longer ranges could only be half of a family by hundreds.
broad(text) if {
	is_string(text)
	regex.match(`/[0-8]$`, text)
	net.cidr_is_valid(text)
}

length(text) := to_number(split(range(text), "/")[1])

# How many blocks of /8 a range of this length has.
shares := [256, 128, 64, 32, 16, 8, 4, 2, 1]

# Each family in blocks of /8; of IPv6 only what the Internet uses, 2000::/3.
public_blocks := [
	[sprintf("%d.0.0.0/8", [byte]) | some byte in numbers.range(0, 255)],
	[sprintf("%x00::/8", [byte]) | some byte in numbers.range(32, 63)],
]
