package envcheck.lib.aliases_test

import data.envcheck.lib.aliases

test_services if {
	every host in ["keydb.back.svc.cluster.local", "keydb.back.svc", "KeyDB.back.svc.cluster.local.", "keydb-0.keydb.back.svc"] {
		aliases.inside(host) == {"namespace": "back", "service": "keydb", "words": "Service back/keydb"}
	}
}

test_pods if {
	aliases.inside("10-120-0-9.back.pod.cluster.local") == {"namespace": "back", "service": null, "words": "a Pod of namespace back"}
}

test_what_is_outside if {
	every host in ["db.example.com", "back.svc", "svc", ""] {
		not aliases.inside(host)
	}
}
