//! Names that announce a credential: of environment variables, flags, keys of a ConfigMap, members of a resource.

/// What a credential's name contains, with letters in lower case and separators left out, by the two letters with which it
/// begins: every key of every object is judged, so that the usual answer must be a quick no.
fn parts(start: [u8; 2]) -> &'static [&'static str] {
    match &start {
        b"ac" => &["accesskey", "accountkey"],
        b"ap" => &["apikey"],
        b"au" => &["authkey", "authorization", "authpass"],
        b"be" => &["bearer"],
        b"co" => &["connectionstring", "connstr"],
        b"cr" => &["credential"],
        b"en" => &["encryptionkey"],
        b"li" => &["licensekey"],
        b"ma" => &["masterkey", "masterauth"],
        b"pa" => &["password", "passwd", "passphrase", "passcode"],
        b"pr" => &["privatekey", "privkey"],
        b"pw" => &["pwd"],
        b"re" => &["requirepass"],
        b"se" => &["secret"],
        b"sh" => &["sharedkey"],
        b"si" => &["signingkey"],
        b"ss" => &["sshkey"],
        b"st" => &["storagekey"],
        b"to" => &["token"],
        _ => &[],
    }
}

/// Words too short to be looked for inside others.
const WORDS: [&str; 7] = ["pass", "pw", "dsn", "cred", "creds", "jwt", "pat"];
/// Last words of names of credentials.
const LAST: [&str; 5] = ["auth", "salt", "cookie", "otp", "hmac"];
/// How names end that tell of a credential without being one.
const ELSEWHERE: [&str; 17] = [
    "file",
    "files",
    "path",
    "paths",
    "dir",
    "directory",
    "name",
    "names",
    "ref",
    "refs",
    "namespace",
    "class",
    "kind",
    "type",
    "reference",
    "references",
    "identifier",
];
/// The longest name that is judged; what is longer is data.
const LONGEST: usize = 128;

/// Whether `name` announces a credential: a part or word of the lists, or `…_KEY` written with a separator (not
/// `PUBLIC_KEY`); and it does not end as one that names a place (`PASSWORD_FILE`, `secretName`).
pub(crate) fn is_credential(name: &str) -> bool {
    if name.len() < 2 || name.len() > LONGEST {
        return false;
    }
    let mut buffer = [0; LONGEST];
    let mut squashed = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        buffer[squashed] = byte.to_ascii_lowercase();
        squashed += 1;
    }
    // Only ASCII was copied.
    let Ok(letters) = std::str::from_utf8(&buffer[..squashed]) else {
        return false;
    };
    let (mut part, mut word) = (false, false);
    for (at, pair) in buffer[..squashed].windows(2).enumerate() {
        let start = [pair[0], pair[1]];
        part |= parts(start).iter().any(|part| letters[at..].starts_with(part));
        word |= matches!(&start, b"pa" | b"pw" | b"ds" | b"cr" | b"jw");
    }
    let announced = part
        || (word && words(name).any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))))
        || LAST
            .iter()
            .any(|last| letters.ends_with(last) && ends_in(name, last))
        || (letters.ends_with("key") && is_some_key(name));
    announced && !ELSEWHERE.iter().any(|ending| letters.ends_with(ending))
}

/// Whether the last word, after a separator or a change of case, is `known`.
fn ends_in(name: &str, known: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|word| word.eq_ignore_ascii_case(known))
}

/// `STRIPE_KEY`, `tls.key`: but not `topologyKey`, `key` or `public_key`.
fn is_some_key(name: &str) -> bool {
    let mut parts = name.rsplit(|letter: char| !letter.is_ascii_alphanumeric());
    let last = parts.next().is_some_and(|last| last.eq_ignore_ascii_case("key"));
    last && parts
        .next()
        .is_some_and(|before| !before.is_empty() && !before.eq_ignore_ascii_case("public"))
}

/// The words of a name: split at everything that is no letter or digit, and before capitals that follow small letters.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_ascii_alphanumeric())
        .flat_map(|part| {
            let mut rest = part;
            std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                let cut = rest
                    .as_bytes()
                    .windows(2)
                    .position(|two| !two[0].is_ascii_uppercase() && two[1].is_ascii_uppercase())
                    .map_or(rest.len(), |at| at + 1);
                let (word, after) = rest.split_at(cut);
                rest = after;
                Some(word)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::is_credential;

    #[test]
    fn credentials_are_recognised_however_they_are_written() {
        for name in [
            "PASSWORD",
            "dbPassword",
            "PGPASSWORD",
            "redis-pass",
            "rootPw",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "SECRET_KEY_BASE",
            "api.key",
            "API_KEY",
            "apiKey",
            "tls.key",
            "STRIPE_KEY",
            "SENTRY_DSN",
            "connectionString",
            "Authorization",
            "auth.users[0].password",
            "REDIS_AUTH",
            "GITLAB_PAT",
            "htpasswd",
            "--requirepass",
            "token",
            "secret",
            "clientSecret",
            "ERLANG_COOKIE",
            "PASSWORD_SALT",
            "PRIVKEY",
            "TOKEN_URL",
        ] {
            assert!(is_credential(name), "{name}");
        }
    }

    #[test]
    fn names_of_places_and_ordinary_names_are_not() {
        for name in [
            "",
            "PASSWORD_FILE",
            "passwordFile",
            "TOKEN_PATH",
            "SECRET_NAME",
            "secretName",
            "DB_SECRET_NAME",
            "secretNamespace",
            "secretKeyRef",
            "secretProviderClass",
            "digitalocean.com/dosecret-identifier",
            "USERNAME",
            "key",
            "topologyKey",
            "PUBLIC_KEY",
            "ssh.public-key",
            "HOST",
            "image",
            "PATH",
            "bypass",
            "compass",
            "passing",
            "author",
            "kidsname",
            "pattern",
            "keyspace",
            "cookies",
            "spin",
            "basalt",
            "pinTo",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
