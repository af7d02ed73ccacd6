//! Bodies, never larger than they may be.

use super::trouble::Trouble;
use bytes::Bytes;
use reqwest::Response;

/// Why a body is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::clients) enum BodyFault {
    /// It ended early, after so many bytes.
    Cut(usize),
    /// The server fell silent.
    Silent,
    /// It is larger than it may be.
    TooLarge,
}

/// The whole body, in bytes as they are after decompression.
pub(in crate::clients) async fn whole(mut response: Response, limit: usize) -> Result<Bytes, BodyFault> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > limit => return Err(BodyFault::TooLarge),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes.into()),
            Err(error) => {
                return Err(match Trouble::of_reqwest(&error) {
                    Trouble::Silent => BodyFault::Silent,
                    _ => BodyFault::Cut(bytes.len()),
                });
            }
        }
    }
}

/// As much of a body as is worth reading for an error.
pub(in crate::clients) async fn beginning(mut response: Response, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = limit - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    bytes
}
