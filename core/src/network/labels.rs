//! Labels of Pods and Namespaces, in little room: a cluster has tens of thousands of label sets, and most of their texts
//! many times.

use crate::value::texts::Texts;
use crate::value::{Value, ValueExt};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Labels, sorted by key.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels(Box<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// The members of an object that are text; none when it is no object.
    pub(super) fn of(value: Option<&Value>) -> Self {
        value
            .into_iter()
            .flat_map(ValueExt::members)
            .filter_map(|(key, label)| Some((key, label.text()?)))
            .collect()
    }

    /// The value of a label.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        self.0.get(found).map(|(_, value)| value.as_ref())
    }

    /// Each key with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// No label at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others, which replace those of the same key.
    #[must_use]
    pub fn with<K: Into<Arc<str>>, V: Into<Arc<str>>>(
        &self,
        others: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let others = others.into_iter().map(|(key, value)| (key.into(), value.into()));
        self.0.iter().cloned().chain(others).collect()
    }

    /// The same labels, their texts shared with all that were made so.
    pub(super) fn shared(&self, texts: &mut Texts) -> Self {
        let labels = self.0.iter();
        Self(
            labels
                .map(|(key, value)| (texts.share(key), texts.share(value)))
                .collect(),
        )
    }
}

/// Of several values of a key the last one counts.
impl<K: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(K, V)> for Labels {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(labels: T) -> Self {
        let sorted: BTreeMap<Arc<str>, Arc<str>> = labels
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self(sorted.into_iter().collect())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_key_counts_and_others_replace() {
        let labels = Labels::from_iter([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!((labels.get("b"), labels.get("c")), (Some("3"), None));
        let more = labels.with([("b", "4"), ("0", "x")]);
        assert_eq!(
            more.iter().collect::<Vec<_>>(),
            [("0", "x"), ("a", "2"), ("b", "4")]
        );
        assert!(Labels::default().is_empty() && !more.is_empty());
    }

    #[test]
    fn what_is_no_text_is_no_label() {
        let value = Value::from_json_str(r#"{"a":"x","b":1,"c":null}"#).unwrap();
        assert_eq!(Labels::of(Some(&value)), Labels::from_iter([("a", "x")]));
        assert!(Labels::of(Some(&Value::Null)).is_empty() && Labels::of(None).is_empty());
    }

    #[test]
    fn shared_labels_are_equal_and_have_the_same_texts() {
        let mut texts = Texts::default();
        let of = |value: &str| Labels::from_iter([("app", value)]);
        let (first, second) = (of("web").shared(&mut texts), of("web").shared(&mut texts));
        assert_eq!(first, of("web"));
        assert!(Arc::ptr_eq(&first.0[0].0, &second.0[0].0) && Arc::ptr_eq(&first.0[0].1, &second.0[0].1));
    }
}
