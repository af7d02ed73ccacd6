//! Flags that mean a password to one program and nothing to others: `mysql -pVALUE`, `redis-cli -a VALUE`,
//! `curl -u USER:VALUE`, `keytool -storepass VALUE`. By the manuals of these programs.

/// How a flag has its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `-pVALUE`; what stands apart is something else.
    Glued,
    /// `-p VALUE`, `-pVALUE`.
    Any,
    /// `-u USER:VALUE`, glued or not.
    BehindUser(char),
}

/// Programs, by how their names begin, and their flag.
const PROGRAMS: [(&[&str], char, Place); 16] = [
    (
        &["mysql", "mariadb", "xtrabackup", "mariabackup"],
        'p',
        Place::Glued,
    ),
    (&["mydumper", "myloader"], 'p', Place::Any),
    (
        &[
            "redis-cli",
            "redis-benchmark",
            "keydb-cli",
            "keydb-benchmark",
            "valkey-cli",
        ],
        'a',
        Place::Any,
    ),
    (&["mongo"], 'p', Place::Any),
    (
        &["sshpass", "docker", "podman", "helm", "skopeo", "az"],
        'p',
        Place::Any,
    ),
    (&["curl"], 'u', Place::BehindUser(':')),
    (&["smbclient"], 'U', Place::BehindUser('%')),
    (&["sqlcmd"], 'P', Place::Any),
    (&["openssl"], 'k', Place::Any),
    (&["zip", "unzip"], 'P', Place::Any),
    (&["7z"], 'p', Place::Glued),
    (&["cqlsh"], 'p', Place::Any),
    (&["lftp"], 'u', Place::BehindUser(',')),
    (&["snmp"], 'A', Place::Any),
    (&["snmp"], 'X', Place::Any),
    (&["ldap"], 'w', Place::Any),
];
/// Flags of whole words, behind which sign the password begins (a user, or openssl's `pass:`, stands before), and their programs.
const LONG: [(&str, Option<char>, &[&str]); 13] = [
    ("--user", Some(':'), &["curl", "etcdctl"]),
    ("--proxy-user", Some(':'), &["curl"]),
    ("-U", Some(':'), &["curl"]),
    ("-storepass", None, JAVA),
    ("-keypass", None, JAVA),
    ("-srcstorepass", None, JAVA),
    ("-deststorepass", None, JAVA),
    ("-srckeypass", None, JAVA),
    ("-destkeypass", None, JAVA),
    ("-pass", Some(':'), &["openssl"]),
    ("-passin", Some(':'), &["openssl"]),
    ("-passout", Some(':'), &["openssl"]),
    ("-passwd", None, &["ipmitool"]),
];
const JAVA: &[&str] = &["keytool", "jarsigner"];
/// Programs of which a flag is a password's only behind this word.
const LOGGING_IN: [&str; 5] = ["docker", "podman", "helm", "skopeo", "az"];

/// Programs to which the word behind one of these is a credential, unless it is a flag or names what it says.
const BY_PLACE: (&[&str], [&str; 2]) = (&["vault", "bao"], ["login", "unseal"]);

/// The programs of a command to which some flag is a password: whoever runs one by another has two.
#[derive(Debug, Clone)]
pub(super) struct Program {
    flags: Vec<(char, Place)>,
    long: Vec<(&'static str, Option<char>)>,
    /// A word tells of the next one.
    by_place: bool,
}

/// Whether a text names one of these programs at all.
pub(super) fn is_named_in(text: &str) -> bool {
    let flags = PROGRAMS.iter().flat_map(|(all, ..)| *all);
    let long = LONG.iter().flat_map(|(.., all)| *all);
    flags.chain(long).any(|name| text.contains(name))
}

/// The programs that these words of one command run, as far as they have such flags.
pub(super) fn of<'a>(words: &(impl Iterator<Item = &'a str> + Clone)) -> Option<Program> {
    let names = || words.clone().filter_map(|word| word.rsplit('/').next());
    let begins = |name: &str, one: &str| {
        let more = |rest: &str| {
            rest.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        };
        name.strip_prefix(one).is_some_and(more)
    };
    let runs = |all: &[&str]| {
        names().any(|name| {
            let logs_in = !LOGGING_IN.contains(&name) || words.clone().any(|word| word == "login");
            logs_in && all.iter().any(|one| begins(name, one))
        })
    };
    let flags = PROGRAMS.iter().filter(|(all, ..)| runs(all));
    let flags: Vec<(char, Place)> = flags.map(|(_, flag, place)| (*flag, *place)).collect();
    let long = LONG.iter().filter(|(.., all)| runs(all));
    let long: Vec<_> = long.map(|(flag, sign, _)| (*flag, *sign)).collect();
    let by_place = runs(BY_PLACE.0);
    (!flags.is_empty() || !long.is_empty() || by_place).then_some(Program {
        flags,
        long,
        by_place,
    })
}

/// Where the password begins of a word that is a flag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Password {
    /// At this byte of the word.
    Here(usize),
    /// It is the next word, behind this letter if there is one.
    Next(Option<char>),
}

impl Program {
    /// Whether the next word that is no flag is a credential, by its place.
    pub(super) fn announces(&self, word: &str) -> bool {
        self.by_place && BY_PLACE.1.contains(&word)
    }

    /// What a word, as the program gets it, says of a password.
    pub(super) fn password(&self, word: &str) -> Option<Password> {
        let (flag, value) = word
            .split_once('=')
            .map_or((word, None), |(flag, value)| (flag, Some(value)));
        if let Some((_, sign)) = self.long.iter().find(|(long, _)| *long == flag) {
            let Some(value) = value else {
                return Some(Password::Next(*sign));
            };
            let before = sign.map_or(Some(0), |sign| value.find(sign).map(|at| at + 1))?;
            return Some(Password::Here(flag.len() + 1 + before));
        }
        self.flags
            .iter()
            .find_map(|(flag, place)| short(word, *flag, *place))
    }
}

/// A flag of one letter, alone or behind others that take no value.
fn short(word: &str, flag: char, place: Place) -> Option<Password> {
    let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
    let (before, value) = letters.split_once(flag)?;
    if !before.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let here = word.len() - value.len();
    match (place, value.is_empty()) {
        (Place::Glued, true) => None,
        (Place::Any, true) => Some(Password::Next(None)),
        (Place::BehindUser(sign), true) => Some(Password::Next(Some(sign))),
        (Place::BehindUser(sign), false) => Some(Password::Here(here + value.find(sign)? + 1)),
        _ => Some(Password::Here(here)),
    }
}
