//! Credentials inside a text: a URL's user and password, a private key in a file, `password: …` in a configuration.
//!
//! One pass over the bytes; most texts have none of the few bytes at which it looks closer, and cost no more than that.

mod acl;
mod by_place;
mod command;
mod line;
mod places;
mod value;

use super::{Redactor, pattern};
use line::Line;
use std::cell::OnceCell;
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
        runs: OnceCell::new(),
        serves: OnceCell::new(),
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
    /// Whether the text names a program to which some short flag is a password.
    runs: OnceCell<bool>,
    /// Whether it names a server that knows `AUTH`.
    serves: OnceCell<bool>,
}

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
                b'>' if at > 0 && self.bytes[at - 1] == b'=' => self.after_arrow(at),
                b'>' => self.element(at),
                b',' => self.after_argument(at),
                b'-' => {
                    let key = pattern::private_key(self.text, at);
                    opaque = key.is_some();
                    key.or_else(|| self.flag(at)).or_else(|| self.short_flag(at))
                }
                b'$' => pattern::password_hash(self.text, at),
                letter if letter.is_ascii_alphanumeric() && self.word_begins(at) => {
                    let held = pattern::at_word(self.text, at);
                    opaque = held.is_some();
                    held.or_else(|| self.directive(at))
                        .or_else(|| self.told(at))
                        .or_else(|| self.logging_in(at))
                        .or_else(|| self.passwords_of_user(at))
                        .or_else(|| self.by_place(at))
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
        // `environ['NAME']`
        if end > 1 && self.bytes[end - 1] == b']' && matches!(self.bytes[end - 2], b'"' | b'\'') {
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
        let begin = end - name.len();
        // A text may have been cut before the quote that opens the name.
        let opened = quoted && begin > 0 && matches!(self.bytes[begin - 1], b'"' | b'\'');
        (!name.is_empty()).then(|| Named {
            name,
            start: begin - usize::from(opened),
            quoted,
        })
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
