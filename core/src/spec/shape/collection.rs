//! Lists, and maps that must have exactly one of some members.

use super::Walk;
use super::forms::{Forms, required};
use crate::spec::files::Origin;
use crate::spec::node::{Content, Node};
use crate::spec::secrecy::shown;
use crate::spec::wording::{listed, singular};
use crate::value::Value as Scalar;
use serde_json::Value;

impl Walk<'_> {
    pub(super) fn list(&mut self, items: &mut [Node], origin: &Origin, schema: &Value) {
        let field = self.field();
        if schema.get("minItems").is_some() && items.is_empty() {
            let one = singular(&field);
            self.at(
                origin,
                format!("`{field}` is empty"),
                format!("list at least one {one}"),
            );
        }
        let item_schema = schema.get("items").unwrap_or(&Value::Null);
        for (index, item) in items.iter_mut().enumerate() {
            self.enter_item(index, item);
            if matches!(&item.content, Content::Scalar(Scalar::Null)) {
                self.at(
                    &item.origin,
                    format!("an empty item in `{field}`"),
                    "write a value behind the hyphen, or remove it",
                );
            } else {
                self.node(item, item_schema);
            }
            self.leave();
        }
        if required(item_schema).any(|name| name == "name") {
            self.equal_names(items, &field);
        } else if schema.get("uniqueItems").is_some() {
            self.equal_items(items, &field);
        }
    }

    fn equal_names(&mut self, items: &[Node], field: &str) {
        let one = singular(field);
        for (index, item) in items.iter().enumerate() {
            let Some(name) = item.get("name") else { continue };
            let first = items[..index]
                .iter()
                .filter_map(|other| other.get("name"))
                .find(|other| other.text().is_some() && other.text() == name.text());
            let Some(first) = first else { continue };
            let hint = match field {
                "namespaces" => {
                    "a namespace appears once; put both applications under its workloads".to_owned()
                }
                _ => format!("give each {one} a name of its own, or merge the two"),
            };
            let message = format!("two {one}s are called {}", shown(name.text().unwrap_or_default()));
            let first = self.files.value_place(&first.origin);
            self.at(&name.origin, message, hint).related = Some((first, "the first one".to_owned()));
            // What is declared twice is declared all the same.
            self.found.damaged.pop();
        }
    }

    fn equal_items(&mut self, items: &[Node], field: &str) {
        for (index, item) in items.iter().enumerate() {
            let Some(text) = item.text() else { continue };
            let Some(first) = items[..index].iter().find(|other| other.text() == Some(text)) else {
                continue;
            };
            let first = self.files.value_place(&first.origin);
            let message = format!("{} stands twice in `{field}`", shown(text));
            self.at(&item.origin, message, "remove one of them").related =
                Some((first, "the first one".to_owned()));
            self.found.damaged.pop();
        }
    }

    /// A map that must have exactly one of some members.
    pub(super) fn tagged(&mut self, node: &mut Node, forms: &Forms<'_>) {
        let field = self.field();
        let Content::Map(map) = &mut node.content else {
            return;
        };
        let keys: Vec<&str> = forms.tags.iter().map(|(key, _)| *key).collect();
        let free: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| !map.members.contains_key(*key))
            .collect();
        let mut given: Vec<Origin> = Vec::new();
        let mut strangers = false;
        for (key, member) in &mut map.members {
            if let Some((_, schema)) = forms.tags.iter().find(|(tag, _)| tag == key) {
                given.push(member.origin.clone());
                self.enter(key, true);
                self.node(member, schema);
                self.leave();
                continue;
            }
            if forms.secret {
                self.found.secrets.push(member.origin.clone());
            }
            strangers = true;
            if self.unknown(key, &member.origin, &keys, &free).is_some() {
                given.push(member.origin.clone());
            }
        }
        let choices = listed(keys, "or");
        match given.as_slice() {
            [first, second, ..] => {
                let first = self.files.key_place(first);
                let problem = self.at_key(
                    second,
                    format!("`{field}` takes only one of {choices}"),
                    "remove all but one; null removes what a base says",
                );
                problem.related = Some((first, "already given".to_owned()));
            }
            [] if !strangers => {
                self.at_key(
                    &node.origin,
                    format!("`{field}` needs one of {choices}"),
                    "give exactly one of them",
                );
            }
            _ => {}
        }
    }
}
