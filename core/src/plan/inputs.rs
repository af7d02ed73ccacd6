//! What a plan was made of, as digests: so that whoever carries it out later is told what differs by then.

use crate::inventory::snapshot::sha256;
use crate::value::{Value, ValueExt, array, object};
use std::collections::BTreeMap;

/// What a plan was made of. Each digest is SHA-256 in hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Of the spec, merged with what it extends, defaults filled in.
    pub spec: String,
    /// Of the waivers of files.
    pub waivers: String,
    /// Of each policy that judged, by its id.
    pub policies: BTreeMap<String, OfPolicy>,
}

/// What a policy had to do with a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfPolicy {
    /// Of its files, of all that they refer to, and of the parameters that the command line set.
    pub rules: String,
    /// Of the fingerprints of what it found and nobody accepts.
    pub findings: String,
}

/// The digest of texts, whatever their order.
pub fn digest_of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts = texts.into_iter();
    let mut texts: Vec<String> = texts.map(|text| text.as_ref().to_owned()).collect();
    texts.sort();
    let list = array(texts.into_iter().map(Value::from));
    sha256(list.to_json_str().unwrap_or_default().as_bytes())
}

impl Inputs {
    /// What differs now, in words. Of policies only those are compared that judge now as they did then: fewer may do.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut words = Vec::new();
        let mut tell = |differs: bool, what: &str| {
            if differs {
                words.push(what.to_owned());
            }
        };
        tell(
            self.spec != now.spec,
            "the spec differs from what the plan was made of",
        );
        tell(
            self.waivers != now.waivers,
            "the waivers differ from those that the plan was made with",
        );
        let both = |differ: &dyn Fn(&OfPolicy, &OfPolicy) -> bool| {
            let pairs = self.policies.iter();
            let pairs = pairs.filter_map(|(id, then)| Some((id, then, now.policies.get(id)?)));
            let ids = pairs.filter(|(_, then, now)| differ(then, now));
            let ids: Vec<&str> = ids.map(|(id, ..)| id.as_str()).collect();
            ids.join(", ")
        };
        let rules = both(&|then, now| then.rules != now.rules);
        tell(
            !rules.is_empty(),
            &format!("rules or parameters of {rules} differ from what the plan was made with"),
        );
        let findings = both(&|then, now| then.findings != now.findings);
        tell(
            !findings.is_empty(),
            &format!("what {findings} finds differs from what the plan was made of"),
        );
        words
    }

    /// As a plan writes it.
    pub(super) fn to_value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let policies = self.policies.iter().map(|(id, one)| {
            let digests = [("rules", text(&one.rules)), ("findings", text(&one.findings))];
            (id.as_str(), object(digests))
        });
        object([
            ("spec", text(&self.spec)),
            ("waivers", text(&self.waivers)),
            ("policies", object(policies)),
        ])
    }

    /// Reads what [`to_value`](Self::to_value) wrote.
    pub(super) fn from_value(value: &Value) -> Result<Self, String> {
        let text = |value: &Value, key: &str| {
            let text = value.text_at(&[key]).map(ToOwned::to_owned);
            text.ok_or_else(|| format!("its inputs have no {key}"))
        };
        let policies = value.field("policies").ok_or("its inputs have no policies")?;
        let policies = policies.members().map(|(id, one)| {
            let digests = OfPolicy {
                rules: text(one, "rules")?,
                findings: text(one, "findings")?,
            };
            Ok((id.to_owned(), digests))
        });
        Ok(Self {
            spec: text(value, "spec")?,
            waivers: text(value, "waivers")?,
            policies: policies.collect::<Result<_, String>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(spec: &str, policies: &[(&str, &str, &str)]) -> Inputs {
        let policies = policies.iter().map(|(id, rules, findings)| {
            let digests = OfPolicy {
                rules: (*rules).to_owned(),
                findings: (*findings).to_owned(),
            };
            ((*id).to_owned(), digests)
        });
        Inputs {
            spec: spec.to_owned(),
            waivers: digest_of(["w"]),
            policies: policies.collect(),
        }
    }

    #[test]
    fn what_differs_is_told_and_of_policies_only_of_those_that_judge() {
        let then = inputs("s", &[("a", "1", "1"), ("b", "1", "1"), ("c", "1", "1")]);
        assert!(then.differences(&then).is_empty());
        let fewer = inputs("s", &[("b", "1", "1")]);
        assert!(then.differences(&fewer).is_empty());
        let now = Inputs {
            waivers: digest_of(["w", "v"]),
            ..inputs("t", &[("a", "2", "1"), ("b", "2", "2"), ("new", "1", "1")])
        };
        assert_eq!(
            then.differences(&now),
            [
                "the spec differs from what the plan was made of",
                "the waivers differ from those that the plan was made with",
                "rules or parameters of a, b differ from what the plan was made with",
                "what b finds differs from what the plan was made of",
            ]
        );
        assert_eq!(Inputs::from_value(&now.to_value()).unwrap(), now);
        assert!(Inputs::from_value(&Value::from("x")).is_err());
    }

    #[test]
    fn a_digest_knows_no_order_and_tells_texts_apart() {
        assert_eq!(digest_of(["a", "b"]), digest_of(["b", "a"]));
        assert_ne!(digest_of(["a", "b"]), digest_of(["ab"]));
        assert_eq!(digest_of(["a"]).len(), 64);
    }
}
