//! Whether the merged spec has the shape that its JSON Schema describes, with words for people.
//!
//! One truth: the schema is made from the types, and this module walks it. A general validator would say "is not valid
//! under any of the schemas"; the schema here only uses a few forms, each of which deserves a sentence of its own.

use super::files::{Files, Origin};
use super::node::{Content, Node};
use super::scalar;
use super::schema::WHOLE;
use super::secrecy::shown;
use super::wording::{article, listed, meant, singular};
use crate::path::{FieldPath, PathElement};
use crate::source::Diagnostic;
use serde_json::Value;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Diagnostic>,
    /// Paths of the problems by keys and indexes, as far as checks of meaning must know of them.
    pub(super) damaged: Vec<Vec<String>>,
    /// Where something stands that may be a secret.
    pub(super) secrets: Vec<Origin>,
}

/// Checks `root` and resolves the paths in it against the files that wrote them.
pub(super) fn check(files: &Files, root: &mut Node) -> Found {
    let mut walk = Walk {
        files,
        found: Found::default(),
        path: Vec::new(),
        names: FieldPath::default(),
    };
    walk.node(root, &WHOLE);
    walk.found
}

struct Walk<'f> {
    files: &'f Files,
    found: Found,
    path: Vec<String>,
    names: FieldPath,
}

/// The schemas that a value may follow, sorted by what kind of value they describe.
#[derive(Default)]
struct Forms<'s> {
    words: Vec<&'s str>,
    /// Maps with one member, whose key tells which: the key and the member's schema.
    tags: Vec<(&'s str, &'s Value)>,
    others: Vec<&'s Value>,
    secret: bool,
}

impl<'s> Forms<'s> {
    fn collect(&mut self, schema: &'s Value) {
        self.secret |= schema.get("x-secret").is_some();
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if let Some(target) = WHOLE.get("$defs").and_then(|definitions| definitions.get(name)) {
                self.collect(target);
            }
            return;
        }
        for alternatives in ["oneOf", "anyOf"].iter().filter_map(|key| schema.get(key)?.as_array()) {
            for alternative in alternatives {
                match tag(alternative) {
                    Some(tag) => self.tags.push(tag),
                    None => self.collect(alternative),
                }
            }
            return;
        }
        match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
            (Some(Value::String(word)), _) => self.words.push(word),
            (_, Some(words)) => self.words.extend(words.iter().filter_map(Value::as_str)),
            _ if schema.get("type") == Some(&Value::from("null")) => {}
            _ => self.others.push(schema),
        }
    }

    /// The schema for values of one of these JSON types.
    fn of_type(&self, names: &[&str]) -> Option<&'s Value> {
        self.others
            .iter()
            .find(|schema| types(schema).any(|own| names.contains(&own)))
            .copied()
    }

    /// What is expected, in words.
    fn expected(&self) -> String {
        let mut expected: Vec<String> = Vec::new();
        if !self.words.is_empty() {
            expected.push(listed(self.words.iter().copied(), "or"));
        }
        if !self.tags.is_empty() {
            expected.push("a map".to_owned());
        }
        for schema in &self.others {
            for name in types(schema) {
                let words = match name {
                    "string" => "text",
                    "integer" => "a whole number",
                    "number" => "a number",
                    "boolean" => "true or false",
                    "array" => "a list",
                    "object" => "a map",
                    _ => continue,
                };
                expected.push(words.to_owned());
            }
        }
        expected.dedup();
        expected.join(" or ")
    }
}

