//! Buckets: that they are there, who may read them, what their lifecycles remove, and whether versions are kept.
//!
//! Each of the four is a target of its own, since each is read and written by itself. Nothing here removes a bucket or an
//! object; a lifecycle by which Spaces would do the latter sooner than now is told apart by [`removes_sooner`].

use super::set;
use crate::findings::FixAction;
use crate::inventory::reference::ACCOUNT_API;
use crate::plan::{Deed, Never};
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeSet;

pub(super) const BUCKET: &str = "Bucket";
pub(super) const ACL: &str = "BucketAcl";
pub(super) const LIFECYCLE: &str = "BucketLifecycle";
pub(super) const VERSIONING: &str = "BucketVersioning";

/// What of a new bucket a step may say.
pub(in crate::plan) const OF_NEW_BUCKETS: [&str; 3] = ["access", "region", "versioning"];

const BUCKETS: &str = "spaces.buckets";
const ACLS: &str = "spaces.acls";
const POLICIES: &str = "spaces.policies";
const VERSIONINGS: &str = "spaces.versionings";
const LIFECYCLES: &str = "spaces.lifecycles";
const CORS: &str = "spaces.cors";
const UPLOADS: &str = "spaces.uploads";
const BACKUPS: &str = "spaces.backups";

const ENABLED: &str = "Enabled";
/// What is written of a lifecycle rule, beside its id.
const OF_RULES: [&str; 6] = [
    "abort_multipart_days",
    "expiration_date",
    "expiration_days",
    "noncurrent_days",
    "prefix",
    "status",
];
/// What a rule does; one that does nothing is none.
const DEEDS: [&str; 4] = [
    "abort_multipart_days",
    "expiration_date",
    "expiration_days",
    "noncurrent_days",
];
/// In the undo alone: the rule was not there before.
const REMOVE: &str = "remove";
/// A rule that says more than is told here: it may not hold for all objects below its prefix.
const MORE: &str = "more";
/// The canned ACL of S3 by which everybody may list a bucket.
const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

impl Deed {
    /// The fields of lifecycle rules that it sets: the rule's id, the field, the value.
    pub fn lifecycle_fields(&self) -> Vec<(&str, &str, &Value)> {
        let rules = match self.action {
            FixAction::BucketLifecycle => self.data.items_at(&["rules"]),
            _ => &[],
        };
        let fields = rules.iter().flat_map(|rule| {
            let id = id_of(rule).unwrap_or_default();
            rule.members().map(move |(key, value)| (id, key, value))
        });
        fields.filter(|(_, key, _)| *key != "id").collect()
    }

    /// Whether the new bucket keeps versions.
    pub fn keeps_versions(&self) -> bool {
        self.action == FixAction::BucketCreate && self.data.field("versioning").is_some_and(ValueExt::is_true)
    }

    /// Whether everybody may list the new bucket.
    pub fn is_public(&self) -> bool {
        self.action == FixAction::BucketCreate && self.data.text_at(&["access"]) == Some("public")
    }
}

/// A new bucket is seen in all of them.
pub(super) fn collections(deed: &Deed) -> &'static [&'static str] {
    match deed.action {
        FixAction::BucketCreate => &[
            BUCKETS,
            ACLS,
            POLICIES,
            VERSIONINGS,
            LIFECYCLES,
            CORS,
            UPLOADS,
            BACKUPS,
        ],
        FixAction::BucketAcl => &[ACLS],
        FixAction::BucketLifecycle => &[LIFECYCLES],
        FixAction::BucketVersioning => &[VERSIONINGS],
        _ => &[],
    }
}

/// The bucket of which a row tells.
pub(super) fn bucket_of(row: &Value) -> Option<&str> {
    row.text_at(&["bucket"]).or_else(|| row.text_at(&["name"]))
}

