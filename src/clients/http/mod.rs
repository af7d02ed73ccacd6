//! What clients of HTTP services share: the proxy on the way, connections that go to one host only, bodies with a bound,
//! and words for what went wrong. Budgets, retries and credentials belong to each client.

mod body;
mod connection;
mod proxy;
mod retry_after;
mod trouble;
mod variables;
mod words;

#[cfg(test)]
pub(crate) mod scripted;

pub(in crate::clients) use body::{BodyFault, beginning, whole};
pub(in crate::clients) use connection::{Connection, Shape};
pub(in crate::clients) use proxy::{BadProxy, choose as choose_proxy, is_local};
pub(in crate::clients) use retry_after::retry_after;
pub(in crate::clients) use trouble::{Blame, Trouble, root};
pub use variables::Variables;
pub(in crate::clients) use words::{encode, one_line, shown_address};
