//! `envcheck.dev/drift/v1`: drift as JSON. Lists are sorted, so that the same environment gives the same bytes.

use crate::fields::Writer;
use crate::findings::drift::{Drift, Drifted, NotCompared, Side};
use crate::inventory::ResourceRef;
use crate::report::json::write_harmless;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use std::io::{self, Write};

/// What such a document says that it is.
pub const API_VERSION: &str = "envcheck.dev/drift/v1";

/// Writes it, laid out for reading, with a line break at the end.
pub fn render(drift: &Drift, out: &mut dyn Write) -> io::Result<()> {
    write_harmless(&document(drift), out)
}

/// The JSON Schema of what [`render`] writes, generated from its types.
pub fn schema() -> Json {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'_>>()
        .to_value()
}

/// What an environment has drifted to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Drift", deny_unknown_fields)]
struct Document<'d> {
    /// `envcheck.dev/drift/v1`.
    api_version: &'static str,
    /// The environment's name.
    environment: &'d str,
    /// As of when what is live was read: when a cluster's reading began, when a snapshot was captured. In UTC and whole seconds,
    /// as `2026-05-01T12:00:00Z`.
    #[schemars(extend("format" = "date-time", "pattern" = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$"))]
    as_of: String,
    source: Source<'d>,
    /// How many things were compared.
    compared: usize,
    /// How many fields differ, and things are missing or undeclared.
    differences: usize,
    /// What differs.
    things: Vec<Thing<'d>>,
    /// What could not be compared.
    not_compared: Vec<Less<'d>>,
    /// What was not looked for in things that were compared, because nothing that was read could tell it: a snapshot holds no record
    /// of who wrote which field. It makes no exit code.
    not_looked_for: Vec<Less<'d>>,
    /// Differences that are overlooked.
    ignored: Vec<Overlooked<'d>>,
    /// The applications whose committed objects were rendered.
    committed: Vec<Rendered<'d>>,
    /// The policies that have a repair for something that drifted: for `envcheck remediate ENV --only`.
    repairs: Vec<&'d str>,
    /// What must be known besides.
    notes: &'d [String],
}

/// Where what is live was read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Source<'d> {
    /// `cluster` or `snapshot`.
    kind: &'d str,
    /// Which.
    from: &'d [String],
}

/// A thing that drifted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Thing<'d> {
    resource: Resource<'d>,
    /// `differs`, `missing` or `undeclared`.
    state: &'static str,
    /// Where it is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared: Option<&'d str>,
    /// Where it is committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    committed: Option<&'d str>,
    fields: Vec<Field<'d>>,
    policies: Vec<Policy<'d>>,
}

/// Who a thing is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
struct Resource<'d> {
    api_version: &'d str,
    kind: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'d str>,
    name: &'d str,
    /// The account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'d str>,
}

/// A field that differs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Field<'d> {
    path: &'d str,
    declared: Says<'d>,
    committed: Says<'d>,
    live: Says<'d>,
    /// Which side moved: `live`, `declaration`, `git`, `several` or `unknown`. Where both others are silent, `live` was added by
    /// somebody; of the rest nobody says any more what was delivered once.
    moved: &'static str,
    /// Who wrote the live field last.
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<By<'d>>,
}

/// What a side says of a field.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Says<'d> {
    /// `silent`: nothing; `absent`: that it is not there; `value`: what `value` holds.
    says: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Json>")]
    value: Option<&'d crate::value::Value>,
}

/// A writer of a field, as the server recorded it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct By<'d> {
    manager: &'d str,
    /// `Apply` or `Update`.
    operation: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subresource: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    time: &'d str,
}

/// What a policy says of a thing that drifted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Policy<'d> {
    id: &'d str,
    severity: &'static str,
    message: &'d str,
    waived: bool,
    /// `envcheck remediate` knows how to mend it.
    repair: bool,
    /// What it names, where that is not the thing itself: the Service of a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource<'d>>,
}

/// What could not be compared.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Less<'d> {
    what: &'d str,
    why: &'d str,
    /// How many that is: things, or fields of them.
    count: usize,
    /// The things, where they are known one by one.
    things: Vec<Resource<'d>>,
}

/// Differences that are overlooked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Overlooked<'d> {
    rule: &'d str,
    count: usize,
}

/// An application whose committed objects were rendered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rendered<'d> {
    application: &'d str,
    repository: &'d str,
    commit: &'d str,
    objects: usize,
}

fn document(drift: &Drift) -> Document<'_> {
    Document {
        api_version: API_VERSION,
        environment: &drift.environment,
        as_of: drift.as_of.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        source: Source {
            kind: &drift.kind,
            from: &drift.from,
        },
        compared: drift.compared,
        differences: drift.count(),
        things: drift.things.iter().map(thing).collect(),
        not_compared: drift.not_compared.iter().map(unseen).collect(),
        not_looked_for: drift.not_looked_for.iter().map(unseen).collect(),
        ignored: drift
            .ignored
            .iter()
            .map(|one| Overlooked {
                rule: &one.rule,
                count: one.count,
            })
            .collect(),
        committed: drift
            .committed
            .iter()
            .map(|one| Rendered {
                application: &one.application,
                repository: &one.repository,
                commit: &one.commit,
                objects: one.objects,
            })
            .collect(),
        repairs: drift.repairs(),
        notes: &drift.notes,
    }
}

fn unseen(one: &NotCompared) -> Less<'_> {
    Less {
        what: &one.what,
        why: &one.why,
        count: one.count,
        things: one.things.iter().map(resource).collect(),
    }
}

fn thing(one: &Drifted) -> Thing<'_> {
    Thing {
        resource: resource(&one.target),
        state: one.state.as_str(),
        declared: one.declared.as_deref(),
        committed: one.committed.as_deref(),
        fields: one
            .differences
            .iter()
            .map(|field| Field {
                path: &field.path,
                declared: says(&field.declared),
                committed: says(&field.committed),
                live: says(&field.live),
                moved: field.moved.as_str(),
                writer: field.writer.as_ref().map(by),
            })
            .collect(),
        policies: one
            .matters
            .iter()
            .map(|matter| Policy {
                id: &matter.policy,
                severity: matter.severity.as_str(),
                message: &matter.message,
                waived: matter.waived,
                repair: matter.repair,
                resource: matter.of.as_ref().map(resource),
            })
            .collect(),
    }
}

fn resource(target: &ResourceRef) -> Resource<'_> {
    Resource {
        api_version: &target.api_version,
        kind: &target.kind,
        namespace: target.namespace.as_deref(),
        name: &target.name,
        id: target.id.as_deref(),
    }
}

fn says(side: &Side) -> Says<'_> {
    match side {
        Side::Silent => Says {
            says: "silent",
            value: None,
        },
        Side::Absent => Says {
            says: "absent",
            value: None,
        },
        Side::Says(value) => Says {
            says: "value",
            value: Some(value),
        },
    }
}

fn by(writer: &Writer) -> By<'_> {
    By {
        manager: &writer.manager,
        operation: &writer.operation,
        subresource: &writer.subresource,
        time: &writer.time,
    }
}
