//! Argo CD's own manifest: from a file, from the web, or left to whoever applies what is rendered.

use crate::clients::download::download;
use crate::clients::http::Variables;
use crate::clients::runtime;
use crate::collect::texts;
use crate::pipeline::Ended;
use envcheck_core::inventory::snapshot::sha256;
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::source::{Diagnostic, SourceText};
use envcheck_core::spec::{ArgoCd, Install as InstallSpec, InstallSource, Spec};
use envcheck_core::yaml;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where the spec says which manifest it is.
const INSTALL: [&str; 3] = ["delivery", "argocd", "install"];

/// How Argo CD's own objects are come by.
pub(super) enum Install {
    /// From this text, whose sum is the declared one, if one is.
    Text(Arc<SourceText>),
    /// Not at all.
    Missing(Missing),
}

/// Why nobody has read what Argo CD consists of.
pub(in crate::pipeline) enum Missing {
    /// Nothing may be fetched, and this is its address.
    Offline(String),
    /// The spec does not say where it is.
    Undeclared,
    /// It could not be fetched.
    Unreached(Diagnostic),
}

/// The manifest in `file`, else the declared one: in its file, or at its address, unless nothing may be fetched.
pub(super) fn manifest(
    spec: &Spec,
    argocd: &ArgoCd,
    file: Option<&Path>,
    offline: bool,
    interrupt: &CancellationToken,
) -> Result<Install, Ended> {
    let declared = argocd.install.as_ref().and_then(InstallSpec::source);
    let (name, bytes) = match (file, declared) {
        (Some(file), _) => {
            let bytes = read(file)
                .map_err(|problem| problem.hint("name the file: --argocd-manifest install.yaml"))?;
            (file.display().to_string(), bytes)
        }
        (None, None) => return Ok(Install::Missing(Missing::Undeclared)),
        (None, Some(InstallSource::File(file))) => {
            let unread = |problem: Diagnostic| {
                let hint = "the path is relative to the spec that names it; --argocd-manifest FILE names another one";
                placed(spec, "file", problem).hint(hint)
            };
            (
                file.as_str().to_owned(),
                read(Path::new(file.as_str())).map_err(unread)?,
            )
        }
        (None, Some(InstallSource::Url(url))) if offline => {
            return Ok(Install::Missing(Missing::Offline(url.as_str().to_owned())));
        }
        (None, Some(InstallSource::Url(url))) => match fetch(spec, url.as_str(), interrupt)? {
            Ok(bytes) => (url.as_str().to_owned(), bytes),
            Err(problem) => return Ok(Install::Missing(Missing::Unreached(problem))),
        },
    };
    if let Some(install) = &argocd.install {
        let sum = sha256(&bytes);
        let declared = install.sha256.as_str();
        if !sum.eq_ignore_ascii_case(declared) {
            let words = format!("{name} has the SHA-256 sum {sum}, declared is {declared}");
            return Err(placed(spec, "sha256", Diagnostic::new(words))
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
    };
    match texts::read(file) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(wrong("it does not exist".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn fetch(
    spec: &Spec,
    url: &str,
    interrupt: &CancellationToken,
) -> Result<Result<Vec<u8>, Diagnostic>, Ended> {
    let runtime = runtime::start()
        .map_err(|error| Diagnostic::new(format!("cannot start threads for fetching {url}: {error}")))?;
    runtime::watch_signals(runtime.handle(), interrupt.clone());
    let variables = Variables::real();
    let place = format!("{}.url", INSTALL.join("."));
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
        Some(Ok(bytes)) => Ok(Ok(bytes.to_vec())),
        Some(Err(problem)) => Ok(Err(placed(spec, "url", problem))),
    }
}

/// Says where the spec asks for it: at this member.
fn placed(spec: &Spec, member: &str, problem: Diagnostic) -> Diagnostic {
    let keys = INSTALL.into_iter().chain([member]);
    let path = FieldPath(keys.map(|key| PathElement::Key(key.to_owned())).collect());
    match spec.place(&path) {
        Some(place) => problem.at(place),
        None => problem,
    }
}
