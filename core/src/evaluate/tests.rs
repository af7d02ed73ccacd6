//! What a plan says it needs.

use super::{EvaluationPlan, Limits, Run};
use crate::findings::Verb;
use crate::policy::{Catalogue, Needed, NeededKind, RegoFile};
use crate::source::SourceText;
use crate::value::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What policies need in an audit without an environment.
fn needed(builtin: &[&str], foreign: &[&str]) -> Needed {
    planned(builtin, foreign, None).needed()
}

fn planned(builtin: &[&str], foreign: &[&str], environment: Option<Value>) -> EvaluationPlan {
    let files = |texts: &[&str]| -> Vec<RegoFile> {
        let named = texts.iter().enumerate();
        named
            .map(|(number, text)| RegoFile {
                source: SourceText::new(format!("{number}.rego"), *text),
            })
            .collect()
    };
    let (catalogue, problems) = Catalogue::load(&files(builtin), &[files(foreign)]);
    assert!(problems.is_empty(), "{problems:?}");
    let limits = Limits {
        evaluation: Duration::from_secs(1),
        stuck: Duration::from_secs(1),
        jobs: 1,
    };
    let run = Run {
        verb: Verb::Audit,
        complete: true,
        environment,
        now: "2026-11-23T03:00:00Z".parse().unwrap(),
        parameters: BTreeMap::new(),
        limits,
        clock: None,
    };
    EvaluationPlan::new(catalogue.policies(), &run)
}

/// A policy of ours.
fn policy(id: &str, custom: &str, body: &str) -> String {
    let package = id.replace('-', "_");
    let lines: Vec<String> = custom
        .lines()
        .map(|line| format!("#   {}", line.trim()))
        .collect();
    let custom = lines.join("\n");
    format!(
        "# METADATA\n# title: T\n# description: D\n# scope: package\n# custom:\n#   id: {id}\n#   severity: high\n{custom}\n\
         #   remediation: R\npackage envcheck.some.{package}\n\ndeny contains {{\"message\": \"m\", \"resource\": {{}}}} if {body}\n"
    )
}

fn shown(needed: &Needed) -> Vec<String> {
    let kinds = needed.kinds.iter();
    kinds
        .map(|(kind, ids)| {
            format!(
                "{kind}: {}",
                ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ")
            )
        })
        .collect()
}

#[test]
fn kinds_are_joined_whatever_their_versions() {
    let one = policy(
        "one",
        "evaluates: object\nkinds: [apps/v1/Deployment, v1/Service]\nstages: [live]",
        "input.x",
    );
    let two = policy(
        "two",
        "evaluates: object\nkinds: [apps/v1beta1/Deployment, '*/Ingress']\nstages: [live]",
        "input.x",
    );
    let needed = needed(&[&one, &two], &[]);
    assert_eq!(
        shown(&needed),
        ["*/Ingress: two", "Service: one", "apps/Deployment: one two"]
    );
    assert!(needed.any.is_empty());
}

#[test]
fn with_pods_come_their_owners() {
    let pods = policy(
        "pods",
        "evaluates: object\nkinds: [v1/Pod]\nstages: [live]",
        "input.x",
    );
    assert_eq!(
        shown(&needed(&[&pods], &[])),
        [
            "Pod: pods",
            "ReplicationController: pods",
            "apps/DaemonSet: pods",
            "apps/Deployment: pods",
            "apps/ReplicaSet: pods",
            "apps/StatefulSet: pods",
            "batch/CronJob: pods",
            "batch/Job: pods"
        ]
    );
}

#[test]
fn what_is_made_by_a_workload_comes_with_it_and_namesakes_come_alone() {
    let jobs = policy(
        "jobs",
        "evaluates: object\nkinds: [apps/v1/ReplicaSet, batch/v1/Job, batch.volcano.sh/v1/Job]\nstages: [live]",
        "input.x",
    );
    assert_eq!(
        shown(&needed(&[&jobs], &[])),
        [
            "apps/Deployment: jobs",
            "apps/ReplicaSet: jobs",
            "batch/CronJob: jobs",
            "batch/Job: jobs",
            "batch.volcano.sh/Job: jobs"
        ]
    );
}

