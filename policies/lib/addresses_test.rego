package envcheck.lib.addresses_test

import data.envcheck.lib.addresses

test_canonical if {
	addresses.canonical("203.0.113.7/32") == "203.0.113.7"
	addresses.canonical("203.0.113.0/24") == "203.0.113.0/24"
	addresses.canonical("2001:DB8::1/128") == "2001:db8::1"
	addresses.canonical("2001:db8::/32") == "2001:db8::/32"
}

test_covers if {
	addresses.covers("203.0.113.0/24", "203.0.113.7")
	addresses.covers("203.0.113.7", "203.0.113.7/32")
	not addresses.covers("203.0.113.0/25", "203.0.113.0/24")
	not addresses.covers("::/0", "10.0.0.0/8")
	not addresses.covers("nonsense", "10.0.0.0/8")
	addresses.covered("10.1.0.0/16", ["192.168.0.0/16", "10.0.0.0/8"])
	not addresses.covered("10.1.0.0/16", [])
}

test_overlap if {
	addresses.overlap("10.0.0.0/8", "10.20.0.0/20")
	addresses.overlap("10.20.0.0/20", "10.0.0.0/8")
	not addresses.overlap("10.20.0.0/20", "10.20.16.0/20")
}

test_the_world if {
	every texts in [
		["0.0.0.0/0"],
		["203.0.113.7", "::/0"],
		["0.0.0.0/1", "128.0.0.0/1"],
		["0.0.0.0/1"],
		["2000::/3"],
		["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/2"],
	] {
		addresses.world(texts)
	}
}

test_not_the_world if {
	every texts in [
		[],
		["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
		["0.0.0.0/2", "64.0.0.0/3"],
		["0.0.0.0/2", "1.0.0.0/8", "0.0.0.0/2"],
		["2001:db8::/32"],
		["fc00::/7"],
		["0.0.0.0/2", "2.0.0.0/7", "4.0.0.0/6", "0.0.0.0/3", "32.0.0.0/3"],
		["nonsense"],
	] {
		not addresses.world(texts)
	}
}

test_what_is_no_text if {
	not addresses.canonical(null)
	not addresses.broad(null)
	not addresses.world([null, 5])
}
