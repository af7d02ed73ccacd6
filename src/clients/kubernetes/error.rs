//! What can go wrong, in sentences for people. None holds a credential or the body of an answer.

use envcheck_core::source::Diagnostic;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectError {
    /// The run was cancelled meanwhile.
    Cancelled,
    /// Something is wrong with the configuration, the credentials or the server.
    Failed {
        /// What happened: one line, lower case, no full stop.
        message: String,
        /// How to mend it.
        hint: Option<String>,
    },
}

impl ConnectError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn with_hint(self, words: impl Into<String>) -> Self {
        match self {
            Self::Cancelled => self,
            Self::Failed { message, .. } => Self::Failed {
                message,
                hint: Some(words.into()),
            },
        }
    }
}

impl std::fmt::Display for ConnectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<ConnectError> for Diagnostic {
    fn from(error: ConnectError) -> Self {
        let plain = Diagnostic::new(error.to_string());
        match error {
            ConnectError::Failed { hint: Some(hint), .. } => plain.hint(hint),
            _ => plain,
        }
    }
}

/// Why a request has no answer. Each shows as one sentence that names the server and the path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// 401, or credentials that could not be renewed.
    #[error("{0}")]
    Unauthorized(String),
    /// 403.
    #[error("{0}")]
    Forbidden(String),
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// 410, or another status whose reason is `Expired`: the continuation of a list is no longer kept.
    #[error("{message}")]
    Gone {
        /// The sentence.
        message: String,
        /// With what the server offers to go on, as of now.
        continue_token: Option<String>,
    },
    /// Overloaded, broken or out of reach, also after the retries.
    #[error("{0}")]
    Unavailable(String),
    /// No complete answer within the time.
    #[error("{0}")]
    TimedOut(String),
    /// The answer ended early.
    #[error("{0}")]
    Cut(String),
    /// An answer larger than [`MAX_BODY`](super::MAX_BODY).
    #[error("{0}")]
    TooLarge(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Any other 4xx.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The sentence.
        message: String,
    },
    /// Something answers, but it is no Kubernetes API server.
    #[error("{0}")]
    NotKubernetes(String),
}

impl RequestError {
    /// The same, with how often it was tried.
    pub(super) fn after(self, attempts: u32) -> Self {
        if attempts < 2 {
            return self;
        }
        let told = |sentence: String| format!("{sentence}; tried {attempts} times");
        match self {
            Self::Unavailable(sentence) => Self::Unavailable(told(sentence)),
            Self::TimedOut(sentence) => Self::TimedOut(told(sentence)),
            Self::Cut(sentence) => Self::Cut(told(sentence)),
            other => other,
        }
    }
}
