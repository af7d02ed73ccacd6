//! Image references, as Docker reads them.

use crate::inventory::view::registry::Digest;

/// The host of DigitalOcean's registries.
pub(in crate::inventory::view) const DIGITALOCEAN: &str = "registry.digitalocean.com";
const DOCKER: &str = "docker.io";

/// The parts of an image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::inventory::view) struct ImageName<'t> {
    /// The host, with a port where one is written; `docker.io` where none is.
    pub host: &'t str,
    /// The account's registry at DigitalOcean; `None` elsewhere, where hosts have no such thing.
    pub registry: Option<&'t str>,
    /// The repository below it.
    pub repository: String,
    /// The tag; `latest` where neither tag nor digest is written.
    pub tag: Option<&'t str>,
    /// The digest as written.
    pub digest: Option<&'t str>,
}

impl<'t> ImageName<'t> {
    /// Reads a reference; `None` for what no registry could have.
    pub(in crate::inventory::view) fn read(text: &'t str) -> Option<Self> {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) if digest.contains(':') => (named, Some(digest)),
            Some(_) => return None,
            None => (text, None),
        };
        // A colon before the last slash belongs to the host.
        let path = named.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match named[path..].split_once(':') {
            Some((last, tag)) => (&named[..path + last.len()], Some(tag)),
            None => (named, None),
        };
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (first, rest),
            _ => (DOCKER, name),
        };
        let host = if host == "index.docker.io" { DOCKER } else { host };
        let (registry, repository) = match path.split_once('/') {
            Some((registry, rest)) if host == DIGITALOCEAN => (Some(registry), rest.to_owned()),
            None if host == DOCKER => (None, format!("library/{path}")),
            _ => (None, path.to_owned()),
        };
        let well_formed = !path.is_empty()
            && path.split('/').all(|part| {
                !part.is_empty()
                    && part.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
                    })
            })
            && tag.is_none_or(is_tag);
        well_formed.then_some(Self {
            host,
            registry,
            repository,
            tag: tag.or_else(|| digest.is_none().then_some("latest")),
            digest,
        })
    }

    /// Whether it is in this registry of DigitalOcean.
    pub(in crate::inventory::view) fn is_in(&self, registry: &str) -> bool {
        self.registry == Some(registry)
    }
}

/// As Docker tells a host from the first part of a path.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_tag(tag: &str) -> bool {
    let bytes = tag.as_bytes();
    bytes.len() <= 128
        && bytes
            .first()
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The repository and the digest in a container status' `imageID`: `docker-pullable://host/path@sha256:…` in old runtimes,
/// without the scheme today. A digest alone names the image's configuration, which no registry lists: `None`.
pub(in crate::inventory::view) fn running(image_id: &str) -> Option<(&str, Digest)> {
    let image = image_id.split_once("://").map_or(image_id, |(_, image)| image);
    let (named, digest) = image.split_once('@')?;
    Some((named, Digest::read(digest)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("nginx", "docker.io - library/nginx latest -")]
    #[case("nginx:1.29", "docker.io - library/nginx 1.29 -")]
    #[case("amazon/aws-cli", "docker.io - amazon/aws-cli latest -")]
    #[case("index.docker.io/nginx", "docker.io - library/nginx latest -")]
    #[case("localhost/nginx", "localhost - nginx latest -")]
    #[case("localhost:5000/a/b:v1", "localhost:5000 - a/b v1 -")]
    #[case("registry.k8s.io/pause:3.10", "registry.k8s.io - pause 3.10 -")]
    #[case(
        "registry.digitalocean.com/acme/back/ii:1",
        "registry.digitalocean.com acme back/ii 1 -"
    )]
    #[case(
        "registry.digitalocean.com/acme/ii@sha256:ab",
        "registry.digitalocean.com acme ii - sha256:ab"
    )]
    #[case(
        "registry.digitalocean.com/acme/ii:1@sha256:ab",
        "registry.digitalocean.com acme ii 1 sha256:ab"
    )]
    #[case("registry.digitalocean.com/acme", "registry.digitalocean.com - acme latest -")]
    #[case("HOST/a", "HOST - a latest -")]
    fn references_are_read_as_docker_reads_them(#[case] text: &str, #[case] expected: &str) {
        let name = ImageName::read(text).unwrap();
        let shown = [
            name.host,
            name.registry.unwrap_or("-"),
            &name.repository,
            name.tag.unwrap_or("-"),
            name.digest.unwrap_or("-"),
        ]
        .join(" ");
        assert_eq!(shown, expected);
    }

    #[rstest]
    #[case("")]
    #[case("$(IMAGE)")]
    #[case("acme/Web")]
    #[case("acme//web")]
    #[case("acme/web:")]
    #[case("acme/web:a/b:-c")]
    #[case("acme/web@latest")]
    fn what_no_registry_could_have_is_no_reference(#[case] text: &str) {
        assert_eq!(ImageName::read(text), None);
    }

    #[test]
    fn the_running_digest_is_that_of_a_repository() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for scheme in ["", "docker-pullable://"] {
            let id = format!("{scheme}registry.digitalocean.com/acme/ii@{digest}");
            let (named, found) = running(&id).unwrap();
            assert_eq!(named, "registry.digitalocean.com/acme/ii");
            assert_eq!(found.to_string(), digest);
        }
        assert_eq!(running(&digest), None);
        assert_eq!(running(""), None);
    }
}
