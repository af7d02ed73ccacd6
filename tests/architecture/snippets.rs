//! Small bad examples: each rule of the architecture is seen to fail, and its plain counterpart to pass.

use crate::imports;
use crate::rules::{Place, broken};
use crate::{banned_crates, worldly_dependencies};

/// What a file at `file` (as `core/src/report/sarif.rs`) with this text breaks.
fn judge(file: &str, text: &str) -> String {
    let (side, inner) = match file.strip_prefix("core/src/") {
        Some(inner) => ("core", inner),
        None => ("src", file.strip_prefix("src/").unwrap()),
    };
    let module = crate::module_of(std::path::Path::new(inner));
    let reach = imports::read(text, &module).unwrap();
    let place = Place {
        side,
        module,
        file: file.to_owned(),
    };
    broken(&place, &reach).join("\n")
}

#[track_caller]
fn refused(file: &str, text: &str, sentence: &str) {
    let found = judge(file, text);
    assert!(
        found.contains(sentence),
        "{file}: {text}\nexpected: {sentence}\nfound: {found}"
    );
}

#[track_caller]
fn accepted(file: &str, text: &str) {
    assert_eq!(judge(file, text), "", "{file}: {text}");
}

#[test]
fn a_verb_does_not_import_a_verb() {
    let sentence =
        "`core/src/report/sarif.rs` may not import `evaluate`: verbs use nouns, never another verb";
    for text in [
        "use crate::evaluate::Engine;",
        "use crate::{evaluate, value};",
        "use crate::evaluate as steps;",
        "use super::super::evaluate::Engine;",
        "fn f() { crate::evaluate::run(); }",
        "fn f() -> String { format!(\"{}\", crate::evaluate::name()) }",
        "mod inner { fn f() { super::super::super::evaluate::run(); } }",
        "#[derive(crate::evaluate::Magic)] struct S;",
        "impl crate::evaluate::Run for S {}",
        "fn f<T: crate::evaluate::Run>() {}",
    ] {
        refused("core/src/report/sarif.rs", text, sentence);
    }
    accepted(
        "core/src/report/sarif.rs",
        "use crate::findings::Finding; use super::json::v1;",
    );
}

#[test]
fn test_code_is_exempt() {
    for text in [
        "#[cfg(test)] mod tests { use crate::evaluate::Engine; fn f() { println!(); std::fs::read(\"x\"); } }",
        "#[cfg(test)] use crate::evaluate::Engine;",
        "#[test] fn f() { crate::evaluate::run(); }",
        "#[cfg(test)] mod tests { use std::env; } fn f(env: u8) -> u8 { env }",
    ] {
        accepted("core/src/report/sarif.rs", text);
    }
    refused(
        "core/src/report/sarif.rs",
        "#[cfg(not(test))] use crate::evaluate::Engine;",
        "may not import `evaluate`",
    );
    let reach = imports::read("#[cfg(test)] mod tests;", &["report".to_owned()]).unwrap();
    assert_eq!(reach.test_modules, [["report", "tests"]]);
}

#[test]
fn a_noun_imports_only_earlier_nouns() {
    refused(
        "core/src/spec/load.rs",
        "use crate::findings::Finding;",
        "`core/src/spec/load.rs` may not import `findings`",
    );
    refused(
        "core/src/network/mod.rs",
        "use crate::evaluate::Engine;",
        "a noun does not know the verbs",
    );
    accepted(
        "core/src/findings/finding.rs",
        "use crate::policy::Severity; use super::Fix; use crate::inventory::ResourceRef;",
    );
}

#[test]
fn core_touches_nothing() {
    for (text, barred) in [
        ("use std::fs;", "`std::fs`"),
        ("use std::{env, fmt};", "`std::env`"),
        ("fn f() { std::process::abort(); }", "`std::process`"),
        ("use std::net::TcpStream;", "`std::net`"),
        ("use std::io; fn f() { io::stdout(); }", "`std::io::stdout`"),
        ("use std::time::*;", "`std::time::Instant`"),
        (
            "use std::time; fn f() { time::SystemTime::now(); }",
            "`std::time::SystemTime`",
        ),
        (
            "use jiff::Timestamp; fn f() { Timestamp::now(); }",
            "the clock of `jiff`",
        ),
        (
            "fn f(p: &std::path::Path) -> bool { p.is_file() }",
            "`.is_file()`",
        ),
    ] {
        refused("core/src/inventory/snapshot.rs", text, barred);
    }
    accepted(
        "core/src/network/cidr.rs",
        "use std::net::{IpAddr, Ipv4Addr}; use std::time::Duration; use std::io::Write;",
    );
}

