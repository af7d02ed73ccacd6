//! What holds for edits of every document: either a reason why not, or exactly the patched value, and not a byte of any
//! other document.

use super::super::edit::{edit, edit_without_repeating, reference};
use super::super::{Document, Limits, documents, split};
use super::both_orders::{Order, read_by};
use crate::path::{FieldPath, PathElement};
use crate::source::SourceText;
use crate::value::patch::{Operation, OperationKind};
use crate::value::{Value, ValueExt, array, object};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeSet;
use std::fmt::Write as _;

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9i64..99).prop_map(Value::from),
        "[a-d]{1,3}".prop_map(Value::from),
        "[-+.0-9a-fxoyn_:]{1,6}".prop_map(Value::from),
        "[a-c .:#'\"{}\\[\\]|>&*!%@`,~?\u{E9}\t\n-]{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "y", "no", "null", "~", "<<", "---", "", "0777", "a\nb\n", "a\n b", "x\n\n"
        ])
        .prop_map(Value::from),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-e]", 1 => prop::sample::select(vec!["y", "1", "<<", "x/y.z", "a b", "~", "#"]).prop_map(str::to_owned)]
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(array),
            prop::collection::vec((keys(), inner), 0..4).prop_map(object),
        ]
    })
}

/// A value as somebody might write it, by the dice.
struct Author<'d> {
    dice: &'d [u8],
    at: usize,
    text: String,
}

impl Author<'_> {
    fn roll(&mut self, sides: u8) -> u8 {
        self.at += 1;
        self.dice[self.at % self.dice.len()] % sides
    }

    fn comment(&mut self, column: usize) {
        match self.roll(6) {
            0 => write!(self.text, "\n{}# about", " ".repeat(column)).unwrap(),
            1 => self.text.push_str("\n\n# apart\n"),
            _ => {}
        }
    }

    fn end(&mut self) {
        match self.roll(5) {
            0 => self.text.push_str(" # same line"),
            1 => self.text.push(' '),
            _ => {}
        }
    }

    fn scalar(&mut self, value: &Value) {
        let quoted = |text: &str| !text.contains(['\n', '\t']);
        match value.text() {
            Some(text) if quoted(text) && self.roll(3) == 0 => {
                write!(self.text, "'{}'", text.replace('\'', "''")).unwrap();
            }
            Some(text) if text.len() > 1 && text.bytes().all(|byte| matches!(byte, b'a'..=b'd')) => {
                self.text.push_str(text);
            }
            _ => write!(self.text, "{value}").unwrap(),
        }
    }

    fn flow(&mut self, value: &Value, column: usize) {
        let (open, close) = match value {
            Value::Object(_) => ('{', '}'),
            Value::Array(_) => ('[', ']'),
            _ => return self.scalar(value),
        };
        let lines = self.roll(3) == 0;
        self.text.push(open);
        let members: Vec<_> = value.members().map(|(key, member)| (Some(key), member)).collect();
        let items = value.items().iter().map(|item| (None, item));
        let all: Vec<_> = members.into_iter().chain(items).collect();
        for (at, (key, member)) in all.iter().enumerate() {
            if lines {
                write!(self.text, "\n{}", " ".repeat(column + 2)).unwrap();
            }
            if let Some(key) = key {
                write!(self.text, "{}: ", Value::from(*key)).unwrap();
            }
            self.flow(member, column + 2);
            if at + 1 < all.len() || self.roll(5) == 0 {
                self.text.push(',');
                if !lines {
                    self.text.push(' ');
                } else if self.roll(4) == 0 {
                    self.text.push_str(" # in brackets");
                }
            }
        }
        if lines {
            write!(self.text, "\n{}", " ".repeat(column + 1)).unwrap();
        }
        self.text.push(close);
    }

    /// What follows a colon, a dash or the mark of the document; the column is that of these.
    fn follow(&mut self, value: &Value, column: usize, inside: usize, dash: bool) {
        if self.roll(8) == 0 && value.text().is_some() {
            self.text.push_str(" !!str");
        } else if self.roll(12) == 0 {
            write!(self.text, " &n{}", self.at).unwrap();
        }
        let many = value.members().next().is_some() || !value.items().is_empty();
        let plain = !self.text.ends_with(char::is_alphanumeric) || self.text.ends_with("---");
        if many && self.roll(3) > 0 {
            let compact = dash && plain && self.roll(2) == 0;
            if !compact {
                self.end();
            }
            let mut first = compact;
            if let Value::Object(_) = value {
                for (key, member) in value.members() {
                    self.line(inside, std::mem::take(&mut first));
                    write!(self.text, "{}:", Value::from(key)).unwrap();
                    self.follow(member, inside, inside + 2, false);
                }
            } else {
                let column = if dash || self.roll(2) == 0 { inside } else { column };
                for item in value.items() {
                    self.line(column, std::mem::take(&mut first));
                    self.text.push('-');
                    self.follow(item, column, column + 2, true);
                }
            }
            return;
        }
        let literal = value.text().filter(|text| {
            !text.starts_with(['\n', ' ', '\t']) && text.ends_with('\n') && !text.contains(['\t', '"', '\\'])
        });
        match literal {
            Some(text) if inside > 0 && self.roll(2) == 0 => {
                self.text.push_str(" |+");
                for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                    let pad = if line.is_empty() { 0 } else { inside };
                    write!(self.text, "\n{}{line}", " ".repeat(pad)).unwrap();
                }
            }
            _ if *value == Value::Null && self.roll(2) == 0 => self.end(),
            _ => {
                self.text.push(' ');
                self.flow(value, inside);
                self.end();
            }
        }
    }

    fn line(&mut self, column: usize, compact: bool) {
        if compact {
            self.text.push(' ');
        } else {
            self.comment(column);
            write!(self.text, "\n{}", " ".repeat(column)).unwrap();
        }
    }
}

