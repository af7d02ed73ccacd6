//! The places at which a text may hold a credential, each told by one byte.

use super::super::is_reference;
use super::super::name::is_credential;
use super::{LONGEST_MENTION, LONGEST_NAME, LONGEST_USER, Named, Scan, value};
use std::ops::Range;

impl<'a> Scan<'a> {
    /// The user and password of a URL whose scheme ends at `colon`. The host stays.
    pub(super) fn user(&self, colon: usize) -> Option<Range<usize>> {
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
    pub(super) fn after_colon(&mut self, at: usize) -> Option<Range<usize>> {
        let next = self.bytes.get(at + 1);
        let apart = next.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`".contains(byte));
        let named = self.named(at)?;
        if !apart && !named.quoted {
            return None;
        }
        self.assigned(&named, at)
    }

    /// `name=value` of files, flags and queries.
    pub(super) fn after_equals(&mut self, at: usize) -> Option<Range<usize>> {
        let compares = |byte: Option<&u8>| byte.is_some_and(|byte| b"=!<>~".contains(byte));
        if compares(self.bytes.get(at + 1)) || (at > 0 && compares(self.bytes.get(at - 1))) {
            return None;
        }
        let named = self.named(at)?;
        self.assigned(&named, at)
            .or_else(|| self.literal_of_secret(at, named.start))
    }

    /// `'name' => value` of PHP and Ruby.
    pub(super) fn after_arrow(&mut self, at: usize) -> Option<Range<usize>> {
        let named = self.named(at - 1)?;
        self.assigned(&named, at)
    }

    /// `define('NAME', 'value')`: a call with a name and, in quotes, what it names.
    pub(super) fn after_argument(&mut self, at: usize) -> Option<Range<usize>> {
        let named = self.named(at)?;
        let called = named.start > 0 && self.bytes[named.start - 1] == b'(';
        let value = self.text[at + 1..].trim_start_matches([' ', '\t']);
        if named.quoted && called && value.starts_with(['"', '\'']) {
            self.assigned(&named, at)
        } else {
            None
        }
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
            // As Go prints an object, its names have capitals.
            "name" | "Name" | "key" => {
                let announced = mention().is_some_and(is_credential);
                self.announced = announced;
                None
            }
            "value" | "Value" | "default" if self.announced => {
                let span = span(self.text);
                self.announced = false;
                self.judged(span)
            }
            name if is_credential(name) => self.judged(span(self.text)),
            _ => None,
        }
    }

    /// `<password>value</password>`, and Hadoop's `<name>…</name><value>…</value>`.
    pub(super) fn element(&mut self, at: usize) -> Option<Range<usize>> {
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

    /// `--password VALUE` on a command line, or as two items of a list; `-password VALUE`, too, as programs in Go write it.
    pub(super) fn flag(&self, at: usize) -> Option<Range<usize>> {
        let begins = at == 0
            || matches!(self.bytes[at - 1], byte if byte.is_ascii_whitespace() || b"\"'`[,".contains(&byte));
        let rest = self.text[at..].strip_prefix('-').filter(|_| begins)?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let dashes = self.text[at..].len() - rest.len();
        if rest.starts_with("password-stdin") {
            return self.judged(self.said_to_standard_input(at));
        }
        let length = rest
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))?;
        let name = &rest[..length];
        // What stands behind openssl's `-pass` says how the password is given, which its own rule knows.
        let of_openssl = dashes == 1 && ["pass", "passin", "passout"].contains(&name);
        if !is_credential(name) || of_openssl {
            return None;
        }
        self.judged(value::after_flag(self.text, at + dashes + length))
    }

    /// `the api-token is VALUE`, in the words of whoever refuses something: what stands in quotes, or has a digit as no word of a
    /// sentence has.
    pub(super) fn told(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.text[at..].strip_prefix("is ")?;
        if !is_credential(self.named(at)?.name) {
            return None;
        }
        let start = self.text.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = &self.text[start..];
        if rest.starts_with(['"', '\'']) {
            return self.judged(value::word_or_quoted(self.text, start));
        }
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | ',' | ';');
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let word = word.trim_end_matches(['.', ':', '!', ')']);
        let telling = word.len() > 3 && word.bytes().any(|byte| byte.is_ascii_digit());
        self.judged(telling.then_some(start..start + word.len()))
    }

    /// `requirepass VALUE` on a line of its own, and `PASSWORD 'value'` anywhere.
    pub(super) fn directive(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.bytes[at..];
        if !matches!(
            rest.first()?.to_ascii_lowercase(),
            b'a' | b'b' | b'i' | b'm' | b'p' | b'r'
        ) {
            return None;
        }
        let starts = |word: &str| {
            rest.len() > word.len()
                && rest[..word.len()].eq_ignore_ascii_case(word.as_bytes())
                && matches!(rest[word.len()], b' ' | b'\t' | b'"' | b'\'' | b'\n')
        };
        let words = [
            "requirepass",
            "masterauth",
            "bindpw",
            "rootpw",
            "password",
            "passwd",
            "identified by",
            "authorization",
        ];
        let word = words.iter().find(|word| starts(word))?;
        let before = self.text[self.line.start..at].trim();
        // `CONFIG SET requirepass VALUE`
        let set = before
            .rsplit([' ', '\t', '"', '\'', ','])
            .find(|word| !word.is_empty())
            .is_some_and(|word| word.eq_ignore_ascii_case("set"));
        let after = at + word.len();
        if set && matches!(*word, "requirepass" | "masterauth") {
            return self.judged(value::after_flag(self.text, after));
        }
        if !matches!(rest[word.len()], b' ' | b'\t') {
            return None;
        }
        let alone = before.is_empty();
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
}