#[test]
fn what_does_not_run_needs_nothing() {
    let manifests = policy(
        "manifests",
        "evaluates: object\nkinds: [v1/Pod]\nstages: [manifests]",
        "input.x",
    );
    let account = policy(
        "account",
        "evaluates: environment\nkinds: [v1/Service]\nneeds: [digitalocean.vpcs]\nstages: [live]",
        "input.x",
    );
    let needed = needed(&[&manifests, &account], &[]);
    assert!(needed.no_kinds(), "{needed:?}");
    assert!(
        needed.collections.is_empty(),
        "no account is declared, so its policy does not run"
    );
}

#[test]
fn a_policy_that_asks_for_no_kind_judges_every_kind() {
    let foreign = "package main\n\ndeny contains \"m\" if input.metadata.labels.x\n\nwarn contains \"m\" if input.kind == \"Pod\"\n";
    let needed = needed(&[], &[foreign]);
    assert_eq!(
        needed.any.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        ["main.deny"]
    );
    assert_eq!(
        shown(&needed),
        [
            "*/Pod: main.warn",
            "ReplicationController: main.warn",
            "apps/DaemonSet: main.warn",
            "apps/Deployment: main.warn",
            "apps/ReplicaSet: main.warn",
            "apps/StatefulSet: main.warn",
            "batch/CronJob: main.warn",
            "batch/Job: main.warn"
        ]
    );
    assert!(!needed.no_kinds());
}

#[test]
fn whole_objects_may_be_of_any_kind_whatever_is_named() {
    let every = policy(
        "every",
        "evaluates: environment\nkinds: []\nstages: [live]",
        "data.inventory.cluster.v1",
    );
    let named = policy(
        "named",
        "evaluates: environment\nkinds: [v1/Node]\nstages: [live]",
        "data.inventory.cluster.v1",
    );
    let none = policy(
        "none",
        "evaluates: environment\nkinds: []\nstages: [live]",
        "data.environment.name",
    );
    let needed = needed(&[&every, &named, &none], &[]);
    assert_eq!(
        needed.any.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        ["every", "named"]
    );
    assert_eq!(shown(&needed), [""; 0]);
}

#[test]
fn a_kind_matches_its_own_group_or_any() {
    let apps = NeededKind::of("apps", "Deployment");
    assert!(apps.matches("apps", "Deployment") && !apps.matches("extensions", "Deployment"));
    let bare = NeededKind {
        group: None,
        kind: "Deployment".to_owned(),
    };
    assert!(
        bare.matches("apps", "Deployment") && bare.matches("", "Deployment") && !bare.matches("apps", "Pod")
    );
}

#[test]
fn what_the_environment_must_declare_decides_whether_a_policy_applies() {
    let images = policy(
        "images",
        "evaluates: object\nkinds: [v1/Pod]\nstages: [live]\ndeclares: [digitalocean.registry]",
        "input.x",
    );
    let reason = |environment: &str| {
        let environment = Value::from_json_str(environment).unwrap();
        planned(&[&images], &[], Some(environment)).policies[0]
            .not_run
            .clone()
    };
    let declares_none = Some("the environment declares no digitalocean.registry".to_owned());
    for environment in [
        "{}",
        r#"{"digitalocean":{}}"#,
        r#"{"digitalocean":{"registry":null}}"#,
    ] {
        assert_eq!(reason(environment), declares_none, "{environment}");
    }
    assert_eq!(reason(r#"{"digitalocean":{"registry":{"name":"acme"}}}"#), None);
}

#[test]
fn whose_observations_they_are_is_read_with_them() {
    let orphans = policy(
        "orphans",
        "evaluates: environment\nkinds: []\nneeds: [digitalocean.observations]\nstages: [live]",
        "data.digitalocean.observations",
    );
    let environment = Value::from_json_str(r#"{"digitalocean":{}}"#).unwrap();
    let plan = planned(&[&orphans], &[], Some(environment));
    let needed = plan.needed();
    let collections: Vec<&str> = needed.collections.keys().map(String::as_str).collect();
    assert_eq!(collections, ["digitalocean.account", "digitalocean.observations"]);
    assert!(plan.kept_rows().has("digitalocean.account"));
}