#[test]
fn rooms_of_src_call_in_one_direction() {
    refused(
        "src/cli/audit.rs",
        "use crate::collect;",
        "cli and service call pipeline",
    );
    refused(
        "src/cli/audit.rs",
        "use crate::service;",
        "cli and service call pipeline",
    );
    refused(
        "src/cli/audit.rs",
        "use envcheck_core::evaluate;",
        "pipeline assembles the verbs",
    );
    refused(
        "src/service/mod.rs",
        "use crate::cli;",
        "cli and service call pipeline",
    );
    refused(
        "src/collect/manifests.rs",
        "use crate::apply;",
        "rooms of the world meet in pipeline",
    );
    refused(
        "src/collect/manifests.rs",
        "fn f() { envcheck_core::evaluate::run(); }",
        "pipeline assembles the verbs",
    );
    refused(
        "src/pipeline.rs",
        "use crate::cli;",
        "`src/pipeline.rs` may not import `cli`",
    );
    refused(
        "src/main.rs",
        "fn main() { envcheck::pipeline::audit(); }",
        "main calls cli",
    );
    refused("src/stuff.rs", "", "the room `stuff` is not in the architecture");
    accepted(
        "src/pipeline.rs",
        "use crate::{apply, collect}; use envcheck_core::{evaluate, report};",
    );
    accepted(
        "src/cli/audit.rs",
        "use crate::pipeline; use envcheck_core::{findings::Gate, report};",
    );
    accepted(
        "src/main.rs",
        "fn main() -> std::process::ExitCode { envcheck::cli::run(std::env::args_os()) }",
    );
}

#[test]
fn only_the_world_touches_the_world() {
    refused(
        "src/pipeline.rs",
        "fn f() { std::fs::read(\"x\"); }",
        "only clients, collect, apply",
    );
    refused(
        "src/cli/args.rs",
        "use std::fs::File;",
        "`src/cli/args.rs` may not import `std::fs`",
    );
    refused("src/cli/args.rs", "use std::process::Command;", "`std::process`");
    refused("src/pipeline.rs", "use std::time::Instant;", "passed in by cli");
    accepted(
        "src/collect/manifests.rs",
        "use std::fs; use std::process::Command;",
    );
    accepted(
        "src/cli/args.rs",
        "use std::env; use std::process::ExitCode; use std::io::stdout;",
    );
}

#[test]
fn crates_stay_in_their_rooms() {
    refused(
        "core/src/inventory/view.rs",
        "use regorus::Value;",
        "`core/src/inventory/view.rs` may not import `regorus`",
    );
    refused(
        "src/pipeline.rs",
        "#[derive(clap::Parser)] struct A;",
        "may not import `clap`",
    );
    refused(
        "core/src/report/html.rs",
        "use comfy_table::Table;",
        "may not import `comfy_table`",
    );
    refused(
        "src/apply/account.rs",
        "use reqwest as http;",
        "may not import `reqwest`",
    );
    refused("src/history/mod.rs", "use kube::Client;", "may not import `kube`");
    accepted("core/src/report/table.rs", "use comfy_table::Table;");
    accepted("core/src/evaluate/engine.rs", "use regorus::Engine;");
    accepted("src/cli/args.rs", "use clap::Parser;");
}

#[test]
fn nobody_prints_or_exits_but_cli() {
    refused(
        "src/collect/mod.rs",
        "fn f() { println!(\"x\"); }",
        "may not call `println!`",
    );
    refused(
        "core/src/report/table.rs",
        "fn f() { if x { vec![eprint!(\"x\")]; } }",
        "may not call `eprint!`",
    );
    refused(
        "src/apply/git.rs",
        "use std::process; fn f() { process::exit(1); }",
        "nobody exits but cli",
    );
    accepted("src/cli/mod.rs", "fn f() { println!(\"x\"); }");
}

#[test]
fn manifests_and_lock_files_are_read() {
    let manifest = "[dependencies]\nserde = \"1\"\ntokio.workspace = true\n[dependencies.kube]\nversion = \"5\"\n\
                    [target.'cfg(unix)'.dependencies]\naws-sdk-s3 = { version = \"1\" }\n[dev-dependencies]\ntempfile = \"3\"\n";
    let found = worldly_dependencies(manifest).join("\n");
    assert!(
        ["`tokio`", "`kube`", "`aws-sdk-s3`"]
            .iter()
            .all(|name| found.contains(name)),
        "{found}"
    );
    assert!(!found.contains("tempfile") && !found.contains("serde"), "{found}");
    assert!(banned_crates("name = \"openssl-sys\"\n")[0].contains("may not hold `openssl-sys`"));
    assert!(banned_crates("name = \"openssl-probe\"\n").is_empty());
}
