//! Credentials inside a text: a URL's user and password, a private key in a file, `password: …` in a configuration.
//!
//! One pass over the bytes; most texts have none of the few bytes at which it looks closer, and cost no more than that.

mod value;

use super::name::is_credential;
use super::{Redactor, is_reference, pattern};
use std::ops::Range;

/// Shorter texts cannot hold a credential with its name.
const SHORTEST: usize = 6;
/// How far back a name is looked for.
const LONGEST_NAME: usize = 128;

/// How often masking may show more to mask before the whole text goes.
const ROUNDS: usize = 8;
/// How many assignments inside values are followed before the whole text goes.
const NESTED: usize = 100;
/// How far a URL's user is read.
const LONGEST_USER: usize = 4 * 1024;
/// How far a text is read that names something: longer is no name.
const LONGEST_MENTION: usize = 512;

/// The text with its credentials masked; `None` when it has none, so that it need not be touched. What comes out is left
/// as it is by a second time.
pub(super) fn redacted(redactor: &Redactor, text: &str) -> Option<String> {
    let mut safe = once(redactor, text)?;
    for _ in 0..ROUNDS {
        match once(redactor, &safe) {
            Some(safer) => safe = safer,
            None => return Some(safe),
        }
    }
    Some(redactor.masked(text.as_bytes()))
}

fn once(redactor: &Redactor, text: &str) -> Option<String> {
    if text.len() < SHORTEST || redactor.is_own(text) {
        return None;
    }
    let mut scan = Scan {
        redactor,
        text,
        bytes: text.as_bytes(),
        line: Line::default(),
        announced: false,
        whole: false,
    };
    let spans = scan.spans();
    if scan.whole {
        return Some(redactor.masked(text.as_bytes()));
    }
    if spans.is_empty() {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        safe.push_str(&text[done..span.start]);
        safe.push_str(&redactor.masked(text[span.clone()].as_bytes()));
        done = span.end;
    }
    safe.push_str(&text[done..]);
    Some(safe)
}

struct Scan<'a> {
    redactor: &'a Redactor,
    text: &'a str,
    bytes: &'a [u8],
    line: Line,
    /// `name: PASSWORD` was read, so that the next `value:` is one.
    announced: bool,
    /// It is a Secret in text: nothing of it stays.
    whole: bool,
}

/// The line that is being read, kept up as the scan goes on: looking back for it each time would take quadratic time.
#[derive(Default)]
struct Line {
    start: usize,
    /// Which of `"`, `'` and the back quote are open.
    open: [bool; 3],
}

/// The quotes that may stand around an assignment.
const QUOTES: [u8; 3] = [b'"', b'\'', b'`'];

/// A name and where it stands.
struct Named<'a> {
    name: &'a str,
    /// Where it begins, with its quote.
    start: usize,
    quoted: bool,
}

impl<'a> Scan<'a> {
    /// What is to be masked, in order and without overlap.
    fn spans(&mut self) -> Vec<Range<usize>> {
        let (mut spans, mut at) = (Vec::new(), 0);
        let (mut covered, mut nested) = (0, 0);
        while let Some(byte) = self.bytes.get(at) {
            let mut opaque = false;
            let found = match byte {
                b':' if self.bytes[at..].starts_with(b"://") => self.user(at),
                b':' => self.after_colon(at),
                b'=' => self.after_equals(at),
                b'>' => self.element(at),
                b'-' => {
                    let key = pattern::private_key(self.text, at);
                    opaque = key.is_some();
                    key.or_else(|| self.flag(at))
                }
                b'$' => pattern::password_hash(self.text, at),
                letter if letter.is_ascii_alphanumeric() && self.word_begins(at) => {
                    let held = pattern::at_word(self.text, at);
                    opaque = held.is_some();
                    held.or_else(|| self.directive(at))
                }
                _ => None,
            };
            self.line.pass(self.bytes, at);
            at += 1;
            if let Some(span) = found.filter(|span| !span.is_empty()) {
                // A value may hold an assignment of its own that reaches further, so that it is read on inside.
                nested += usize::from(span.start < covered);
                self.whole |= nested > NESTED;
                covered = covered.max(span.end);
                if opaque {
                    at = at.max(span.end);
                }
                spans.push(span);
            }
            if self.whole || covered == self.bytes.len() {
                break;
            }
        }
        united(spans)
    }

