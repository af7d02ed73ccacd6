//! Patches of files as they may be shown: lines on which secrets may stand are hidden.

use super::preview::text_diff;
use crate::inventory::redact::{Redactor, differences, hidden, is_credential};
use crate::path::{FieldPath, PathElement};
use crate::source::SourceText;
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Document};
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

/// The lines of a patch as a plan may show them: what merely stands around a change is hidden where it may be secret.
pub fn file_preview(name: &str, before: &str, after: &str) -> Vec<String> {
    masked_diff(name, before, after).0
}

/// The same, and how many lines are hidden.
pub fn masked_diff(name: &str, before: &str, after: &str) -> (Vec<String>, usize) {
    let redactor = Redactor::for_comparison();
    let [old, new] = [before, after].map(|text| Hidden::of(name, text, &redactor));
    let diff = text_diff(name, before, after);
    let (mut shown, mut masked) = (Vec::new(), 0);
    let (mut number, mut number_after) = (0, 0);
    for line in lines(&diff) {
        if let Some((start, start_after)) = hunk(line) {
            (number, number_after) = (start, start_after);
            shown.push(line.to_owned());
            continue;
        }
        let Some((sign, text)) = line
            .split_at_checked(1)
            .filter(|_| number > 0 || number_after > 0)
        else {
            shown.push(line.to_owned());
            continue;
        };
        let hides = match sign {
            " " => old.around(number) && !text.trim().is_empty(),
            "-" => old.changed(number, text),
            "+" => new.changed(number_after, text),
            _ => false,
        };
        if hides {
            masked += 1;
            let depth = if sign == " " { depth(text) } else { 0 };
            shown.push(format!("{sign}{}…", " ".repeat(depth)));
        } else {
            // A terminal would write what follows over what stands before.
            shown.push(line.replace('\r', "␍"));
        }
        number += usize::from(matches!(sign, " " | "-"));
        number_after += usize::from(matches!(sign, " " | "+"));
    }
    (shown, masked)
}

/// The first lines of both sides that a hunk is about.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let (old, new) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let start = |text: &str| text.split([',', ' ']).next()?.parse().ok();
    Some((start(old)?, start(new)?))
}

