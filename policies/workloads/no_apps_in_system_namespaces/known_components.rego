# A package of its own: regorus 0.14.1 loses members of rules of a package that lies in two files when "with" is used.
package envcheck.workloads.no_apps_in_system_namespaces.known_components

# What DOKS itself keeps in kube-system, gathered from clusters of versions 1.28 to 1.36 and from the charts of the
# components named. DigitalOcean changes it between versions, so the list has a date.
as_of := "2026-11-23"

namespace := "kube-system"

names := {
	"DaemonSet": {
		"amd-device-plugin",
		"cilium",
		"cpc-bridge-proxy",
		"cpc-bridge-proxy-ebpf",
		"csi-do-node",
		"disable-systemd-upgrade-timer",
		"do-node-agent",
		"do-node-agent-amd-device-metrics-exporter",
		"do-node-agent-nvidia-dcgm-exporter",
		"doks-telemetry-config-reloader",
		"konnectivity-agent",
		"kube-proxy",
		"nvidia-device-plugin",
		"routing-agent",
	},
	"Deployment": {
		"cilium-operator",
		"cluster-proportional-autoscaler",
		"coredns",
		"hubble-relay",
		"hubble-ui",
		"konnectivity-agent",
	},
	"Service": {
		"cilium-agent",
		"hubble-metrics",
		"hubble-peer",
		"hubble-relay",
		"hubble-ui",
		"kube-dns",
	},
	"ConfigMap": {
		"cilium-config",
		"cluster-autoscaler-priority-expander",
		"cluster-autoscaler-status",
		"coredns",
		"coredns-custom",
		"extension-apiserver-authentication",
		"hubble-relay-config",
		"hubble-ui-nginx",
		"kube-apiserver-legacy-service-account-token-tracking",
		"kube-proxy",
	},
	"Secret": {
		"cilium-ca",
		"hubble-ca-secret",
		"hubble-relay-client-certs",
		"hubble-server-certs",
	},
}
