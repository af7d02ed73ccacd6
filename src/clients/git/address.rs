//! Addresses of repositories: one has many spellings.

use crate::clients::program::without_credentials;

/// An address as two spellings of it have in common: `host/path`, without user, scheme and `.git`.
pub fn same_address(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

fn plain(address: &str) -> String {
    let address = without_credentials(address.trim());
    let (host, path) = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        // `git@host:path`, as ssh has it.
        None => match address.split_once(':') {
            Some((host, path)) if !host.contains('/') => (host.rsplit('@').next().unwrap_or(host), path),
            _ => ("", address.as_str()),
        },
    };
    // A port does not make another repository of it.
    let host = host.split(':').next().unwrap_or(host).to_lowercase();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    format!("{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_the_same() {
        let address = "https://github.com/team/shop.git";
        for other in [
            "git@github.com:team/shop.git",
            "ssh://git@github.com:22/team/shop",
            "https://token:x@GitHub.com/team/shop/",
        ] {
            assert!(same_address(address, other), "{other}");
        }
        for other in [
            "https://github.com/team/shop2",
            "https://gitlab.com/team/shop",
            "/srv/team/shop",
        ] {
            assert!(!same_address(address, other), "{other}");
        }
        assert!(same_address("file:///srv/shop", "/srv/shop/"));
    }
}
