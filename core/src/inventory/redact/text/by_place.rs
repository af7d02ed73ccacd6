//! Passwords known by their place alone: what `chpasswd` reads, the argument of `vault login`, the key of an encrypted database.

use super::super::name::is_credential;
use super::{LONGEST_MENTION, Scan, value};
use std::ops::Range;

/// How far back and ahead a command is read.
const LONGEST_COMMAND: usize = 512;
/// How far a text is read that a command gets on its standard input.
const LONGEST_INPUT: usize = 4 * 1024;
/// What stands before a credential among the words that are no flags.
#[derive(Debug)]
enum Before {
    /// So many of them.
    Words(usize),
    /// Its name, which says that it is one.
    ItsName,
}

/// Programs with the words that follow them, and where a credential stands behind these.
const POSITIONAL: [(&str, &[&str], Before); 10] = [
    ("rabbitmqctl", &["add_user"], Before::Words(1)),
    ("rabbitmqctl", &["change_password"], Before::Words(1)),
    ("mc", &["alias", "set"], Before::Words(3)),
    ("htpasswd", &[], Before::Words(2)),
    ("garage", &["key", "import"], Before::Words(1)),
    ("aws", &["configure", "set"], Before::ItsName),
    ("npm", &["config", "set"], Before::ItsName),
    ("pnpm", &["config", "set"], Before::ItsName),
    ("yarn", &["config", "set"], Before::ItsName),
    ("git", &["config"], Before::ItsName),
];

/// What stands around words of shells and of lists.
const AROUND: [char; 9] = [' ', '\t', '"', '\'', '`', ',', '[', ']', '\\'];
/// How SQLite's encrypted relatives call their keys.
const KEYS: [&str; 6] = ["key", "rekey", "hexkey", "hexrekey", "textkey", "textrekey"];

