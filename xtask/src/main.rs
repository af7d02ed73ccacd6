//! The workspace's own tasks, the same for people and for CI: `cargo xtask test`, `gen`, `bench`, `fuzz`,
//! `cluster`, `playground`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks to the person who runs it"
)]

mod bench;
mod cluster;
mod demo;
mod fuzz;
mod generate;
mod playground;
mod suite;
mod tool;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask TASK

  test [GROUP…]     run the whole test suite, or the named groups
  gen [--check] [NAME…]
                    write the generated files, or say which one is out of date
  bench [--runs N] [--install-conftest]
                    compare with conftest, measure start-up and the network analysis
  bench cluster [--objects N] [--runs N]
                    read a real API server that holds 10000 objects, or N
  bench cluster-raw [--kubeconfig FILE] [--kinds A,B] [--at-once N]
                    list a cluster in pages and throw the bytes away
  fuzz [SECONDS] [TARGET…]
                    run the fuzz targets (needs cargo-fuzz and a nightly toolchain)
  cluster build     build etcd, kube-apiserver, kube-controller-manager, kubectl and Helm (needs Go)
  cluster up [--no-controllers]
                    start a real cluster that outlives the command, and say where its kubeconfig is
  cluster load N [--kubeconfig FILE]
                    create N objects of an ordinary mixture in it
  cluster down | status
                    stop it and remove everything, or say whether it runs
  playground build  install what the fakes need (Prism with npm, moto with pip)
  playground up     start a cluster, a fake of DigitalOcean's API and an S3 server that outlive the command, and print
                    the variables to export
  playground down | status
                    stop them and remove everything, or print the variables again

environment of `test`:
  ENVCHECK_REQUIRE=all | NAME,NAME   groups that may not be skipped
  ENVCHECK_TEST_DATA=DIR             public test data (folders `given` and `contracts`)
  ENVCHECK_PYTHON=FILE               a Python with jsonschema, xmlschema and pyyaml
  KUBEBUILDER_ASSETS=DIR             etcd and kube-apiserver to use instead of what `cluster build` makes";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test", groups @ ..] => tool::root().and_then(|root| suite::run(&root, groups)),
        ["gen", options @ ..] => tool::root().and_then(|root| generate::run(&root, options)),
        ["bench", options @ ..] => tool::root().and_then(|root| bench::run(&root, options)),
        ["cluster", options @ ..] => tool::root().and_then(|root| cluster::run(&root, options)),
        // Started in a folder of its own by `up`, which needs no repository.
        ["playground", "serve"] => playground::run(std::path::Path::new("."), &["serve"]),
        ["playground", options @ ..] => tool::root().and_then(|root| playground::run(&root, options)),
        ["fuzz", options @ ..] => tool::root().and_then(|root| fuzz::run(&root, options)),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => Err(format!("no task given\n\n{USAGE}")),
        [unknown, ..] => Err(format!("unknown task or option: {unknown}\n\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
