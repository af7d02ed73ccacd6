//! An attempt that failed: what is told of it, and whether to ask again.

use super::client::{Question, Who};
use super::error::SpacesError;
use super::trouble::Trouble;
use super::whole::Cut;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;
use std::time::Duration;

/// The longest pause before the second attempt; it doubles with each.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause of all, unless Spaces asks for more.
const LONGEST: Duration = Duration::from_secs(10);

/// An attempt that failed.
#[derive(Debug)]
pub(super) struct Fault {
    /// What is told when it is the last one.
    pub error: SpacesError,
    /// What may be done about it.
    pub again: Again,
    /// The code that Spaces gave, as `NoSuchBucketPolicy`.
    pub code: String,
}

/// What may be done about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing.
    Never,
    /// Ask once more, not before this long when Spaces says so.
    Later(Option<Duration>),
}

impl Fault {
    /// One that no further attempt mends.
    pub(super) fn last(error: SpacesError) -> Self {
        Self {
            error,
            again: Again::Never,
            code: String::new(),
        }
    }

    /// One that may have passed by the next attempt.
    pub(super) fn passing(error: SpacesError) -> Self {
        Self {
            again: Again::Later(None),
            ..Self::last(error)
        }
    }

    /// What the library says went wrong.
    pub(super) fn of<E>(who: &Who, question: &Question<'_>, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        match error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status().as_u16();
                // Errors in an answer that cannot be read have no code.
                let code = clean(refusal.err().code().unwrap_or_default());
                if (200..300).contains(&status) {
                    return cut(who, question);
                }
                let headers = refusal.raw().headers();
                let wait = headers.get("retry-after").and_then(|own| own.trim().parse().ok());
                let id = headers.get("x-amz-request-id").map(clean);
                refused(
                    who,
                    question,
                    &Refusal {
                        status,
                        code,
                        wait: wait.map(Duration::from_secs),
                        id,
                    },
                )
            }
            // Without a whole answer there may still be a reason in the connection.
            SdkError::ResponseError(_) if finds::<Cut>(error) => cut(who, question),
            SdkError::ResponseError(_) => match Trouble::of(error) {
                Some(Trouble::Broke(words)) => broke(who, words),
                _ => cut(who, question),
            },
            SdkError::TimeoutError(_) => away(who, "did not answer in time"),
            // The library's own patience is for the connection alone.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                away(who, "cannot be reached from this machine")
            }
            SdkError::DispatchFailure(_) => match Trouble::of(error) {
                Some(Trouble::Tls(words)) => Self::last(SpacesError::OutOfReach(format!("{who} {words}"))),
                Some(Trouble::Away(words)) => away(who, words),
                Some(Trouble::Broke(words)) => broke(who, words),
                None => broke(who, "does not answer as Spaces does"),
            },
            _ => Self::last(SpacesError::Refused(format!(
                "{who} cannot be asked for {question}: the question cannot be put into a request"
            ))),
        }
    }
}

/// An answer that says no.
struct Refusal {
    status: u16,
    code: String,
    wait: Option<Duration>,
    id: Option<String>,
}

fn refused(who: &Who, question: &Question<'_>, refusal: &Refusal) -> Fault {
    let code = refusal.code.as_str();
    let said = match code {
        "" => refusal.status.to_string(),
        code => format!("{code}, {}", refusal.status),
    };
    let id = match &refusal.id {
        Some(id) if !id.is_empty() => format!(", request {id}"),
        _ => String::new(),
    };
    let error = match (refusal.status, code) {
        (_, "InvalidAccessKeyId") => {
            SpacesError::Unauthorized(format!("{who} does not know the Spaces key ({said})"))
        }
        (_, "SignatureDoesNotMatch") => SpacesError::Unauthorized(format!(
            "{who} was given another secret than that of the Spaces key ({said})"
        )),
        (_, "RequestTimeTooSkewed") => SpacesError::Unauthorized(format!(
            "{who} has another time than this machine ({said}): set its clock"
        )),
        (401, _) | (_, "ExpiredToken" | "InvalidToken" | "AuthorizationHeaderMalformed") => {
            SpacesError::Unauthorized(format!("{who} refused the Spaces key ({said})"))
        }
        (501, _) | (_, "NotImplemented" | "MethodNotAllowed") => {
            SpacesError::Unsupported(format!("{who} has no {}", question.operation))
        }
        (429 | 500 | 502 | 503 | 504, _) | (_, "SlowDown" | "RequestTimeout") => {
            let sentence = format!("{who} could not answer for {question} ({said}{id})");
            return Fault {
                again: Again::Later(refusal.wait),
                code: refusal.code.clone(),
                ..Fault::last(SpacesError::Unavailable(sentence))
            };
        }
        (403, _) | (_, "AccessDenied") => SpacesError::Forbidden(question.forbidden()),
        // A question without a body has an answer without a code.
        (404, "NoSuchBucket" | "NotFound" | "") => SpacesError::NoSuchBucket(format!(
            "there is no bucket {} in {}",
            question.bucket, who.region
        )),
        (300..=399, _) => SpacesError::Refused(format!(
            "{who} sends us elsewhere for {question} ({said}): the bucket may be in another region"
        )),
        _ => SpacesError::Refused(format!("{who} refused {question} ({said}{id})")),
    };
    Fault {
        code: refusal.code.clone(),
        ..Fault::last(error)
    }
}

/// Nobody was reached.
fn away(who: &Who, words: &str) -> Fault {
    Fault::passing(SpacesError::OutOfReach(format!("{who} {words}")))
}

/// Somebody was, and the connection broke.
fn broke(who: &Who, words: &str) -> Fault {
    Fault::passing(SpacesError::Unavailable(format!("{who} {words}")))
}

pub(super) fn cut(who: &Who, question: &Question<'_>) -> Fault {
    Fault::passing(SpacesError::Broken(format!(
        "{who} gave no whole answer for {question}"
    )))
}

/// Whether a chain of errors holds one of this type.
fn finds<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    error.is::<T>() || error.source().is_some_and(finds::<T>)
}

/// A code or an id as it may be shown: what else an answer writes there is no code.
fn clean(code: &str) -> String {
    let fit = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    code.chars().take_while(fit).take(64).collect()
}

/// The pause before the next attempt: anything up to the exponential bound, so that many that failed together do not come
/// back together. What Spaces asked for is added, not drawn from.
pub(super) fn pause(failed: u32, asked: Option<Duration>) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    let bound = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    // Without randomness the pause is the bound: later, but right.
    let share = getrandom::u32().map_or(1.0, |drawn| f64::from(drawn) / f64::from(u32::MAX));
    asked.unwrap_or_default().saturating_add(bound.mul_f64(share))
}
