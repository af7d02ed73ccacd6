//! Reads one kind, page by page, and hands the pages on as they came: they are taken apart in the workers.

use super::served::Resource;
use crate::clients::kubernetes::{ApiServer, RequestError};
use crate::collect::meter::Meter;
use crate::collect::units::UnitSender;
use bytes::Bytes;
use envcheck_core::inventory::page::{self, Page, PageFault};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Gap, GapSubject, Loaded, LoadedObject, Origin, Unit, identify};
use envcheck_core::policy::NeededKind;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Objects asked for at once, at most.
const PAGE: usize = 500;
/// The first page of kinds whose objects may be large (an API server takes up to 1.5 MiB for each).
const FIRST_OF_LARGE: usize = 20;
const LARGE: [&str; 3] = ["Secret", "ConfigMap", "CustomResourceDefinition"];
/// What a page should weigh, in bytes.
const WANTED: usize = 2 << 20;
/// What a page of several objects may weigh, in bytes. Each kind that is read at the same time may have one under way.
const LARGEST: usize = 8 << 20;
/// What objects that are taken apart together should weigh as text, in bytes. In memory they are some ten times as large.
const AT_ONCE: usize = 128 << 10;
/// Pages that may be under way, from the question to the judging of their last object.
pub(super) const IN_FLIGHT: usize = 5;
/// How often a page is asked for again that was cut short within itself.
const AGAIN: usize = 3;

/// What the readers of all kinds share.
#[derive(Clone)]
pub(super) struct Reader {
    pub api: ApiServer,
    pub redactor: Arc<Redactor>,
    /// Kinds of which the record of who wrote which field is kept.
    pub recorded: Arc<BTreeSet<NeededKind>>,
    pub meter: Arc<Meter>,
    pub turns: Arc<Semaphore>,
    pub units: UnitSender,
}

impl Reader {
    /// Reads a kind to its end, or as far as it goes; what is missing is handed on as a gap.
    pub(super) async fn read(self, resource: Resource) {
        let name = resource.name();
        self.meter.ask(&name);
        match self.pages_of(&resource).await {
            Ok(()) => self.meter.end(&name, true),
            Err(Trouble::Interrupted) => {}
            Err(Trouble::Gap(gap)) => {
                self.meter.end(&name, false);
                let unit: Arc<Unit> = Arc::new(move || Loaded {
                    gaps: vec![gap.clone()],
                    ..Loaded::default()
                });
                // Nobody takes units any more once the run is over.
                let _ = self.units.send(unit).await;
            }
        }
    }

    async fn pages_of(&self, resource: &Resource) -> Result<(), Trouble> {
        let mut limit = if LARGE.contains(&resource.kind.as_str())
            || resource.group.contains('.') && !resource.group.ends_with(".k8s.io")
        {
            FIRST_OF_LARGE
        } else {
            PAGE
        };
        let mut token: Option<String> = None;
        loop {
            let turn = Arc::clone(&self.turns)
                .acquire_owned()
                .await
                .map_err(|_| Trouble::Interrupted)?;
            let (bytes, page) = match self.page(resource, limit, token.as_deref()).await {
                Ok(page) => page,
                // The server no longer keeps the list as of its beginning. It offers to go on with what is there now: every
                // object that lives through the reading is still seen.
                Err(RequestError::Gone {
                    continue_token: Some(fresh),
                    ..
                }) if token.as_deref() != Some(&fresh) => {
                    token = Some(fresh);
                    continue;
                }
                Err(RequestError::TooLarge(_)) if limit > 1 => {
                    limit = (limit / 8).max(1);
                    continue;
                }
                Err(error) => return Err(trouble(resource, &error)),
            };
            limit = next_limit(limit, bytes.len());
            let head = &page.head;
            self.meter
                .page(&resource.name(), head.resource_version.as_deref(), head.remaining);
            let last = head.continue_token.is_none();
            if head.continue_token.is_some() && head.continue_token == token {
                let words = "the server gave the same page again, without end".to_owned();
                return Err(gap(resource, reason::UNAVAILABLE, words));
            }
            token = head.continue_token.clone();
            self.hand_on(resource, bytes, page, last, turn).await?;
            if last {
                return Ok(());
            }
        }
    }

