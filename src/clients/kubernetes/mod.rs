//! A connection to a Kubernetes API server, and raw bytes from it.
//!
//! Which server and as whom: `kubeconfig` and `context`, or `pod` inside a cluster. With what: `credentials`
//! (through `plugin` when the kubeconfig names a command) and `identity`, assembled in `link`. Then
//! `server` asks, one `attempt` after the other as `retry` allows. It knows no kinds and no objects: pages are
//! read raw by whoever asks, and changes are sent as they are given.

mod attempt;
mod budget;
mod connect;
mod context;
mod credentials;
mod error;
mod expiry;
mod identity;
mod kubeconfig;
mod link;
mod plugin;
mod pod;
mod retry;
mod server;
mod status;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::reached;

pub use attempt::{Answer, Change, MAX_BODY};
pub use budget::Budget;
pub use connect::{Access, Grant, connect};
pub use error::{ConnectError, RequestError};
pub use server::{ApiServer, Version};
