//! METADATA: the YAML in comments by which a policy says what it is.

use super::types::{KindPattern, Kinds, Parameter, Scope, Stage};
use super::{Severity, suggest};
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place, SourceText};
use crate::value::{Value, ValueExt};
use crate::yaml::{Document, Limits, Part, SpanTree, load_part};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

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
/// Those by which a foreign file shows that it follows our contract.
const OURS: [&str; 4] = ["id", "severity", "evaluates", "kinds"];
/// Collections below `data` that may be absent.
const NEEDS: [&str; 3] = ["digitalocean", "spaces", "network"];
/// The longest id: annotations of objects carry it.
pub(super) const MAX_ID: usize = 57;

/// A METADATA block and what it says.
pub(super) struct Block {
    source: Arc<SourceText>,
    /// The bytes of the comment lines, `# METADATA` included.
    pub(super) range: Range<usize>,
    document: Option<Document>,
    spans: Option<SpanTree>,
}

/// What a complete METADATA block declares.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) id: String,
    pub(super) id_place: Place,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) severity: Severity,
    pub(super) scope: Scope,
    pub(super) kinds: Kinds,
    pub(super) needs: Vec<String>,
    pub(super) stages: Vec<Stage>,
    pub(super) requires_complete: bool,
    pub(super) bundles: Option<Vec<String>>,
    pub(super) frameworks: BTreeMap<String, Vec<String>>,
    pub(super) remediation: String,
    pub(super) references: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) examples: Vec<Value>,
}

/// The METADATA blocks of a text in order, each with the offset of the code after it. A block that is no YAML is an
/// error; whether that matters is the caller's to say.
pub(super) fn blocks(source: &Arc<SourceText>) -> Vec<(Result<Block, Diagnostic>, usize)> {
    let text = source.text.as_str();
    if !text.contains("METADATA") {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    let mut lines = lines(text).peekable();
    while let Some(line) = lines.next() {
        if text[line.clone()].trim_start().strip_prefix('#').map(str::trim) != Some("METADATA") {
            continue;
        }
        let mut end = line.end;
        while let Some(next) = lines.next_if(|next| text[next.clone()].trim_start().starts_with('#')) {
            end = next.end;
        }
        let code = lines
            .clone()
            .find(|line| {
                let line = text[line.clone()].trim();
                !line.is_empty() && !line.starts_with('#')
            })
            .map_or(text.len(), |line| {
                line.start + (text[line.clone()].len() - text[line].trim_start().len())
            });
        blocks.push((Block::read(source, line.start..end, line.end), code));
    }
    blocks
}

/// The byte ranges of the lines, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + Clone + '_ {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end + 1;
        range
    })
}

impl Block {
    /// Reads the YAML of a block. It is read in place: with the comment signs blanked, offsets are those of the file.
    fn read(
        source: &Arc<SourceText>,
        range: Range<usize>,
        first_line_end: usize,
    ) -> Result<Self, Diagnostic> {
        let text = source.text.as_str();
        let mut blanked = String::with_capacity(range.end);
        blanked.push_str(&text[..first_line_end]);
        for line in text[first_line_end..range.end].split_inclusive('\n') {
            blanked.push_str(&line.replacen('#', " ", 1));
        }
        let blanked = SourceText::new(source.name.clone(), blanked);
        let part = Part {
            index: 0,
            range: first_line_end..range.end,
        };
        let limits = Limits {
            nesting: 32,
            alias_nodes: 10_000,
            bytes: 1 << 20,
        };
        match load_part(&blanked, &part, &limits) {
            Ok(document) => Ok(Self {
                source: Arc::clone(source),
                range,
                spans: document.as_ref().map(Document::spans),
                document,
            }),
            Err(mut problem) => {
                let moved = |place: Place| Place::new(source, place.span);
                problem.place = problem.place.map(moved).or(Some(Place::new(source, range)));
                problem.related = problem.related.map(|(place, words)| (moved(place), words));
                problem.message = format!("the METADATA cannot be read: {}", problem.message);
                Err(problem)
            }
        }
    }

    /// What it says, null when it says nothing.
    pub(super) fn value(&self) -> &Value {
        self.document
            .as_ref()
            .map_or(&Value::Null, |document| &document.value)
    }

    /// Whether it follows our contract: it has one of the keys that only we define.
    pub(super) fn is_ours(&self) -> bool {
        OURS.iter().any(|key| self.value().at(&["custom", key]).is_some())
    }

    /// The id that it declares, right or wrong.
    pub(super) fn id(&self) -> Option<String> {
        self.value().text_at(&["custom", "id"]).map(str::to_owned)
    }

    /// A text of it, as `title`.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.value()
            .text_at(&[field])
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// The words of its scope; `None` when it does not say.
    pub(super) fn scope(&self) -> Option<&str> {
        self.value().text_at(&["scope"])
    }

    fn header(&self) -> Place {
        let text = &self.source.text[self.range.clone()];
        let end = text.find('\n').unwrap_or(text.len());
        let start = text.find('#').unwrap_or(0);
        Place::new(
            &self.source,
            self.range.start + start..self.range.start + text[..end].trim_end().len(),
        )
    }

    fn place(&self, path: &[&str]) -> Place {
        let path = FieldPath(path.iter().map(|key| element(key)).collect());
        self.spans.as_ref().map_or_else(
            || self.header(),
            |spans| Place::new(&self.source, spans.locate(&path).span),
        )
    }

    fn key_place(&self, path: &[&str]) -> Place {
        let fields = FieldPath(path.iter().map(|key| element(key)).collect());
        self.spans
            .as_ref()
            .and_then(|spans| spans.locate_key(&fields))
            .map_or_else(|| self.place(path), |place| Place::new(&self.source, place.span))
    }

    /// Reads a block that must be complete; all that is wrong with it is said at once. `last` is the last part of the
    /// package.
    pub(super) fn declared(&self, last: &str) -> Result<Declared, Vec<Diagnostic>> {
        let mut reader = Reader {
            block: self,
            problems: Vec::new(),
        };
        let declared = reader.read(last);
        match declared {
            Some(declared) if reader.problems.is_empty() => Ok(declared),
            _ => Err(reader.problems),
        }
    }
}

fn element(step: &str) -> PathElement {
    match step.parse() {
        Ok(index) => PathElement::Index(index),
        Err(_) => PathElement::Key(step.to_owned()),
    }
}

/// Reads a block and collects what is wrong.
struct Reader<'b> {
    block: &'b Block,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
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
            match Stage::ALL.into_iter().find(|stage| stage.as_str() == text) {
                Some(stage) => stages.push(stage),
                None => {
                    let place = self.item_place(&path, index);
                    let hint = suggest::hint(text, Stage::ALL.map(Stage::as_str), || {
                        "use any of spec, manifests, live".to_owned()
                    });
                    self.problem(place, format!("`{text}` is not a stage"), hint);
                }
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
