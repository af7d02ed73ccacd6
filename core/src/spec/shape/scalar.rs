//! Words for single values that are not what they should be.

use super::Walk;
use super::forms::{Forms, types};
use crate::spec::node::{Content, Node};
use crate::spec::scalar::{self, KIND};
use crate::spec::secrecy::{looks_secret, shown};
use crate::spec::wording::{article, listed, meant};
use crate::value::Value as Scalar;
use serde_json::Value;

/// Whether a name can stand in a path for people.
pub(super) fn presentable(name: &str) -> bool {
    (1..=80).contains(&name.len()) && !looks_secret(name) && !name.contains(char::is_control)
}

impl Walk<'_> {
    pub(super) fn scalar(&mut self, node: &mut Node, forms: &Forms<'_>) {
        let Content::Scalar(value) = &node.content else {
            return;
        };
        match value.clone() {
            Scalar::String(text) => match forms.of_type(&["string"]) {
                Some(schema) => self.text(node, &text, schema),
                None if forms.words.contains(&&*text) => {}
                None if forms.words.is_empty() => self.wrong_type(node, forms),
                None => self.word(node, &text, forms),
            },
            Scalar::Bool(value) => match forms.of_type(&["boolean"]) {
                Some(schema) if schema.get("const") == Some(&Value::Bool(!value)) => {
                    self.at(
                        &node.origin,
                        "only `true` means something here",
                        "remove the field, or choose another of the alternatives",
                    );
                }
                Some(_) => {}
                None => self.wrong_type(node, forms),
            },
            value @ Scalar::Number(_) => match forms.of_type(&["integer", "number"]) {
                Some(schema) => self.number(node, &value, schema, forms),
                None => self.wrong_type(node, forms),
            },
            _ => self.wrong_type(node, forms),
        }
    }

    fn text(&mut self, node: &mut Node, text: &str, schema: &Value) {
        let Some(kind) = schema.get(KIND).and_then(Value::as_str) else {
            return;
        };
        if let Some(wrong) = scalar::judge(kind, text) {
            let mut subject = shown(text);
            if matches!(kind, "variable" | "commandWord") {
                // Beside a secret's reference stands the secret more often than not.
                self.found.secrets.push(node.origin.clone());
                "the text here".clone_into(&mut subject);
            }
            self.at(&node.origin, format!("{subject} {}", wrong.what), wrong.hint);
        } else if kind == "path" && self.path.first().is_some_and(|step| step.key == "spec") {
            let resolved = self.files.resolve(node.origin.file, text);
            node.content = Content::Scalar(Scalar::from(resolved.as_str()));
        }
    }

    fn word(&mut self, node: &Node, text: &str, forms: &Forms<'_>) {
        let choices = listed(forms.words.iter().copied(), "or");
        let or_list = if forms.of_type(&["array"]).is_some() {
            ", or a list"
        } else {
            ""
        };
        let hint = match meant(text, forms.words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None if forms.words.len() == 1 => format!("write {choices}{or_list}"),
            None => format!("write one of {choices}{or_list}"),
        };
        let field = article(&format!("`{}`", self.field()));
        self.at(&node.origin, format!("{} is not {field}", shown(text)), hint);
    }

    fn number(&mut self, node: &Node, value: &Scalar, schema: &Value, forms: &Forms<'_>) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let number = value.as_f64().unwrap_or_default();
        let quote = forms.of_type(&["string"]).is_some();
        if value.as_i64().is_err() && types(schema).all(|name| name == "integer" || name == "null") {
            self.at(
                &node.origin,
                format!("`{value}` is not a whole number"),
                if quote {
                    "write a whole number, or quote it"
                } else {
                    "write a whole number"
                },
            );
        } else if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            let range = match (least, most.filter(|most| *most < 1e6)) {
                (Some(least), Some(most)) => format!("write a number from {least} to {most}"),
                (Some(least), None) if number < least => format!("write {least} or more"),
                (_, Some(most)) => format!("write {most} or less"),
                _ => "write a smaller number".to_owned(),
            };
            self.at(&node.origin, format!("`{value}` is out of range"), range);
        }
    }

    /// A plain value where a secret may only be named.
    pub(super) fn plain_secret(&mut self, node: &Node) {
        self.found.secrets.push(node.origin.clone());
        let field = self.field();
        self.at(
            &node.origin,
            format!("`{field}` holds a plain value where a reference to a secret belongs"),
            "write a reference, not the secret itself: {env: NAME}, {file: PATH} or {command: [..]}; \
             if this was a secret and left your machine, replace it",
        );
    }

    pub(super) fn wrong_type(&mut self, node: &Node, forms: &Forms<'_>) {
        let written = self
            .files
            .written(&node.origin)
            .unwrap_or_default()
            .trim()
            .to_owned();
        let short = !written.is_empty() && written.len() <= 80 && !written.contains('\n');
        let text = forms.of_type(&["string"]);
        if let (Content::Scalar(value @ (Scalar::Bool(_) | Scalar::Number(_))), true) = (&node.content, short)
            && (text.is_some() || !forms.words.is_empty())
        {
            let kind = text
                .and_then(|schema| schema.get(KIND)?.as_str())
                .filter(|_| forms.words.is_empty());
            self.not_text(node, value, &written, kind, forms);
            return;
        }
        let (found, key) = match &node.content {
            Content::Map(_) => ("a map".to_owned(), true),
            Content::List(_) => ("a list".to_owned(), true),
            Content::Scalar(Scalar::String(text)) => (format!("the text {}", shown(text)), false),
            Content::Scalar(_) if short => (format!("`{written}`"), false),
            Content::Scalar(_) => ("another value".to_owned(), false),
        };
        let quoted = match &node.content {
            Content::Scalar(Scalar::String(text)) if forms.of_type(&["boolean"]).is_some() => {
                matches!(&**text, "true" | "false")
            }
            Content::Scalar(Scalar::String(text)) => {
                forms.of_type(&["integer"]).is_some() && text.parse::<u64>().is_ok()
            }
            _ => false,
        };
        let hint = if quoted {
            "write it without quotes".to_owned()
        } else {
            forms.request()
        };
        let field = self.field();
        let subject = if self.is_item() {
            format!("an item of `{field}`")
        } else {
            format!("`{field}`")
        };
        let message = format!("{subject} is {found}, but must be {}", forms.expected());
        if key {
            self.at_key(&node.origin, message, hint);
        } else {
            self.at(&node.origin, message, hint);
        }
    }

    /// A bare word that YAML reads as a boolean or a number where text is expected.
    fn not_text(
        &mut self,
        node: &Node,
        value: &Scalar,
        written: &str,
        kind: Option<&str>,
        forms: &Forms<'_>,
    ) {
        let expected = format!("`{}` is {}", self.field(), forms.expected());
        let quote = if forms.words.is_empty() {
            format!("quote it: \"{written}\"")
        } else {
            forms.request()
        };
        let message = match value {
            Scalar::Bool(value) => {
                let whose = if matches!(written, "true" | "false") {
                    ""
                } else {
                    " by YAML 1.1"
                };
                format!("`{written}` is read as the boolean {value}{whose}")
            }
            _ => match kind.and_then(|kind| scalar::judge(kind, written)) {
                // Quotes alone would not help.
                Some(wrong) => {
                    self.at(
                        &node.origin,
                        format!("{} {}", shown(written), wrong.what),
                        wrong.hint,
                    );
                    return;
                }
                None => format!("{} is read as a number, not as text", shown(written)),
            },
        };
        self.at(&node.origin, message, quote).label = Some(expected);
    }
}
