//! From a region and a key to Spaces that can be asked.

use super::budget::Budget;
use super::client::{Spaces, Who};
use super::digest::Digest;
use super::error::ConnectError;
use super::way;
use super::whole::Whole;
use crate::clients::http::Variables;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};

/// A Spaces key. Neither half is ever shown.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id.
    pub id: SecretString,
    /// Its secret.
    pub secret: SecretString,
}

/// Where Spaces is and as whom it is asked.
#[derive(Debug, Clone)]
pub struct Access {
    /// The region, as `fra1`.
    pub region: String,
    /// `SPACES_ENDPOINT_URL`; without it DigitalOcean's endpoint of the region.
    pub endpoint: Option<String>,
    /// The key.
    pub key: Key,
}

/// Prepares to ask; nothing is asked yet.
pub fn connect(access: &Access, budget: Budget, variables: &Variables) -> Result<Spaces, ConnectError> {
    let (endpoint, uri) = endpoint(access)?;
    let credentials = Credentials::new(
        access.key.id.expose_secret(),
        access.key.secret.expose_secret(),
        None,
        None,
        "spec",
    );
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(way::http_client(variables, &uri)?)
        .endpoint_url(&endpoint)
        .region(Region::new(access.region.clone()))
        .credentials_provider(credentials)
        // One certificate serves all buckets, whatever their names.
        .force_path_style(true)
        // Spaces does not know all checksums that the library would add.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(Budget::CONNECT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .interceptor(Whole)
        .interceptor(Digest)
        .build();
    let who = Who {
        host: uri
            .authority()
            .map_or_else(String::new, |own| own.host().to_owned()),
        region: access.region.clone(),
    };
    Ok(Spaces::new(who, Client::from_conf(config), budget))
}

/// The endpoint as a base of paths, and its parts.
fn endpoint(access: &Access) -> Result<(String, Uri), ConnectError> {
    let given = access
        .endpoint
        .as_deref()
        .map(str::trim)
        .filter(|own| !own.is_empty());
    let whole = match given {
        Some(own) => own.trim_end_matches('/').to_owned(),
        None => format!("https://{}.digitaloceanspaces.com", access.region),
    };
    // What is wrong is not shown: it may hold a password.
    let wrong = || {
        ConnectError::new(
            "SPACES_ENDPOINT_URL is not the address of a server",
            "give it as https://fra1.digitaloceanspaces.com, without bucket, path or password",
        )
    };
    let uri: Uri = whole.parse().map_err(|_| wrong())?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.authority().is_some_and(|own| !own.as_str().contains('@'))
        && uri.query().is_none()
        && uri.path() == "/";
    if plain { Ok((whole, uri)) } else { Err(wrong()) }
}
