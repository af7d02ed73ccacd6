//! What `kubectl apply` applied from a file, as it notes in an annotation of the object: the next time it compares with what the file
//! says, and says it again.
//!
//! The server records such a field as written, not as applied, so its record alone does not tell. What a step brings to what the file says
//! is against nobody's wish. Argo CD applies in the same way; what it takes back is judged by its applications.

use crate::fields::{agrees, noted};
use crate::path::{FieldPath, PathElement, scalar_text};
use crate::value::{Value, ValueExt};

/// Lists that `kubectl apply` merges item by item, and by what it tells these apart. Every other list it sets as a whole.
const MERGED: [(&str, &[&str]); 13] = [
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("secrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
    ("webhooks", &["name"]),
];
/// The groups of the kinds that have such lists. Of kinds that somebody defined it merges none.
const MERGING: [&str; 4] = ["", "admissionregistration.k8s.io", "apps", "batch"];

/// Why what is changed would be taken back by a file: `None` where no file says anything else.
pub(super) fn in_file(live: &Value, after: &Value) -> Option<String> {
    let (applied, owners) = noted(live)?;
    let mut walk = Walk::of(live);
    let field = walk.differs(&applied, Some(live), Some(after))?;
    let who = if owners.is_empty() {
        "somebody".to_owned()
    } else {
        owners.join(" and ")
    };
    Some(format!(
        "{who} applied {field} from a file (kubectl apply), which the next kubectl apply says again: change it in the file"
    ))
}

/// Along what was applied.
struct Walk {
    kind: String,
    merges: bool,
    path: Vec<PathElement>,
}

impl Walk {
    fn of(live: &Value) -> Self {
        let group = live.text_at(&["apiVersion"]).unwrap_or_default();
        let group = group.split_once('/').map_or("", |(group, _)| group);
        Self {
            kind: live.text_at(&["kind"]).unwrap_or_default().to_owned(),
            merges: MERGING.contains(&group),
            path: Vec::new(),
        }
    }

    /// The first field that was applied, is changed, and is not what was applied afterwards.
    fn differs(
        &mut self,
        applied: &Value,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<FieldPath> {
        if before == after {
            return None;
        }
        match applied {
            Value::Null | Value::Undefined => None,
            Value::Object(_) if applied.members().next().is_some() => {
                applied.members().find_map(|(key, below)| {
                    let step = PathElement::Key(key.to_owned());
                    self.below(step, below, before, after)
                })
            }
            // An empty one says no more than that it is there; of marks not even that.
            Value::Object(_) => {
                (after.is_none() && !self.is_of_marks()).then(|| FieldPath(self.path.clone()))
            }
            Value::Array(_) => match self.merge_key(applied) {
                Some(key) => applied.items().iter().find_map(|item| {
                    let value = scalar_text(item.field(key)?);
                    let key = key.to_owned();
                    self.below(PathElement::Where { key, value }, item, before, after)
                }),
                None => self.leaf(applied, after),
            },
            _ => self.leaf(applied, after),
        }
    }

    fn below(
        &mut self,
        step: PathElement,
        applied: &Value,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<FieldPath> {
        let before = before.and_then(|side| step.step(side));
        let after = after.and_then(|side| step.step(side));
        self.path.push(step);
        let found = self.differs(applied, before, after);
        self.path.pop();
        found
    }

    fn leaf(&self, applied: &Value, after: Option<&Value>) -> Option<FieldPath> {
        let path = FieldPath(self.path.clone());
        let same = after.is_some_and(|after| agrees(&self.kind, &path, applied, after));
        (!same).then_some(path)
    }

    /// The name of the list or map that the walk is at.
    fn name(&self) -> &str {
        match self.path.last() {
            Some(PathElement::Key(key)) => key,
            _ => "",
        }
    }

    fn is_of_marks(&self) -> bool {
        self.path.len() == 2 && ["annotations", "labels"].contains(&self.name())
    }

    /// By what the items of this list are merged; `None` where it is set as a whole.
    fn merge_key(&self, applied: &Value) -> Option<&'static str> {
        let (_, keys) = MERGED
            .iter()
            .find(|(list, _)| self.merges && *list == self.name())?;
        let mut keys = keys.iter().copied();
        keys.find(|key| applied.items().iter().all(|item| item.field(key).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::LAST_APPLIED;
    use crate::value::object;
    use crate::yaml::value_of as read;

    /// What is told where a file was applied by these managers, the object is as `live`, and a step makes it `after`.
    fn told(file: &str, managers: &[&str], live: &str, after: &str) -> Option<String> {
        let note = read(file).to_json_str().unwrap();
        let noted = |text: &str| {
            let mut value = read(text);
            let annotations = object([(LAST_APPLIED, Value::from(note.as_str()))]);
            let entry = |name: &&str| {
                let key = format!("f:{LAST_APPLIED}");
                let fields = object([(key, Value::new_object())]);
                let fields = object([("f:metadata", object([("f:annotations", fields)]))]);
                object([
                    ("manager", Value::from(*name)),
                    ("operation", Value::from("Update")),
                    ("fieldsV1", fields),
                ])
            };
            let entries: Vec<Value> = managers.iter().map(entry).collect();
            let metadata = value.as_object_mut().unwrap().get_mut(&Value::from("metadata"));
            let metadata = metadata.unwrap().as_object_mut().unwrap();
            metadata.insert(Value::from("annotations"), annotations);
            metadata.insert(Value::from("managedFields"), Value::from(entries));
            value
        };
        in_file(&noted(live), &noted(after))
    }

    const BY_HAND: [&str; 1] = ["kubectl-client-side-apply"];

    fn namespace(labels: &str) -> String {
        format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {{{labels}}}}}}}")
    }

    #[test]
    fn what_a_file_says_is_left_and_what_it_does_not_say_is_free() {
        let file = namespace("team: x, tier: front");
        let why = told(&file, &BY_HAND, &file, &namespace("team: y, tier: front")).unwrap();
        assert_eq!(
            why,
            "kubectl-client-side-apply applied metadata.labels.team from a file (kubectl apply), which the next kubectl apply says \
             again: change it in the file"
        );
        // As it is taken away, and whoever else wrote it since.
        let edited = namespace("team: z, tier: front");
        for after in [namespace("tier: front"), namespace("team: y, tier: front")] {
            assert!(told(&file, &BY_HAND, &edited, &after).is_some(), "{after}");
        }
        // Brought to what the file says, or what it does not say.
        assert_eq!(told(&file, &BY_HAND, &edited, &file), None);
        let more = namespace("team: x, tier: front, new: y");
        assert_eq!(told(&file, &BY_HAND, &file, &more), None);
        // Nobody is recorded, and the note is there still; of Argo CD its applications tell.
        let other = namespace("team: y, tier: front");
        assert!(
            told(&file, &[], &file, &other)
                .unwrap()
                .starts_with("somebody applied")
        );
        assert_eq!(told(&file, &["argocd-controller"], &file, &other), None);
    }

    #[test]
    fn lists_are_merged_as_kubectl_does_or_are_one_thing() {
        let deployment = |group: &str, containers: &str| {
            format!(
                "{{apiVersion: {group}, kind: Deployment, metadata: {{name: a}}, spec: {{template: {{spec: {{containers: [{containers}]}}}}}}}}"
            )
        };
        let web = "{name: web, image: 'web:1', args: [-v], resources: {limits: {cpu: 1000m}}}";
        let file = deployment("apps/v1", web);
        let side = format!("{{name: side, image: 'side:1'}}, {web}");
        assert_eq!(told(&file, &BY_HAND, &file, &deployment("apps/v1", &side)), None);
        let why = |after: &str| told(&file, &BY_HAND, &file, &deployment("apps/v1", after));
        let named = "spec.template.spec.containers[name=web]";
        for (after, field) in [
            (web.replace("web:1", "web:2"), "image"),
            (web.replace("-v", "-w"), "args"),
            (web.replace("1000m", "2"), "resources.limits.cpu"),
        ] {
            let why = why(&after).unwrap();
            assert!(
                why.contains(&format!(" applied {named}.{field} from a file")),
                "{why}"
            );
        }
        // The same amount in other words.
        assert_eq!(why(&web.replace("1000m", "1")), None);
        // Of kinds that somebody defined a list is one thing.
        let file = deployment("example.com/v1", web);
        assert!(told(&file, &BY_HAND, &file, &deployment("example.com/v1", &side)).is_some());
    }

    #[test]
    fn what_says_nothing_is_no_reason() {
        let live = namespace("team: x");
        let after = "{apiVersion: v1, kind: Namespace, metadata: {name: a}}";
        for file in [
            "{metadata: {labels: {}, annotations: {}, creationTimestamp: null}}",
            "{metadata: {labels: null}}",
            "[]",
            "text",
        ] {
            assert_eq!(told(file, &BY_HAND, &live, after), None, "{file}");
        }
        let policy = |spec: &str| {
            format!(
                "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: a}}, spec: {spec}}}"
            )
        };
        let file = policy("{podSelector: {}, ingress: [{}]}");
        let rule = policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}");
        assert!(told(&file, &BY_HAND, &file, &rule).is_some());
        let narrow = policy("{podSelector: {matchLabels: {a: b}}, ingress: [{}]}");
        assert_eq!(told(&file, &BY_HAND, &narrow, &file), None);
    }
}
