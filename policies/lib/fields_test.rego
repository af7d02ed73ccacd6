package envcheck.lib.fields_test

import data.envcheck.lib.fields

test_list if {
	fields.list({"tags": ["a"]}, "tags") == ["a"]
	every thing in [{}, {"tags": null}, {"tags": {}}, null] {
		fields.list(thing, "tags") == []
	}
}

test_map if {
	fields.map({"labels": {"a": "b"}}, "labels") == {"a": "b"}
	every thing in [{}, {"labels": null}, {"labels": []}] {
		fields.map(thing, "labels") == {}
	}
}

test_namespace if {
	fields.namespace({"metadata": {"namespace": "back"}}) == "back"
	every written in [null, "", 1] {
		fields.namespace({"metadata": {"namespace": written}}) == "default"
	}
	fields.namespace({}) == "default"
	fields.namespace({"metadata": null}) == "default"
}

test_given if {
	fields.given({"a": false}, "a", true) == false
	fields.given({"a": null}, "a", 1) == 1
	fields.given({}, ["a", "b"], 1) == 1
	fields.given({"a": {"b": 2}}, ["a", "b"], 1) == 2
}
