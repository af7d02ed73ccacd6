package envcheck.lib.workloads_test

import data.envcheck.lib.workloads

test_judged if {
	workloads.judged({"finished": false, "hook": false})
	not workloads.judged({"finished": true, "hook": false})
	not workloads.judged({"finished": false, "hook": true})
}

test_pod_spec if {
	workloads.pod_spec("Pod") == ["spec"]
	workloads.pod_spec("CronJob") == ["spec", "jobTemplate", "spec", "template", "spec"]
	workloads.pod_spec("Deployment") == ["spec", "template", "spec"]
}

test_lasting_labels if {
	workloads.lasting_labels({"podLabels": {"app": "ii", "pod-template-hash": "5d9c"}}) == {"app": "ii"}
	workloads.lasting_labels({"podLabels": {}}) == {}
}

test_lineage_of_a_deployments_pod if {
	workloads.lineage({
		"kind": "Pod",
		"metadata": {
			"name": "web-5d4f9c-x2x4z",
			"labels": {"pod-template-hash": "5d4f9c"},
			"ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4f9c", "controller": true}],
		},
	}) == {
		{"kind": "Pod", "name": "web-5d4f9c-x2x4z"},
		{"kind": "ReplicaSet", "name": "web-5d4f9c"},
		{"kind": "Deployment", "name": "web"},
	}
}

test_lineage_of_a_cron_jobs_pod if {
	workloads.lineage({
		"kind": "Pod",
		"metadata": {
			"name": "backup-29401234-abcde",
			"ownerReferences": [{"kind": "Job", "name": "backup-29401234", "controller": true}],
		},
	}) == {
		{"kind": "Pod", "name": "backup-29401234-abcde"},
		{"kind": "Job", "name": "backup-29401234"},
		{"kind": "CronJob", "name": "backup"},
	}
}

test_lineage_of_what_nobody_controls if {
	every references in [null, [], [{"kind": "ReplicaSet", "name": "web-1"}]] {
		workloads.lineage({"kind": "Pod", "metadata": {"name": "web-1", "ownerReferences": references}}) == {{"kind": "Pod", "name": "web-1"}}
	}
	workloads.lineage({"kind": "Deployment", "metadata": {"name": "web"}}) == {{"kind": "Deployment", "name": "web"}}
}

test_a_hash_that_is_no_label_tells_nothing if {
	workloads.lineage({
		"kind": "Pod",
		"metadata": {"name": "x", "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "controller": true}]},
	}) == {{"kind": "Pod", "name": "x"}, {"kind": "ReplicaSet", "name": "web-1"}}
}

test_nobodys if {
	workloads.nobodys({"kind": "Job", "metadata": {"annotations": {"helm.sh/hook": "pre-install"}}})
	workloads.nobodys({"kind": "Job", "metadata": {"annotations": {"argocd.argoproj.io/hook": "Sync"}}})
	workloads.nobodys({"kind": "Pod", "metadata": {}, "status": {"phase": "Succeeded"}})
	workloads.nobodys({"kind": "Job", "metadata": {}, "status": {"conditions": [{"type": "Failed", "status": "True"}]}})
	not workloads.nobodys({"kind": "Job", "metadata": {}, "status": {"conditions": [{"type": "Complete", "status": "False"}]}})
	not workloads.nobodys({"kind": "Pod", "metadata": {}, "status": {"phase": "Running"}})
}

revision(replicas, owner) := {
	"kind": "ReplicaSet",
	"metadata": {"ownerReferences": [{"kind": owner, "name": "web", "controller": true}]},
	"spec": {"replicas": replicas},
}

test_earlier_revisions_are_nobodys if {
	workloads.nobodys(revision(0, "Deployment"))
	not workloads.nobodys(revision(1, "Deployment"))
	not workloads.nobodys(revision(0, "Rollout"))
	not workloads.nobodys({"kind": "ReplicaSet", "metadata": {}, "spec": {"replicas": 0}})
}

annotated(kind, annotations) := {"kind": kind, "metadata": {"name": "x", "annotations": annotations}}

test_hooks_are_jobs_and_pods if {
	every kind in ["Job", "Pod"] {
		workloads.hook(annotated(kind, {"helm.sh/hook": "pre-install, post-upgrade"}))
		workloads.hook(annotated(kind, {"argocd.argoproj.io/hook": "PreSync,Sync"}))
	}
	every kind in ["CronJob", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"] {
		not workloads.hook(annotated(kind, {"helm.sh/hook": "pre-install", "argocd.argoproj.io/hook": "Sync"}))
	}
}

test_hooks_say_when_they_run if {
	every written in ["", "whatever", "pre-install,whatever", "pre-install,", null, true, ["test"]] {
		not workloads.hook(annotated("Job", {"helm.sh/hook": written}))
	}
	every written in ["", "presync", "whatever", null] {
		not workloads.hook(annotated("Job", {"argocd.argoproj.io/hook": written}))
	}
	not workloads.hook(annotated("Job", null))
}

owned(kind) := {"kind": "Pod", "metadata": {
	"annotations": {"helm.sh/hook": "test"},
	"ownerReferences": [{"kind": kind, "name": "x", "controller": true}],
}}

test_a_controllers_pod_is_no_hook if {
	workloads.hook(owned("Job"))
	not workloads.hook(owned("ReplicaSet"))
}

solver(changes) := object.union(
	{"kind": "Pod", "metadata": {
		"labels": {"acme.cert-manager.io/http01-solver": "true"},
		"ownerReferences": [{"apiVersion": "acme.cert-manager.io/v1", "kind": "Challenge", "name": "x", "controller": true}],
	}},
	changes,
)

test_solvers_of_challenges if {
	workloads.solver(solver({}))
	not workloads.solver(solver({"kind": "Deployment"}))
	not workloads.solver(solver({"metadata": {"labels": null}}))
	not workloads.solver(solver({"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Challenge", "name": "x", "controller": true}]}}))
	not workloads.solver(solver({"metadata": {"ownerReferences": null}}))
	not workloads.solver(solver({"metadata": {"ownerReferences": [null, {"apiVersion": null, "kind": "Challenge", "name": "x", "controller": true}]}}))
}
