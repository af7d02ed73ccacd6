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