/// What is never done, whatever a policy says.
pub(in crate::plan) fn acceptable(deed: &Deed) -> Result<(), Never> {
    let never = |words: &str| Err(Never(words.to_owned()));
    match deed.action {
        FixAction::BucketAcl if deed.data != object([("acl", Value::from("private"))]) => {
            never("no remediation gives anybody more of a bucket")
        }
        FixAction::BucketVersioning if deed.data != object([("status", Value::from(ENABLED))]) => {
            never("no remediation stops keeping versions")
        }
        FixAction::BucketLifecycle => {
            let fields = deed.lifecycle_fields();
            if let Some((_, key, _)) = fields.iter().find(|(_, key, _)| !OF_RULES.contains(key)) {
                return Err(Never(format!("no remediation changes a lifecycle rule's {key}")));
            }
            if deed.data.items_at(&["rules"]).is_empty() || deed.data.members().any(|(key, _)| key != "rules")
            {
                return never("a lifecycle is changed by a list of rules and nothing else");
            }
            let dated =
                |(_, key, value): &(&str, &str, &Value)| *key == "expiration_date" && **value != Value::Null;
            if fields.iter().any(dated) {
                return never("no remediation lets objects go on a certain day");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A bucket that was not there.
pub(super) fn created(deed: &Deed, before: Option<&Value>) -> Result<Value, String> {
    if before.is_some() {
        return Err(format!("{} exists already", deed.target));
    }
    let region = deed.data.text_at(&["region"]).ok_or("no region is named")?;
    let versions = deed.keeps_versions().then(|| ("versions", kept(Some(ENABLED))));
    let row = [
        ("apiVersion", Value::from(ACCOUNT_API)),
        ("kind", Value::from(BUCKET)),
        ("name", Value::from(deed.target.name.as_str())),
        ("region", Value::from(region)),
    ];
    Ok(object(row.into_iter().chain(versions)))
}

/// What a row of a collection says once the bucket is there, with nothing in it.
pub(super) fn created_in(deed: &Deed, collection: &str, row: &Value) -> Result<Value, String> {
    if collection == BUCKETS {
        if row.field("exists") != Some(&Value::from(false)) && !is_missing(row) {
            return Err(format!("{} exists already", deed.target));
        }
        let bucket = Value::from(deed.target.name.as_str());
        let region = deed.data.field("region").cloned().unwrap_or(Value::Null);
        return Ok(object([
            ("name", bucket),
            ("region", region),
            ("exists", Value::from(true)),
            ("created", Value::Null),
        ]));
    }
    if !is_missing(row) {
        return Err("it is not missing".to_owned());
    }
    let text = |text: &str| Value::from(text);
    let none = || array([]);
    let owner = "owner";
    let everybody = object([
        ("permission", text("READ")),
        (
            "grantee",
            object([
                ("type", text("Group")),
                ("id", Value::Null),
                ("uri", text(EVERYBODY)),
            ]),
        ),
    ]);
    let grants = std::iter::once(full_control(owner)).chain(deed.is_public().then_some(everybody));
    let versions = if deed.keeps_versions() {
        text(ENABLED)
    } else {
        Value::Null
    };
    let members = match collection {
        ACLS => vec![("owner", text(owner)), ("grants", array(grants))],
        POLICIES => vec![("policy", Value::Null)],
        VERSIONINGS => vec![("status", versions)],
        LIFECYCLES | CORS => vec![("rules", none())],
        UPLOADS => vec![("uploads", none()), ("truncated", Value::from(false))],
        BACKUPS => vec![
            ("newest", none()),
            ("oldest", Value::Null),
            ("listed", Value::from(0)),
            ("complete", Value::from(true)),
        ],
        _ => return Err(format!("{collection} tells nothing of buckets")),
    };
    let own = ["bucket", "prefix"].iter();
    let own = own.filter_map(|key| Some((*key, row.field(key)?.clone())));
    Ok(object(own.chain(members)))
}

fn is_missing(row: &Value) -> bool {
    row.text_at(&["unread", "reason"]) == Some("missing")
}

fn full_control(owner: &str) -> Value {
    let grantee = [
        ("type", Value::from("CanonicalUser")),
        ("id", Value::from(owner)),
        ("uri", Value::Null),
    ];
    object([
        ("permission", Value::from("FULL_CONTROL")),
        ("grantee", object(grantee)),
    ])
}

/// The ACL that gives everything to the owner and nothing to anybody else, or the grants that an undo knows.
pub(super) fn acl_set(deed: &Deed, row: &Value) -> Result<Value, String> {
    if let Some(grants) = deed.data.field("grants") {
        return Ok(set(row, [("grants", grants.clone())]));
    }
    let owner = row
        .text_at(&["owner"])
        .ok_or_else(|| format!("who owns bucket {} is not told", deed.target.name))?;
    Ok(set(row, [("grants", array([full_control(owner)]))]))
}

pub(super) fn former_acl(row: &Value) -> Value {
    object([("grants", array(row.items_at(&["grants"]).iter().cloned()))])
}

pub(super) fn versioning_set(deed: &Deed, row: &Value) -> Result<Value, String> {
    let status = deed.data.field("status").ok_or("no status is named")?;
    Ok(set(row, [("status", status.clone())]))
}

/// Versions that were never kept and those that are no longer kept are the same from then on.
pub(super) fn former_versioning(row: &Value) -> Value {
    let status = match row.text_at(&["status"]) {
        Some(ENABLED) => ENABLED,
        _ => "Suspended",
    };
    object([("status", Value::from(status))])
}

/// The rules with some of them changed, added or taken away, by their ids; all others stay, each where it is.
pub(super) fn lifecycle_set(deed: &Deed, row: &Value) -> Result<Value, String> {
    let mut rules: Vec<Value> = row.items_at(&["rules"]).to_vec();
    for change in deed.data.items_at(&["rules"]) {
        let id = id_of(change).ok_or("a lifecycle rule without an id cannot be told from others")?;
        let mut places = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| id_of(rule) == Some(id));
        let place = places.next().map(|(place, _)| place);
        if places.next().is_some() {
            return Err(format!(
                "bucket {} has two lifecycle rules {id}",
                deed.target.name
            ));
        }
        let fields = change.members().filter(|(key, _)| OF_RULES.contains(key));
        let removed = change.field(REMOVE).is_some_and(ValueExt::is_true);
        match place {
            Some(place) if removed => {
                rules.remove(place);
            }
            None if removed => {}
            Some(place) => {
                if let Some(rule) = rules.get_mut(place) {
                    *rule = sound(&set(rule, fields), id)?;
                }
            }
            None => {
                let empty = OF_RULES.iter().map(|key| (*key, Value::Null));
                let new = object(empty.chain([("id", Value::from(id)), ("prefix", Value::from(""))]));
                rules.push(sound(&set(&new, fields), id)?);
            }
        }
    }
    Ok(set(row, [("rules", array(rules))]))
}

/// A rule that S3 would take.
fn sound(rule: &Value, id: &str) -> Result<Value, String> {
    let days = |key: &&&str| key.ends_with("_days");
    let wrong = DEEDS.iter().filter(days).find(|key| {
        let value = rule.field(key).filter(|value| **value != Value::Null);
        value.is_some_and(|value| !value.int().is_some_and(|days| (1..=36_500).contains(&days)))
    });
    if let Some(key) = wrong {
        return Err(format!("{key} of lifecycle rule {id} is no number of days"));
    }
    if !matches!(rule.text_at(&["status"]), Some(ENABLED | "Disabled")) || rule.text_at(&["prefix"]).is_none()
    {
        return Err(format!("lifecycle rule {id} has no status, or no prefix"));
    }
    let idle = DEEDS
        .iter()
        .all(|key| rule.field(key).is_none_or(|value| *value == Value::Null));
    // What else one does that is not all known here stays.
    if idle && !rule.field(MORE).is_some_and(ValueExt::is_true) {
        return Err(format!("lifecycle rule {id} does nothing"));
    }
    Ok(rule.clone())
}

/// The rules that it changes as they were.
pub(super) fn former_rules(deed: &Deed, row: &Value) -> Value {
    let changed = deed.data.items_at(&["rules"]).iter().filter_map(id_of);
    let rules = changed.map(|id| {
        let own = [("id", Value::from(id))];
        let former = row
            .items_at(&["rules"])
            .iter()
            .find(|rule| id_of(rule) == Some(id));
        match former {
            Some(rule) => {
                let fields = OF_RULES
                    .iter()
                    .filter_map(|key| Some((*key, rule.field(key)?.clone())));
                object(own.into_iter().chain(fields))
            }
            None => object(own.into_iter().chain([(REMOVE, Value::from(true))])),
        }
    });
    object([("rules", array(rules))])
}

/// Whether Spaces would remove an object, or a version of one, sooner than by the rules that are there.
pub(super) fn removes_sooner(deed: &Deed, row: &Value) -> bool {
    let Ok(after) = lifecycle_set(deed, row) else {
        return false;
    };
    let before = row.items_at(&["rules"]);
    let sooner = |rule: &Value, key: &str| {
        let when = rule.field(key).filter(|when| **when != Value::Null);
        when.is_some_and(|when| !before.iter().any(|other| includes(other, rule, key, when)))
    };
    let rules = after.items_at(&["rules"]).iter();
    rules.filter(|rule| in_force(rule)).any(|rule| {
        ["expiration_date", "expiration_days", "noncurrent_days"]
            .iter()
            .any(|key| sooner(rule, key))
    })
}

/// Whether a rule that is there already removes all that another would remove, and no later.
fn includes(there: &Value, rule: &Value, key: &str, when: &Value) -> bool {
    let prefix = |rule: &Value| rule.text_at(&["prefix"]).unwrap_or_default().to_owned();
    let all = !there.field(MORE).is_some_and(ValueExt::is_true) || id_of(there) == id_of(rule);
    // Numbers of days, or texts that begin with the year.
    let as_soon = there
        .field(key)
        .is_some_and(|own| *own != Value::Null && own <= when);
    in_force(there) && all && as_soon && prefix(rule).starts_with(&prefix(there))
}

fn in_force(rule: &Value) -> bool {
    rule.text_at(&["status"]) == Some(ENABLED)
}

fn id_of(rule: &Value) -> Option<&str> {
    rule.text_at(&["id"]).filter(|id| !id.is_empty())
}

fn kept(status: Option<&str>) -> Value {
    Value::from(if status == Some(ENABLED) {
        "kept"
    } else {
        "not kept"
    })
}

/// What somebody meant by it: the order of grants and of rules means nothing, nor does it whether versions were ever kept.
pub(super) fn of_row(row: &Value) -> Value {
    let name = ("name", row.field("name").cloned().unwrap_or(Value::Null));
    let sorted = |items: &[Value]| array(items.iter().cloned().collect::<BTreeSet<Value>>());
    match row.text_at(&["kind"]).unwrap_or_default() {
        ACL => object([
            name,
            ("owner", row.field("owner").cloned().unwrap_or(Value::Null)),
            ("grants", sorted(row.items_at(&["grants"]))),
        ]),
        LIFECYCLE => {
            let rules: Vec<Value> = row.items_at(&["rules"]).iter().map(filled).collect();
            object([name, ("rules", sorted(&rules))])
        }
        _ => object([name, ("versions", kept(row.text_at(&["status"])))]),
    }
}

/// A rule without what it does not say.
fn filled(rule: &Value) -> Value {
    let said = rule.members().filter(|(_, value)| **value != Value::Null);
    object(said.map(|(key, value)| (key, value.clone())))
}
