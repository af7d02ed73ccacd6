//! What can go wrong, in sentences for people. None holds a part of a key, or what an answer said besides its code.

use envcheck_core::source::Diagnostic;

/// Why Spaces cannot be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConnectError {
    message: String,
    hint: String,
}

impl ConnectError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// How to mend it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl From<ConnectError> for Diagnostic {
    fn from(error: ConnectError) -> Self {
        Diagnostic::new(error.message).hint(error.hint)
    }
}

/// Why a question has no answer. Each shows as one sentence that says what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpacesError {
    /// The key is unknown, its secret is another, or the clocks differ: no question will be answered.
    #[error("{0}")]
    Unauthorized(String),
    /// The key may not ask this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such bucket in the region.
    #[error("{0}")]
    NoSuchBucket(String),
    /// Spaces does not have this function.
    #[error("{0}")]
    Unsupported(String),
    /// It could not be reached, or not be trusted: no question will be answered.
    #[error("{0}")]
    OutOfReach(String),
    /// Overloaded or broken, also after the retries.
    #[error("{0}")]
    Unavailable(String),
    /// No complete answer within the time.
    #[error("{0}")]
    TimedOut(String),
    /// The answer ended early or lacks what it must have.
    #[error("{0}")]
    Broken(String),
    /// Any other no.
    #[error("{0}")]
    Refused(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl SpacesError {
    /// The same, with how often it was tried.
    pub(super) fn after(self, attempts: u32) -> Self {
        if attempts < 2 {
            return self;
        }
        let told = |sentence: String| format!("{sentence}; tried {attempts} times");
        match self {
            Self::OutOfReach(sentence) => Self::OutOfReach(told(sentence)),
            Self::Unavailable(sentence) => Self::Unavailable(told(sentence)),
            Self::TimedOut(sentence) => Self::TimedOut(told(sentence)),
            Self::Broken(sentence) => Self::Broken(told(sentence)),
            other => other,
        }
    }
}
