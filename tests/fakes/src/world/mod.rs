//! What the account holds: rows as the API shows them, and what the API does not show but the service knows.

mod access;
mod content;
mod dev;
mod large;
mod loading;
mod schedule;
mod stage;
mod stage_rows;

pub use access::Credentials;
pub(crate) use content::Content;
pub use content::Image;
pub use large::Size;
pub(crate) use schedule::{Event, Schedule};

use crate::clock::Clock;
use crate::tokens::{Scopes, Token};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// When every world begins, unless it is told otherwise.
const BEGIN: &str = "2026-11-23T03:00:00Z";
/// The token that every world knows from the start.
const TOKEN: &str = "dop_v1_5f1d0c7a3b9e42688d1f06b7c4a95e3d2871f6c0b5a4938e7d6c5b4a39281706";

/// An account, and the time in it.
#[derive(Debug)]
pub struct World {
    clock: Clock,
    rows: BTreeMap<String, Vec<Value>>,
    pub(crate) schedule: Schedule,
    pub(crate) content: Content,
    pub(crate) tokens: Vec<Token>,
    /// Resource name → project and time of the assignment, where it is not the default project.
    pub(crate) assigned: BTreeMap<String, (String, Timestamp)>,
    /// Cluster and Service uid → load balancer.
    pub(crate) balancers: BTreeMap<(String, String), String>,
    /// Cluster → how to reach its API server.
    pub(crate) credentials: BTreeMap<String, Credentials>,
    /// How many ids were given.
    ids: u64,
    /// How many times sooner than in the service things happen.
    pace: f64,
}

impl World {
    /// A new account: a default project, a default network, nothing else.
    pub fn empty() -> Self {
        let begin = BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let mut world = Self {
            clock: Clock::standing_at(begin),
            rows: BTreeMap::new(),
            schedule: Schedule::default(),
            content: Content::default(),
            tokens: vec![Token::new(TOKEN, Scopes::All)],
            assigned: BTreeMap::new(),
            balancers: BTreeMap::new(),
            credentials: BTreeMap::new(),
            ids: 0,
            pace: 1.0,
        };
        world.add("account", account());
        world
    }

    /// The token that may do everything.
    pub fn token(&self) -> &str {
        self.tokens.first().map_or("", Token::secret)
    }

    /// The rows of a collection, by its name in `docs/account.md`; those that are computed have none.
    pub fn rows(&self, collection: &str) -> &[Value] {
        self.rows.get(collection).map_or(&[], Vec::as_slice)
    }

    /// The same, to be changed: a fault that no call of the API could make.
    pub fn rows_mut(&mut self, collection: &str) -> &mut Vec<Value> {
        self.rows.entry(collection.to_owned()).or_default()
    }

    /// Adds a row as it stands.
    pub fn add(&mut self, collection: &str, row: Value) {
        self.rows_mut(collection).push(row);
    }

    /// The row with an id (or a name, where a collection is known by names).
    pub fn row(&self, collection: &str, id: &str) -> Option<&Value> {
        let key = key_of(collection);
        self.rows(collection).iter().find(|row| is(&row[key], id))
    }

    /// The same, to be changed.
    pub fn row_mut(&mut self, collection: &str, id: &str) -> Option<&mut Value> {
        let key = key_of(collection);
        self.rows_mut(collection).iter_mut().find(|row| is(&row[key], id))
    }

    /// The row with a name.
    pub fn named(&self, collection: &str, name: &str) -> Option<&Value> {
        self.rows(collection).iter().find(|row| row["name"] == name)
    }

    /// Takes a row away.
    pub fn remove(&mut self, collection: &str, id: &str) -> Option<Value> {
        let key = key_of(collection);
        let rows = self.rows_mut(collection);
        let at = rows.iter().position(|row| is(&row[key], id))?;
        Some(rows.remove(at))
    }