/// A document in which a value is used again by aliases, merge keys and keys, by the dice.
/// `contested`: a key may stand above a merge key that brings it, too.
fn shared(value: &Value, dice: &[u8], contested: bool) -> String {
    let mut author = Author {
        dice,
        at: 0,
        text: "a: &shared".to_owned(),
    };
    author.end();
    for (key, member) in value.members() {
        author.line(2, false);
        write!(author.text, "{}:", Value::from(key)).unwrap();
        author.follow(member, 2, 4, false);
    }
    let users = [
        "b: *shared # use",
        "c:\n  x: 0\n  <<: *shared\n  z: 1",
        "d: [*shared, 1]",
        "e: &more\n  # about\n  <<: *shared # of it\n  own: {k: 1}",
        "f:\n- <<: [*shared, *more]\n  a: 1\n- *more",
        "g: {<<: *more, a: 2, k: [*shared]}",
        "h:\n  a: 1 # here\n  b: 2\n  <<:\n  - *more\n  - *shared",
        "i: &word text\n*word : 1",
        "j: {<<: &inner {a: 3, b: *shared}}\nk: *inner\nl:\n  <<: *inner\n  b: 1",
    ];
    author.text.push('\n');
    for (at, user) in users.iter().enumerate() {
        let fits = contested || !user.starts_with("h:");
        if at <= 3 || fits && author.roll(2) == 0 {
            author.text.push_str(user);
            author.text.push('\n');
        }
    }
    if author.roll(3) == 0 {
        author.text = author.text.replace('\n', "\r\n");
    }
    author.text
}

/// A stream of documents with the value of each.
fn write_stream(values: &[Value], dice: &[u8]) -> String {
    let mut author = Author {
        dice,
        at: 0,
        text: String::new(),
    };
    for value in values {
        author.text.push_str("---");
        author.follow(value, 0, 0, false);
        author.text.push('\n');
    }
    if author.roll(4) == 0 {
        author.text.pop();
    }
    if author.roll(3) == 0 {
        author.text = author.text.replace('\n', "\r\n");
    }
    author.text
}

