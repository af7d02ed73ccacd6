package envcheck.lib.reaching_test

import data.envcheck.lib.reaching

tcp(number) := {"number": number, "protocol": "TCP"}

ranges(number) := [{"protocol": "TCP", "from": number, "to": number}]

facts(classes, changes) := object.union({"classes": classes, "isolatedIngress": true, "isolatedEgress": false, "sources": [], "notEvaluated": null}, changes)

network := {
	"workloads": {
		"a": facts(["1", "2"], {}),
		"b": facts(["3", "4"], {"sources": [{"namespace": "tools", "possible": ranges(80)}]}),
		"closed": facts(["5"], {"isolatedEgress": true}),
		"open": facts(["6"], {"isolatedIngress": false}),
		"dark": facts(["7"], {"notEvaluated": "a policy that cannot be read"}),
	},
	"allowed": {"2": {"3": ranges(80), "6": []}},
}

test_reaching if {
	reaching.on_port({"a"}, "b", tcp(80)) with data.network as network
	not reaching.on_port({"a"}, "b", tcp(81)) with data.network as network
	not reaching.on_port({"b"}, "a", tcp(80)) with data.network as network
	reaching.at_all({"a"}, {"b"}) with data.network as network
	not reaching.at_all({"a"}, {"open"}) with data.network as network
}

test_possible if {
	reaching.possible("tools", "b", tcp(80)) with data.network as network
	not reaching.possible("tools", "b", tcp(81)) with data.network as network
	not reaching.possible("other", "b", tcp(80)) with data.network as network
}

gap(ids) := found if {
	found := reaching.gap(ids) with data.network as network
}

test_gap if {
	not gap({"a", "b"})
	gap({"a", "b", "dark"}) == "dark: a policy that cannot be read"
	gap({"missing"}) == "missing: no reachability facts were computed for it"
	many := object.union(network, {"allowed": null})
	reaching.gap({"a", "b"}) == "there are more pairs of workloads than are compared" with data.network as many
}

isolated(ids) := [isolates, restricts] if {
	isolates := reaching.isolates(ids) with data.network as network
	restricts := reaching.restricts(ids) with data.network as network
}

test_isolated if {
	isolated({"a"}) == [true, false]
	isolated({"closed"}) == [true, true]
	isolated({"open"}) == [false, false]
	isolated({"open", "a"}) == [true, false]
	isolated(set()) == [false, false]
}

test_side if {
	reaching.side(true, false, "back", ["tools"]) == "no NetworkPolicy of back lets it in"
	reaching.side(true, true, "back", ["tools"]) == "NetworkPolicies of back do not let it in, or those of type Egress in tools not out"
	reaching.side(false, true, "back", ["a", "b"]) == "NetworkPolicies of type Egress in a and b forbid it"
}
