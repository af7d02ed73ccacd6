//! Argo CD's own manifest: from a file, from the web, or left to whoever applies what is rendered.

use crate::clients::download::download;
use crate::clients::http::Variables;
use crate::clients::runtime;
use crate::collect::texts;
use crate::pipeline::Ended;
use envcheck_core::inventory::snapshot::sha256;
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::source::{Diagnostic, SourceText};
use envcheck_core::spec::{ArgoCd, Spec};
use envcheck_core::yaml;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where the address is written.
const URL: [&str; 4] = ["delivery", "argocd", "install", "url"];

/// How Argo CD's own objects are come by.
pub(super) enum Install {
    /// From this text, whose sum is the declared one, if one is.
    Text(Arc<SourceText>),
    /// Whoever builds the directory fetches them. What that means.
    Remote(String),
    /// Not at all, and why.
    Nowhere(String),
}

/// The manifest in `file`, else at the declared address, unless nothing may be fetched.
pub(super) fn manifest(
    spec: &Spec,
    argocd: &ArgoCd,
    file: Option<&Path>,
    offline: bool,
    interrupt: &CancellationToken,
) -> Result<Install, Ended> {
    let (name, bytes) = match (file, &argocd.install) {
        (Some(file), _) => (file.display().to_string(), read(file)?),
        (None, None) => {
            return Ok(Install::Nowhere(
                "delivery.argocd.install declares no manifest: what installs Argo CD is not rendered; declare it, or give it with \
                 --argocd-manifest FILE"
                    .to_owned(),
            ));
        }
        (None, Some(install)) if offline => {
            return Ok(Install::Remote(format!(
                "nothing is fetched with --offline: argocd/kustomization.yaml refers to {}, whose sum Kustomize does not check; \
                 with --argocd-manifest FILE it would be part of the directory",
                install.url
            )));
        }
        (None, Some(install)) => {
            let url = install.url.as_str();
            (url.to_owned(), fetch(spec, url, interrupt)?)
        }
    };
    if let Some(install) = &argocd.install {
        let sum = sha256(&bytes);
        let declared = install.sha256.as_str();
        if !sum.eq_ignore_ascii_case(declared) {
            return Err(placed(
                spec,
                &["delivery", "argocd", "install", "sha256"],
                Diagnostic::new(format!(
                    "{name} has the SHA-256 sum {sum}, declared is {declared}"
                )),
            )
            .hint("it is not what was pinned: look at what changed before you declare the new sum")
            .into());
        }
    }
    let source = yaml::decode(&name, &bytes)?;
    Ok(Install::Text(source))
}

fn read(file: &Path) -> Result<Vec<u8>, Diagnostic> {
    let wrong = |words: String| {
        Diagnostic::new(format!(
            "cannot read Argo CD's manifest in {}: {words}",
            file.display()
        ))
        .hint("name the file: --argocd-manifest install.yaml")
    };
    match texts::read(file) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(wrong("it does not exist".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn fetch(spec: &Spec, url: &str, interrupt: &CancellationToken) -> Result<Vec<u8>, Ended> {
    let runtime = runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for fetching {url}: {error}")))?;
    runtime::watch_signals(runtime.handle(), interrupt.clone());
    let variables = Variables::real();
    let place = URL.join(".");
    let fetched = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupt.cancelled() => None,
            fetched = download(url, &place, &variables) => Some(fetched),
        }
    });
    runtime.shutdown_background();
    match fetched {
        None => Err(Ended::Interrupted(Vec::new())),
        Some(Ok(bytes)) => Ok(bytes.to_vec()),
        Some(Err(problem)) => Err(placed(spec, &URL, problem)
            .hint("fetch it elsewhere and give it with --argocd-manifest FILE, or leave it to Kustomize with --offline")
            .into()),
    }
}

/// Says where the spec asks for it.
pub(super) fn placed(spec: &Spec, keys: &[&str], problem: Diagnostic) -> Diagnostic {
    let path = FieldPath(
        keys.iter()
            .map(|key| PathElement::Key((*key).to_owned()))
            .collect(),
    );
    match spec.place(&path) {
        Some(place) => problem.at(place),
        None => problem,
    }
}