/// Operations on places that exist, mostly.
fn change(value: &Value, rolls: &[u8], new: Value) -> Operation {
    let mut path = Vec::new();
    let mut here = value;
    for roll in &rolls[2..] {
        let roll = usize::from(*roll);
        let children: Vec<(String, &Value)> = match here {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| (at.to_string(), item))
                .collect(),
            _ => here
                .members()
                .map(|(key, member)| (key.to_owned(), member))
                .collect(),
        };
        let Some((segment, child)) = children.get(roll % (children.len() + 1)) else {
            break;
        };
        path.push(segment.clone());
        here = child;
    }
    let kind = match rolls[0] % 5 {
        0 | 1 => OperationKind::Add,
        2 | 3 => OperationKind::Replace,
        _ => OperationKind::Remove,
    };
    if kind == OperationKind::Add {
        match here {
            Value::Array(_) => path.push(if rolls[1].is_multiple_of(2) { "-" } else { "0" }.to_owned()),
            _ => path.push(["a", "new", "y", "x/y"][usize::from(rolls[1] % 4)].to_owned()),
        }
    }
    Operation {
        from: None,
        kind,
        path,
        value: (kind != OperationKind::Remove).then_some(new),
    }
}

fn load(text: &str) -> Vec<Document> {
    let source = SourceText::new("x", text);
    let limits = Limits::default();
    documents(&source, &limits).filter_map(Result::ok).collect()
}

/// The properties of one edit; whether it was done.
pub(super) fn holds(document: &Document, changes: &[Operation]) -> Result<bool, TestCaseError> {
    let text = &document.source.text;
    let target = reference(&document.value, changes);
    let after = match (edit(document, changes), &target) {
        (Ok(after), Ok(_)) => after,
        (Ok(_), Err(reason)) => return Err(TestCaseError::fail(format!("edited although {reason}"))),
        (Err(cannot), _) => {
            prop_assert!(!cannot.reason.contains('\n'));
            return Ok(false);
        }
    };
    let target = target.unwrap_or(Value::Null);
    let source = SourceText::new("x", after.clone());
    if after != *text {
        let end = document.range.end + after.len() - text.len();
        for (text, said) in [
            (&text[document.range.clone()], &document.value),
            (&after[document.range.start..end], &target),
        ] {
            for order in [Order::Go2, Order::Go3] {
                prop_assert_eq!(&read_by(text, order), said, "{:?} of {:?}", order, text);
            }
        }
    }
    let (before, parts) = (split(&document.source), split(&source));
    prop_assert_eq!(before.len(), parts.len());
    for (old, new) in before.iter().zip(&parts) {
        if old.index != document.index {
            prop_assert_eq!(&text[old.range.clone()], &after[new.range.clone()]);
        }
    }
    let again = load(&after)
        .into_iter()
        .find(|again| again.index == document.index);
    prop_assert_eq!(
        again.as_ref().map_or(&Value::Null, |again| &again.value),
        &target,
        "{:?}",
        after
    );
    prop_assert_eq!(text.ends_with('\n'), after.ends_with('\n'), "{:?}", after);
    let lone = |text: &str| text.replace("\r\n", "").contains('\n');
    prop_assert!(lone(text) || !text.contains('\n') || !lone(&after), "{:?}", after);
    if let ([change], Some(again)) = (changes, &again) {
        only_where_it_must(document, change, again)?;
    }
    if let Some(again) = again {
        prop_assert_eq!(edit(&again, &[]), Ok(after.clone()));
        let replaces = changes.len() == 1 && changes[0].kind == OperationKind::Replace;
        if replaces {
            prop_assert_eq!(edit(&again, changes), Ok(after));
        }
    }
    Ok(true)
}

