//! What comes out of comparing the sides of a thing.

use super::added;
use super::digests;
use super::ignored::{Rules, rule};
use super::managers::is_noted_by_stranger;
use super::moved::{base, moved};
use super::thing::{Found, Said, Thing};
use super::withdrawn::{is_within, taken_back, withdrawn};
use crate::fields::{Compared, Sides, compare, writers};
use crate::findings::drift::{Difference, Drifted, Moved, Side, State};
use crate::inventory::reference::ACCOUNT_API;
use crate::plan::meaning;
use crate::value::{Value, ValueExt, object, retained};
use std::collections::{BTreeMap, BTreeSet};

/// What became of comparing a thing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// What differs; `None` when nothing does.
    pub drifted: Option<Drifted>,
    /// Differences that are overlooked, by rule.
    pub ignored: BTreeMap<String, usize>,
    /// How many fields hold credentials that cannot be compared.
    pub veiled: usize,
    /// What of the spec's rules overlooked something: the place of the rule, and that of its pointer.
    pub used: BTreeSet<(usize, usize)>,
}

/// Why something that is said is not there, and need not be.
const GOES: &str = "hooks, and Jobs that are deleted once they are done, come and go";
/// Annotations of what runs around a delivery.
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", "helm.sh/hook"];

/// Whether an object is made to be gone again.
fn goes(value: &Value) -> bool {
    let hook = |key: &&str| value.text_at(&["metadata", "annotations", key]).is_some();
    let job = value.text_at(&["kind"]) == Some("Job");
    HOOKS.iter().any(hook) || job && value.at(&["spec", "ttlSecondsAfterFinished"]).is_some()
}

impl Thing {
    /// Compares the sides. Of what was not read there is nothing to say.
    pub fn compared(&self, rules: &Rules<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let live = match &self.live {
            Found::Unread(_) => return outcome,
            Found::Absent => {
                let said = || self.declared.iter().chain(&self.committed);
                if said().any(|said| goes(&said.value)) {
                    outcome.ignored.insert(GOES.to_owned(), 1);
                } else if said().next().is_some() {
                    outcome.drifted = Some(self.drifted(State::Missing, Vec::new()));
                }
                return outcome;
            }
            Found::There(live) => live,
        };
        let of = |said: &Option<Said>| said.as_ref().map(|said| prepared(&said.value));
        let (mut declared, mut committed) = (of(&self.declared), of(&self.committed));
        let mut there = prepared(live);
        if !rules.one_key {
            outcome.veiled = digests::veil(&mut there);
            for side in declared.iter_mut().chain(&mut committed) {
                digests::veil(side);
            }
        }
        let sides = Sides {
            declared: declared.as_ref(),
            committed: committed.as_ref(),
            live: &there,
        };
        let mut found: Vec<(Compared, Option<Moved>)> =
            compare(sides).into_iter().map(|one| (one, None)).collect();
        let whole = whole(live, &there);
        let applied = self.applied.as_ref().map(prepared);
        let taken = taken_back(self);
        let gone = withdrawn(self, &whole, applied.as_ref(), &sides, rules.marks);
        let gone = gone.into_iter().map(|one| (one, Some(taken)));
        // What is told already is not told once more.
        for more in added::added(&whole, &sides)
            .into_iter()
            .map(|one| (one, None))
            .chain(gone)
        {
            if !found.iter().any(|(one, _)| is_within(&one.path, &more.0.path)) {
                found.push(more);
            }
        }
        found.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let mut differences = Vec::new();
        // What a stranger applies from a file says nothing of what was declared before.
        let noted_by_stranger = is_noted_by_stranger(&whole);
        for (one, taken) in &found {
            let writer = writers(&whole, &one.path).into_iter().next();
            if let Some(rule) = rule(self, one, writer.as_ref(), live, rules) {
                outcome.used.extend(rule.of_spec);
                *outcome.ignored.entry(rule.words).or_default() += 1;
                continue;
            }
            let base = applied
                .as_ref()
                .filter(|_| !noted_by_stranger)
                .and_then(|applied| base(applied, one, &there, &self.target));
            let by = || moved(one, base.as_ref(), writer.as_ref(), live, &self.target);
            differences.push(Difference {
                path: one.path.to_string(),
                declared: side(one.declared.as_ref()),
                committed: side(one.committed.as_ref()),
                live: side(Some(&one.live)),
                moved: taken.unwrap_or_else(by),
                writer,
            });
        }
        if !differences.is_empty() {
            outcome.drifted = Some(self.drifted(State::Differs, differences));
        }
        outcome
    }

    fn drifted(&self, state: State, differences: Vec<Difference>) -> Drifted {
        let place = |said: &Option<Said>| said.as_ref().map(|said| said.place.clone());
        Drifted {
            target: self.target.clone(),
            state,
            declared: place(&self.declared),
            committed: place(&self.committed),
            differences,
            matters: Vec::new(),
        }
    }
}

/// What somebody meant by an object, in one spelling: identity and server's members aside, of a Secret all in `data`.
pub(super) fn prepared(value: &Value) -> Value {
    if value.text_at(&["apiVersion"]) == Some(ACCOUNT_API) || value.field("apiVersion").is_none() {
        return value.clone();
    }
    let meant = meaning(value);
    let secret = meant.text_at(&["kind"]) == Some("Secret");
    let aside = |key: &str| key != "apiVersion" && !(secret && matches!(key, "facts" | "stringData"));
    let mut kept = retained(&meant, aside).unwrap_or(meant.clone());
    if let Some(metadata) = kept.field("metadata").cloned()
        && let Ok(members) = kept.as_object_mut()
    {
        let own = |key: &str| matches!(key, "annotations" | "finalizers" | "labels");
        members.insert(
            Value::from("metadata"),
            retained(&metadata, own).unwrap_or(metadata),
        );
        let texts = meant.field("stringData").filter(|_| secret);
        if let Some(texts) = texts {
            let data = meant.field("data").unwrap_or(&Value::Null);
            let all = data.members().chain(texts.members());
            let all: BTreeMap<&str, Value> = all.map(|(key, value)| (key, value.clone())).collect();
            members.insert(Value::from("data"), object(all));
        }
    }
    kept
}

/// What is compared, with the server's record of who wrote it.
fn whole(live: &Value, prepared: &Value) -> Value {
    let mut whole = prepared.clone();
    let fields = live.at(&["metadata", "managedFields"]).cloned();
    if let (Some(fields), Ok(members)) = (fields, whole.as_object_mut()) {
        let metadata = members.get_or_insert_with(Value::from("metadata"), Value::new_object);
        if let Ok(metadata) = metadata.as_object_mut() {
            metadata.insert(Value::from("managedFields"), fields);
        }
    }
    whole
}

fn side(value: Option<&Value>) -> Side {
    match value {
        None => Side::Silent,
        Some(Value::Undefined | Value::Null) => Side::Absent,
        Some(value) => Side::Says(digests::hidden(value)),
    }
}