fn depth(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Lines of a text, from 1, that are not shown.
#[derive(Debug, Default)]
struct Hidden {
    /// Of documents that are Secrets, or cannot be read.
    secret: BTreeSet<usize>,
    /// Entries that sound like credentials.
    named: BTreeSet<usize>,
    /// On which a credential stands, whatever is changed on them.
    credential: BTreeSet<usize>,
}

impl Hidden {
    fn of(name: &str, text: &str, redactor: &Redactor) -> Self {
        let mut hidden = Self::default();
        let Ok(source) = yaml::decode(name, text.as_bytes()) else {
            hidden.secret = (1..=lines(text).count()).collect();
            return hidden;
        };
        for part in yaml::split(&source) {
            match yaml::load_part(&source, &part, &yaml::Limits::default()) {
                Ok(None) => {}
                Ok(Some(document)) if !may_be_secret(&document.value) => {
                    hidden.credentials(&source, &document, redactor);
                    hidden.secret_items(&source, &document);
                }
                _ => {
                    let (first, last) = (
                        line_of(&source, part.range.start),
                        line_of(&source, part.range.end),
                    );
                    hidden.secret.extend(first..=last);
                }
            }
        }
        hidden.entries(text);
        hidden.comments(text);
        hidden
    }

    /// Whether a line that is not changed is hidden.
    fn around(&self, line: usize) -> bool {
        [&self.secret, &self.named, &self.credential]
            .iter()
            .any(|lines| lines.contains(&line))
    }

    /// Whether a changed one is. A Secret in braces is on the line of what is changed, whatever its keys are called.
    fn changed(&self, line: usize, text: &str) -> bool {
        self.credential.contains(&line) || self.secret.contains(&line) && text.contains('{')
    }

    /// What captures of a cluster do not show, either: values of variables and arguments that are credentials, tokens within
    /// texts.
    fn credentials(&mut self, source: &SourceText, document: &Document, redactor: &Redactor) {
        let mut paths = Vec::new();
        let harmless = redactor.redacted(&document.value);
        differences(&document.value, &harmless, &mut |path, _| {
            paths.push(path.to_vec());
        });
        if paths.is_empty() {
            return;
        }
        let spans = document.spans();
        for path in paths {
            // An alias says nothing; what it stands for is hidden where it stands.
            let span = spans.locate_written(&FieldPath(path)).span;
            self.credential.extend(lines_of(source, &span));
        }
    }

    /// The items of a list that are Secrets, or may be.
    fn secret_items(&mut self, source: &SourceText, document: &Document) {
        let Some(of_list) = list_of(&document.value) else {
            return;
        };
        let items = document.value.items_at(&["items"]);
        let hidden = |item: &Value| match item.text_at(&["kind"]).unwrap_or(of_list) {
            "" => true,
            kind => kind.contains("Secret") || kind.ends_with("List"),
        };
        let hidden: Vec<usize> = (0..items.len())
            .filter(|at| items.get(*at).is_none_or(hidden))
            .collect();
        if hidden.is_empty() {
            return;
        }
        let spans = document.spans();
        for at in hidden {
            let path = FieldPath(vec![PathElement::Key("items".to_owned()), PathElement::Index(at)]);
            for place in [spans.locate(&path), spans.locate_written(&path)] {
                self.secret.extend(lines_of(source, &place.span));
            }
        }
    }

    /// What is commented out goes on over several lines: where one of them tells a credential, all of them are hidden.
    fn comments(&mut self, text: &str) {
        let mut block: Vec<(usize, &str)> = Vec::new();
        let lines = (1..).zip(lines(text).map(Some).chain([None]));
        for (number, line) in lines {
            if let Some(comment) = line.and_then(|line| line.trim_start().strip_prefix('#')) {
                block.push((number, comment));
                continue;
            }
            let all: Vec<&str> = block.iter().map(|(_, comment)| *comment).collect();
            if block.len() > 1 && tells_together(&all) {
                self.credential.extend(block.iter().map(|(number, _)| *number));
            }
            block.clear();
        }
    }

    /// What sounds like a credential, line by line: no rule of Kubernetes says so of the values of a chart, or of what is
    /// commented out.
    fn entries(&mut self, text: &str) {
        // The depth of an entry whose text goes on in the lines below it.
        let mut goes_on: Option<usize> = None;
        // Of a variable, its name stands on the line before.
        let mut of_variable = false;
        for (number, line) in (1..).zip(lines(text)) {
            let entry = line.trim_start_matches([' ', '\t', '#']).trim_start_matches("- ");
            let entry = unanchored(entry);
            let (key, value) = entry
                .split_once(':')
                .map_or((entry, ""), |(key, value)| (key, unanchored(value.trim())));
            let below = goes_on.is_some_and(|above| depth(line) > above || line.trim().is_empty());
            let credential = is_credential(key.trim_matches(['"', '\''])) || of_variable && key == "value";
            if !below {
                goes_on = credential.then_some(depth(line));
            }
            of_variable = key == "name" && is_credential(value);
            if credential || below {
                self.named.insert(number);
            }
            // In braces, what is changed and what is not share a line.
            let mut within = entry.split(['{', '[', ',']).skip(1).map(|part| {
                let key = part.split_once(':').map_or("", |(key, _)| key);
                key.trim().trim_matches(['"', '\''])
            });
            if within.any(is_credential) || tells(line) {
                self.credential.insert(number);
            }
        }
    }
}

/// An entry without its anchor, and nothing of an alias: how these are called, nobody's password tells.
fn unanchored(entry: &str) -> &str {
    if entry.starts_with('*') {
        return "";
    }
    match entry.strip_prefix('&') {
        Some(anchor) => anchor
            .split_once([' ', '\t'])
            .map_or("", |(_, rest)| rest.trim_start()),
        None => entry,
    }
}

fn line_of(source: &SourceText, at: usize) -> usize {
    1 + source.text.get(..at).map_or(0, |text| text.matches('\n').count())
}

/// The lines of a text, as a patch counts them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.split_terminator('\n');
    lines.map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// The lines on which something stands. The end of a block of text is the beginning of the line after it.
fn lines_of(source: &SourceText, span: &Range<usize>) -> RangeInclusive<usize> {
    let last = span.end.saturating_sub(1).max(span.start);
    line_of(source, span.start)..=line_of(source, last)
}

/// Whether all of a document is hidden.
fn may_be_secret(value: &Value) -> bool {
    let kind = value.text_at(&["kind"]);
    let items = || value.field("items").is_none_or(|items| items.as_array().is_err());
    kind.is_some_and(|kind| kind.contains("Secret") || kind.ends_with("List") && items())
}

/// Of a list, the kind of the items that do not say it; empty where it has none to give.
fn list_of(value: &Value) -> Option<&str> {
    value.text_at(&["kind"])?.strip_suffix("List")
}

/// Whether a comment tells a credential: `# password: …`, `# token = …`, or one that is known by its looks.
fn tells(line: &str) -> bool {
    let Some((_, comment)) = line.split_once('#') else {
        return false;
    };
    if hidden(comment) != comment {
        return true;
    }
    let comment = [" :", " ="].iter().fold(comment.to_owned(), |text, apart| {
        text.replace(apart, apart.trim_start())
    });
    let mut words = comment
        .split(|char: char| char.is_whitespace() || char == ',')
        .peekable();
    while let Some(word) = words.next() {
        let Some((key, value)) = word.split_once([':', '=']) else {
            continue;
        };
        if is_credential(key) && (!value.is_empty() || words.peek().is_some()) {
            return true;
        }
    }
    false
}

/// Whether the lines of a comment, which are one text, tell a credential.
fn tells_together(lines: &[&str]) -> bool {
    let keys = |line: &&str| -> Vec<(String, String)> {
        let entries = line.split(['{', '[', ',', '}', ']']);
        let entries = entries.filter_map(|entry| entry.split_once(':'));
        let bare = |text: &str| text.trim_matches([' ', '\t', '-', '"', '\'']).to_owned();
        entries.map(|(key, value)| (bare(key), bare(value))).collect()
    };
    let all: Vec<(String, String)> = lines.iter().flat_map(keys).collect();
    let has = |holds: &dyn Fn(&str, &str) -> bool| all.iter().any(|(key, value)| holds(key, value));
    let named = has(&|key, value| matches!(key, "name" | "key") && is_credential(value));
    if named && has(&|key, _| key == "value") || has(&|key, _| key == "stringData") {
        return true;
    }
    if has(&|key, value| is_credential(key) && matches!(value, "" | ">" | "|" | ">+" | "|+")) {
        return true;
    }
    let text = lines.join("\n");
    hidden(&text) != text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_list_of_one_line_is_hidden_and_counted() {
        let list = r#"{"kind":"List","items":[{"kind":"Secret","data":{"x":"aHVudGVyMg=="}},{"kind":"Ingress","class":"a"}]}"#;
        let after = list.replace(r#""a""#, r#""b""#);
        let (shown, masked) = masked_diff("l.json", list, &after);
        assert!(!shown.join("\n").contains("aHVudGVy"), "{shown:?}");
        assert_eq!(masked, 2);
        let beside =
            "metadata:\n  annotations:\n    auth-token: |\n      hunter2\n      hunter3\n    class: a\n";
        let (shown, masked) = masked_diff("l.yaml", beside, &beside.replace("class: a", "class: b"));
        assert!(!shown.join("\n").contains("hunter"), "{shown:?}");
        assert!(shown.contains(&"+    class: b".to_owned()), "{shown:?}");
        assert_eq!(masked, 3);
        let plain = "kind: A\nclass: a\n";
        assert_eq!(masked_diff("l.yaml", plain, "kind: A\nclass: b\n").1, 0);
    }

    #[test]
    fn credentials_of_all_shapes_are_hidden_wherever_they_stand() {
        let before = r"apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: b}
spec:
  template:
    spec:
      containers:
        - name: web
          env:
            - {name: REDIS_PASSWORD, value: CANARYa}
            - value: CANARYb
              name: DB_PASSWORD
            - name: API_TOKEN

              value: CANARYc
            - name: SMTP_PASSWORD
              value: >-
                CANARYd
            - name: DATABASE_URL
              value: postgres://u:CANARYe@db/x
          args:
            - --requirepass
            - CANARYf
          command: [redis-server, --requirepass, CANARYg]
          # - name: DB_PASSWORD
          #   value: CANARYi
          # - {name: REDIS_PASSWORD, value: CANARYj}
          # postgres://u:CANARYk@db/x
          image: old # password : CANARYh
";
        for from in [
            "old",
            "name: web",
            "redis-server",
            "--requirepass\n",
            "REDIS",
            "{name: a",
        ] {
            let after = before.replace(from, &from.replacen(|char: char| char.is_alphabetic(), "x", 1));
            assert_ne!(before, after);
            let (shown, masked) = masked_diff("a.yaml", before, &after);
            assert!(!shown.join("\n").contains("CANARY"), "{from}: {shown:#?}");
            assert!(masked > 0 || from == "{name: a", "{from}");
        }
    }

    /// Anchors and aliases have names, which are no credentials, and stand for values that are written elsewhere.
    #[test]
    fn around_anchors_only_credentials_are_hidden() {
        let before = "kind: Deployment
spec:
  - &token-reader
    name: a
    env: &secret-env
      - &pw
        name: DB_PASSWORD
        value: &password CANARY
      - name: HOST
        value: b
  - <<: *token-reader
    env:
      - *pw
      - {name: API_TOKEN, value: *password}
      - name: SMTP_PASSWORD
        value: *password
  - *token-reader
class: a
";
        let shown = |from: &str, to: &str| masked_diff("a.yaml", before, &before.replace(from, to));
        let (all, masked) = shown("class: a", "class: b");
        assert_eq!(masked, 1, "{all:#?}");
        assert!(all.contains(&"   - *token-reader".to_owned()), "{all:#?}");
        let (all, masked) = shown("name: HOST", "name: HOSTS");
        let all = all.join("\n");
        assert!(
            !all.contains("CANARY") && all.contains("- <<: *token-reader") && all.contains("- &pw"),
            "{all}"
        );
        assert_eq!(masked, 1, "{all}");
    }

    /// Where a carriage return alone ends a line for YAML, a patch goes on in it.
    #[test]
    fn what_is_secret_in_old_lines_is_hidden() {
        let before =
            "kind: Deployment\rspec:\r  env:\r  - name: DB_PASSWORD\r    value: CANARY\r  class: a\r";
        let mixed = format!("kind: A\n---\n{before}\nb: c\n");
        let lonely = "kind: A\na: |\n  x\r  y\nclass: a\n";
        for text in [before, &mixed] {
            let (shown, masked) = masked_diff("a.yaml", text, &text.replace("class: a", "class: b"));
            assert!(!shown.join("\n").contains("CANARY") && masked > 0, "{shown:#?}");
        }
        let (shown, _) = masked_diff("a.yaml", lonely, &lonely.replace("class: a", "class: b"));
        assert!(shown.contains(&"   x␍  y".to_owned()), "{shown:#?}");
        assert!(shown.contains(&"+class: b".to_owned()), "{shown:#?}");
    }

    /// A list shows what changes in its items; those that are Secrets, or may be, stay hidden, wherever their values are written.
    #[test]
    fn lists_hide_what_is_secret_in_them_and_show_the_rest() {
        let before = "apiVersion: v1
kind: List
x-shared: &shared
  harmless: CANARYa
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: &meta
    name: a
    labels: {team: web}
  data: &data
    plain: shown
    copied: &copied CANARYb
- apiVersion: v1
  kind: Secret
  metadata: {<<: *meta, name: s}
  stringData:
    <<: *shared
    x: *copied
    y: CANARYc
- apiVersion: v1
  kind: ConfigMap
  metadata: {<<: *meta, name: b}
  data: *data
- metadata: {name: unknown}
  data: {z: CANARYd}
- &whole
  apiVersion: v1
  kind: Secret
  data: {z: CANARYe}
- *whole
- apiVersion: v1
  kind: Deployment
  spec:
    image: old
";
        for (from, to) in [
            ("team: web", "team: app"),
            ("name: b", "name: c"),
            ("image: old", "image: new"),
        ] {
            let (all, masked) = masked_diff("a.yaml", before, &before.replace(from, to));
            let all = all.join("\n");
            assert!(!all.contains("CANARY"), "{from}: {all}");
            assert!(all.contains(from) && all.contains(to), "{from}: {all}");
            assert_eq!(masked > 0, from != "image: old", "{from}: {all}");
        }
        let (all, _) = masked_diff("a.yaml", before, &before.replace("team: web", "team: app"));
        let all = all.join("\n");
        assert!(
            all.contains("   metadata: &meta")
                && all.contains("     plain: shown")
                && all.contains("     name: a"),
            "{all}"
        );
        let typed = before.replace("kind: List", "kind: ConfigMapList");
        let (all, _) = masked_diff("a.yaml", &typed, &typed.replace("name: unknown", "name: known"));
        assert!(all.contains(&"+- metadata: {name: known}".to_owned()), "{all:#?}");
        let secrets = "kind: SecretList\nitems:\n- data:\n    z: CANARY\n  metadata:\n    name: a\n";
        let (all, _) = masked_diff("a.yaml", secrets, &secrets.replace("name: a", "name: b"));
        assert!(!all.join("\n").contains("CANARY"), "{all:#?}");
    }

    #[test]
    fn comments_of_several_lines_are_judged_together() {
        for comment in [
            "# - --requirepass\n# - CANARY",
            "#   - redis-cli\n#   - -a\n#   - CANARY",
            "# password: >-\n#   CANARY",
            "# - value: CANARY\n#   name: DB_PASSWORD",
            "# [{value: CANARY,\n#  name: DB_PASSWORD}]",
            "# - name: DB_PASSWORD\n#\n#   value: CANARY",
            "# stringData:\n#   x: CANARY",
            "# kind: Secret\n# data:\n#   db: CANARY",
            "# -----BEGIN RSA PRIVATE KEY-----\n# CANARY\n# -----END RSA PRIVATE KEY-----",
            "# mysql -h db \\\n#   -pCANARY",
        ] {
            let before = format!("kind: A\n{comment}\nclass: a\n");
            let (shown, masked) = masked_diff("a.yaml", &before, &before.replace("class: a", "class: b"));
            assert!(!shown.join("\n").contains("CANARY"), "{shown:#?}");
            assert!(masked > 1, "{comment}");
        }
        let plain = "kind: A\n# what this is for:\n# the name: of it\nclass: a\n";
        assert_eq!(
            masked_diff("a.yaml", plain, &plain.replace("class: a", "class: b")).1,
            0
        );
    }

    #[test]
    fn what_stands_around_a_change_may_be_secret() {
        let before = "kind: Secret\nstringData:\n  other: hunter1\n---\nkind: Deployment\nspec:\n  env:\n  - name: DB_PASSWORD\n    value: hunter2\n  \
                      image: a\n  token: hunter3\n";
        let after = before
            .replace("image: a", "image: b")
            .replace("kind: Deployment", "kind: StatefulSet");
        let shown = file_preview("a.yaml", before, &after).join("\n");
        assert!(!shown.contains("hunter"), "{shown}");
        let flow = "env: {DB_PASSWORD: hunter4, image: a}\nnext: {'api-token': hunter5}\n";
        let shown = file_preview("a.yaml", flow, &flow.replace("image: a", "image: b")).join("\n");
        assert!(!shown.contains("hunter") && shown.contains("-…\n+…"), "{shown}");
        let shown = file_preview("a.yaml", before, &after).join("\n");
        assert!(
            shown.contains("-  image: a\n+  image: b") && shown.contains("- name: DB_PASSWORD"),
            "{shown}"
        );
    }
}
