//! Faults that tests switch on: for a path or for all, for some requests or until they are switched off.

use serde_json::{Value, json};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes this much later.
    Stall(Duration),
    /// The body ends in the middle; its length is announced as if that were all.
    Truncated,
    /// The connection is closed without an answer.
    Closed,
    /// The same once it was done.
    ClosedLate,
    /// 429; with seconds after which to come back (a burst) or without (the hour is used up).
    TooMany(Option<u64>),
    /// An error of the server: 500, 502, 503, …
    Error(u16),
    /// The same once it was done.
    ErrorLate(u16),
    /// The next page of every list is the same one again.
    RepeatedPage,
    /// The next page of every list is at another host: `https://elsewhere.example`.
    ForeignPage(String),
    /// What has this name is not in any list: somebody deleted it meanwhile.
    Without(String),
    /// The token is not known any more.
    ExpiredToken,
    /// The token lacks a scope (`registry:read`) that it would otherwise have.
    MissingScope(String),
    /// States and kinds have values that nobody has heard of.
    UnknownValues,
    /// Objects have fields that nobody has heard of.
    UnknownFields,
}

/// A fault with its place and its patience.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    /// A path; with `*` at its end, everything below.
    path: String,
    fault: Fault,
    /// It meets only requests that change something.
    writes: bool,
    /// How many requests pass before.
    spared: usize,
    /// How many requests it still meets; None: all.
    left: Option<usize>,
}

/// All faults that are switched on.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Planted>);

impl Faults {
    pub(crate) fn plant(&mut self, path: &str, fault: Fault, times: Option<usize>) {
        self.0.push(Planted {
            path: path.to_owned(),
            fault,
            writes: false,
            spared: 0,
            left: times,
        });
    }

    pub(crate) fn plant_in_writes(&mut self, path: &str, fault: Fault, times: usize) {
        self.plant(path, fault, Some(times));
        if let Some(last) = self.0.last_mut() {
            last.writes = true;
        }
    }

    pub(crate) fn plant_after(&mut self, path: &str, fault: Fault, spared: usize) {
        self.0.push(Planted {
            path: path.to_owned(),
            fault,
            writes: false,
            spared,
            left: None,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults that a request to a path meets; they are used up by it.
    pub(crate) fn meet(&mut self, method: &str, path: &str) -> Vec<Fault> {
        let mut met = Vec::new();
        for planted in &mut self.0 {
            let here = match planted.path.strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => path == planted.path,
            };
            let here = here && (!planted.writes || method != "GET");
            if here && planted.spared > 0 {
                planted.spared -= 1;
            } else if here && planted.left != Some(0) {
                planted.left = planted.left.map(|left| left - 1);
                met.push(planted.fault.clone());
            }
        }
        self.0.retain(|planted| planted.left != Some(0));
        met
    }
}

/// Fields whose values come from a list that may grow.
const LISTED: [&str; 8] = [
    "status",
    "state",
    "type",
    "network",
    "environment",
    "permission",
    "day",
    "algorithm",
];

/// Puts values where readers expect one of a list.
pub(crate) fn unknown_values(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if member.is_string() && LISTED.contains(&name.as_str()) {
                    *member = json!("unheard-of");
                } else {
                    unknown_values(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unknown_values),
        _ => {}
    }
}

/// Leaves what has this name out of lists.
pub(crate) fn without(body: &mut Value, name: &str) {
    let mut gone = 0;
    for member in body
        .as_object_mut()
        .into_iter()
        .flat_map(|members| members.values_mut())
    {
        if let Some(rows) = member.as_array_mut() {
            let before = rows.len();
            rows.retain(|row| row["name"] != name);
            gone += before - rows.len();
        }
    }
    if let Some(total) = body["meta"]["total"].as_u64() {
        body["meta"]["total"] = json!(total.saturating_sub(gone as u64));
    }
}

/// Adds a field to every object.
pub(crate) fn unknown_fields(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(unknown_fields);
            members.insert(
                "unheard_of".to_owned(),
                json!({"since": 2027, "why": [null, true]}),
            );
        }
        Value::Array(items) => items.iter_mut().for_each(unknown_fields),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_meet_their_path_as_often_as_they_were_told() {
        let mut faults = Faults::default();
        faults.plant("/v2/vpcs", Fault::Error(500), Some(1));
        faults.plant("/v2/*", Fault::Truncated, None);
        assert_eq!(
            faults.meet("GET", "/v2/vpcs"),
            [Fault::Error(500), Fault::Truncated]
        );
        assert_eq!(faults.meet("GET", "/v2/vpcs"), [Fault::Truncated]);
        assert_eq!(faults.meet("GET", "/elsewhere"), []);
        faults.clear();
        assert_eq!(faults.meet("GET", "/v2/vpcs"), []);
        faults.plant_after("/v2/vpcs", Fault::Closed, 1);
        assert_eq!(faults.meet("GET", "/v2/vpcs"), []);
        assert_eq!(faults.meet("GET", "/v2/vpcs"), [Fault::Closed]);
        faults.clear();
        faults.plant_in_writes("/v2/vpcs", Fault::ClosedLate, 1);
        assert_eq!(faults.meet("GET", "/v2/vpcs"), []);
        assert_eq!(faults.meet("POST", "/v2/vpcs"), [Fault::ClosedLate]);
        assert_eq!(faults.meet("POST", "/v2/vpcs"), []);
    }

    #[test]
    fn unheard_of_things_are_put_everywhere() {
        let mut value = json!({"vpcs": [{"status": {"state": "running"}, "name": "a"}]});
        unknown_values(&mut value);
        assert_eq!(
            value,
            json!({"vpcs": [{"status": {"state": "unheard-of"}, "name": "a"}]})
        );
        unknown_fields(&mut value);
        assert!(value["vpcs"][0]["status"]["unheard_of"].is_object());
    }
}
