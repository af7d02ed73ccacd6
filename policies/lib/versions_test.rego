package envcheck.lib.versions_test

import data.envcheck.lib.versions

test_minor if {
	every text in ["1.35.6-do.0", "1.35.6", "1.35"] {
		versions.minor(text) == [1, 35]
	}
	not versions.minor("latest")
	not versions.minor("1.35.x")
	not versions.minor("")
	not versions.minor(null)
}

test_order if {
	versions.numbers_of("1.35.10-do.0") > versions.numbers_of("1.35.9-do.3")
	versions.numbers_of("1.35.6-do.1") > versions.numbers_of("1.35.6-do.0")
	versions.minor("1.10.0-do.0") > versions.minor("1.9.12-do.0")
	versions.numbers_of("1.35") == [1, 35]
	not versions.numbers_of("latest")
}

test_show if {
	versions.show([1, 35]) == "1.35"
}