/// The comments stay, and so do the lines before and after what an operation names.
fn only_where_it_must(
    document: &Document,
    change: &Operation,
    again: &Document,
) -> Result<(), TestCaseError> {
    let (before, after) = (&document.source.text, &again.source.text);
    let scalar = |value: &Value| match value {
        Value::Object(_) | Value::Array(_) => false,
        Value::String(text) => !text.contains('\n'),
        _ => true,
    };
    let all = paths(&document.value);
    let old = all
        .iter()
        .find(|(path, _)| *path == change.path)
        .map(|(_, value)| value);
    let index = change.path.last().is_some_and(|last| last == "0");
    let adds = change.kind == OperationKind::Add && (old.is_none() || index);
    // A document that is one block scalar loses the comment of its header.
    let inner = !change.path.is_empty();
    if inner && change.kind != OperationKind::Remove && (adds || old.is_some_and(scalar)) {
        let texts = |document: &Document| -> Vec<String> {
            document
                .comments()
                .into_iter()
                .map(|comment| comment.text)
                .collect()
        };
        // A block scalar that goes may have looked like comments, and a key added to a scalar there is none.
        prop_assert_eq!(texts(document), texts(again), "{:?} of {:?}", after, before);
    }
    if change.kind != OperationKind::Replace || before.contains(['*', '<']) || change.path.is_empty() {
        return Ok(());
    }
    let raw: Vec<Value> = change
        .path
        .iter()
        .map(|segment| Value::from(segment.as_str()))
        .collect();
    let elements = raw.iter().scan(&document.value, |here, segment| {
        let (element, next) = match here {
            Value::Array(items) => {
                let at: usize = segment.text()?.parse().ok()?;
                (PathElement::Index(at), items.get(at)?)
            }
            _ => (
                PathElement::Key(segment.text()?.to_owned()),
                here.field(segment.text()?)?,
            ),
        };
        *here = next;
        Some(element)
    });
    let path = FieldPath(elements.collect());
    let spans = document.spans();
    let value = spans.locate(&path).span;
    // The dash of an element may stand lines above it, behind comments.
    let head = spans.locate_key(&path).map_or(0, |key| key.span.start);
    let head = before[..head].rfind('\n').map_or(0, |newline| newline + 1);
    let tail = before[value.end..]
        .find('\n')
        .map_or("", |newline| &before[value.end + newline..]);
    prop_assert!(after.starts_with(&before[..head]), "{:?} of {:?}", after, before);
    // The places of lists end before an empty last element, and before the comments above it; those of nothing before its tag.
    let tail = tail.trim_start();
    let mut lines = tail.lines().map(str::trim_start);
    let next = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let ends_early = next.is_some_and(|line| line.starts_with(['-', '!', '&']));
    prop_assert!(ends_early || after.ends_with(tail), "{:?} of {:?}", after, before);
    Ok(())
}

/// Every value with its path.
pub(super) fn paths(root: &Value) -> Vec<(Vec<String>, Value)> {
    let mut open = vec![(Vec::new(), root)];
    let mut found = Vec::new();
    while let Some((path, value)) = open.pop() {
        found.push((path.clone(), value.clone()));
        let below = |segment: String| [&path[..], &[segment]].concat();
        open.extend(
            value
                .members()
                .map(|(key, member)| (below(key.to_owned()), member)),
        );
        open.extend(
            value
                .items()
                .iter()
                .enumerate()
                .map(|(at, item)| (below(at.to_string()), item)),
        );
    }
    found
}

fn replace(path: Vec<String>, value: Value) -> Operation {
    Operation {
        from: None,
        kind: OperationKind::Replace,
        path,
        value: Some(value),
    }
}

type Rolls = Vec<(Vec<u8>, Value)>;

fn operations() -> impl Strategy<Value = Rolls> {
    prop::collection::vec((prop::collection::vec(any::<u8>(), 7), values()), 1..4)
}

