//! `envcheck reach`: what NetworkPolicies allow.

use super::args::{ListFormat, ReachArgs};
use super::error::Failure;
use super::output::to_stdout;
use super::progress::Progress;
use super::terminal::Terminal;
use crate::pipeline::{self, ReachTarget};
use envcheck_core::network::{Connection, Network, WorkloadFacts};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use tokio_util::sync::CancellationToken;

pub(crate) fn run(arguments: &ReachArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let environment = match arguments.targets.as_slice() {
        [name] if name != "-" && is_environment(name, arguments) => Some(name),
        _ => None,
    };
    let interrupt = CancellationToken::new();
    let (network, gaps) = match environment {
        Some(name) => {
            let spec = pipeline::environment(name)?;
            let progress = Progress::new(terminal);
            let watch = |meter| progress.follow(meter);
            let target = ReachTarget::Environment(&spec, &arguments.target.choice(), &watch);
            let reached = pipeline::reach(&target, &interrupt);
            progress.end();
            reached?
        }
        None => pipeline::reach(&ReachTarget::Manifests(&arguments.targets), &interrupt)?,
    };
    let filter = Filter {
        from: arguments.from.as_deref(),
        to: arguments.to.as_deref(),
        connections: !arguments.accepts_from_all,
    };
    filter.verify(&network)?;
    to_stdout(&mut |out| match arguments.output {
        ListFormat::Json => json(&network, &gaps, &filter, out),
        ListFormat::Text => text(&network, &gaps, &filter, out),
    })?;
    Ok(
        if gaps.is_empty()
            && network
                .workloads()
                .all(|workload| workload.not_evaluated.is_none())
        {
            0
        } else {
            3
        },
    )
}

/// An environment by name, by the path of its spec, or because flags say where its cluster is.
fn is_environment(name: &str, arguments: &ReachArgs) -> bool {
    let target = &arguments.target;
    let path = Path::new(name);
    !path.exists()
        || pipeline::is_environment(path)
        || target.context.is_some()
        || target.kubeconfig.is_some()
        || target.snapshot.is_some()
}

struct Filter<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    connections: bool,
}

impl Filter<'_> {
    fn verify(&self, network: &Network) -> Result<(), Failure> {
        for wanted in [self.from, self.to].into_iter().flatten() {
            if !network
                .workloads()
                .any(|workload| named(&workload.id.to_string(), wanted))
            {
                return Err(Failure::words(format!("there is no workload {wanted}"))
                    .hint("name it NAMESPACE/NAME, as the list of workloads shows it"));
            }
        }
        Ok(())
    }

    fn workload(&self, id: &str) -> bool {
        match (self.from, self.to) {
            (None, None) => true,
            (from, to) => [from, to].into_iter().flatten().any(|wanted| named(id, wanted)),
        }
    }

    fn connection(&self, connection: &Connection<'_>) -> bool {
        self.connections
            && self
                .from
                .is_none_or(|wanted| named(&connection.src.to_string(), wanted))
            && self
                .to
                .is_none_or(|wanted| named(&connection.dst.to_string(), wanted))
    }
}

/// `ns/name[Kind]` is named by itself or without its kind.
fn named(id: &str, wanted: &str) -> bool {
    id == wanted || id.split_once('[').is_some_and(|(name, _)| name == wanted)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadRow {
    workload: String,
    accepts_from_all_namespaces: String,
    accepts_from_outside: String,
    ports: String,
}

#[derive(Serialize)]
struct ConnectionRow {
    src: String,
    dst: String,
    conn: String,
}

#[derive(Serialize)]
struct NotEvaluatedRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<String>,
    reason: String,
}

fn row(facts: &WorkloadFacts) -> WorkloadRow {
    WorkloadRow {
        workload: facts.id.to_string(),
        accepts_from_all_namespaces: facts.accepts_from_all.name().to_owned(),
        accepts_from_outside: facts.accepts_from_outside.name().to_owned(),
        ports: facts.ports.to_string(),
    }
}

fn unseen(network: &Network, gaps: &[String]) -> Vec<NotEvaluatedRow> {
    let workloads = network.workloads().filter_map(|facts| {
        Some(NotEvaluatedRow {
            workload: Some(facts.id.to_string()),
            reason: facts.not_evaluated.clone()?,
        })
    });
    workloads
        .chain(gaps.iter().map(|gap| NotEvaluatedRow {
            workload: None,
            reason: gap.clone(),
        }))
        .collect()
}

/// One row a line, written as they come: with thousands of workloads there are millions of pairs.
fn json(network: &Network, gaps: &[String], filter: &Filter<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\n\"workloads\": [")?;
    let rows = network
        .workloads()
        .filter(|facts| filter.workload(&facts.id.to_string()));
    list(out, rows.map(row))?;
    write!(out, "],\n\"connections\": [")?;
    let rows = network
        .connections()
        .filter(|connection| filter.connection(connection))
        .map(|connection| ConnectionRow {
            src: connection.src.to_string(),
            dst: connection.dst.to_string(),
            conn: connection.ports.to_string(),
        });
    list(out, rows)?;
    write!(out, "],\n\"notEvaluated\": [")?;
    list(out, unseen(network, gaps).into_iter())?;
    writeln!(out, "]\n}}")
}

fn list<T: Serialize>(out: &mut dyn Write, rows: impl Iterator<Item = T>) -> io::Result<()> {
    let mut any = false;
    for row in rows {
        out.write_all(if any { b",\n  " } else { b"\n  " })?;
        serde_json::to_writer(&mut *out, &row)?;
        any = true;
    }
    if any { out.write_all(b"\n") } else { Ok(()) }
}

fn text(network: &Network, gaps: &[String], filter: &Filter<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<WorkloadRow> = network
        .workloads()
        .filter(|facts| filter.workload(&facts.id.to_string()))
        .map(row)
        .collect();
    let width = rows
        .iter()
        .map(|row| row.workload.chars().count())
        .max()
        .unwrap_or(8)
        .max("WORKLOAD".len());
    writeln!(
        out,
        "{:width$}  {:19}  {:12}  PORTS OPEN TO ALL",
        "WORKLOAD", "FROM ALL NAMESPACES", "FROM OUTSIDE"
    )?;
    for row in &rows {
        writeln!(
            out,
            "{:width$}  {:19}  {:12}  {}",
            row.workload, row.accepts_from_all_namespaces, row.accepts_from_outside, row.ports
        )?;
    }
    if filter.connections {
        writeln!(out)?;
        for connection in network
            .connections()
            .filter(|connection| filter.connection(connection))
        {
            writeln!(
                out,
                "{} => {} : {}",
                connection.src, connection.dst, connection.ports
            )?;
        }
    }
    for unseen in unseen(network, gaps) {
        let subject = unseen
            .workload
            .map(|workload| format!("{workload}: "))
            .unwrap_or_default();
        writeln!(out, "not evaluated: {subject}{}", unseen.reason)?;
    }
    Ok(())
}
