//! The record of the environment that policies read as `data.environment`.
//!
//! It has the layout of the spec's `spec:` section and the environment's `name`, with every default filled in. Amounts
//! stay as they were written and gain their meaning beside them: `storageLimit: 5GiB` comes with `storageLimitBytes`,
//! `warnAt: 80%` with `warnAtRatio`, `maxAge: 26h` with `maxAgeSeconds`.

use super::scalar::{KIND, Percent, Period, Size};
use super::schema::WHOLE;
use super::types::Environment;
use crate::value::{Value, array, object};
use serde_json::Value as Json;

/// Members that stand for another one, by what they add to its name.
pub(super) const DERIVED: [&str; 3] = ["Bytes", "Ratio", "Seconds"];

/// Fills in what defaults need the rest of the spec for.
pub(super) fn fill(environment: &mut Environment) {
    let name = environment.metadata.name.clone();
    if let Some(account) = &mut environment.spec.digitalocean {
        if let Some(registry) = &mut account.registry {
            registry.owner.get_or_insert(name);
        }
        if let Some(spaces) = &mut account.spaces {
            spaces.region.get_or_insert_with(|| account.region.clone());
        }
    }
}

/// The record; `None` when the types cannot be written as JSON, which they always can.
pub(super) fn record(environment: &Environment) -> Option<Value> {
    let spec = serde_json::to_value(&environment.spec).ok()?;
    let schema = WHOLE.get("$defs")?.get("EnvironmentSpec")?;
    let Json::Object(sections) = spec else { return None };
    let name = ("name".to_owned(), Value::from(environment.metadata.name.as_str()));
    let sections = sections
        .iter()
        .map(|(key, member)| (key.clone(), converted(member, member_schema(schema, key))));
    Some(object(std::iter::once(name).chain(sections)))
}

fn converted(json: &Json, schema: Option<&Json>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(*value),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), ..) => Value::from(whole),
            (_, Some(whole), _) => Value::from(whole),
            (.., float) => Value::from(float.unwrap_or_default()),
        },
        Json::Array(items) => {
            let schema = schema.and_then(|schema| find(schema, "items"));
            array(items.iter().map(|item| converted(item, schema)))
        }
        Json::Object(members) => object(members.iter().flat_map(|(key, member)| {
            let schema = schema.and_then(|schema| member_schema(schema, key));
            let derived = member
                .as_str()
                .and_then(|text| meaning(schema?, text))
                .map(|(suffix, value)| (format!("{key}{suffix}"), value));
            std::iter::once((key.clone(), converted(member, schema))).chain(derived)
        })),
    }
}

/// What a text means as a number, and what its member is called then.
fn meaning(schema: &Json, text: &str) -> Option<(&'static str, Value)> {
    let text = text.to_owned();
    match schema.get(KIND)?.as_str()? {
        "size" => Some(("Bytes", Value::from(*Size::try_from(text).ok()?.meaning()))),
        "percent" => {
            let hundredths = *Percent::try_from(text).ok()?.meaning();
            Some(("Ratio", Value::from(f64::from(hundredths) / 10_000.0)))
        }
        "period" => Some(("Seconds", Value::from(*Period::try_from(text).ok()?.meaning()))),
        _ => None,
    }
}

/// The schema of a member, behind references and alternatives.
fn member_schema<'s>(schema: &'s Json, key: &str) -> Option<&'s Json> {
    find(schema, "properties")
        .and_then(|properties| properties.get(key))
        .or_else(|| find(schema, "additionalProperties"))
}

/// The first `keyword` of a schema, behind references and alternatives.
fn find<'s>(schema: &'s Json, keyword: &str) -> Option<&'s Json> {
    if let Some(found) = schema.get(keyword) {
        return Some(found);
    }
    if let Some(name) = schema
        .get("$ref")
        .and_then(|reference| reference.as_str()?.rsplit('/').next())
    {
        return find(WHOLE.get("$defs")?.get(name)?, keyword);
    }
    ["anyOf", "oneOf"]
        .iter()
        .filter_map(|alternatives| schema.get(alternatives)?.as_array())
        .flatten()
        .find_map(|alternative| find(alternative, keyword))
}