    async fn page(
        &self,
        resource: &Resource,
        limit: usize,
        token: Option<&str>,
    ) -> Result<(Bytes, Page), RequestError> {
        let mut path = format!("{}?limit={limit}", resource.path());
        if let Some(token) = token {
            path.push_str("&continue=");
            path.push_str(&encode(token));
        }
        let mut tries = 0;
        loop {
            // One object may be as large as it likes; of several, fewer are asked for.
            let bytes = match limit {
                1 => self.api.get(&path).await?,
                _ => self.api.get_up_to(&path, LARGEST).await?,
            };
            tries += 1;
            match page::outline(&bytes, &resource.kind) {
                Ok(page) => return Ok((bytes, page)),
                // Cut short by something in between that then told the shorter length.
                Err(PageFault::Cut) if tries < AGAIN => {}
                Err(fault) => {
                    return Err(RequestError::Cut(format!(
                        "{} gave a page that cannot be used: {fault}",
                        self.api.server()
                    )));
                }
            }
        }
    }

    async fn hand_on(
        &self,
        resource: &Resource,
        bytes: Bytes,
        page: Page,
        last: bool,
        turn: OwnedSemaphorePermit,
    ) -> Result<(), Trouble> {
        let mut runs = page.runs(AT_ONCE);
        if runs.is_empty() {
            runs.push(0..0);
        }
        let received = Arc::new(Received {
            resource: resource.clone(),
            bytes,
            page,
            redactor: Arc::clone(&self.redactor),
            recorded: self
                .recorded
                .iter()
                .any(|kind| kind.matches(&resource.group, &resource.kind)),
            meter: Arc::clone(&self.meter),
            _turn: turn,
        });
        let ending = runs.len() - 1;
        for (position, run) in runs.into_iter().enumerate() {
            let share = Share {
                received: Arc::clone(&received),
                run,
                ends_kind: last && position == ending,
                counted: AtomicBool::new(false),
            };
            let unit: Arc<Unit> = Arc::new(move || share.load());
            self.units.send(unit).await.map_err(|_| Trouble::Interrupted)?;
        }
        Ok(())
    }
}

enum Trouble {
    /// The run is over.
    Interrupted,
    Gap(Gap),
}

/// A page as it came; it keeps its turn until all of it is judged.
struct Received {
    resource: Resource,
    bytes: Bytes,
    page: Page,
    redactor: Arc<Redactor>,
    /// Who wrote which field is kept.
    recorded: bool,
    meter: Arc<Meter>,
    _turn: OwnedSemaphorePermit,
}

/// Some objects of a page.
struct Share {
    received: Arc<Received>,
    run: Range<usize>,
    /// The kind was read to its end with these.
    ends_kind: bool,
    counted: AtomicBool,
}

impl Share {
    fn load(&self) -> Loaded {
        let Received {
            resource,
            bytes,
            page,
            redactor,
            recorded,
            meter,
            ..
        } = &*self.received;
        let mut loaded = Loaded::default();
        let read = if *recorded {
            page.recorded(bytes, self.run.clone(), &resource.kind)
        } else {
            page.objects(bytes, self.run.clone(), &resource.kind)
        };
        let objects = match read {
            Ok(objects) => objects,
            Err(fault) => {
                loaded
                    .gaps
                    .push(gap_of(resource, reason::UNAVAILABLE, fault.to_string()));
                return loaded;
            }
        };
        if !self.counted.swap(true, Ordering::Relaxed) {
            meter.count(&resource.name(), objects.len() as u64);
        }
        for mut value in objects {
            if *recorded {
                redactor.redact_recorded(&mut value);
            } else {
                redactor.redact(&mut value);
            }
            match identify(&value) {
                Ok((reference, generated)) if reference.kind == resource.kind => {
                    loaded.objects.push(LoadedObject {
                        reference,
                        generated,
                        value,
                        origin: Origin::Live,
                    });
                }
                Ok((reference, _)) => loaded.gaps.push(gap_of(
                    resource,
                    reason::INVALID,
                    format!("the list holds a {}", reference.kind),
                )),
                Err(words) => loaded.gaps.push(gap_of(resource, reason::INVALID, words)),
            }
        }
        if self.ends_kind {
            loaded
                .read_kinds
                .push((resource.group.clone(), resource.kind.clone()));
        }
        loaded
    }
}

