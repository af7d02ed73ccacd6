//! Maps: unknown and missing members.

use super::Walk;
use super::forms::Forms;
use crate::spec::files::Origin;
use crate::spec::node::Map;
use crate::spec::secrecy::shown;
use crate::spec::wording::{listed, meant};
use serde_json::Value;

impl Walk<'_> {
    pub(super) fn map(&mut self, map: &mut Map, origin: &Origin, schema: &Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let property = |key: &str| properties.and_then(|properties| properties.get(key));
        // The schema of members whose keys the user chooses.
        let open = schema
            .get("additionalProperties")
            .filter(|value| **value != Value::Bool(false));
        let known: Vec<&str> = properties
            .into_iter()
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let free: Vec<&str> = known
            .iter()
            .copied()
            .filter(|key| !map.members.contains_key(*key))
            .collect();
        let mut meant: Vec<&str> = Vec::new();
        for (key, member) in &mut map.members {
            match property(key).or(open) {
                Some(schema) => {
                    self.enter(key, property(key).is_some());
                    self.node(member, schema);
                    self.leave();
                }
                None => meant.extend(self.unknown(key, &member.origin, &known, &free)),
            }
        }
        for (key, emptied) in &map.emptied {
            if property(key).or(open).is_none() {
                meant.extend(self.unknown(key, emptied, &known, &free));
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for key in required.filter_map(Value::as_str) {
            if !map.members.contains_key(key) && !meant.contains(&key) {
                self.missing(key, map.emptied.get(key), origin, property(key));
            }
        }
    }

    fn missing(&mut self, key: &str, emptied: Option<&Origin>, map: &Origin, schema: Option<&Value>) {
        let owner = self.owner();
        let example = schema.and_then(|schema| schema.get("examples")?.get(0)?.as_str());
        let hint = match (example, schema) {
            (Some(example), _) => format!("write it, as `{key}: {example}`"),
            (None, Some(schema)) => Forms::of(schema).request(),
            (None, None) => "add it".to_owned(),
        };
        self.enter(key, true);
        match (emptied, owner) {
            (Some(origin), _) => self.at_key(origin, format!("`{key}` has no value"), hint),
            (None, Some(owner)) => self.at_key(map, format!("`{key}` is missing in {owner}"), hint),
            (None, None) => self.at_key(map, format!("`{key}` is missing"), hint),
        };
        self.leave();
    }

    /// Says that a field is unknown. Answers with the field that was probably meant, which then counts as given.
    pub(super) fn unknown<'k>(
        &mut self,
        key: &str,
        origin: &Origin,
        known: &[&'k str],
        free: &[&'k str],
    ) -> Option<&'k str> {
        let meant = meant(key, free.iter().copied());
        let known = listed(known.iter().copied(), "and");
        let mut written = shown(key);
        let hint = match (meant, key) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, "true" | "false") => {
                // What YAML made of the key is not what stands there.
                let place = self.files.key_place(origin);
                written = shown(place.source.text.get(place.span).unwrap_or(key));
                format!("YAML 1.1 reads on, off, yes and no as booleans, also as keys; known here: {known}")
            }
            (None, _) => format!("known here: {known}"),
        };
        self.enter(meant.unwrap_or(key), true);
        self.at_key(origin, format!("unknown field {written}"), hint);
        self.leave();
        meant
    }
}
