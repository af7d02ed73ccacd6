//! HTTP as the doubles speak it: requests taken apart, answers put together, refusals in DigitalOcean's form.

mod call;
mod client;
mod reply;
mod serve;

pub(crate) use call::{Call, decoded, query_of, texts};
pub(crate) use client::forward;
pub(crate) use reply::{Answer, Refusal, Reply};
pub(crate) use serve::{Body, Listening, body_of, response};