/// As many objects as would have weighed what a page should, at most twice as many as before.
fn next_limit(limit: usize, weight: usize) -> usize {
    (limit.saturating_mul(WANTED) / weight.max(1))
        .min(limit.saturating_mul(2))
        .clamp(1, PAGE)
}

/// A continue token as a part of a query.
pub(super) fn encode(token: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(token.len());
    for byte in token.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// What a policy's author and an administrator both understand: the exact permission.
pub(super) fn permission(resource: &Resource) -> String {
    format!("list {} in API group \"{}\"", resource.plural, resource.group)
}

fn trouble(resource: &Resource, error: &RequestError) -> Trouble {
    let (reason, detail) = match error {
        RequestError::Cancelled => return Trouble::Interrupted,
        RequestError::Forbidden(_) => (
            reason::FORBIDDEN,
            format!("the credentials may not {}", permission(resource)),
        ),
        RequestError::Unauthorized(words) => (reason::UNAUTHORIZED, words.clone()),
        RequestError::TimedOut(words) => (reason::TIMEOUT, words.clone()),
        other => (reason::UNAVAILABLE, other.to_string()),
    };
    gap(resource, reason, naming(resource, detail))
}

/// The sentence with what was asked for, where it does not say so: a connection breaks for all kinds alike.
fn naming(resource: &Resource, sentence: String) -> String {
    let path = resource.path();
    let list = format!("list {}", resource.plural);
    if sentence.contains(&path) || sentence.contains(&list) {
        sentence
    } else {
        format!("{sentence} (asked for {path})")
    }
}

fn gap(resource: &Resource, reason: &str, detail: String) -> Trouble {
    Trouble::Gap(gap_of(resource, reason, detail))
}

fn gap_of(resource: &Resource, reason: &str, detail: String) -> Gap {
    Gap {
        subject: GapSubject::Kind(resource.name()),
        reason: reason.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_weigh_about_two_mebibytes() {
        assert_eq!(next_limit(500, 1 << 20), 500);
        assert_eq!(next_limit(500, 8 << 20), 125);
        assert_eq!(next_limit(20, 10 << 10), 40, "not more than twice as many");
        assert_eq!(next_limit(1, 64 << 20), 1);
        assert_eq!(next_limit(500, 0), 500);
    }

    #[test]
    fn every_gap_says_what_was_asked_for() {
        let resource = Resource {
            group: "apps".to_owned(),
            version: "v1".to_owned(),
            kind: "Deployment".to_owned(),
            plural: "deployments".to_owned(),
            namespaced: true,
        };
        let detail = |error: RequestError| match trouble(&resource, &error) {
            Trouble::Gap(gap) => gap.detail,
            Trouble::Interrupted => String::new(),
        };
        let path = "/apis/apps/v1/deployments";
        assert_eq!(
            detail(RequestError::Unavailable("x closed the connection".to_owned())),
            format!("x closed the connection (asked for {path})")
        );
        let said = format!("x broke off its answer to {path}");
        assert_eq!(detail(RequestError::Cut(said.clone())), said);
        assert_eq!(
            detail(RequestError::Forbidden(String::new())),
            "the credentials may not list deployments in API group \"apps\""
        );
    }

    #[test]
    fn tokens_survive_a_query() {
        assert_eq!(encode("aZ9-._~+/="), "aZ9-._~%2B%2F%3D");
    }
}
