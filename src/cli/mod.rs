//! The command line: arguments in, exit code out. The only part that prints.

mod args;
mod asking;
mod audit;
mod check;
mod consent;
mod destroy;
mod document;
mod drift;
mod error;
mod explain;
mod import;
mod judging;
mod named;
mod output;
mod plan;
mod policy;
mod progress;
mod provision;
mod rbac;
mod reach;
mod remediate;
mod snapshot;
mod terminal;
mod values;
mod waiting;
mod waivers;

use args::{Cli, SchemaKind, Verb};
use clap::CommandFactory;
use error::Failure;
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::Terminal;

/// Runs the program with its arguments (the first is its name) and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    quiet_panics();
    let cli = match args::parse(arguments.into_iter().collect()) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let terminal = Terminal::new(&cli.global);
    let result = match &cli.verb {
        Verb::Check(arguments) => check::run(arguments, &terminal),
        Verb::Audit(arguments) => audit::run(arguments, &terminal),
        Verb::Document(arguments) => document::run(arguments, &terminal),
        Verb::Reach(arguments) => reach::run(arguments, &terminal),
        Verb::Drift(arguments) => return drifted(arguments, &terminal),
        Verb::Plan(arguments) => return planned(arguments, &terminal),
        Verb::Provision(arguments) => provision::run(arguments, &terminal),
        Verb::Destroy(arguments) => destroy::run(arguments, &terminal),
        Verb::Remediate(arguments) => remediate::run(arguments, &terminal),
        Verb::Rollback(arguments) => remediate::rollback(arguments, &terminal),
        Verb::Runs(arguments) => remediate::runs(arguments, &terminal),
        Verb::Snapshot(arguments) => snapshot::run(arguments, &terminal),
        Verb::Import(arguments) => import::run(arguments, &terminal),
        Verb::Rbac(arguments) => rbac::run(arguments, &terminal),
        Verb::Policy(verb) => policy::run(verb, &terminal),
        Verb::Waivers(verb) => waivers::run(verb, &terminal),
        Verb::Schema(arguments) => schema(arguments.kind),
        Verb::Completions { shell } => completions(*shell),
        Verb::Version => {
            output::to_stdout(&mut |out| writeln!(out, "envcheck {}", env!("CARGO_PKG_VERSION"))).map(|()| 0)
        }
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failed(&failure, failure.code(), &terminal),
    }
}

fn failed(failure: &Failure, code: u8, terminal: &Terminal) -> ExitCode {
    error::print(failure, terminal);
    ExitCode::from(code)
}

/// Whoever wants the difference in the exit code gets errors as 1: there, 2 means that there is one.
fn planned(arguments: &args::PlanArgs, terminal: &Terminal) -> ExitCode {
    match plan::run(arguments, terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) if arguments.detailed_exitcode && failure.code() == 2 => failed(&failure, 1, terminal),
        Err(failure) => failed(&failure, failure.code(), terminal),
    }
}

/// Of drift errors are always 1.
fn drifted(arguments: &args::DriftArgs, terminal: &Terminal) -> ExitCode {
    match drift::run(arguments, terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let code = if failure.code() == 2 { 1 } else { failure.code() };
            failed(&failure, code, terminal)
        }
    }
}

/// A panic in a worker becomes an error verdict; its own words and backtrace would only alarm. `RUST_BACKTRACE` brings
/// them back.
fn quiet_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

fn schema(kind: SchemaKind) -> Result<u8, Failure> {
    let schema = match kind {
        SchemaKind::Environment => envcheck_core::spec::json_schema(),
        SchemaKind::Waivers => envcheck_core::findings::waiver::json_schema(),
        SchemaKind::Report => envcheck_core::report::json::v1::schema(),
        SchemaKind::Drift => envcheck_core::report::drift::json::schema(),
        SchemaKind::Plan => envcheck_core::plan::schema::of_repairs(),
        SchemaKind::Provisioning => envcheck_core::plan::schema::of_provisioning(),
        SchemaKind::Removal => envcheck_core::plan::schema::of_removal(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|error| Failure::words(error.to_string()))?;
    output::to_stdout(&mut |out| writeln!(out, "{text}")).map(|()| 0)
}

fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "envcheck", &mut script);
    output::to_stdout(&mut |out| out.write_all(&script)).map(|()| 0)
}

/// The command line's own description as Markdown, for the generated reference.
pub fn reference() -> String {
    let mut text = String::from("# Command line\n\nGenerated from the program's own help.\n");
    let mut command = Cli::command().term_width(100).color(clap::ColorChoice::Never);
    command.build();
    describe(&mut command, &mut text);
    text
}

fn describe(command: &mut clap::Command, text: &mut String) {
    use std::fmt::Write as _;
    if command.get_name() == "help" {
        return;
    }
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let help: Vec<String> = command
        .render_long_help()
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let _ = write!(
        text,
        "\n## `{name}`\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    );
    for sub in command.get_subcommands_mut() {
        describe(sub, text);
    }
}