fn dice() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(std::env::var("CASES").map_or(600, |cases| cases.parse().unwrap())))]

    #[test]
    fn an_edit_is_the_patch_or_a_reason(values in prop::collection::vec(values(), 1..4), dice in dice(), operations in operations(), pick in any::<prop::sample::Index>()) {
        let text = write_stream(&values, &dice);
        let documents = load(&text);
        prop_assume!(!documents.is_empty());
        let document = pick.get(&documents);
        let mut value = document.value.clone();
        let mut changes = Vec::new();
        for (rolls, new) in operations {
            let change = change(&value, &rolls, new);
            if let Ok(next) = reference(&value, std::slice::from_ref(&change)) {
                value = next;
            }
            changes.push(change);
        }
        holds(document, &changes)?;
    }

    #[test]
    fn a_value_by_itself_changes_nothing(values in prop::collection::vec(values(), 1..3), dice in dice()) {
        let text = write_stream(&values, &dice);
        for document in load(&text) {
            for (path, value) in paths(&document.value) {
                prop_assert_eq!(edit(&document, &[replace(path, value)]), Ok(text.clone()));
            }
        }
    }

    #[test]
    fn anchors_keep_their_other_users(value in values(), dice in dice(), operations in operations()) {
        for document in load(&shared(&value, &dice, true)) {
            let mut value = document.value.clone();
            let mut changes = Vec::new();
            for (rolls, new) in &operations {
                let change = change(&value, rolls, new.clone());
                if let Ok(next) = reference(&value, std::slice::from_ref(&change)) {
                    value = next;
                    holds(&document, std::slice::from_ref(&change))?;
                    changes.push(change);
                }
            }
            holds(&document, &changes)?;
        }
    }

    #[test]
    fn no_credential_is_written_twice(value in values(), dice in dice(), operations in operations()) {
        let members = value.members().map(|(key, member)| (key.to_owned(), member.clone()));
        let value = object(members.chain([("p".to_owned(), Value::from("canary"))]));
        let unrepeated = BTreeSet::from([Value::from("canary")]);
        let often = |text: &str| text.matches("canary").count();
        for document in load(&shared(&value, &dice, true)) {
            let (rolls, new) = &operations[0];
            let changes = [change(&document.value, rolls, new.clone())];
            if let Ok(after) = edit_without_repeating(&document, &changes, &unrepeated) {
                prop_assert!(often(&after) <= often(&document.source.text), "{:?} of {:?}", after, document.source.text);
                holds(&document, &changes)?;
            }
        }
    }

    #[test]
    fn json_stays_json(value in values(), operations in operations()) {
        let Some(document) = load(&value.to_string()).into_iter().next() else { return Ok(()) };
        let changes: Vec<_> = operations.into_iter().take(1).map(|(rolls, new)| change(&value, &rolls, new)).collect();
        let Ok(target) = reference(&value, &changes) else { return Ok(()) };
        if !matches!(value, Value::Object(_) | Value::Array(_)) {
            return Ok(());
        }
        let after = edit(&document, &changes);
        prop_assert!(after.is_ok(), "{:?}", after);
        prop_assert_eq!(Value::from_json_str(&after.unwrap()).unwrap(), target);
    }

    #[test]
    fn any_text_holds(lines in prop::collection::vec("( {0,4})(- )?([a-b<]{1,2}: ?)?(&a |\\*a|[|>]|\\[|\\]|\\{|\\}|'|\"|!!str |---|1|x){0,2}( #c)?", 1..10), operations in operations()) {
        for document in load(&lines.join("\n")) {
            for (rolls, new) in &operations {
                holds(&document, &[change(&document.value, rolls, new.clone())])?;
            }
        }
    }
}

/// The same where anchors are shared.
#[test]
fn most_edits_of_what_is_shared_are_done() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut done, mut refused) = (0, Vec::new());
    for _ in 0..1500 {
        let tree = (values(), dice(), operations()).new_tree(&mut runner).unwrap();
        let (value, dice, operations) = tree.current();
        for document in load(&shared(&value, &dice, false)) {
            let change = change(&document.value, &operations[0].0, operations[0].1.clone());
            if reference(&document.value, std::slice::from_ref(&change)).is_err() {
                continue;
            }
            match edit(&document, std::slice::from_ref(&change)) {
                Ok(_) => done += 1,
                Err(cannot) => refused.push(format!(
                    "{}: {:?} {change:?}",
                    cannot.reason, document.source.text
                )),
            }
        }
    }
    if std::env::var_os("SHOW_REFUSED").is_some() {
        println!("{done} done\n{}", refused.join("\n"));
    }
    assert!(
        done > 400 && refused.len() * 50 < done,
        "{done} done, {} refused: {:?}",
        refused.len(),
        refused.first()
    );
}

/// Most edits must be possible: a reason for everything would hold as well.
#[test]
fn most_edits_are_done() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut done, mut refused) = (0, Vec::new());
    for _ in 0..1500 {
        let tree = (values(), dice(), operations()).new_tree(&mut runner).unwrap();
        let (value, dice, operations) = tree.current();
        let text = write_stream(std::slice::from_ref(&value), &dice);
        for document in load(&text) {
            let change = change(&document.value, &operations[0].0, operations[0].1.clone());
            if reference(&document.value, std::slice::from_ref(&change)).is_err() {
                continue;
            }
            match edit(&document, std::slice::from_ref(&change)) {
                Ok(_) => done += 1,
                Err(cannot) => refused.push(format!("{}: {text:?} {change:?}", cannot.reason)),
            }
        }
    }
    if std::env::var_os("SHOW_REFUSED").is_some() {
        println!("{done} done\n{}", refused.join("\n"));
    }
    assert!(
        refused.len() * 50 < done,
        "{done} done, {} refused: {}",
        refused.len(),
        refused[0]
    );
}
