//! Flags of one letter that mean a password to one program and nothing to others: `mysql -pVALUE`, `redis-cli -a VALUE`,
//! `curl -u USER:VALUE`. By the manuals of these programs.

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

/// A program, by how its name begins where it has namesakes, and its flag.
const PROGRAMS: [(&[&str], char, Place); 7] = [
    (&["mysql", "mariadb"], 'p', Place::Glued),
    (&["redis-cli", "keydb-cli", "valkey-cli"], 'a', Place::Any),
    (&["mongo"], 'p', Place::Any),
    (
        &["sshpass", "docker", "podman", "helm", "skopeo"],
        'p',
        Place::Any,
    ),
    (&["curl"], 'u', Place::BehindUser(':')),
    (&["smbclient"], 'U', Place::BehindUser('%')),
    (&["ldap"], 'w', Place::Any),
];
/// Programs of which a flag is a password's only behind this word.
const LOGGING_IN: [&str; 4] = ["docker", "podman", "helm", "skopeo"];

/// A program to which a flag of one letter is a password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Program {
    flag: char,
    place: Place,
}

/// The letters that are a password's flag to some program.
pub(super) fn is_letter(byte: u8) -> bool {
    PROGRAMS.iter().any(|(_, flag, _)| *flag == char::from(byte))
}

/// The program that these words of one command run, if it has such a flag.
pub(super) fn of<'a>(words: &(impl Iterator<Item = &'a str> + Clone)) -> Option<Program> {
    words.clone().find_map(|word| {
        let name = word.rsplit('/').next()?;
        let begins = |one: &&str| {
            let rest = name.strip_prefix(one);
            let more = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            rest.is_some_and(more)
        };
        let (_, flag, place) = PROGRAMS.iter().find(|(names, ..)| names.iter().any(&begins))?;
        let runs = !LOGGING_IN.contains(&name) || words.clone().any(|word| word == "login");
        runs.then_some(Program {
            flag: *flag,
            place: *place,
        })
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
    /// What a word, as the program gets it, says of a password.
    pub(super) fn password(self, word: &str) -> Option<Password> {
        let value = word.strip_prefix('-')?.strip_prefix(self.flag)?;
        let here = word.len() - value.len();
        match (self.place, value.is_empty()) {
            (Place::Glued, true) => None,
            (Place::Any, true) => Some(Password::Next(None)),
            (Place::BehindUser(sign), true) => Some(Password::Next(Some(sign))),
            (Place::BehindUser(sign), false) => Some(Password::Here(here + value.find(sign)? + 1)),
            _ => Some(Password::Here(here)),
        }
    }
}
