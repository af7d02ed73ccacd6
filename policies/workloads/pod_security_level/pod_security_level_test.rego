package envcheck.workloads.pod_security_level_test

import data.envcheck.workloads.pod_security_level as policy

environment := {"namespaces": [
	{"name": "argocd", "role": "delivery", "podSecurity": null},
	{"name": "b2b", "role": "application", "podSecurity": "baseline"},
	{"name": "open", "role": "platform", "podSecurity": "privileged"},
	{"name": "tools", "role": "platform"},
]}

namespace(name, modes) := {
	"apiVersion": "v1",
	"kind": "Namespace",
	"metadata": {"name": name, "labels": {label: level |
		some mode, level in modes
		label := sprintf("pod-security.kubernetes.io/%s", [mode])
	}},
}

denied(object) := found if {
	found := policy.deny with input as object with data.environment as environment
}

target := {"apiVersion": "v1", "kind": "Namespace", "name": "b2b"}

warn := {
	"action": "kubernetes.label",
	"risk": "safe",
	"summary": "warn of what breaks Pod Security level baseline in namespace b2b, before it is enforced",
	"target": target,
	"params": {"labels": {"pod-security.kubernetes.io/audit": "baseline", "pod-security.kubernetes.io/warn": "baseline"}},
}

enforce := {
	"action": "kubernetes.label",
	"risk": "disruptive",
	"summary": "enforce Pod Security level baseline in namespace b2b",
	"target": target,
	"params": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}},
}

test_the_declared_level if denied(namespace("b2b", {"enforce": "baseline"})) == set()

test_a_stricter_level if denied(namespace("b2b", {"enforce": "restricted"})) == set()

test_the_version_does_not_matter if {
	every version in ["latest", "v1.29"] {
		denied(namespace("b2b", {"enforce": "baseline", "enforce-version": version})) == set()
	}
}

test_no_label if {
	denied(namespace("b2b", {"enforce-version": "latest"})) == {{
		"message": "enforces no Pod Security level, baseline is declared",
		"path": ["metadata", "labels"],
		"declared": ["namespaces", 1, "podSecurity"],
		"fix": warn,
	}}
}

test_no_labels_at_all if {
	every metadata in [{"name": "b2b"}, {"name": "b2b", "labels": null}, {"name": "b2b", "labels": {}}] {
		found := denied({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
		{finding.path | some finding in found} == {["metadata"]}
	}
}

test_a_weaker_level if {
	denied(namespace("b2b", {"enforce": "privileged"})) == {{
		"message": "enforces Pod Security level privileged, baseline is declared",
		"path": ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
		"declared": ["namespaces", 1, "podSecurity"],
		"fix": warn,
	}}
}

test_no_level if {
	found := denied(namespace("b2b", {"enforce": "Baseline"}))
	{finding.message | some finding in found} == {"pod-security.kubernetes.io/enforce is Baseline, which is no level, baseline is declared"}
}

test_warnings_are_not_enforced if {
	denied(namespace("b2b", {"warn": "baseline", "audit": "restricted"})) == {{
		"message": "enforces no Pod Security level, baseline is declared",
		"path": ["metadata", "labels"],
		"declared": ["namespaces", 1, "podSecurity"],
		"fix": enforce,
	}}
}

test_both_warnings_come_first if {
	found := denied(namespace("b2b", {"warn": "baseline"}))
	{finding.fix | some finding in found} == {warn}
}

test_privileged_asks_for_nothing if {
	every modes in [{}, {"enforce": "privileged"}, {"enforce": "restricted"}] {
		denied(namespace("open", modes)) == set()
	}
	count(denied(namespace("open", {"enforce": "none"}))) == 1
}

test_without_a_declared_level if {
	every name in ["argocd", "tools", "other"] {
		denied(namespace(name, {})) == set()
	}
}

test_being_deleted if {
	leaving := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b2b", "deletionTimestamp": "2026-11-23T02:00:00Z"}}
	denied(leaving) == set()
}
