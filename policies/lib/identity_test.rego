package envcheck.lib.identity_test

import data.envcheck.lib.identity

test_in_doubt if {
	state := [identity.doubt, identity.gap] with data.view as {"cluster": {"name": "stage", "unverified": "it has no Node that could be compared"}}
	state == [
		"it has no Node that could be compared",
		{
			"reason": "cluster not verified",
			"detail": "the Services that were read may not be those of stage: it has no Node that could be compared",
		},
	]
}

test_known if {
	every view in [{"cluster": null}, {"cluster": {"name": "stage", "unverified": null}}, {}] {
		not identity.doubt with data.view as view
		not identity.gap with data.view as view
	}
}
