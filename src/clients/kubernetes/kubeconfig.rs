//! The kubeconfig: which files, read and merged as `kubectl` does. Its errors name files and lines, never their text,
//! which holds tokens.

use super::connect::Surroundings;
use super::error::ConnectError;
use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use secrecy::ExposeSecret;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// No kubeconfig is this large.
const MAX_FILE: u64 = 16 << 20;
const NONE_HINT: &str = "give one with --kubeconfig or KUBECONFIG, or let doctl write it: \
                         `doctl kubernetes cluster kubeconfig save NAME`";

/// Reads the kubeconfig that counts.
pub(super) fn read(explicit: Option<&Path>, around: &Surroundings) -> Result<Kubeconfig, ConnectError> {
    if let Some(file) = explicit {
        return one(file)?.ok_or_else(|| {
            ConnectError::new(format!("the kubeconfig {} does not exist", file.display()))
                .with_hint("check --kubeconfig")
        });
    }
    if let Some(list) = around.variable("KUBECONFIG") {
        let files: Vec<PathBuf> = std::env::split_paths(list)
            .filter(|file| !file.as_os_str().is_empty())
            .collect();
        if !files.is_empty() {
            return several(&files);
        }
    }
    let home = around.variable("HOME").or_else(|| around.variable("USERPROFILE"));
    let Some(home) = home else {
        return Err(ConnectError::new("there is no kubeconfig: HOME is not set").with_hint(NONE_HINT));
    };
    let file = Path::new(home).join(".kube/config");
    one(&file)?.ok_or_else(|| {
        ConnectError::new(format!(
            "there is no kubeconfig: {} does not exist",
            file.display()
        ))
        .with_hint(NONE_HINT)
    })
}

/// Merges a list of files: what the first says stays. Files that do not exist are skipped, as by `kubectl`.
fn several(files: &[PathBuf]) -> Result<Kubeconfig, ConnectError> {
    let mut merged: Option<Kubeconfig> = None;
    for file in files {
        let Some(next) = one(file)? else { continue };
        merged = Some(match merged {
            None => next,
            Some(before) => before.merge(next).map_err(|_| {
                ConnectError::new(format!(
                    "the kubeconfig {} cannot be merged with those before it in KUBECONFIG: it has another kind or \
                     apiVersion",
                    file.display()
                ))
            })?,
        });
    }
    merged.ok_or_else(|| {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        ConnectError::new(format!(
            "there is no kubeconfig: KUBECONFIG names {}, which does not exist",
            names.join(", ")
        ))
        .with_hint(NONE_HINT)
    })
}

/// Reads a file; none when it does not exist.
fn one(file: &Path) -> Result<Option<Kubeconfig>, ConnectError> {
    let unreadable =
        |words: &str| ConnectError::new(format!("cannot read the kubeconfig {}: {words}", file.display()));
    let mut bytes = Vec::new();
    let reading =
        std::fs::File::open(file).and_then(|opened| opened.take(MAX_FILE + 1).read_to_end(&mut bytes));
    match reading {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error.to_string())),
        Ok(_) if bytes.len() as u64 > MAX_FILE => return Err(unreadable("it is larger than 16 MiB")),
        Ok(_) => {}
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut config = Kubeconfig::from_yaml(text).map_err(|error| broken(file, &error))?;
    settle(&mut config, file.parent().unwrap_or(Path::new("")));
    Ok(Some(config))
}

fn broken(file: &Path, error: &KubeconfigError) -> ConnectError {
    let place = match error {
        KubeconfigError::Parse(error) => error
            .location()
            .map(|place| format!(" at line {}, column {}", place.line(), place.column())),
        _ => None,
    };
    ConnectError::new(format!(
        "the kubeconfig {} is broken{}",
        file.display(),
        place.unwrap_or_default()
    ))
    .with_hint("`kubectl config view` says what it expects; fetch it again when it was edited by hand")
}

/// Makes empty texts absent, as they mean to `kubectl`, and paths relative to the file they stand in absolute.
fn settle(config: &mut Kubeconfig, folder: &Path) {
    absent(&mut config.current_context);
    for named in &mut config.clusters {
        if let Some(Cluster {
            server,
            certificate_authority,
            certificate_authority_data,
            proxy_url,
            tls_server_name,
            ..
        }) = &mut named.cluster
        {
            for text in [
                server,
                &mut *certificate_authority,
                certificate_authority_data,
                proxy_url,
                tls_server_name,
            ] {
                absent(text);
            }
            anchor(certificate_authority, folder);
        }
    }
    for named in &mut config.auth_infos {
        if let Some(user) = &mut named.auth_info {
            settle_user(user, folder);
        }
    }
}

fn settle_user(user: &mut AuthInfo, folder: &Path) {
    for text in [
        &mut user.username,
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
    ] {
        absent(text);
    }
    for secret in [&mut user.password, &mut user.token, &mut user.client_key_data] {
        if secret.as_ref().is_some_and(|own| own.expose_secret().is_empty()) {
            *secret = None;
        }
    }
    for path in [
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_key,
    ] {
        anchor(path, folder);
    }
    // A bare name is looked up in PATH; one with a slash is a path.
    if let Some(exec) = &mut user.exec
        && exec
            .command
            .as_ref()
            .is_some_and(|command| command.contains(std::path::is_separator))
    {
        anchor(&mut exec.command, folder);
    }
}

fn absent(text: &mut Option<String>) {
    if text.as_ref().is_some_and(String::is_empty) {
        *text = None;
    }
}

fn anchor(path: &mut Option<String>, folder: &Path) {
    if let Some(own) = path
        && let Some(whole) = folder.join(&*own).to_str()
    {
        whole.clone_into(own);
    }
}
