//! Values for parameters: what a policy's METADATA declares decides what may be given.

use super::types::Parameter;
use crate::value::{Value, ValueExt};
use jiff::{SignedDuration, SpanRelativeTo};

/// `26h`, `30d`, `10m` in seconds; days count 24 hours. `None` for anything else, negative ones too.
pub fn seconds(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative()).then(|| duration.as_secs())
}

impl Parameter {
    /// Whether a value may be given: it must be of the default's type, and a period where the default is one. The error
    /// says what is expected. Without a default anything goes.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let Some(default) = &self.default else {
            return Ok(());
        };
        let is_period = default.text().is_some_and(|text| seconds(text).is_some());
        let fits = match default {
            _ if is_period => value.text().is_some_and(|text| seconds(text).is_some()),
            Value::Null | Value::Undefined => true,
            _ => std::mem::discriminant(default) == std::mem::discriminant(value),
        };
        let expected = match default {
            _ if is_period => "a period with its unit, as 26h or 30d",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            _ => "a map",
        };
        if fits {
            Ok(())
        } else {
            Err(format!("must be {expected}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_seconds() {
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("30d"), Some(2_592_000));
        for wrong in ["acme", "24", "", "-1h"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_value_must_be_of_the_defaults_type() {
        let parameter = |default: Value| Parameter {
            name: "x".to_owned(),
            default: Some(default),
            description: String::new(),
        };
        let age = parameter(Value::from("24h"));
        assert_eq!(age.check(&Value::from("48h")), Ok(()));
        for wrong in [
            Value::from(24u64),
            Value::from("24"),
            Value::from("-1h"),
            Value::from(true),
            Value::new_array(),
        ] {
            assert!(age.check(&wrong).is_err(), "{wrong}");
        }
        assert!(parameter(Value::from(3u64)).check(&Value::from("3")).is_err());
        assert_eq!(parameter(Value::from("a")).check(&Value::from("b")), Ok(()));
    }
}
