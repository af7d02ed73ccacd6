//! What namespaces may use: their ResourceQuotas and LimitRanges, as far as a spec says such a thing.

use super::page::{Page, map, text, word};
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// The name of those that a spec makes: one of each in a namespace.
const DECLARED: &str = "declared";
/// What a LimitRange says of containers, as a spec says it.
const OF_CONTAINERS: [&str; 4] = ["default", "defaultRequest", "max", "min"];

/// The quotas and limits that were seen, by namespace and name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    quotas: BTreeMap<String, BTreeMap<String, Value>>,
    ranges: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Limits {
    /// Looks at an object.
    pub fn learn(&mut self, value: &Value) {
        let metadata = |key: &str| value.text_at(&["metadata", key]).unwrap_or_default().to_owned();
        let all = match (text(value, "apiVersion"), text(value, "kind")) {
            ("v1", "ResourceQuota") => &mut self.quotas,
            ("v1", "LimitRange") => &mut self.ranges,
            _ => return,
        };
        let spec = value.at(&["spec"]).cloned().unwrap_or(Value::Null);
        let own = all.entry(metadata("namespace")).or_default();
        own.insert(metadata("name"), spec);
    }

    /// Writes what a spec can say of a namespace's, whatever its role, and says the rest beside it.
    pub(super) fn write(&self, namespace: &str, page: &mut Page) {
        one_kind(&self.quotas, namespace, ("ResourceQuota", "quota"), quota, page);
        one_kind(&self.ranges, namespace, ("LimitRange", "limits"), limits, page);
    }
}

/// Under another name than the one that a spec gives, a second one would be made beside it.
fn one_kind(
    all: &BTreeMap<String, BTreeMap<String, Value>>,
    namespace: &str,
    (kind, key): (&str, &str),
    written: fn(&Value) -> Result<String, &'static str>,
    page: &mut Page,
) {
    for (name, spec) in all.get(namespace).into_iter().flatten() {
        let line = match written(spec) {
            Ok(line) if name == DECLARED => {
                page.line(3, &format!("{key}: {line}"));
                continue;
            }
            Ok(line) => format!(
                "a spec calls its own `{DECLARED}`, which would be made beside it; it says {key}: {line}"
            ),
            Err(why) => why.to_owned(),
        };
        page.say(3, &format!("{kind} {name} is not declared: {line}"));
    }
}

/// The hard limits; or why a spec cannot say them.
fn quota(spec: &Value) -> Result<String, &'static str> {
    if spec.field("scopeSelector").is_some() || !spec.items_at(&["scopes"]).is_empty() {
        return Err("it counts some Pods only, which a spec does not say");
    }
    amounts(spec.field("hard"))
}

/// The limits of containers; or why a spec cannot say them.
fn limits(spec: &Value) -> Result<String, &'static str> {
    let [limits] = spec.items_at(&["limits"]) else {
        return Err("it limits several things, and a spec says it of containers only");
    };
    let said = |key: &str| key == "type" || OF_CONTAINERS.contains(&key);
    if text(limits, "type") != "Container" || limits.members().any(|(key, _)| !said(key)) {
        return Err("it limits something else than what containers ask for, which a spec does not say");
    }
    let own = OF_CONTAINERS.iter().filter_map(|key| {
        let found = limits.field(key)?;
        found.members().next()?;
        Some(amounts(Some(found)).map(|amounts| (*key, amounts)))
    });
    Ok(map(own.collect::<Result<Vec<_>, _>>()?))
}

fn amounts(amounts: Option<&Value>) -> Result<String, &'static str> {
    let all = amounts.into_iter().flat_map(ValueExt::members);
    let all = all.map(|(resource, amount)| {
        let amount = amount
            .text()
            .map_or_else(|| amount.to_string(), ToOwned::to_owned);
        if is_amount(&amount) {
            Ok((resource, word(&amount)))
        } else {
            Err("an amount in it is of a form that a spec does not take")
        }
    });
    Ok(map(all.collect::<Result<Vec<_>, _>>()?))
}

/// Whether a spec takes an amount as it is written: digits with a unit, and no exponent or sign.
fn is_amount(text: &str) -> bool {
    let units = [
        "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "m", "k", "M", "G", "T", "P", "E",
    ];
    let number = units
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match number.split_once('.') {
        Some((whole, part)) => is_digits(whole) && is_digits(part),
        None => is_digits(number),
    }
}
