//! Changes of objects in a cluster: each is tried on the server first, and guarded by what the object was when it was looked at.

use crate::clients::kubernetes::{Answer, ApiServer, Change, RequestError};
use bytes::Bytes;
use envcheck_core::fields::managed::Writer;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, MANAGER};
use envcheck_core::value::patch::{self, Operation};
use envcheck_core::value::{Value, ValueExt, object};
use http::Method;
use std::collections::BTreeMap;

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

/// Why a change was not made, or nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// The server said no: admission, a conflict, a missing permission. Nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// The same, and it may say yes in a while: what was in the thing is on its way out.
    #[error("{0}")]
    NotYet(String),
    /// No answer came: the object has to be looked at.
    #[error("{0}")]
    Unknown(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<RequestError> for NotMade {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Cancelled => Self::Cancelled,
            RequestError::Unavailable(words) | RequestError::TimedOut(words) | RequestError::Cut(words) => {
                Self::Unknown(words)
            }
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Whether a change is made or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earnest {
    /// The server goes through all of it, admission included, and keeps nothing.
    DryRun,
    /// It is made.
    Made,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The object afterwards; `None` when it is gone.
    pub object: Option<Value>,
    /// What the server wants to be known, as what a Pod Security level would refuse.
    pub warnings: Vec<String>,
}

/// Where an object is on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The list in which it lies.
    pub list: String,
    /// The object.
    pub object: String,
}

/// Does a deed to an object that now is as `live`. What the object is afterwards; `None` when it is gone.
pub async fn make(
    api: &ApiServer,
    paths: &Paths,
    deed: &Deed,
    live: Option<&Value>,
    earnest: Earnest,
) -> Result<Made, NotMade> {
    let refused = |words: &str| NotMade::Refused(words.to_owned());
    match deed.action {
        FixAction::KubernetesCreate => {
            // The server records which fields are ours. It is not applied: an object that somebody made meanwhile would be changed.
            if live.is_some() {
                return Err(refused("it exists already"));
            }
            let change = json(Method::POST, &deed.data);
            let query = query(earnest, &format!("&fieldManager={MANAGER}"));
            answer(&api.change(&format!("{}{query}", paths.list), &change).await?)
        }
        FixAction::KubernetesDelete => {
            let live = live.ok_or_else(|| refused("it does not exist"))?;
            delete(api, paths, live, earnest).await
        }
        FixAction::KubernetesLabel | FixAction::KubernetesAnnotate => {
            let live = live.ok_or_else(|| refused("it does not exist"))?;
            // Whoever applied another value keeps it: such a step is not planned. What was only written is patched.
            let others = deed.overwritten(live);
            if !others.is_empty() && others.iter().flat_map(|(_, writers)| writers).all(is_written) {
                let operations = deed.marking(live).unwrap_or_default();
                return patched(api, paths, &operations, live, earnest).await;
            }
            let change = marks(deed, live).ok_or_else(|| refused("it names nothing to set"))?;
            // Without force: a mark that another manager set is not taken over.
            let query = query(earnest, &format!("&fieldManager={MANAGER}&force=false"));
            answer(&api.change(&format!("{}{query}", paths.object), &change).await?)
        }
        _ => {
            let live = live.ok_or_else(|| refused("it does not exist"))?;
            let operations = deed.operations().map_err(NotMade::Refused)?;
            patched(api, paths, &operations, live, earnest).await
        }
    }
}

/// Whether somebody wrote a field without applying it.
fn is_written(writer: &Writer) -> bool {
    writer.operation == "Update"
}

async fn patched(
    api: &ApiServer,
    paths: &Paths,
    operations: &[Operation],
    live: &Value,
    earnest: Earnest,
) -> Result<Made, NotMade> {
    let version = live
        .at(&["metadata", "resourceVersion"])
        .cloned()
        .ok_or_else(|| {
            NotMade::Refused("the object has no resourceVersion to guard the change by".to_owned())
        })?;
    let guard = Operation::test(vec!["metadata".to_owned(), "resourceVersion".to_owned()], version);
    let guarded: Vec<Operation> = std::iter::once(guard).chain(operations.iter().cloned()).collect();
    let change = Change {
        method: Method::PATCH,
        content_type: JSON_PATCH,
        body: body(&patch::to_value(&guarded)),
    };
    let query = query(earnest, &format!("&fieldManager={MANAGER}"));
    answer(&api.change(&format!("{}{query}", paths.object), &change).await?)
}

/// How this very object is deleted: one of its name that was made anew meanwhile has another uid.
pub(super) fn deletion(live: &Value) -> Vec<(&'static str, Value)> {
    let metadata = |key: &str| live.at(&["metadata", key]).cloned().unwrap_or(Value::Null);
    vec![
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("DeleteOptions")),
        (
            "preconditions",
            object([
                ("uid", metadata("uid")),
                ("resourceVersion", metadata("resourceVersion")),
            ]),
        ),
    ]
}

/// A change whose body is JSON.
pub(super) fn json(method: Method, value: &Value) -> Change {
    Change {
        method,
        content_type: JSON,
        body: body(value),
    }
}

