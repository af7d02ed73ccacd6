//! Reads a METADATA block that must be complete, and collects everything that is wrong with it.

use super::Block;
use crate::policy::types::{KindPattern, Kinds, Parameter, Scope, Stage};
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
const CUSTOM: [&str; 12] = [
    "id",
    "severity",
    "evaluates",
    "kinds",
    "needs",
    "stages",
    "requires",
    "bundles",
    "frameworks",
    "remediation",
    "parameters",
    "examples",
];
/// Collections below `data` that may be absent.
const NEEDS: [&str; 3] = ["digitalocean", "spaces", "network"];
/// The longest id: annotations of objects carry it.
pub(in crate::policy) const MAX_ID: usize = 57;

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
    pub(in crate::policy) stages: Vec<Stage>,
    pub(in crate::policy) requires_complete: bool,
    pub(in crate::policy) bundles: Option<Vec<String>>,
    pub(in crate::policy) frameworks: BTreeMap<String, Vec<String>>,
    pub(in crate::policy) remediation: String,
    pub(in crate::policy) references: Vec<String>,
    pub(in crate::policy) parameters: Vec<Parameter>,
    pub(in crate::policy) examples: Vec<Value>,
}

/// Reads a block and collects what is wrong.
pub(super) struct Reader<'b> {
    block: &'b Block,
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

    fn problem(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
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
        let bundles = value
            .at(&["custom", "bundles"])
            .is_some()
            .then(|| self.texts(&["custom", "bundles"]));
        let frameworks = self.frameworks();
        let remediation = self.text(&["custom", "remediation"], "what to do about a finding");
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
            stages,
            requires_complete,
            bundles,
            frameworks,
            remediation: remediation?,
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
    fn missing(&mut self, path: &[&str], meaning: &str) {
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
    fn texts(&mut self, path: &[&str]) -> Vec<String> {
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

    fn item_place(&self, path: &[&str], index: usize) -> Place {
        let index = index.to_string();
        let path: Vec<&str> = path.iter().copied().chain([index.as_str()]).collect();
        self.block.place(&path)
    }

    fn kinds(&mut self, scope: Option<Scope>) -> Option<Kinds> {
        let path = ["custom", "kinds"];
        if self.block.value().at(&path).is_none() {
            self.missing(
                &path,
                "a list as `[v1/Service, apps/v1/Deployment]`, or `[\"*\"]` for all",
            );
            return None;
        }
        let texts = self.texts(&path);
        if texts.is_empty() {
            if scope == Some(Scope::Object) && self.block.value().items_at(&path).is_empty() {
                let place = self.block.place(&path);
                self.problem(
                    place,
                    "METADATA `custom.kinds` is empty",
                    "an object policy is for some kinds, or for all: `[\"*\"]`",
                );
            }
            return Some(Kinds::Only(Vec::new()));
        }
        let mut patterns = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match text.parse::<KindPattern>() {
                Ok(pattern) => patterns.push(pattern),
                Err(message) => {
                    let place = self.item_place(&path, index);
                    self.problem(
                        place,
                        message,
                        "write version/Kind or group/version/Kind, as v1/Service or apps/v1/Deployment",
                    );
                }
            }
        }
        if patterns
            .iter()
            .any(|pattern| [&pattern.group, &pattern.version, &pattern.kind] == ["*"; 3])
        {
            return Some(Kinds::All);
        }
        Some(Kinds::Only(patterns))
    }

    fn stages(&mut self) -> Vec<Stage> {
        let path = ["custom", "stages"];
        if self.block.value().at(&path).is_none() {
            self.missing(&path, "any of spec, manifests, live");
            return Vec::new();
        }
        let texts = self.texts(&path);
        if texts.is_empty() {
            let place = self.block.place(&path);
            self.problem(
                place,
                "METADATA `custom.stages` is empty",
                "use any of spec, manifests, live",
            );
        }
        let mut stages = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            if let Some(stage) = Stage::ALL.into_iter().find(|stage| stage.as_str() == text) {
                stages.push(stage);
            } else {
                let place = self.item_place(&path, index);
                let hint = suggest::hint(text, Stage::ALL.map(Stage::as_str), || {
                    "use any of spec, manifests, live".to_owned()
                });
                self.problem(place, format!("`{text}` is not a stage"), hint);
            }
        }
        stages.sort_unstable();
        stages.dedup();
        stages
    }

    fn requires(&mut self) -> bool {
        let path = ["custom", "requires"];
        match self.block.value().at(&path) {
            None | Some(Value::Null) => false,
            Some(value) if value.text() == Some("complete") => true,
            Some(_) => {
                let place = self.block.place(&path);
                self.problem(
                    place,
                    "METADATA `custom.requires` is not known",
                    "the one word it knows is `complete`",
                );
                false
            }
        }
    }

    fn needs(&mut self) -> Vec<String> {
        let path = ["custom", "needs"];
        let needs = self.texts(&path);
        for (index, need) in needs.iter().enumerate() {
            let root = need.split('.').next().unwrap_or_default();
            if !NEEDS.contains(&root) {
                let place = self.item_place(&path, index);
                let hint = suggest::hint(root, NEEDS, || {
                    "name a collection of the account or of Spaces, as digitalocean.load_balancers".to_owned()
                });
                self.problem(place, format!("`{need}` is nothing that can be needed"), hint);
            }
        }
        needs
    }

    fn frameworks(&mut self) -> BTreeMap<String, Vec<String>> {
        let path = ["custom", "frameworks"];
        let mut frameworks = BTreeMap::new();
        match self.block.value().at(&path) {
            None | Some(Value::Null) => {}
            Some(value @ Value::Object(_)) => {
                for (name, _) in value.clone().members() {
                    let controls = self.texts(&["custom", "frameworks", name]);
                    frameworks.insert(name.to_owned(), controls);
                }
            }
            Some(_) => {
                let place = self.block.place(&path);
                self.problem(
                    place,
                    "METADATA `custom.frameworks` must be a mapping",
                    "as `{cis-kubernetes: [\"5.3.2\"]}`",
                );
            }
        }
        frameworks
    }

    fn references(&mut self) -> Vec<String> {
        let items = self.block.value().items_at(&["related_resources"]).to_vec();
        items
            .iter()
            .filter_map(|item| item.text().or_else(|| item.text_at(&["ref"])))
            .map(str::to_owned)
            .collect()
    }

    fn parameters(&mut self) -> Vec<Parameter> {
        let path = ["custom", "parameters"];
        let members = match self.block.value().at(&path) {
            None | Some(Value::Null) => return Vec::new(),
            Some(value @ Value::Object(_)) => value.clone(),
            Some(_) => {
                let place = self.block.place(&path);
                self.problem(
                    place,
                    "METADATA `custom.parameters` must be a mapping",
                    "as `maxAge: {default: 24h, description: …}`",
                );
                return Vec::new();
            }
        };
        let mut parameters = Vec::new();
        for (name, value) in members.members() {
            let at = ["custom", "parameters", name];
            for (key, _) in value.members() {
                if !["default", "description"].contains(&key) {
                    let path = ["custom", "parameters", name, key];
                    let place = self.block.key_place(&path);
                    let hint = suggest::hint(key, ["default", "description"], || {
                        "a parameter has default and description".to_owned()
                    });
                    self.problem(
                        place,
                        format!("METADATA has an unknown key `{}`", path.join(".")),
                        hint,
                    );
                }
            }
            let description = value.text_at(&["description"]).unwrap_or("").trim().to_owned();
            if description.is_empty() {
                let place = self.block.key_place(&at);
                self.problem(
                    place,
                    format!("the parameter `{name}` has no description"),
                    format!("as `{name}: {{default: …, description: …}}`"),
                );
            }
            parameters.push(Parameter {
                name: name.to_owned(),
                default: value.field("default").cloned(),
                description,
            });
        }
        parameters
    }
}
