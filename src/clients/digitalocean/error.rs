//! Why a request has no answer, in sentences for people. None holds a credential or the body of an answer.

use envcheck_core::inventory::snapshot::reason;

/// Why a request has no answer. Each shows as one sentence that names what was asked for and, where the API told one, the
/// id of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// 401: the token is unknown, has expired or was revoked.
    #[error("{0}")]
    Unauthorized(String),
    /// 403: the token may not.
    #[error("{message}")]
    Forbidden {
        /// The sentence, which names the scope.
        message: String,
        /// The scope that the operation needs: `registry:read`.
        scope: &'static str,
    },
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// The token's calls are used up for longer than this run may wait, or 429 after all attempts.
    #[error("{0}")]
    RateLimited(String),
    /// The calls that this run may make are spent.
    #[error("{0}")]
    Budget(String),
    /// No complete answer within the time.
    #[error("{0}")]
    TimedOut(String),
    /// Broken or out of reach, also after the retries.
    #[error("{0}")]
    Unavailable(String),
    /// The answer, or the list, ended early or went round in circles.
    #[error("{0}")]
    Cut(String),
    /// An answer larger than it may be.
    #[error("{0}")]
    TooLarge(String),
    /// 409: it is there already, or busy.
    #[error("{0}")]
    Conflict(String),
    /// 412: something has to be different first.
    #[error("{0}")]
    Precondition(String),
    /// 422: what was sent cannot be.
    #[error("{0}")]
    Unprocessable(String),
    /// Any other 4xx.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The sentence.
        message: String,
    },
    /// The content is not what its digest names, or nothing that can be used.
    #[error("{0}")]
    Mismatch(String),
    /// Something answers, but it is not the API.
    #[error("{0}")]
    Stranger(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl RequestError {
    /// Why something is missing, as a snapshot says it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => reason::UNAUTHORIZED,
            Self::Forbidden { .. } => reason::FORBIDDEN,
            Self::RateLimited(_) | Self::Budget(_) => reason::BUDGET,
            Self::TimedOut(_) => reason::TIMEOUT,
            Self::NotFound(_) => reason::MISSING,
            Self::Unavailable(_)
            | Self::Cut(_)
            | Self::TooLarge(_)
            | Self::Conflict(_)
            | Self::Precondition(_)
            | Self::Unprocessable(_)
            | Self::Refused { .. }
            | Self::Mismatch(_)
            | Self::Stranger(_)
            | Self::Cancelled => reason::UNAVAILABLE,
        }
    }

    /// The same, with how often it was tried.
    pub(in crate::clients) fn after(self, attempts: u32) -> Self {
        if attempts < 2 {
            return self;
        }
        let told = |sentence: String| format!("{sentence}; tried {attempts} times");
        match self {
            Self::Unavailable(sentence) => Self::Unavailable(told(sentence)),
            Self::TimedOut(sentence) => Self::TimedOut(told(sentence)),
            Self::Cut(sentence) => Self::Cut(told(sentence)),
            Self::RateLimited(sentence) => Self::RateLimited(told(sentence)),
            other => other,
        }
    }
}