async fn delete(api: &ApiServer, paths: &Paths, live: &Value, earnest: Earnest) -> Result<Made, NotMade> {
    let mut options = deletion(live);
    if earnest == Earnest::DryRun {
        options.push(("dryRun", Value::from(vec![Value::from("All")])));
    }
    let change = json(Method::DELETE, &object(options));
    let answer = api.change(&paths.object, &change).await?;
    Ok(Made {
        object: None,
        warnings: answer.warnings,
    })
}

/// The labels and annotations that are our own wish: the new ones, with those that we asked for before. What a manager leaves
/// out of its wish, the server takes away.
fn marks(deed: &Deed, live: &Value) -> Option<Change> {
    let (list, marks) = deed.marks()?;
    let ResourceRef {
        api_version,
        kind,
        namespace,
        name,
        ..
    } = &deed.target;
    let mut wish = BTreeMap::from([
        ("labels", earlier(live, "labels")),
        ("annotations", earlier(live, "annotations")),
    ]);
    wish.entry(list).or_default().extend(
        marks
            .members()
            .map(|(key, value)| (key.to_owned(), value.clone())),
    );
    let mut metadata = vec![
        ("name", Value::from(name.as_str())),
        // An object that was made anew meanwhile has another.
        ("uid", live.at(&["metadata", "uid"]).cloned()?),
        (
            "resourceVersion",
            live.at(&["metadata", "resourceVersion"]).cloned()?,
        ),
    ];
    metadata.extend(
        wish.into_iter()
            .filter(|(_, marks)| !marks.is_empty())
            .map(|(list, marks)| (list, object(marks))),
    );
    metadata.extend(
        namespace
            .as_ref()
            .map(|namespace| ("namespace", Value::from(namespace.as_str()))),
    );
    let wish = object([
        ("apiVersion", Value::from(api_version.as_str())),
        ("kind", Value::from(kind.as_str())),
        ("metadata", object(metadata)),
    ]);
    Some(Change {
        method: Method::PATCH,
        content_type: APPLY,
        body: body(&wish),
    })
}

/// The marks that we have applied before, as they are now.
fn earlier(live: &Value, list: &str) -> BTreeMap<String, Value> {
    let entries = live.items_at(&["metadata", "managedFields"]).iter();
    let own = entries.filter(|entry| {
        entry.text_at(&["manager"]) == Some(MANAGER) && entry.text_at(&["operation"]) == Some("Apply")
    });
    let path = format!("f:{list}");
    own.filter_map(|entry| entry.at(&["fieldsV1", "f:metadata", &path]))
        .flat_map(ValueExt::members)
        .filter_map(|(field, _)| {
            let key = field.strip_prefix("f:")?;
            Some((key.to_owned(), live.at(&["metadata", list, key])?.clone()))
        })
        .collect()
}

fn query(earnest: Earnest, rest: &str) -> String {
    let dry = if earnest == Earnest::DryRun {
        "&dryRun=All"
    } else {
        ""
    };
    format!("?fieldValidation=Strict{dry}{rest}")
}

fn body(value: &Value) -> Bytes {
    value.to_json_str().unwrap_or_default().into_bytes().into()
}

/// The object in an answer.
pub(super) fn parsed(bytes: &[u8]) -> Result<Value, NotMade> {
    let text = std::str::from_utf8(bytes).map_err(|error| NotMade::Unknown(error.to_string()))?;
    Value::from_json_str(text)
        .map_err(|error| NotMade::Unknown(format!("the answer cannot be read: {error}")))
}

fn answer(answer: &Answer) -> Result<Made, NotMade> {
    Ok(Made {
        object: Some(parsed(&answer.bytes)?),
        warnings: answer.warnings.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_keeps_what_was_wished_before() {
        let live = Value::from_json_str(
            r#"{"metadata":{"name":"b2b","uid":"u","resourceVersion":"7","labels":{"warn":"baseline","theirs":"x"},"annotations":{"own":"1"},
                "managedFields":[
                  {"manager":"envcheck","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{"f:warn":{}},"f:annotations":{"f:own":{}}}}},
                  {"manager":"kubectl","operation":"Apply","fieldsV1":{"f:metadata":{"f:labels":{"f:theirs":{}}}}}]}}"#,
        )
        .unwrap();
        let deed = Deed {
            action: FixAction::KubernetesLabel,
            target: ResourceRef::kubernetes("v1", "Namespace", None, "b2b"),
            data: Value::from_json_str(r#"{"labels":{"enforce":"baseline"}}"#).unwrap(),
        };
        let change = marks(&deed, &live).unwrap();
        let wish = Value::from_json_str(std::str::from_utf8(&change.body).unwrap()).unwrap();
        let labels = Value::from_json_str(r#"{"enforce":"baseline","warn":"baseline"}"#).unwrap();
        assert_eq!(wish.at(&["metadata", "labels"]), Some(&labels));
        assert_eq!(wish.text_at(&["metadata", "annotations", "own"]), Some("1"));
    }
}