impl Scan<'_> {
    pub(super) fn by_place(&self, at: usize) -> Option<Range<usize>> {
        let found = match self.bytes[at] {
            b'c' => self.told_to_chpasswd(at),
            b'v' | b'b' => self.given_to_vault(at),
            b'p' | b'P' => self.key_of_database(at),
            _ => None,
        };
        found.or_else(|| self.positional(at))
    }

    /// `rabbitmqctl add_user USER PASSWORD`, `aws configure set aws_secret_access_key KEY` and the like.
    fn positional(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.up_to(at + LONGEST_COMMAND).get(at..)?;
        let (_, verbs, before) = POSITIONAL.iter().find(|(program, verbs, _)| {
            let behind = rest.strip_prefix(program);
            behind.is_some_and(|behind| {
                let mut words = behind.split_whitespace();
                behind.starts_with([' ', '\t']) && verbs.iter().all(|verb| words.any(|word| word == *verb))
            })
        })?;
        let mut here = rest.find([' ', '\t'])?;
        let (mut verbs, mut passed) = (verbs.iter(), 0);
        let mut next = verbs.next();
        while let Some(word) = next_word(rest, &mut here) {
            let said = &rest[word.clone()];
            if let Some(verb) = next {
                // Between them stand flags and their values.
                if said == *verb {
                    next = verbs.next();
                }
                continue;
            }
            if said.starts_with('-') {
                continue;
            }
            match before {
                Before::Words(words) if passed == *words => {
                    return self.judged(Some(at + word.start..at + word.end));
                }
                Before::ItsName if passed == 1 => {
                    return self.judged(Some(at + word.start..at + word.end));
                }
                Before::ItsName if !is_credential(said.rsplit(':').next().unwrap_or(said)) => return None,
                _ => passed += 1,
            }
        }
        None
    }

    /// `--from-literal=NAME=VALUE` of `kubectl create secret`; `at` is the sign before the value.
    pub(super) fn literal_of_secret(&self, at: usize, name: usize) -> Option<Range<usize>> {
        let before = self.text[..name].trim_end_matches(['"', '\'']);
        let before = before.strip_suffix(['=', ' '])?;
        before.ends_with("--from-literal").then_some(())?;
        let start = at + 1;
        self.judged(self.argument(start))
    }

    /// `echo PASSWORD | docker login --password-stdin`: what is said before the pipe that leads here.
    pub(super) fn said_to_standard_input(&self, at: usize) -> Option<Range<usize>> {
        let words = self.said_before_pipe(at)?;
        let end = self.text[words.clone()].trim_end().len();
        (end > 0).then(|| words.start..words.start + end)
    }

    /// The words that `echo` or `printf` says into the pipe that leads here.
    fn said_before_pipe(&self, at: usize) -> Option<Range<usize>> {
        let start =
            (at.saturating_sub(LONGEST_COMMAND)..=at).find(|start| self.text.is_char_boundary(*start))?;
        let before = &self.text[start..at];
        let (said, runner) = before.rsplit_once('|')?;
        if said.ends_with('|') || runner.contains([';', '&']) {
            return None;
        }
        let says = |word: &str| said.rfind(word).map(|at| at + word.len());
        let told = ["echo ", "printf "].into_iter().filter_map(says).max()?;
        is_one_command(&said[told..]).then(|| start + told..start + said.len())
    }

    /// `echo USER:PASSWORD | chpasswd`, and what follows it behind `<<`.
    fn told_to_chpasswd(&self, at: usize) -> Option<Range<usize>> {
        let behind = self.text[at..].strip_prefix("chpasswd")?;
        if behind.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
            return None;
        }
        let end = at + "chpasswd".len();
        let read = self.piped_into(at).or_else(|| self.read_at(end));
        self.judged(read.or_else(|| self.listed_at(end)))
    }

    /// What cloud-init tells it: `list:` below `chpasswd:`, with `USER:PASSWORD` on each line or as items.
    fn listed_at(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.up_to(at + LONGEST_INPUT).get(at..)?;
        let own = self.text[..at].rsplit('\n').next()?;
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let own = indent(own);
        let mut lines = rest.split_inclusive('\n');
        let first = lines.next()?;
        // What stands in one line with it, its name alone gives away.
        first
            .strip_prefix(':')
            .filter(|behind| behind.trim().is_empty())?;
        let mut start = first.len();
        let mut listed = None;
        for line in lines {
            let text = line.trim();
            let deep = indent(line);
            if let Some((above, from)) = listed {
                let goes_on = deep > above || text.starts_with("- ") && deep >= above;
                if !text.is_empty() && !goes_on {
                    return pairs(&rest[from..start])
                        .map(|found| at + from + found.start..at + from + found.end);
                }
            } else if !text.is_empty() && deep <= own {
                return None;
            } else if text.starts_with("list:") {
                listed = Some((deep, start + deep + "list:".len()));
            }
            start += line.len();
        }
        let (_, from) = listed?;
        pairs(&rest[from..start]).map(|found| at + from + found.start..at + from + found.end)
    }

    /// The passwords in what is said before the pipe that leads here.
    fn piped_into(&self, at: usize) -> Option<Range<usize>> {
        let said = self.said_before_pipe(at)?;
        let words = &self.text[said.clone()];
        let from = words.find(':')? + 1;
        let end = words
            .trim_end_matches([' ', '\t', '\\', '\n', '\r'])
            .trim_end_matches(['"', '\'']);
        let end = end.trim_end_matches('\\').len();
        (from < end).then(|| said.start + from..said.start + end)
    }

    /// The passwords in what is written for the command itself: `<<< USER:PASSWORD`, or lines down to a word.
    fn read_at(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.up_to(at + LONGEST_INPUT).get(at..)?;
        let line = rest.lines().next()?;
        let (flags, word) = line.split_once("<<")?;
        if flags.contains([';', '|', '&']) {
            return None;
        }
        let word_at = at + flags.len() + 2;
        if let Some(said) = word.strip_prefix('<') {
            let start = word_at + 1 + said.len() - said.trim_start_matches([' ', '\t']).len();
            let said = self.argument(start)?;
            let from = said.start + self.text[said.clone()].find(':')? + 1;
            return Some(from..said.end);
        }
        let word = word.trim_start_matches('-').split_whitespace().next()?;
        let word = word.trim_matches(['"', '\'', '\\']);
        let body = rest.get(line.len()..).filter(|_| !word.is_empty())?;
        let ends = body.lines().scan(0, |end, line| {
            let start = *end;
            *end += line.len() + 1;
            Some((start, line.trim()))
        });
        let end = ends
            .skip(1)
            .find(|(_, line)| *line == word)
            .map_or(body.len(), |(start, _)| start);
        let lines = body.get(..end)?.trim_end();
        let base = at + line.len();
        Some(base + lines.find(':')? + 1..base + lines.len())
    }

    /// The last word of `vault login TOKEN` and `vault operator unseal KEY`, OpenBao's alike.
    fn given_to_vault(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.up_to(at + LONGEST_COMMAND).get(at..)?;
        let program = ["vault", "bao"].into_iter().find(|name| rest.starts_with(name))?;
        let (mut here, mut logs_in) = (program.len(), false);
        let mut given = None;
        while let Some(word) = next_word(rest, &mut here) {
            match &rest[word.clone()] {
                // Also the dash of a list.
                flag if flag.starts_with('-') => {}
                "operator" if !logs_in => {}
                "login" | "unseal" if !logs_in => logs_in = true,
                _ if !logs_in => return None,
                elsewhere if elsewhere.starts_with(['>', '<', '2', '#', ')']) && given.is_some() => break,
                // `username=…`, or a sentence that goes on.
                said if said.contains('=') || given.is_some() => return None,
                _ => given = Some(at + word.start..at + word.end),
            }
        }
        self.judged(given)
    }

    /// `PRAGMA key = 'PASSWORD'`.
    fn key_of_database(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.up_to(at + LONGEST_MENTION).get(at..)?;
        let named = rest
            .get(..7)
            .filter(|word| word.trim_end().eq_ignore_ascii_case("pragma"))?;
        let blanks = [' ', '\t', '\n', '\r'];
        let named = rest[named.len()..].trim_start_matches(blanks);
        let length =
            named.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '.'))?;
        let name = named[..length].rsplit('.').next()?;
        if !KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) {
            return None;
        }
        let said = named[length..].trim_start_matches(blanks);
        let said = said.strip_prefix(['=', '('])?.trim_start_matches(blanks);
        let start = at + rest.len() - said.len();
        if said.trim_start_matches('\\').starts_with(['"', '\'']) {
            return self.judged(value::quoted(self.text, start));
        }
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, ';' | ')' | '"');
        self.judged(Some(start..start + said.find(ends).unwrap_or(said.len())))
    }
}

