//go:build tools

// Package cluster pins the servers that envcheck's tests run against: a real
// etcd, kube-apiserver and kube-controller-manager, and kubectl beside them.
// `cargo xtask cluster up` builds them from the versions in go.mod.
package cluster

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
