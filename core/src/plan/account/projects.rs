//! What is assigned to which project.

use super::set;
use crate::inventory::ResourceRef;
use crate::inventory::reference::ACCOUNT_API;
use crate::plan::Deed;
use crate::value::{Value, ValueExt, object};

/// The kind under which something is referenced by its URN, as far as its project goes: its settings are something else.
pub(super) const ASSIGNED: &str = "ProjectResource";
/// The collection that says what is assigned to which project.
pub(super) const COLLECTION: &str = "digitalocean.project_resources";
/// The parameter that names the project.
const PROJECT: &str = "project_id";
/// What an assignment may say.
pub(in crate::plan) const OF_PROJECTS: [&str; 1] = [PROJECT];

/// Kinds of things that the environment declares by name and that belong to a project, with how URNs call them. Buckets go by
/// their name there, others by their id.
const KINDS: [(&str, &str); 2] = [("Bucket", "space"), ("Cluster", "kubernetes")];

impl Deed {
    /// The project to which it assigns its target, a URN.
    pub fn project(&self) -> Option<&str> {
        self.data.text_at(&[PROJECT])
    }

    /// What is to be seen of an assignment in the collection of them, wherever the thing was before.
    pub(in crate::plan) fn assignment(&self) -> Option<(&'static str, Value)> {
        let project =
            (self.action == crate::findings::FixAction::ProjectAssign).then(|| self.project())??;
        let row = object([
            (PROJECT, Value::from(project)),
            ("urn", Value::from(self.target.name.as_str())),
            ("status", Value::from("ok")),
        ]);
        Some((COLLECTION, row))
    }
}

/// The deed on the URN of what the fix names.
pub(super) fn retargeted(deed: Deed) -> Result<Deed, String> {
    if deed.target.kind == ASSIGNED {
        return Ok(deed);
    }
    let target = &deed.target;
    let kind = KINDS.iter().find(|(kind, _)| *kind == target.kind);
    let (_, kind) = kind.ok_or_else(|| format!("{target} is nothing that is assigned to a project here"))?;
    let id = match *kind {
        "space" => target.name.as_str(),
        _ => target
            .id
            .as_deref()
            .ok_or_else(|| format!("the account's id of {target} is not known"))?,
    };
    let target = ResourceRef::kubernetes(ACCOUNT_API, ASSIGNED, None, &format!("do:{kind}:{id}"));
    Ok(Deed { target, ..deed })
}

/// The same thing in another project.
pub(super) fn assigned(deed: &Deed, row: &Value) -> Result<Value, String> {
    let project = deed.project().ok_or("no project is named")?;
    Ok(set(row, [(PROJECT, Value::from(project))]))
}

/// Where it was.
pub(super) fn former(row: &Value) -> Value {
    let project = row.field(PROJECT).cloned().unwrap_or(Value::Null);
    object([(PROJECT, project)])
}
