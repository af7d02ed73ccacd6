package envcheck.lib.named_test

import data.envcheck.lib.named

found(namespace) := service if {
	service := named.service(namespace, "web") with data.view as {"services": [{"namespace": "b2b", "name": "web"}, {"namespace": "b2b", "name": "db"}]}
}

test_service if {
	found("b2b") == {"namespace": "b2b", "name": "web"}
	not found("back")
}
