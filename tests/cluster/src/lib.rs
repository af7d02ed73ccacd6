//! A real Kubernetes API server for tests: etcd, kube-apiserver and, where wanted, kube-controller-manager, each
//! cluster in a private folder, on loopback, with its own certificates.
//!
//! [`Binaries`] finds or builds the programs, [`Cluster`] starts and stops them, [`Standing`] is a cluster that was left
//! running. Nothing here knows envcheck, and nothing of it outlives the process that owns it unless it was told to.

mod binaries;
mod building;
mod certificates;
mod cluster;
mod kubeconfig;
mod options;
mod servers;
mod standing;
mod starting;
mod supervisor;

pub use binaries::Binaries;
pub use cluster::Cluster;
pub use options::{Options, User};
pub use standing::Standing;
pub use supervisor::Supervisor;
