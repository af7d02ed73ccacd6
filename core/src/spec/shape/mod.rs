//! Whether the merged spec has the shape that its JSON Schema describes, with words for people.
//!
//! One truth: the schema is made from the types, and this module walks it. A general validator would say "is not valid
//! under any of the schemas"; the schema here only uses a few forms, each of which deserves a sentence of its own.

mod collection;
mod field;
mod forms;
mod scalar;

use super::files::{Files, Origin};
use super::node::{Content, Node};
use super::schema::WHOLE;
use crate::path::{FieldPath, PathElement};
use crate::source::{Diagnostic, Place};
use forms::Forms;
pub(super) use forms::{resolved, types};
use serde_json::Value;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Diagnostic>,
    /// Paths of the problems by keys and indexes, for the checks of meaning.
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
    };
    walk.node(root, &WHOLE);
    walk.found
}

/// One step of the way to the current value.
struct Step {
    /// The key or index.
    key: String,
    /// The same for people: list elements by their names.
    element: PathElement,
    /// Whether the format gave the key, not the user.
    field: bool,
}

struct Walk<'f> {
    files: &'f Files,
    found: Found,
    path: Vec<Step>,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node, schema: &Value) {
        let forms = Forms::of(schema);
        if forms.anything() {
            return;
        }
        if forms.secret && !matches!(node.content, Content::Map(_)) {
            self.plain_secret(node);
            return;
        }
        match &mut node.content {
            Content::Map(_) if !forms.tags.is_empty() => self.tagged(node, &forms),
            Content::Map(map) => match forms.of_type(&["object"]) {
                Some(schema) => self.map(map, &node.origin, schema),
                None => self.wrong_type(node, &forms),
            },
            Content::List(items) => match forms.of_type(&["array"]) {
                Some(schema) => self.list(items, &node.origin, schema),
                None => self.wrong_type(node, &forms),
            },
            Content::Scalar(_) => self.scalar(node, &forms),
        }
    }

    /// The field that the current value is under; for an item of a list, the list's.
    fn field(&self) -> String {
        self.path
            .iter()
            .rev()
            .find(|step| step.field && matches!(step.element, PathElement::Key(_)))
            .map_or_else(|| "spec".to_owned(), |step| step.key.clone())
    }

    /// The current path as people say it: below `spec`, elements by their names.
    fn owner(&self) -> Option<String> {
        let below = usize::from(self.path.len() > 1 && self.path[0].key == "spec");
        let elements = self.path[below..]
            .iter()
            .map(|step| step.element.clone())
            .collect();
        let path = FieldPath(elements).to_string();
        match self.path.last()?.element {
            PathElement::Key(_) => Some(format!("`{path}`")),
            _ => Some(path),
        }
    }

    /// Whether the current value is an item of a list.
    fn is_item(&self) -> bool {
        self.path
            .last()
            .is_some_and(|step| !matches!(step.element, PathElement::Key(_)))
    }

    fn enter(&mut self, key: &str, field: bool) {
        self.path.push(Step {
            key: key.to_owned(),
            element: PathElement::Key(key.to_owned()),
            field,
        });
    }

    fn enter_item(&mut self, index: usize, item: &Node) {
        let named = ["name", "service"].into_iter().find_map(|key| {
            let value = item.text_at(key).filter(|value| scalar::presentable(value))?;
            Some(PathElement::Where {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        });
        self.path.push(Step {
            key: index.to_string(),
            element: named.unwrap_or(PathElement::Index(index)),
            field: false,
        });
    }

    fn leave(&mut self) {
        self.path.pop();
    }

    /// A problem at a value.
    fn at(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> &mut Diagnostic {
        self.say(self.files.value_place(origin), message.into(), hint.into())
    }

    /// A problem at the key of a value.
    fn at_key(
        &mut self,
        origin: &Origin,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> &mut Diagnostic {
        self.say(self.files.key_place(origin), message.into(), hint.into())
    }

    fn say(&mut self, place: Place, message: String, hint: String) -> &mut Diagnostic {
        let damaged = self.path.iter().map(|step| step.key.clone()).collect();
        self.found.damaged.push(damaged);
        let index = self.found.problems.len();
        self.found
            .problems
            .push(Diagnostic::new(message).at(place).hint(hint));
        &mut self.found.problems[index]
    }
}
