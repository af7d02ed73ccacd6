//! Where live state is read, and references to secrets.

use crate::spec::scalar::{CommandWord, FilePath, Variable, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where live state is read: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Target {
    /// A cluster.
    Kubernetes(KubernetesTarget),
    /// An offline capture, a directory or a `.tar.zst`. It supplies account and Spaces too; nothing is read live.
    Snapshot(#[schemars(extend("examples" = ["demo/"]))] FilePath),
}

/// Which cluster: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum KubernetesTarget {
    /// That of a context in the kubeconfig.
    Context(#[schemars(extend("examples" = ["do-fra1-stage"]))] Words),
    /// That in which envcheck itself runs.
    InCluster(#[schemars(extend("const" = true))] bool),
    /// The declared one, with short-lived credentials fetched from DigitalOcean.
    FromDigitalOcean(#[schemars(extend("const" = true))] bool),
}

/// Where a secret is found, never the secret itself: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-secret" = true))]
pub enum SecretRef {
    /// In an environment variable of this name.
    Env(Variable),
    /// In this file, relative to the spec.
    File(#[schemars(extend("examples" = ["/run/secrets/token"]))] FilePath),
    /// In the output of this command. Runs only with `--allow-commands`.
    Command(Command),
}

/// A command to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Command {
    /// A line for the shell.
    Shell(CommandWord),
    /// The program and its arguments, run without a shell.
    Words(#[schemars(length(min = 1))] Vec<CommandWord>),
}