/// The key and schema of an alternative that is a map with exactly one member.
fn tag(schema: &Value) -> Option<(&str, &Value)> {
    let properties = schema.get("properties")?.as_object()?;
    let (key, member) = properties.iter().next()?;
    let required = schema.get("required")?.as_array()?;
    (properties.len() == 1 && required.len() == 1).then_some((key.as_str(), member))
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match schema.get("type") {
        Some(Value::String(name)) => (Some(name.as_str()), None),
        Some(Value::Array(names)) => (None, Some(names.iter().filter_map(Value::as_str))),
        _ => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node, schema: &Value) {
        let mut forms = Forms::default();
        forms.collect(schema);
        if forms.others.iter().any(|schema| types(schema).next().is_none()) && forms.words.is_empty() {
            // Anything goes: parameters of policies.
            return;
        }
        if forms.secret && !matches!(node.content, Content::Map(_)) {
            return self.plain_secret(node);
        }
        let wanted = match &node.content {
            Content::Map(_) if !forms.tags.is_empty() => return self.tagged(node, &forms),
            Content::Map(_) => forms.of_type(&["object"]),
            Content::List(_) => forms.of_type(&["array"]),
            Content::Scalar(value) => return self.scalar(node, value.clone(), &forms),
        };
        match (wanted, &mut node.content) {
            (Some(schema), Content::Map(_)) => self.map(node, schema),
            (Some(schema), Content::List(_)) => self.list(node, schema),
            _ => self.wrong_type(node, &forms),
        }
    }

    fn scalar(&mut self, node: &mut Node, value: crate::value::Value, forms: &Forms<'_>) {
        use crate::value::Value as Scalar;
        match &value {
            Scalar::String(text) => match forms.of_type(&["string"]) {
                Some(schema) => self.text(node, text, schema),
                None if forms.words.contains(&&**text) => {}
                None if forms.words.is_empty() => self.wrong_type(node, forms),
                None => self.word(node, text, forms),
            },
            Scalar::Bool(value) => match forms.of_type(&["boolean"]) {
                Some(schema) if schema.get("const") == Some(&Value::Bool(!value)) => {
                    self.say(node, "only `true` means something here", |problem| {
                        problem.hint("remove the field, or choose another of the alternatives")
                    });
                }
                Some(_) => {}
                None => self.wrong_type(node, forms),
            },
            Scalar::Number(_) => match forms.of_type(&["integer", "number"]) {
                Some(schema) => self.number(node, &value, schema),
                None => self.wrong_type(node, forms),
            },
            _ => self.wrong_type(node, forms),
        }
    }

    fn text(&mut self, node: &mut Node, text: &str, schema: &Value) {
        let Some(kind) = schema.get(scalar::KIND).and_then(Value::as_str) else {
            return;
        };
        if let Some(wrong) = scalar::judge(kind, text) {
            if kind == "variable" || kind == "commandWord" {
                self.found.secrets.push(node.origin.clone());
                self.say(node, &format!("the text here {}", wrong.what), |problem| problem.hint(wrong.hint));
            } else {
                self.say(node, &format!("{} {}", shown(text), wrong.what), |problem| problem.hint(wrong.hint));
            }
        } else if kind == "path" && self.path.first().is_some_and(|first| first == "spec") {
            let resolved = self.files.resolve(node.origin.file, text);
            node.content = Content::Scalar(crate::value::Value::from(resolved.as_str()));
        }
    }

    fn word(&mut self, node: &Node, text: &str, forms: &Forms<'_>) {
        let choices = listed(forms.words.iter().copied(), "or");
        let or_list = if forms.of_type(&["array"]).is_some() { ", or a list" } else { "" };
        let hint = match meant(text, forms.words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None if forms.words.len() == 1 && or_list.is_empty() => format!("write {choices}"),
            None => format!("write one of {choices}{or_list}"),
        };
        let field = self.field();
        self.say(node, &format!("{} is not {}", shown(text), article(&format!("`{field}`"))), |problem| {
            problem.hint(hint)
        });
    }

    fn number(&mut self, node: &Node, value: &crate::value::Value, schema: &Value) {
        let whole = value.as_i64().ok();
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let number = value.as_f64().unwrap_or_default();
        if whole.is_none() && types(schema).all(|name| name == "integer") {
            self.say(node, &format!("`{value}` is not a whole number"), |problem| problem);
        } else if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            let range = match (least, most.filter(|most| *most < 1e6)) {
                (Some(least), Some(most)) => format!("write a number from {least} to {most}"),
                (Some(least), None) => format!("write {least} or more"),
                (None, Some(most)) => format!("write {most} or less"),
                (None, None) => "write a smaller number".to_owned(),
            };
            self.say(node, &format!("`{value}` is out of range"), |problem| problem.hint(range));
        }
    }

    fn list(&mut self, node: &mut Node, schema: &Value) {
        let field = self.field();
        let one = singular(&field);
        let origin = node.origin.clone();
        let Content::List(items) = &mut node.content else {
            return;
        };
        if schema.get("minItems").is_some() && items.is_empty() {
            self.say_at(&origin, false, &format!("`{field}` is empty"), |problem| {
                problem.hint(format!("list at least one {one}"))
            });
        }
        let item_schema = schema.get("items").unwrap_or(&Value::Null);
        for (index, item) in items.iter_mut().enumerate() {
            let element = match item.text_at("name").or_else(|| item.text_at("service")) {
                Some(name) if item.get("name").is_some() => PathElement::Where {
                    key: "name".to_owned(),
                    value: name.to_owned(),
                },
                Some(service) => PathElement::Where {
                    key: "service".to_owned(),
                    value: service.to_owned(),
                },
                None => PathElement::Index(index),
            };
            self.enter(index.to_string(), element);
            if matches!(&item.content, Content::Scalar(crate::value::Value::Null)) {
                self.say(item, &format!("an empty item in `{field}`"), |problem| {
                    problem.hint("write a value behind the hyphen, or remove it")
                });
            } else {
                self.node(item, item_schema);
            }
            self.leave();
        }
        let unique = schema.get("uniqueItems").is_some();
        let by_name = required(item_schema).any(|name| name == "name");
        for (index, item) in items.iter().enumerate() {
            let name = |item: &Node| -> Option<String> {
                match (&item.content, by_name, unique) {
                    (Content::Map(_), true, _) => item.text_at("name").map(ToOwned::to_owned),
                    (Content::Scalar(_), _, true) => item.text().map(ToOwned::to_owned),
                    _ => None,
                }
            };
            let Some(own) = name(item) else { continue };
            let Some(first) = items[..index].iter().find(|other| name(other).as_ref() == Some(&own)) else {
                continue;
            };
            let (at, first_at) = match by_name {
                true => (item.get("name").unwrap_or(item), first.get("name").unwrap_or(first)),
                false => (item, first),
            };
            let related = self.files.value_place(&first_at.origin);
            let message = match by_name {
                true => format!("two {one}s are called {}", shown(&own)),
                false => format!("{} stands twice in `{field}`", shown(&own)),
            };
            let hint = match field.as_str() {
                "namespaces" => "a namespace appears once; put both applications under its workloads".to_owned(),
                _ if by_name => format!("give each {one} a name of its own, or merge the two"),
                _ => "remove one of them".to_owned(),
            };
            self.say_at(&at.origin, false, &message, |problem| problem.related(related, "the first one").hint(hint));
        }
    }

    fn map(&mut self, node: &mut Node, schema: &Value) {
        let empty = serde_json::Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let open = schema.get("additionalProperties").filter(|value| **value != Value::Bool(false));
        let origin = node.origin.clone();
        let Content::Map(map) = &mut node.content else {
            return;
        };
        let free: Vec<&str> = properties
            .keys()
            .map(String::as_str)
            .filter(|key| !map.members.contains_key(*key))
            .collect();
        let mut supplied: Vec<String> = Vec::new();
        for (key, member) in &mut map.members {
            match properties.get(key).or(open) {
                Some(schema) => {
                    self.enter(key.clone(), PathElement::Key(key.clone()));
                    self.node(member, schema);
                    self.leave();
                }
                None => supplied.extend(self.unknown(key, member, properties, &free)),
            }
        }
        for (key, emptied) in &map.emptied {
            if !properties.contains_key(key) && open.is_none() {
                supplied.extend(self.unknown_at(key, emptied, properties, &free));
            }
        }
        let missing: Vec<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|key| !map.members.contains_key(*key) && !supplied.iter().any(|other| other == key))
            .map(ToOwned::to_owned)
            .collect();
        for key in missing {
            self.missing(&key, map.emptied.get(&key), &origin, properties.get(&key));
        }
    }

    fn missing(&mut self, key: &str, emptied: Option<&Origin>, map: &Origin, schema: Option<&Value>) {
        self.enter(key.to_owned(), PathElement::Key(key.to_owned()));
        let example = schema
            .and_then(|schema| schema.get("examples")?.get(0)?.as_str())
            .map(|example| format!("write it, as `{key}: {example}`"));
        let hint = match (example, schema) {
            (Some(hint), _) => Some(hint),
            (None, Some(schema)) => {
                let mut forms = Forms::default();
                forms.collect(schema);
                (!forms.words.is_empty())
                    .then(|| format!("write `{key}` as one of {}", listed(forms.words.iter().copied(), "or")))
                    .or_else(|| Some(format!("write `{key}` as {}", forms.expected())))
            }
            (None, None) => None,
        };
        let with_hint = |problem: Diagnostic| match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        };
        match emptied {
            Some(origin) => self.say_at(origin, true, &format!("`{key}` has no value"), with_hint),
            None => {
                self.names.0.pop();
                let owner = self.owner();
                self.names.0.push(PathElement::Key(key.to_owned()));
                let message = match owner.is_empty() {
                    true => format!("`{key}` is missing"),
                    false => format!("`{key}` is missing in {owner}"),
                };
                self.say_at(map, true, &message, with_hint);
            }
        }
        self.leave();
    }

    /// Says that a field is unknown; the field that was probably meant counts as given.
    fn unknown(
        &mut self,
        key: &str,
        member: &Node,
        properties: &serde_json::Map<String, Value>,
        free: &[&str],
    ) -> Option<String> {
        self.unknown_at(key, &member.origin, properties, free)
    }

    fn unknown_at(
        &mut self,
        key: &str,
        origin: &Origin,
        properties: &serde_json::Map<String, Value>,
        free: &[&str],
    ) -> Option<String> {
        let meant = meant(key, free.iter().copied());
        let known = listed(properties.keys().map(String::as_str), "and");
        let hint = match (key, meant) {
            (_, Some(meant)) => format!("did you mean `{meant}`?"),
            ("true" | "false", None) => {
                format!("`on`, `off`, `yes`, `no` and their like are booleans in YAML 1.1, also as keys; known here: {known}")
            }
            (_, None) => format!("known here: {known}"),
        };
        let written = meant.unwrap_or(key).to_owned();
        self.enter(written.clone(), PathElement::Key(written));
        self.say_at(origin, true, &format!("unknown field {}", shown(key)), |problem| problem.hint(hint));
        self.leave();
        meant.map(ToOwned::to_owned)
    }

    /// A map that must have exactly one of some keys.
    fn tagged(&mut self, node: &mut Node, forms: &Forms<'_>) {
        let choices = listed(forms.tags.iter().map(|(key, _)| *key), "or");
        let field = self.field();
        let origin = node.origin.clone();
        let Content::Map(map) = &mut node.content else {
            return;
        };
        let keys: Vec<&str> = forms.tags.iter().map(|(key, _)| *key).collect();
        let free: Vec<&str> = keys.iter().copied().filter(|key| !map.members.contains_key(*key)).collect();
        let properties: serde_json::Map<String, Value> =
            keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        let mut given: Vec<Origin> = Vec::new();
        let mut strangers = false;
        for (key, member) in &mut map.members {
            match forms.tags.iter().find(|(tag, _)| tag == key) {
                Some((_, schema)) => {
                    given.push(member.origin.clone());
                    self.enter(key.clone(), PathElement::Key(key.clone()));
                    self.node(member, schema);
                    self.leave();
                }
                None => {
                    if forms.secret {
                        self.found.secrets.push(member.origin.clone());
                    }
                    strangers = true;
                    if self.unknown(key, member, &properties, &free).is_some() {
                        given.push(member.origin.clone());
                    }
                }
            }
        }
        match given.as_slice() {
            [_] => {}
            [] if strangers => {}
            [] => self.say_at(&origin, true, &format!("`{field}` needs one of {choices}"), |problem| {
                problem.hint("give exactly one of them")
            }),
            [first, second, ..] => {
                let related = self.files.key_place(first);
                self.say_at(second, true, &format!("`{field}` takes only one of {choices}"), |problem| {
                    problem.related(related, "already given").hint("remove all but one; null removes what a base says")
                });
            }
        }
    }

    fn plain_secret(&mut self, node: &Node) {
        self.found.secrets.push(node.origin.clone());
        let field = self.field();
        self.say(node, &format!("`{field}` holds a plain value where a reference to a secret belongs"), |problem| {
            problem.hint(
                "write a reference, not the secret itself: {env: NAME}, {file: PATH} or {command: [..]}; \
                 if this was a secret and left your machine, replace it",
            )
        });
    }

    fn wrong_type(&mut self, node: &Node, forms: &Forms<'_>) {
        use crate::value::Value as Scalar;
        let expected = forms.expected();
        let text_expected = forms.of_type(&["string"]);
        let wants_text = text_expected.is_some() || !forms.words.is_empty();
        let written = self.files.written(&node.origin).unwrap_or_default().trim().to_owned();
        let short = !written.is_empty() && written.len() <= 40 && !written.contains('\n');
        let field = self.field();
        match &node.content {
            Content::Scalar(Scalar::Bool(value)) if wants_text && short => {
                let by_version = if written == "true" || written == "false" { "" } else { " by YAML 1.1" };
                let hint = match forms.words.is_empty() {
                    true => format!("quote it: \"{written}\""),
                    false => format!("write {expected}"),
                };
                self.say(node, &format!("`{written}` is read as the boolean {value}{by_version}"), |problem| {
                    problem.label(format!("`{field}` is {expected}")).hint(hint)
                });
            }
            Content::Scalar(Scalar::Number(_)) if wants_text && short => {
                let kind = text_expected.and_then(|schema| schema.get(scalar::KIND)?.as_str()).unwrap_or_default();
                let wrong = scalar::judge(kind, &written);
                match wrong {
                    Some(wrong) if forms.words.is_empty() => {
                        self.say(node, &format!("{} {}", shown(&written), wrong.what), |problem| problem.hint(wrong.hint));
                    }
                    _ => {
                        let hint = match forms.words.is_empty() {
                            true => format!("quote it: \"{written}\""),
                            false => format!("write {expected}"),
                        };
                        self.say(node, &format!("{} is read as a number, not as text", shown(&written)), |problem| {
                            problem.label(format!("`{field}` is {expected}")).hint(hint)
                        });
                    }
                }
            }
            content => {
                let found = match content {
                    Content::Map(_) => "a map".to_owned(),
                    Content::List(_) => "a list".to_owned(),
                    Content::Scalar(Scalar::String(text)) => format!("the text {}", shown(text)),
                    Content::Scalar(_) if short => format!("`{written}`"),
                    Content::Scalar(_) => "another value".to_owned(),
                };
                let hint = match (content, expected.as_str()) {
                    (Content::Scalar(_), "a list") => "write it as a list, in brackets or with hyphens".to_owned(),
                    (Content::Scalar(Scalar::String(_)), "a whole number" | "true or false") => {
                        "write it without quotes".to_owned()
                    }
                    _ => format!("write {expected}"),
                };
                let key = !matches!(content, Content::Scalar(_));
                self.say_at(&node.origin, key, &format!("`{field}` is {found}, but must be {expected}"), |problem| {
                    problem.hint(hint)
                });
            }
        }
    }

    /// The field that the current value is under; for an item of a list, the list's.
    fn field(&self) -> String {
        self.names
            .0
            .iter()
            .rev()
            .find_map(|element| match element {
                PathElement::Key(key) => Some(key.clone()),
                _ => None,
            })
            .unwrap_or_else(|| "the spec".to_owned())
    }

    /// The current path as people say it: below `spec`, elements by their names.
    fn owner(&self) -> String {
        let shorter = match self.names.0.first() {
            Some(PathElement::Key(key)) if key == "spec" && self.names.0.len() > 1 => &self.names.0[1..],
            _ => &self.names.0[..],
        };
        let path = FieldPath(shorter.to_vec()).to_string();
        match shorter.last() {
            _ if path.is_empty() => path,
            Some(PathElement::Where { .. } | PathElement::Index(_)) => path,
            _ => format!("`{path}`"),
        }
    }

    fn enter(&mut self, key: String, element: PathElement) {
        self.path.push(key);
        self.names.0.push(element);
    }

    fn leave(&mut self) {
        self.path.pop();
        self.names.0.pop();
    }

    fn say(&mut self, node: &Node, message: &str, more: impl FnOnce(Diagnostic) -> Diagnostic) {
        self.say_at(&node.origin, false, message, more);
    }

    fn say_at(&mut self, origin: &Origin, key: bool, message: &str, more: impl FnOnce(Diagnostic) -> Diagnostic) {
        let place = match key {
            true => self.files.key_place(origin),
            false => self.files.value_place(origin),
        };
        self.found.damaged.push(self.path.clone());
        self.found.problems.push(more(Diagnostic::new(message).at(place)));
    }
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    let target = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            let name = reference.rsplit('/').next().unwrap_or_default();
            WHOLE.get("$defs").and_then(|definitions| definitions.get(name)).unwrap_or(schema)
        }
        None => schema,
    };
    target
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
