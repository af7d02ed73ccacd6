//! Names of files and resources as the relative, percent-encoded references that SARIF consumers accept.

use crate::inventory::ResourceRef;
use crate::inventory::reference::{ACCOUNT_API, SPEC_API};
use std::fmt::Write as _;

/// The reference of a file as the user named it. The root it is relative to is the directory envcheck ran in; of an
/// absolute path, whose repository cannot be known, only the leading slash is lost. Standard input is `stdin`.
pub(super) fn of_file(name: &str) -> String {
    let segments: Vec<_> = name
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .map(encoded)
        .collect();
    match segments.join("/") {
        empty if empty.is_empty() => "unnamed".to_owned(),
        dash if dash == "-" => "stdin".to_owned(),
        uri => uri,
    }
}

/// A made-up reference for a resource that no file holds: `cluster/back/Deployment/ii`.
pub(super) fn of_resource(resource: &ResourceRef) -> String {
    let root = match resource.api_version.as_str() {
        ACCOUNT_API => "account",
        SPEC_API => "environment",
        _ => "cluster",
    };
    [
        Some(root),
        resource.namespace.as_deref(),
        Some(&resource.kind),
        Some(&resource.name),
    ]
    .into_iter()
    .flatten()
    .map(encoded)
    .collect::<Vec<_>>()
    .join("/")
}

/// Only unreserved characters of RFC 3986 stay: a colon in a first segment would read as a scheme.
fn encoded(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_become_relative_references() {
        for (file, uri) in [
            ("manifests/back/ii.yaml", "manifests/back/ii.yaml"),
            ("./a b/ü.yaml", "a%20b/%C3%BC.yaml"),
            ("/abs/x.yaml", "abs/x.yaml"),
            ("../up/x.yaml", "../up/x.yaml"),
            ("c:\\x.yaml", "c%3A%5Cx.yaml"),
            ("a//b/./c#1?.yaml", "a/b/c%231%3F.yaml"),
            ("-", "stdin"),
            ("", "unnamed"),
        ] {
            assert_eq!(of_file(file), uri);
        }
    }

    #[test]
    fn resources_have_references_too() {
        let role = ResourceRef::kubernetes("rbac/v1", "ClusterRole", None, "system:a/b");
        assert_eq!(of_resource(&role), "cluster/ClusterRole/system%3Aa%2Fb");
        assert_eq!(
            of_resource(&ResourceRef::environment("stage")),
            "environment/Environment/stage"
        );
    }
}
