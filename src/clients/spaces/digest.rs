//! Content-MD5 on what is written: Spaces wants it with what buckets are set to, where the library would send a checksum
//! that Spaces need not know.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// Adds the digest, in the place of the library's own.
#[derive(Debug)]
pub(super) struct Digest;

/// A request that has any header of this kind gets none from the library. It is gone before the request is signed.
const PLACEHOLDER: &str = "x-amz-checksum-none";

impl Intercept for Digest {
    fn name(&self) -> &'static str {
        "Digest"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.request().method() == "PUT" {
            context.request_mut().headers_mut().insert(PLACEHOLDER, "");
        }
        Ok(())
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.request_mut().headers_mut().remove(PLACEHOLDER).is_none() {
            return Ok(());
        }
        let body = context
            .request()
            .body()
            .bytes()
            .ok_or("what is written to Spaces is not at hand as a whole")?;
        let digest = STANDARD.encode(Md5::digest(body));
        context.request_mut().headers_mut().insert("content-md5", digest);
        Ok(())
    }
}
