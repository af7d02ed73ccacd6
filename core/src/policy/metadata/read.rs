//! Reads a METADATA block that must be complete, and collects everything that is wrong with it.

use super::Block;
use crate::policy::types::{Kinds, Parameter, Scope, Stage};
use crate::policy::{Severity, suggest};
use crate::source::{Diagnostic, Place};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Annotation keys that OPA defines.
const ANNOTATIONS: [&str; 9] = [
    "title",
    "description",
    "scope",
    "entrypoint",
    "related_resources",
    "authors",
    "organizations",
    "schemas",
    "custom",
];
/// Keys of `custom` that we define.
const CUSTOM: [&str; 14] = [
    "id",
    "severity",
    "evaluates",
    "kinds",
    "needs",
    "stages",
    "declares",
    "requires",
    "bundles",
    "frameworks",
    "remediation",
    "noFix",
    "parameters",
    "examples",
];
/// The longest id: annotations of objects carry it.
pub const MAX_ID: usize = 57;

/// What a complete METADATA block declares.
#[derive(Debug)]
pub(in crate::policy) struct Declared {
    pub(in crate::policy) id: String,
    pub(in crate::policy) id_place: Place,
    pub(in crate::policy) title: String,
    pub(in crate::policy) description: String,
    pub(in crate::policy) severity: Severity,
    pub(in crate::policy) scope: Scope,
    pub(in crate::policy) kinds: Kinds,
    pub(in crate::policy) needs: Vec<String>,
    pub(in crate::policy) declares: Vec<String>,
    pub(in crate::policy) stages: Vec<Stage>,
    pub(in crate::policy) requires_complete: bool,
    pub(in crate::policy) bundles: Option<Vec<String>>,
    pub(in crate::policy) frameworks: BTreeMap<String, Vec<String>>,
    pub(in crate::policy) remediation: String,
    pub(in crate::policy) no_fix: Option<String>,
    pub(in crate::policy) references: Vec<String>,
    pub(in crate::policy) parameters: Vec<Parameter>,
    pub(in crate::policy) examples: Vec<Value>,
}

/// Reads a block and collects what is wrong.
pub(super) struct Reader<'b> {
    pub(super) block: &'b Block,
    problems: Vec<Diagnostic>,
}

impl<'b> Reader<'b> {
    pub(super) fn declared(block: &'b Block, last: &str) -> Result<Declared, Vec<Diagnostic>> {
        let mut reader = Self {
            block,
            problems: Vec::new(),
        };
        match reader.read(last) {
            Some(declared) if reader.problems.is_empty() => Ok(declared),
            _ => Err(reader.problems),
        }
    }

