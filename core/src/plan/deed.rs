//! What a step does to its one target, and what undoes it.

use crate::findings::{Fix, FixAction};
use crate::inventory::{ResourceRef, identify};
use crate::value::patch::{self, Operation, operations, patched};
use crate::value::{Value, ValueExt, object};

use super::account;
use super::meaning::{inverse, without_emptied};

/// One change of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Which of the actions there are.
    pub action: FixAction,
    /// What it changes.
    pub target: ResourceRef,
    /// The patch, the object, or the parameters, by action.
    pub data: Value,
}

impl Deed {
    /// What a fix asks for. The target is the fix's own, or what the finding is about.
    pub fn of(fix: &Fix, about: &ResourceRef) -> Result<Self, String> {
        let data = &fix.data;
        let named = data.field("target").and_then(ResourceRef::from_value);
        let (target, data) = match fix.action {
            FixAction::KubernetesCreate => {
                let object = data.field("object").cloned().unwrap_or(Value::Null);
                let (reference, generated) = identify(&object)?;
                if generated {
                    return Err("the object that it creates has no name of its own".to_owned());
                }
                (reference, object)
            }
            FixAction::KubernetesPatch => (
                named.unwrap_or_else(|| about.clone()),
                data.field("patch").cloned().unwrap_or(Value::Null),
            ),
            _ => (
                named.unwrap_or_else(|| about.clone()),
                data.field("params").cloned().unwrap_or_else(Value::new_object),
            ),
        };
        let deed = Self {
            action: fix.action,
            target,
            data,
        };
        deed.retargeted()
    }

    /// Whether it sets which level of Pod Security a Namespace enforces: Pods that break it cannot be made any more.
    pub fn enforces(&self) -> bool {
        let is_it = |key: &str| key.starts_with("pod-security.kubernetes.io/enforce");
        let marks = self.marks().into_iter().flat_map(|(_, marks)| marks.members());
        let changes = self.operations().unwrap_or_default();
        let mut touched = changes.iter().flat_map(Operation::touched).flatten();
        self.target.kind == "Namespace"
            && (marks.map(|(key, _)| key).any(is_it) || touched.any(|part| is_it(part)))
    }

    /// Whether it changes an object of the cluster.
    pub fn in_cluster(&self) -> bool {
        matches!(
            self.action,
            FixAction::KubernetesPatch
                | FixAction::KubernetesCreate
                | FixAction::KubernetesDelete
                | FixAction::KubernetesLabel
                | FixAction::KubernetesAnnotate
        )
    }

    /// Its patch, where it is one; empty for everything else.
    pub fn operations(&self) -> Result<Vec<Operation>, String> {
        match self.action {
            FixAction::KubernetesPatch => operations(self.data.items()),
            _ => Ok(Vec::new()),
        }
    }

    /// The object or row afterwards; `None` when it is gone. Of an object that is not there, or that is there and should not be,
    /// the error says so.
    pub fn done_to(&self, before: Option<&Value>) -> Result<Option<Value>, String> {
        if self.in_account() {
            return account::done_to(self, before);
        }
        let there = || before.ok_or_else(|| format!("{} does not exist", self.target));
        match self.action {
            FixAction::KubernetesCreate if before.is_some() => Err(format!("{} exists already", self.target)),
            FixAction::KubernetesCreate => Ok(Some(self.data.clone())),
            FixAction::KubernetesDelete => there().map(|_| None),
            FixAction::KubernetesPatch => {
                let before = there()?;
                let after = patched(before, &self.operations()?)?;
                Ok(Some(without_emptied(before, after)))
            }
            FixAction::KubernetesLabel | FixAction::KubernetesAnnotate => self.marked(there()?).map(Some),
            other => Err(format!("{} is not done by envcheck", other.as_str())),
        }
    }

    /// The labels or annotations that it sets.
    pub fn marks(&self) -> Option<(&'static str, &Value)> {
        let list = match self.action {
            FixAction::KubernetesLabel => "labels",
            FixAction::KubernetesAnnotate => "annotations",
            _ => return None,
        };
        Some((list, self.data.field(list)?))
    }

    fn marked(&self, before: &Value) -> Result<Value, String> {
        let changes = self.marking(before);
        let changes = changes.ok_or_else(|| format!("{} names nothing to set", self.action.as_str()))?;
        patched(before, &changes)
    }

    /// What undoes it, from the object or row as it was and as it is afterwards.
    pub fn undo(&self, before: Option<&Value>, after: Option<&Value>) -> Undo {
        if self.in_account() {
            return account::undo(self, before);
        }
        match (before, after) {
            (None, Some(_)) if self.target.kind == "Namespace" => Undo::None(stays(&self.target)),
            (None, Some(_)) => Undo::Delete,
            (Some(before), Some(after)) => Undo::Patch(inverse(after, before)),
            _ => Undo::None(match self.target.kind.as_str() {
                "Secret" => "what a Secret holds is not kept".to_owned(),
                _ => "what is deleted is not kept".to_owned(),
            }),
        }
    }

    /// As a plan and a journal write it.
    pub fn to_value(&self) -> Value {
        object([
            ("action", Value::from(self.action.as_str())),
            ("target", self.target.to_value()),
            ("data", self.data.clone()),
        ])
    }

    /// Reads what [`to_value`](Self::to_value) wrote.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        Ok(Self {
            action: value
                .text_at(&["action"])
                .ok_or("a step has no action")?
                .parse()?,
            target: value
                .field("target")
                .and_then(ResourceRef::from_value)
                .ok_or("a step has no target")?,
            data: value.field("data").cloned().ok_or("a step has no data")?,
        })
    }
}

/// Why a Namespace that was made stays: with it would go whatever anybody put there meanwhile.
pub(super) fn stays(namespace: &ResourceRef) -> String {
    let name = &namespace.name;
    format!(
        "no remediation deletes a Namespace, as all that is in it would go with it; once nothing of that is needed: kubectl delete \
         namespace {name}"
    )
}

/// What takes a step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The object that the step made is deleted, if it is still the same one.
    Delete,
    /// The object is patched back.
    Patch(Vec<Operation>),
    /// The opposite is done: of what has no objects that could be patched.
    Deed(Box<Deed>),
    /// Nothing does; why.
    None(String),
}

impl Undo {
    /// As a plan and a journal write it.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Delete => object([("delete", Value::from(true))]),
            Self::Patch(operations) => object([("patch", patch::to_value(operations))]),
            Self::Deed(deed) => object([("deed", deed.to_value())]),
            Self::None(why) => object([("none", Value::from(why.as_str()))]),
        }
    }

    /// Reads what [`to_value`](Self::to_value) wrote.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        if value.field("delete").is_some_and(ValueExt::is_true) {
            Ok(Self::Delete)
        } else if let Some(patch) = value.field("patch") {
            operations(patch.items()).map(Self::Patch)
        } else if let Some(deed) = value.field("deed") {
            Deed::from_value(deed).map(Box::new).map(Self::Deed)
        } else {
            let why = value
                .text_at(&["none"])
                .ok_or("a step does not say how it is undone")?;
            Ok(Self::None(why.to_owned()))
        }
    }
}
