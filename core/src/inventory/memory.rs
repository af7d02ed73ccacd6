//! What earlier runs learnt of the account that does not change: what an index of images consists of, by digest; what lies
//! in a repository, by the time of its last change. Knowing it saves calls; not knowing it costs them and nothing else.
//!
//! A run starts with what is kept, asks it while it reads, adds to it, and hands over at the end what has to be kept. It is
//! shared by all that read at the same time. Where it is kept is others' business.

use super::page::json;
use crate::value::Value;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A fact whose text is longer than this is not kept, in bytes: it would push out a great many others.
const LONGEST: usize = 4 * 1024 * 1024;
/// How old the noted time of use may become before using a fact is noted again.
const NOTED_ANEW_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Facts by namespace and key.
#[derive(Debug, Default)]
pub struct Memory {
    facts: Mutex<BTreeMap<String, BTreeMap<String, Remembered>>>,
}

#[derive(Debug)]
struct Remembered {
    /// JSON.
    text: String,
    /// When a run used it, as far as that is kept; `None`: it is new.
    noted: Option<Timestamp>,
    used: bool,
}

/// A fact as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What the fact is about: `index-children`, `repository-digests`.
    pub namespace: String,
    /// Of what it is true, in a form that changes whenever the fact may.
    pub key: String,
    /// JSON.
    pub text: String,
    /// When a run last used it.
    pub used: Timestamp,
}

/// What a run changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New facts.
    pub learnt: Vec<Kept>,
    /// Namespace and key of facts that were used and whose time of use has to be noted anew.
    pub used: Vec<(String, String)>,
}

impl Changes {
    /// True when nothing has to be written.
    pub fn is_empty(&self) -> bool {
        self.learnt.is_empty() && self.used.is_empty()
    }
}

impl FromIterator<Kept> for Memory {
    fn from_iter<I: IntoIterator<Item = Kept>>(kept: I) -> Self {
        let mut facts: BTreeMap<String, BTreeMap<String, Remembered>> = BTreeMap::new();
        for fact in kept {
            let remembered = Remembered {
                text: fact.text,
                noted: Some(fact.used),
                used: false,
            };
            facts
                .entry(fact.namespace)
                .or_default()
                .insert(fact.key, remembered);
        }
        Self {
            facts: Mutex::new(facts),
        }
    }
}

impl Memory {
    /// What is known. A text that is no JSON is not known.
    pub fn recall(&self, namespace: &str, key: &str) -> Option<Value> {
        let text = {
            let mut facts = self.facts();
            let fact = facts.get_mut(namespace)?.get_mut(key)?;
            fact.used = true;
            fact.text.clone()
        };
        json(&text).ok()
    }

    /// Learns something; what was known under this key is replaced.
    pub fn remember(&self, namespace: &str, key: &str, value: &Value) {
        let Ok(text) = value.to_json_str() else {
            return;
        };
        if text.len() > LONGEST {
            return;
        }
        let mut facts = self.facts();
        let facts = facts.entry(namespace.to_owned()).or_default();
        if facts.get(key).is_some_and(|known| known.text == text) {
            return;
        }
        let fact = Remembered {
            text,
            noted: None,
            used: true,
        };
        facts.insert(key.to_owned(), fact);
    }

    /// What has to be written so that the next run knows it.
    pub fn changes(&self, now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        for (namespace, facts) in &*self.facts() {
            for (key, fact) in facts {
                match fact.noted {
                    None => changes.learnt.push(Kept {
                        namespace: namespace.clone(),
                        key: key.clone(),
                        text: fact.text.clone(),
                        used: now,
                    }),
                    Some(noted) if fact.used && now.duration_since(noted) > NOTED_ANEW_AFTER => {
                        changes.used.push((namespace.clone(), key.clone()));
                    }
                    Some(_) => {}
                }
            }
        }
        changes
    }

    fn facts(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, Remembered>>> {
        // Each change is one step: after a panic elsewhere the map is whole.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::array;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap()
    }

    fn kept(key: &str, text: &str, hour: i64) -> Kept {
        Kept {
            namespace: "index-children".to_owned(),
            key: key.to_owned(),
            text: text.to_owned(),
            used: at(hour),
        }
    }

    #[test]
    fn only_what_is_new_or_used_after_a_day_has_to_be_written() {
        let memory: Memory = [kept("a", "[1]", 0), kept("b", "[2]", 0), kept("c", "[3]", 40)]
            .into_iter()
            .collect();
        assert!(memory.changes(at(50)).is_empty());

        assert_eq!(
            memory.recall("index-children", "a"),
            Some(array([Value::from(1_u64)]))
        );
        assert!(memory.recall("index-children", "c").is_some());
        assert_eq!(memory.recall("repository-digests", "a"), None);
        memory.remember("index-children", "d", &array([]));
        let changes = memory.changes(at(50));
        assert_eq!(changes.used, [("index-children".to_owned(), "a".to_owned())]);
        assert_eq!(changes.learnt, [kept("d", "[]", 50)]);
        assert_eq!(memory.recall("index-children", "d"), Some(array([])));
    }

    #[test]
    fn what_is_damaged_is_unknown_and_can_be_learnt_again() {
        let memory: Memory = [kept("a", "[1", 0)].into_iter().collect();
        assert_eq!(memory.recall("index-children", "a"), None);
        memory.remember("index-children", "a", &array([Value::from(1_u64)]));
        assert_eq!(memory.changes(at(1)).learnt, [kept("a", "[1]", 1)]);
    }

    #[test]
    fn learning_what_is_known_changes_nothing_and_what_is_too_long_is_not_kept() {
        let memory: Memory = [kept("a", "[1]", 0)].into_iter().collect();
        memory.remember("index-children", "a", &array([Value::from(1_u64)]));
        memory.remember("index-children", "b", &Value::from("x".repeat(LONGEST)));
        assert!(memory.changes(at(1)).is_empty());
    }
}
