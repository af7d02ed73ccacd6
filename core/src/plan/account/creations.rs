//! What provisioning creates in the account. What is created has no inverse here: `destroy` removes it, with a consent of its own.

use crate::findings::FixAction;
use crate::inventory::reference::ACCOUNT_API;
use crate::plan::Deed;
use crate::value::{Value, ValueExt, array, object};

/// Why nothing takes a creation back.
pub(super) const KEPT: &str = "what was created stays; envcheck destroy removes it";

/// How a place begins and ends in which an id belongs once the thing exists.
const OPEN: &str = "<id of ";
const CLOSE: char = '>';

/// The collections in which a new thing is seen.
pub(super) fn collections(action: FixAction) -> &'static [&'static str] {
    match action {
        FixAction::ProjectCreate => &["digitalocean.projects"],
        FixAction::VpcCreate => &["digitalocean.vpcs"],
        FixAction::RegistryCreate => &["digitalocean.registries"],
        FixAction::FirewallCreate => &["digitalocean.firewalls"],
        FixAction::SpacesKeyCreate => &["digitalocean.spaces_keys"],
        _ => &["digitalocean.kubernetes_clusters"],
    }
}

/// The row as far as it is known beforehand; of a registry that a cluster is to pull from, the connection alone.
pub(super) fn created(deed: &Deed, before: Option<&Value>) -> Result<Value, String> {
    if before.is_some() {
        return Err(format!("{} exists already", deed.target));
    }
    let marks = [
        ("apiVersion", Value::from(ACCOUNT_API)),
        ("kind", Value::from(deed.target.kind.as_str())),
        ("name", Value::from(deed.target.name.as_str())),
    ];
    let own = deed.data.members();
    let own = own.filter(|(key, _)| marks.iter().all(|(mark, _)| mark != key));
    Ok(object(
        own.map(|(key, value)| (key, value.clone())).chain(marks.clone()),
    ))
}

/// What stands in a text in the place of the id of something that does not exist yet: `<id of VPC stage>`.
pub fn id_of(kind: &str, name: &str) -> String {
    format!("{OPEN}{kind} {name}{CLOSE}")
}

impl Deed {
    /// The same with the ids of what exists by now in the places that wait for them.
    ///
    /// # Errors
    ///
    /// In words, what does not exist yet.
    pub fn resolved(&self, id: &impl Fn(&str, &str) -> Option<String>) -> Result<Self, String> {
        let mut target = self.target.clone();
        target.name = in_text(&target.name, id)?;
        if let Some(own) = &target.id {
            target.id = Some(in_text(own, id)?);
        }
        Ok(Self {
            action: self.action,
            target,
            data: resolved(&self.data, id)?,
        })
    }
}

fn resolved(value: &Value, id: &impl Fn(&str, &str) -> Option<String>) -> Result<Value, String> {
    if value.as_object().is_ok() {
        let members = value.members();
        let members: Result<Vec<_>, String> = members
            .map(|(key, member)| Ok((key, resolved(member, id)?)))
            .collect();
        return Ok(object(members?));
    }
    if value.as_array().is_ok() {
        let items: Result<Vec<_>, String> = value.items().iter().map(|item| resolved(item, id)).collect();
        return Ok(array(items?));
    }
    match value.text() {
        Some(text) => in_text(text, id).map(|text| Value::from(text.as_str())),
        None => Ok(value.clone()),
    }
}

fn in_text(text: &str, id: &impl Fn(&str, &str) -> Option<String>) -> Result<String, String> {
    let Some((before, rest)) = text.split_once(OPEN) else {
        return Ok(text.to_owned());
    };
    let place = rest.split_once(CLOSE);
    let place = place.and_then(|(wanted, after)| Some((wanted.split_once(' ')?, after)));
    let Some(((kind, name), after)) = place else {
        return Ok(text.to_owned());
    };
    match id(kind, name) {
        Some(id) => Ok(format!("{before}{id}{after}")),
        None => Err(format!("{kind} {name} does not exist yet")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::ResourceRef;

    fn deed(data: &str) -> Deed {
        Deed {
            action: FixAction::FirewallCreate,
            target: ResourceRef {
                api_version: ACCOUNT_API.to_owned(),
                kind: "Firewall".to_owned(),
                namespace: None,
                name: "office".to_owned(),
                id: None,
            },
            data: Value::from_json_str(data).unwrap(),
        }
    }

    #[test]
    fn ids_take_the_places_that_wait_for_them() {
        let waiting = deed(r#"{"tags": ["k8s:<id of Cluster stage>", "a < b"], "n": 1}"#);
        let known =
            |kind: &str, name: &str| ((kind, name) == ("Cluster", "stage")).then(|| "8d2c".to_owned());
        let resolved = waiting.resolved(&known).unwrap();
        assert_eq!(
            resolved.data,
            Value::from_json_str(r#"{"tags": ["k8s:8d2c", "a < b"], "n": 1}"#).unwrap()
        );
        let why = waiting.resolved(&|_, _| None).unwrap_err();
        assert_eq!(why, "Cluster stage does not exist yet");
        assert_eq!(id_of("Cluster", "stage"), "<id of Cluster stage>");
    }

    #[test]
    fn what_is_there_is_not_created_again() {
        let deed = deed(r#"{"inbound_rules": []}"#);
        let row = deed.done_to(None).unwrap().unwrap();
        assert_eq!(row.text_at(&["name"]), Some("office"));
        assert!(deed.done_to(Some(&row)).unwrap_err().contains("exists already"));
        assert!(
            matches!(deed.undo(None, Some(&row)), crate::plan::Undo::None(why) if why.contains("destroy"))
        );
    }
}
