//! The keys and values that selectors mention, numbered; labels and selectors as numbers.

use std::collections::{BTreeMap, HashMap};

use super::bits::Bits;
use super::labels::Labels;
use super::selector::{Operator, Selector};

/// The code of a label that is absent, and of a value that no selector mentions. Mentioned values follow.
pub(super) const ABSENT: usize = 0;
pub(super) const OTHER: usize = 1;

/// The keys that selectors mention, and per key the values.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    keys: HashMap<String, usize>,
    values: Vec<HashMap<String, usize>>,
}

/// A selector over codes: per key, sorted, the admitted codes. Two selectors that mean the same are equal; keys on which
/// everything is admitted are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Compiled(pub(super) Vec<(usize, Bits)>);

impl Vocabulary {
    /// Takes up what `selector` mentions.
    pub(super) fn learn(&mut self, selector: &Selector) {
        for (key, operator) in &selector.0 {
            let next = self.keys.len();
            let key = *self.keys.entry(key.clone()).or_insert(next);
            if key == next {
                self.values.push(HashMap::new());
            }
            for value in operator.values() {
                let next = self.values[key].len() + 2;
                self.values[key].entry(value.clone()).or_insert(next);
            }
        }
    }

    pub(super) fn key_count(&self) -> usize {
        self.values.len()
    }

    /// The number of a mentioned key.
    pub(super) fn key(&self, key: &str) -> Option<usize> {
        self.keys.get(key).copied()
    }

    /// How many codes a key has.
    pub(super) fn size(&self, key: usize) -> usize {
        self.values[key].len() + 2
    }

    /// The mentioned keys of `labels` with their codes, sorted by key; absent keys are left out.
    pub(super) fn project(&self, labels: &Labels) -> Vec<(usize, usize)> {
        let mut codes: Vec<_> = labels
            .iter()
            .filter_map(|(key, value)| {
                let key = self.key(key)?;
                Some((key, self.values[key].get(value).copied().unwrap_or(OTHER)))
            })
            .collect();
        codes.sort_unstable();
        codes
    }

    /// The selector over codes; everything in it must have been learnt.
    pub(super) fn compile(&self, selector: &Selector) -> Compiled {
        let mut admitted: BTreeMap<usize, Bits> = BTreeMap::new();
        for (key, operator) in &selector.0 {
            let Some(key) = self.key(key) else { continue };
            let size = self.size(key);
            let mut codes = Bits::none(size);
            for code in operator
                .values()
                .iter()
                .filter_map(|value| self.values[key].get(value))
            {
                codes.insert(*code);
            }
            let codes = match operator {
                Operator::In(_) => codes,
                Operator::NotIn(_) => codes.complement(),
                Operator::DoesNotExist => {
                    codes.insert(ABSENT);
                    codes
                }
                Operator::Exists => {
                    codes.insert(ABSENT);
                    codes.complement()
                }
            };
            admitted
                .entry(key)
                .or_insert_with(|| Bits::all(size))
                .keep(&codes);
        }
        let mut compiled: Vec<_> = admitted.into_iter().collect();
        compiled.retain(|(key, codes)| codes.count() < self.size(*key));
        Compiled(compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn parse(text: &str) -> Selector {
        Selector::parse(&Value::from_json_str(text).unwrap()).unwrap()
    }

    #[test]
    fn selectors_that_mean_the_same_compile_to_the_same() {
        let texts = [
            r#"{"matchLabels":{"a":"x"}}"#,
            r#"{"matchExpressions":[{"key":"a","operator":"In","values":["x","y"]},{"key":"a","operator":"NotIn","values":["y"]}]}"#,
        ];
        let selectors = texts.map(parse);
        let mut words = Vocabulary::default();
        for selector in &selectors {
            words.learn(selector);
        }
        assert_eq!(words.compile(&selectors[0]), words.compile(&selectors[1]));
        assert_eq!(
            words.project(&Labels::from_iter([("a", "z"), ("b", "x")])),
            [(0, OTHER)]
        );
        let never =
            r#"{"matchExpressions":[{"key":"a","operator":"Exists"},{"key":"a","operator":"DoesNotExist"}]}"#;
        let never = words.compile(&parse(never));
        assert!(never.0[0].1.is_empty());
    }
}