    fn word_begins(&self, at: usize) -> bool {
        at == 0 || !matches!(self.bytes[at - 1], byte if byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// The user and password of a URL whose scheme ends at `colon`. The host stays.
    fn user(&self, colon: usize) -> Option<Range<usize>> {
        let start = colon + 3;
        let rest = self.up_to(start + LONGEST_USER).get(start..)?;
        let ends = |letter: char| {
            letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '\\' | '?' | '#')
        };
        // The next URL of a list has a user of its own.
        let next = rest.find("://");
        let rest = &rest[..next.unwrap_or(rest.len())];
        let mut rest = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if next == Some(rest.len()) {
            rest = &rest[..rest.rfind([',', ';', '|']).unwrap_or(rest.len())];
        }
        let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let user = match authority.contains('@') {
            // A password may hold what a URL should have escaped.
            true if authority.contains(':') => &rest[..rest.rfind('@')?],
            true => &authority[..authority.rfind('@')?],
            false if port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit())) => {
                &rest[..rest.rfind('@')?]
            }
            false => return None,
        };
        let web = self.text[..colon].ends_with("http") || self.text[..colon].ends_with("https");
        let stays = match user.split_once(':') {
            Some((_, password)) => is_reference(password) || self.redactor.is_own(user),
            None => !web || user == "git" || is_reference(user),
        };
        (!stays).then_some(start..start + user.len())
    }

    /// `name: value` of YAML and `"name":value` of JSON.
    fn after_colon(&mut self, at: usize) -> Option<Range<usize>> {
        let spaced = self.bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        let named = self.named(at)?;
        if !spaced && !named.quoted {
            return None;
        }
        self.assigned(&named, at)
    }

    /// `name=value` of files, flags and queries.
    fn after_equals(&mut self, at: usize) -> Option<Range<usize>> {
        let compares = |byte: Option<&u8>| byte.is_some_and(|byte| b"=!<>~".contains(byte));
        if compares(self.bytes.get(at + 1)) || (at > 0 && compares(self.bytes.get(at - 1))) {
            return None;
        }
        let named = self.named(at)?;
        self.assigned(&named, at)
    }

    fn assigned(&mut self, named: &Named<'a>, at: usize) -> Option<Range<usize>> {
        let span = |text| value::of(text, named, at, &self.line);
        let mention = || span(self.up_to(at + LONGEST_MENTION)).map(|span| &self.text[span]);
        match named.name {
            "kind" => {
                let secret = mention() == Some("Secret");
                self.whole |= secret;
                None
            }
            "name" | "key" => {
                let announced = mention().is_some_and(is_credential);
                self.announced = announced;
                None
            }
            "value" | "default" if self.announced => {
                let span = span(self.text);
                self.announced = false;
                self.judged(span)
            }
            name if is_credential(name) => self.judged(span(self.text)),
            _ => None,
        }
    }

    /// `<password>value</password>`, and Hadoop's `<name>…</name><value>…</value>`.
    fn element(&mut self, at: usize) -> Option<Range<usize>> {
        let before = &self.bytes[at.saturating_sub(LONGEST_NAME)..at];
        let open = at - before.iter().rev().position(|byte| *byte == b'<')?;
        let tag = self.text.get(open..at)?;
        let name = tag.split_ascii_whitespace().next()?;
        let length = self.text[at + 1..].find('<')?;
        let inner = &self.text[at + 1..at + 1 + length];
        let start = at + 1 + inner.len() - inner.trim_start().len();
        let span = start..start + inner.trim().len();
        match name {
            "name" => {
                self.announced = is_credential(inner.trim());
                None
            }
            "value" if self.announced => {
                self.announced = false;
                self.judged(Some(span))
            }
            _ if !name.starts_with('/') && is_credential(name) => self.judged(Some(span)),
            _ => None,
        }
    }

    /// `--password VALUE` on a command line, or as two items of a list.
    fn flag(&self, at: usize) -> Option<Range<usize>> {
        let begins = at == 0
            || matches!(self.bytes[at - 1], byte if byte.is_ascii_whitespace() || b"\"'`[,".contains(&byte));
        let rest = self.text[at..].strip_prefix("--").filter(|_| begins)?;
        let length = rest
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))?;
        if !is_credential(&rest[..length]) {
            return None;
        }
        self.judged(value::after_flag(self.text, at + 2 + length))
    }

    /// `requirepass VALUE` on a line of its own, and `PASSWORD 'value'` anywhere.
    fn directive(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[at..];
        let starts = |word: &str| {
            rest.len() > word.len()
                && rest[..word.len()].eq_ignore_ascii_case(word.as_bytes())
                && matches!(rest[word.len()], b' ' | b'\t')
        };
        let words = [
            "requirepass",
            "masterauth",
            "password",
            "passwd",
            "identified by",
            "authorization",
        ];
        let word = words.iter().find(|word| starts(word))?;
        let alone = self.text[self.line.start..at].trim().is_empty();
        let after = at + word.len();
        let value =
            after + self.text[after..].len() - self.text[after..].trim_start_matches([' ', '\t']).len();
        let first = self.bytes.get(value)?;
        let quoted = matches!(first, b'\'' | b'"');
        if quoted || (alone && !b"=:".contains(first) && *word != "identified by" && *word != "authorization")
        {
            self.judged(value::word_or_quoted(self.text, value))
        } else {
            None
        }
    }

    /// The text to about `end`.
    fn up_to(&self, end: usize) -> &'a str {
        let end = (end..self.text.len()).find(|end| self.text.is_char_boundary(*end));
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// The span, unless what stands there may stay.
    fn judged(&self, span: Option<Range<usize>>) -> Option<Range<usize>> {
        span.filter(|span| !self.redactor.may_stay(&self.text[span.clone()]))
    }

    /// The name before a separator.
    fn named(&self, separator: usize) -> Option<Named<'a>> {
        let mut end = separator;
        while end > 0 && matches!(self.bytes[end - 1], b' ' | b'\t') {
            end -= 1;
        }
        let quoted = end > 0 && matches!(self.bytes[end - 1], b'"' | b'\'');
        if quoted {
            end -= 1;
            while end > 0 && self.bytes[end - 1] == b'\\' {
                end -= 1;
            }
        }
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.[]/".contains(byte);
        let length = self.bytes[..end]
            .iter()
            .rev()
            .take(LONGEST_NAME)
            .take_while(|byte| belongs(byte))
            .count();
        let name = self.text[end - length..end].trim_start_matches('-');
        (!name.is_empty()).then(|| Named {
            name,
            start: end - name.len() - usize::from(quoted),
            quoted,
        })
    }
}

impl Line {
    /// Goes on past the byte at `at`.
    fn pass(&mut self, bytes: &[u8], at: usize) {
        let byte = bytes[at];
        if byte == b'\n' {
            *self = Self {
                start: at + 1,
                open: [false; 3],
            };
        } else if let Some(quote) = QUOTES.iter().position(|quote| *quote == byte) {
            // An apostrophe within a word opens nothing.
            let within = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
            self.open[quote] = !self.open[quote] && !within;
        }
    }

    /// Whether this quote stands open around what is being read.
    fn encloses(&self, byte: u8) -> bool {
        QUOTES
            .iter()
            .zip(self.open)
            .any(|(quote, open)| *quote == byte && open)
    }
}

/// The spans in order, those that touch as one.
fn united(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut united: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match united.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => united.push(span),
        }
    }
    united
}
