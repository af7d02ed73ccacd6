//! Users of Redis and KeyDB: `user NAME on >PASSWORD ~* +@all` in a file, `ACL SETUSER NAME …` and `AUTH NAME PASSWORD` on a
//! command line.

use super::Scan;
use std::ops::Range;

/// How far the rules of a user are read.
const LONGEST_RULES: usize = 4 * 1024;
/// What may stand before the first word of a line: a list, quotes.
const BEFORE: [char; 5] = [' ', '\t', '-', '"', '\''];
/// Rules that nothing but a user of Redis has.
const RULES: [&str; 9] = [
    "on",
    "off",
    "nopass",
    "resetpass",
    "reset",
    "allkeys",
    "allcommands",
    "allchannels",
    "nocommands",
];

/// How texts name the servers that know `AUTH`.
const SERVERS: [&str; 3] = ["redis", "keydb", "valkey"];

/// How far back the line is looked at.
const LONGEST_COMMAND: usize = 512;

fn names_server(text: &str) -> bool {
    SERVERS.iter().any(|name| text.contains(name))
}

impl Scan<'_> {
    /// What follows `AUTH` in a text that names such a server, or where the protocol has it; written small, only behind its client.
    pub(super) fn logging_in(&self, at: usize) -> Option<Range<usize>> {
        let word = self.text.get(at..at + 5)?;
        let meant = match word {
            "AUTH " => self.is_of_the_protocol(at) || self.serves(),
            "auth " if self.before(at).ends_with("stats") => return self.of_statistics(at + 5),
            "auth " => names_server(self.command(at)),
            _ => false,
        };
        if !meant {
            return None;
        }
        let start = at + 5;
        let ends = |letter: char| matches!(letter, '\n' | '\r' | '\\' | ';' | '|' | '&' | '`' | ')');
        let rest = self.up_to(start + LONGEST_RULES).get(start..)?;
        let rest = rest[..rest.find(ends).unwrap_or(rest.len())].trim_end();
        // The quotes around the whole command end it, those around a password do not.
        let (open, quoted) = (rest.matches('"').count() % 2, rest.matches('\'').count() % 2);
        let rest =
            rest.trim_end_matches(|letter| letter == '"' && open == 1 || letter == '\'' && quoted == 1);
        self.judged(Some(start..start + rest.len()))
    }

    /// HAProxy's page: `stats auth USER:PASSWORD`.
    fn of_statistics(&self, start: usize) -> Option<Range<usize>> {
        let rest = self.up_to(start + LONGEST_RULES).get(start..)?;
        let user = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.judged(Some(start + user.find(':')? + 1..start + user.len()))
    }

    /// `AUTH …` begins the line, or belongs to `HELLO 3 AUTH …` and `MIGRATE … AUTH …`.
    fn is_of_the_protocol(&self, at: usize) -> bool {
        let before = self.before(at);
        before.is_empty() || ["HELLO", "MIGRATE"].iter().any(|word| before.contains(word))
    }

    /// The end of what stands before a place on its line.
    fn before(&self, at: usize) -> &str {
        let start = self.line.start.max(at.saturating_sub(LONGEST_COMMAND));
        let start = (start..=at).find(|start| self.text.is_char_boundary(*start));
        self.text[start.unwrap_or(at)..at].trim()
    }

    /// Whether the text names such a server: it is looked through once.
    fn serves(&self) -> bool {
        *self.serves.get_or_init(|| names_server(self.text))
    }

    /// From a user's first password to the last.
    pub(super) fn passwords_of_user(&self, at: usize) -> Option<Range<usize>> {
        let begins = |word: &str| {
            let start = self.text.get(at..at + word.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        let first = || self.text[self.line.start..at].trim_matches(BEFORE).is_empty();
        let named = begins("setuser ") || begins("user ") && first();
        // The whole text may be what a flag `--user` says: a name and rules.
        if !named && at != 0 {
            return None;
        }
        let rest = self.up_to(at + LONGEST_RULES).get(at..)?;
        let rest = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let switch = |word: Option<&str>| matches!(word, Some("on" | "off"));
        if !named && !switch(rest.split([' ', '\t']).nth(1)) {
            return None;
        }
        let mut recognised = false;
        let mut passwords: Option<Range<usize>> = None;
        for rule in rest.split([' ', '\t']).skip(if named { 2 } else { 1 }) {
            if rule.eq_ignore_ascii_case("setuser") {
                break;
            }
            let bare = rule.trim_matches(['"', '\'', '\\', ',', '`', ')']);
            let mut letters = bare.chars();
            let switches = RULES.contains(&bare) && (named || !switch(Some(bare)));
            match letters.next() {
                Some(sign @ ('>' | '<' | '#' | '!'))
                    if matches!(sign, '>' | '<') || is_digest(letters.as_str()) =>
                {
                    let start = at + (letters.as_str().as_ptr() as usize - rest.as_ptr() as usize);
                    let end = start + letters.as_str().len();
                    passwords = Some(passwords.map_or(start..end, |found| found.start..end));
                }
                Some('~' | '&' | '+') => recognised = true,
                _ => recognised |= switches || bare.starts_with("-@"),
            }
        }
        self.judged(passwords.filter(|_| recognised))
    }
}

/// SHA-256, as Redis writes passwords.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
