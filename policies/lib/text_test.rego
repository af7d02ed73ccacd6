package envcheck.lib.text_test

import data.envcheck.lib.text

test_list if {
	text.list(["a"]) == "a"
	text.list(["a", "b"]) == "a and b"
	text.list(["a", "b", "c"]) == "a, b and c"
	text.list(["a", "b", "c", "d", "e"]) == "a, b and 3 more"
}

test_age if {
	text.age(0) == "0 s"
	text.age(59.9) == "59 s"
	text.age(60) == "1 min"
	text.age(3599) == "59 min"
	text.age(3600) == "1 h"
	text.age(172799) == "47 h"
	text.age(172800) == "2 days"
}

test_elapsed if {
	text.elapsed("2026-11-23T00:00:00Z") == 10800 with data.now as "2026-11-23T03:00:00Z"
	text.elapsed("2026-11-23T01:00:00+01:00") == 10800 with data.now as "2026-11-23T03:00:00Z"
	text.elapsed("2026-11-23T04:00:00Z") == 0 with data.now as "2026-11-23T03:00:00Z"
}

test_elapsed_without_a_time_is_undefined if {
	not text.elapsed(null) with data.now as "2026-11-23T03:00:00Z"
	not text.elapsed("") with data.now as "2026-11-23T03:00:00Z"
}

test_what_stands_for_no_time if {
	every since in ["0001-01-01T00:00:00Z", "", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z", null, 0] {
		not text.elapsed(since) with data.now as "2026-11-23T03:00:00Z"
		not text.past(since) with data.now as "2026-11-23T03:00:00Z"
		not text.ahead(since) with data.now as "2026-11-23T03:00:00Z"
	}
}

test_past_and_ahead if {
	text.past("2026-11-23T00:00:00Z") == 10800 with data.now as "2026-11-23T03:00:00Z"
	text.past("2026-11-23T03:05:00Z") == 0 with data.now as "2026-11-23T03:00:00Z"
	not text.past("2026-11-23T03:05:01Z") with data.now as "2026-11-23T03:00:00Z"
	text.ahead("2026-11-23T03:05:01Z") == 301 with data.now as "2026-11-23T03:00:00Z"
	not text.ahead("2026-11-23T03:05:00Z") with data.now as "2026-11-23T03:00:00Z"
}

test_size if {
	text.size(0) == "0 B"
	text.size(1023) == "1023 B"
	text.size(1024) == "1.00 KiB"
	text.size(1572864) == "1.50 MiB"
	text.size(5368709120) == "5.00 GiB"
}

test_counted if {
	text.counted(0, "day") == "0 days"
	text.counted(1, "day") == "1 day"
	text.counted(2, "day") == "2 days"
}

test_part if {
	text.part(5594193756, 5368709120) == "5.21 of 5.00 GiB"
	text.part(0, 524288000) == "0.00 of 500.00 MiB"
}

test_names if {
	text.short("7c1e0d52-9a11-4f0e-8d2c-000000000000") == "7c1e0d52"
	text.qualified({"namespace": "back", "name": "ii"}) == "back/ii"
	text.qualified({"namespace": null, "name": "acme"}) == "acme"
	text.qualified({"name": "acme"}) == "acme"
}

test_short_of_no_text if {
	text.short("8d2c1f60-0000") == "8d2c1f60"
	text.short(5) == "5"
}