    /// The time in this world, in whole seconds, as the service writes it.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Sets the time; what is due by then happens.
    pub fn set_time(&mut self, at: Timestamp) {
        self.clock.set(at);
        self.settle();
    }

    /// Lets time pass; what is due by then happens.
    pub fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.settle();
    }

    /// Lets time run `factor` times as fast as real time; 0 stops it.
    pub fn run_clock(&mut self, factor: f64) {
        self.clock.run(factor);
    }

    /// Moves everything on to the real time, as if it had been made that much later: ages stay as they are.
    pub fn become_present(&mut self) {
        let shift = Timestamp::now().duration_since(self.now());
        for rows in self.rows.values_mut() {
            for row in rows {
                shifted(row, shift);
            }
        }
        for (_, at) in self.assigned.values_mut() {
            *at = at.checked_add(shift).unwrap_or(*at);
        }
        self.set_time(Timestamp::now());
    }

    /// Lets what begins from now on happen so many times sooner than it does in the service.
    pub fn hurry(&mut self, pace: f64) {
        self.pace = pace.max(f64::MIN_POSITIVE);
    }

    /// A bucket was deleted in Spaces: its project loses it.
    pub fn bucket_gone(&mut self, name: &str) {
        crate::api::projects::bucket_gone(self, name);
    }

    /// Does what is due.
    pub(crate) fn settle(&mut self) {
        while let Some((at, event)) = self.schedule.next(self.now()) {
            schedule::happen(self, at, event);
        }
    }

    /// Lets something happen later.
    pub(crate) fn later(&mut self, after: Duration, event: Event) {
        self.later_than(self.now(), after, event);
    }

    /// The same, counted from another time than now.
    pub(crate) fn later_than(&mut self, at: Timestamp, after: Duration, event: Event) {
        let at = crate::clock::after(at, after.div_f64(self.pace));
        self.schedule.add(at, event);
    }

    /// A fresh UUID; the same in every run.
    pub(crate) fn new_id(&mut self, kind: &str) -> String {
        self.ids += 1;
        id_of(kind, "", &format!("#{}", self.ids))
    }

    /// A fresh number for a Droplet.
    pub(crate) fn new_droplet_id(&self) -> u64 {
        let taken = self
            .rows("droplets")
            .iter()
            .filter_map(|row| row["id"].as_u64())
            .max();
        taken.unwrap_or(541_203_900) + 3
    }
}

/// Moves all times in a value.
fn shifted(value: &mut Value, by: jiff::SignedDuration) {
    match value {
        Value::String(text) => {
            if let Some(moved) = text
                .parse::<Timestamp>()
                .ok()
                .and_then(|at| at.checked_add(by).ok())
            {
                *text = moved.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shifted(item, by)),
        Value::Object(members) => members.values_mut().for_each(|member| shifted(member, by)),
        _ => {}
    }
}

/// What a row of a collection is known by.
fn key_of(collection: &str) -> &'static str {
    match collection {
        "registries" | "tags" => "name",
        "spaces_keys" => "access_key",
        "registry_garbage_collections" => "uuid",
        _ => "id",
    }
}

/// Whether an id, which may be a number, is this one.
fn is(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Number(number) => number.to_string() == id,
        _ => false,
    }
}

/// A UUID that depends on nothing but what it identifies.
pub fn id_of(kind: &str, namespace: &str, name: &str) -> String {
    let hex = sha256(format!("{kind}/{namespace}/{name}").as_bytes());
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0..8),
        part(8..12),
        part(13..16),
        part(17..20),
        part(20..32)
    )
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A value as text; empty when it is none.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn account() -> Value {
    json!({
        "droplet_limit": 25,
        "floating_ip_limit": 3,
        "email": "platform@acme.example",
        "name": "Acme Platform",
        "uuid": id_of("Account", "", "acme"),
        "email_verified": true,
        "status": "active",
        "status_message": "",
        "team": {"uuid": id_of("Team", "", "acme"), "name": "acme"},
    })
}