/// From the first password of `USER:PASSWORD` to the last one's end; `None` where there is none.
fn pairs(text: &str) -> Option<Range<usize>> {
    let from = text.find(':')? + 1;
    let end = text.trim_end_matches([' ', '\t', '\r', '\n', '"', '\'']).len();
    (from < end).then_some(from..end)
}

/// Whether nothing ends a command in these words: no sign of a shell's, no line that does not go on.
fn is_one_command(words: &str) -> bool {
    let (mut quote, mut before) = (None, ' ');
    for letter in words.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (';' | '&' | '|', None) => return false,
            ('\n', None) if before != '\\' => return false,
            _ => {}
        }
        before = letter;
    }
    true
}

/// The next word of a command from a place on, which moves behind it; `None` where the command ends.
fn next_word(text: &str, at: &mut usize) -> Option<Range<usize>> {
    let mut start = *at;
    let mut continued = false;
    for letter in text.get(start..)?.chars() {
        match letter {
            '\n' => {
                let item = text[start + 1..].trim_start().starts_with("- ");
                if !continued && !item {
                    return None;
                }
            }
            '\r' => {}
            _ if AROUND.contains(&letter) => continued = letter == '\\',
            _ => break,
        }
        start += letter.len_utf8();
    }
    let ends = |letter: char| {
        letter.is_whitespace() || AROUND.contains(&letter) || matches!(letter, ';' | '|' | '&')
    };
    let rest = &text[start..];
    let end = start + rest.find(ends).unwrap_or(rest.len());
    // Words stand apart from one another.
    let apart = start > *at && end > start;
    *at = end;
    apart.then_some(start..end)
}
