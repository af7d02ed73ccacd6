//! Addresses of repositories of code and of charts: several ways to write one of them, as `policies/lib/repositories.rego` has it.

/// Whether a registry holds it.
pub fn is_oci(address: &str) -> bool {
    address.trim().to_ascii_lowercase().starts_with("oci://")
}

/// One spelling for all of them, as `github.com/acme/deploy`. Neither case nor `.git` nor the way of signing in makes another
/// repository of it.
pub fn plain(address: &str) -> String {
    let text = address.trim().to_ascii_lowercase();
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let whole = match text.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            format!(
                "{}/{}",
                without_port(scheme, without_user(authority)),
                path.trim_matches('/')
            )
        }
        // git@github.com:acme/deploy.git
        None => match text.split_once(':') {
            Some((signed, path)) if signed.contains('@') && !signed.contains('/') => {
                format!("{}/{}", without_user(signed), path.trim_matches('/'))
            }
            // A registry of charts, as Argo CD has it without its scheme.
            _ => text.to_owned(),
        },
    };
    let whole = whole.trim_end_matches('/');
    whole.strip_suffix(".git").unwrap_or(whole).to_owned()
}

fn without_user(authority: &str) -> &str {
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The port of SSH says nothing of the one for the web; of the web, the usual one says nothing.
fn without_port<'t>(scheme: &str, host: &'t str) -> &'t str {
    let usual = match scheme {
        "ssh" | "git" | "git+ssh" => return host.split(':').next().unwrap_or(host),
        "http" => ":80",
        _ => ":443",
    };
    host.strip_suffix(usual).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn one_repository_has_one_spelling() {
        for address in [
            "https://github.com/acme/Deploy.git",
            "https://git:token@github.com:443/acme/deploy/",
            "ssh://git@github.com:22/acme/deploy.git",
            "git@github.com:acme/deploy.git",
            " http://github.com:80/acme/deploy?a=b#c",
        ] {
            assert_eq!(plain(address), "github.com/acme/deploy", "{address}");
        }
        for address in ["oci://registry-1.docker.io/acme", "registry-1.docker.io/acme/"] {
            assert_eq!(plain(address), "registry-1.docker.io/acme");
        }
        assert_ne!(plain("https://a.example:8443/x"), plain("https://a.example/x"));
    }
}
