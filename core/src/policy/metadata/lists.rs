//! Reads the lists and mappings of a METADATA block.

use super::read::Reader;
use crate::policy::suggest;
use crate::policy::types::{KindPattern, Kinds, Parameter, Scope, Stage};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Collections below `data` that may be absent.
const NEEDS: [&str; 3] = ["digitalocean", "spaces", "network"];
impl Reader<'_> {
    pub(super) fn kinds(&mut self, scope: Option<Scope>) -> Option<Kinds> {
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

    pub(super) fn stages(&mut self) -> Vec<Stage> {
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

    pub(super) fn requires(&mut self) -> bool {
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

    pub(super) fn needs(&mut self) -> Vec<String> {
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

    pub(super) fn frameworks(&mut self) -> BTreeMap<String, Vec<String>> {
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

    pub(super) fn references(&mut self) -> Vec<String> {
        let items = self.block.value().items_at(&["related_resources"]).to_vec();
        items
            .iter()
            .filter_map(|item| item.text().or_else(|| item.text_at(&["ref"])))
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
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