    pub(super) fn problem(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Diagnostic::new(message).at(place).hint(hint));
    }

    fn read(&mut self, last: &str) -> Option<Declared> {
        let value = self.block.value().clone();
        if !matches!(value, Value::Object(_)) {
            self.problem(
                self.block.header(),
                "the METADATA says nothing",
                "it needs title, description and custom",
            );
            return None;
        }
        self.unknown(&value, &[], &ANNOTATIONS);
        if !matches!(value.field("custom"), Some(Value::Object(_))) {
            self.problem(
                self.block.place(&["custom"]),
                "METADATA `custom` is missing",
                "it holds id, severity, evaluates, kinds, stages and remediation",
            );
            return None;
        }
        if let Some(custom) = value.field("custom") {
            self.unknown(custom, &["custom"], &CUSTOM);
        }
        if let Some(scope) = self.block.scope()
            && scope != "package"
        {
            self.problem(
                self.block.place(&["scope"]),
                format!("the METADATA has scope `{scope}`"),
                "a policy is declared with `scope: package`",
            );
        }
        let title = self.text(&["title"], "one line that says what is right");
        let description = self.text(&["description"], "a sentence on what is checked and why");
        let id = self.text(&["custom", "id"], &format!("as `id: {}`", last.replace('_', "-")));
        if let Some(id) = &id {
            self.check_id(id, last);
        }
        let severity = self.parsed(&["custom", "severity"], "low, medium, high or critical", |text| {
            text.parse().ok()
        });
        let scope = self.parsed(&["custom", "evaluates"], "object or environment", |text| {
            [Scope::Object, Scope::Environment]
                .into_iter()
                .find(|scope| scope.as_str() == text)
        });
        let kinds = self.kinds(scope);
        let stages = self.stages();
        let requires_complete = self.requires();
        let needs = self.needs();
        let declares = self.texts(&["custom", "declares"]);
        let bundles = value
            .at(&["custom", "bundles"])
            .is_some()
            .then(|| self.texts(&["custom", "bundles"]));
        let frameworks = self.frameworks();
        let remediation = self.text(&["custom", "remediation"], "what to do about a finding");
        let no_fix = value
            .at(&["custom", "noFix"])
            .is_some()
            .then(|| self.text(&["custom", "noFix"], "why no fix is proposed"));
        let references = self.references();
        let parameters = self.parameters();
        let examples = value.items_at(&["custom", "examples"]).to_vec();
        Some(Declared {
            id: id?,
            id_place: self.block.place(&["custom", "id"]),
            title: title?,
            description: description?,
            severity: severity?,
            scope: scope?,
            kinds: kinds?,
            needs,
            declares,
            stages,
            requires_complete,
            bundles,
            frameworks,
            remediation: remediation?,
            no_fix: no_fix.flatten(),
            references,
            parameters,
            examples,
        })
    }

    fn unknown(&mut self, object: &Value, at: &[&str], known: &[&str]) {
        for (key, _) in object.members() {
            if known.contains(&key) {
                continue;
            }
            let path: Vec<&str> = at.iter().copied().chain([key]).collect();
            let place = self.block.key_place(&path);
            // A key of ours one level too high, or one of OPA's one too low, is no slip of the pen.
            let hint = if at.is_empty() && CUSTOM.contains(&key) {
                format!("`{key}` belongs under `custom`")
            } else if !at.is_empty() && ANNOTATIONS.contains(&key) {
                format!("`{key}` stands beside `custom`, not in it")
            } else {
                suggest::hint(key, known.iter().copied(), || {
                    format!("known are {}", known.join(", "))
                })
            };
            self.problem(
                place,
                format!("METADATA has an unknown key `{}`", path.join(".")),
                hint,
            );
        }
    }

    /// The place for a complaint about something absent: what it should stand in.
    pub(super) fn missing(&mut self, path: &[&str], meaning: &str) {
        let name = path.join(".");
        let place = match path {
            ["custom", ..] => self.block.key_place(&["custom"]),
            _ => self.block.header(),
        };
        self.problem(
            place,
            format!("METADATA `{name}` is missing"),
            format!("add `{}`: {meaning}", path.last().copied().unwrap_or_default()),
        );
    }

    fn text(&mut self, path: &[&str], meaning: &str) -> Option<String> {
        match self.block.value().at(path) {
            None | Some(Value::Null) => {
                self.missing(path, meaning);
                None
            }
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(_) => {
                let place = self.block.place(path);
                self.problem(
                    place,
                    format!("METADATA `{}` must be text", path.join(".")),
                    meaning,
                );
                None
            }
        }
    }

    fn parsed<T>(&mut self, path: &[&str], words: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(path, words)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let place = self.block.place(path);
            self.problem(
                place,
                format!("METADATA `{}` is `{text}`", path.join(".")),
                format!("use {words}"),
            );
        }
        parsed
    }

    fn check_id(&mut self, id: &str, last: &str) {
        let place = self.block.place(&["custom", "id"]);
        let kebab = id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        let expected = last.replace('_', "-");
        if !kebab || !id.bytes().next().is_some_and(|first| first.is_ascii_lowercase()) {
            self.problem(
                place,
                format!("the id `{id}` is not in kebab case"),
                "use lower-case words joined by `-`, as `dedicated-load-balancer`",
            );
        } else if id.len() > MAX_ID {
            self.problem(
                place,
                format!(
                    "the id `{id}` has {} characters; at most {MAX_ID} are allowed",
                    id.len()
                ),
                "annotations carry the id, which limits its length",
            );
        } else if id != expected {
            self.problem(
                place,
                format!("the id `{id}` is not the package's last part `{last}`"),
                format!("write `id: {expected}`, or rename the package and its folder"),
            );
        }
    }

    /// The texts of a list; anything else in it is a problem.
    pub(super) fn texts(&mut self, path: &[&str]) -> Vec<String> {
        let items = match self.block.value().at(path) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(_)) => self.block.value().items_at(path).to_vec(),
            Some(_) => {
                let place = self.block.place(path);
                self.problem(
                    place,
                    format!("METADATA `{}` must be a list", path.join(".")),
                    "as `[a, b]`",
                );
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(text) = item.text() {
                texts.push(text.to_owned());
            } else {
                let place = self.item_place(path, index);
                self.problem(
                    place,
                    format!("METADATA `{}` lists something that is no text", path.join(".")),
                    "use texts",
                );
            }
        }
        texts
    }

    pub(super) fn item_place(&self, path: &[&str], index: usize) -> Place {
        let index = index.to_string();
        let path: Vec<&str> = path.iter().copied().chain([index.as_str()]).collect();
        self.block.place(&path)
    }
}
