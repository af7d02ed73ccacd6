//! Whether it makes sense to go on asking: a refused token stays refused for all requests of a run, and where nobody has
//! ever answered each would only wait for itself.

use super::error::RequestError;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often an API is tried that has not answered anything yet and cannot be reached, or takes requests in silence.
const ATTEMPTS_OF_STRANGERS: u32 = 3;

/// How far a request came that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clients) struct Reach {
    /// Somebody took it.
    pub reached: bool,
    /// Somebody answered, if only to refuse.
    pub answered: bool,
}

/// What requests to one service have learnt from one another.
#[derive(Debug, Default)]
pub(in crate::clients) struct Outlook {
    /// Somebody answered, if only to refuse.
    answered: OnceLock<()>,
    /// A request was given up that somebody took in silence. It may be slow with that one alone: the next ones tell.
    silent: AtomicBool,
    /// Why no request can have an answer.
    hopeless: OnceLock<RequestError>,
}

impl Outlook {
    /// Why nobody needs to ask any more.
    pub(in crate::clients) fn hopeless(&self) -> Option<RequestError> {
        self.hopeless.get().cloned()
    }

    /// An answer came.
    pub(in crate::clients) fn good(&self) {
        let _ = self.answered.set(());
    }

    /// Takes in how an attempt failed; how often the request may be tried.
    pub(in crate::clients) fn heard(&self, reach: Reach, attempts: u32) -> u32 {
        if reach.answered {
            self.good();
        }
        if self.answered.get().is_some() {
            attempts
        } else if self.silent.load(Ordering::Relaxed) {
            1
        } else {
            attempts.min(ATTEMPTS_OF_STRANGERS)
        }
    }

    /// A request was given up, with this error.
    pub(in crate::clients) fn given_up(&self, reach: Reach, error: RequestError) -> RequestError {
        let nobody = !reach.answered && self.answered.get().is_none();
        let first_silence = nobody && reach.reached && !self.silent.swap(true, Ordering::Relaxed);
        if nobody && !first_silence || matches!(error, RequestError::Unauthorized(_)) {
            let _ = self.hopeless.set(error.clone());
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody was there.
    const NOBODY: Reach = Reach {
        reached: false,
        answered: false,
    };
    /// Somebody takes requests and says nothing.
    const SILENCE: Reach = Reach {
        reached: true,
        answered: false,
    };
    /// Somebody answered, but not well.
    const ANSWERED: Reach = Reach {
        reached: true,
        answered: true,
    };

    fn error() -> RequestError {
        RequestError::Unavailable("refused the connection".to_owned())
    }

    #[test]
    fn who_takes_requests_in_silence_is_asked_for_something_else_once() {
        let outlook = Outlook::default();
        assert_eq!(outlook.heard(SILENCE, 5), 3);
        outlook.given_up(SILENCE, error());
        assert_eq!(outlook.hopeless(), None, "it may be slow with this one alone");
        assert_eq!(outlook.heard(SILENCE, 5), 1);
        let error = outlook.given_up(SILENCE, error());
        assert_eq!(outlook.hopeless(), Some(error));
    }

    #[test]
    fn who_answers_something_else_is_patiently_asked() {
        let outlook = Outlook::default();
        outlook.given_up(SILENCE, error());
        outlook.good();
        assert_eq!(outlook.heard(SILENCE, 5), 5);
        outlook.given_up(SILENCE, error());
        assert_eq!(outlook.hopeless(), None);
    }

    #[test]
    fn where_nobody_ever_answered_the_first_that_gives_up_speaks_for_all() {
        let outlook = Outlook::default();
        assert_eq!(outlook.heard(NOBODY, 5), 3);
        assert_eq!(outlook.hopeless(), None);
        let error = outlook.given_up(NOBODY, error());
        assert_eq!(outlook.hopeless(), Some(error));
    }

    #[test]
    fn who_has_answered_once_may_answer_again() {
        let outlook = Outlook::default();
        outlook.good();
        assert_eq!(outlook.heard(NOBODY, 5), 5);
        outlook.given_up(NOBODY, error());
        assert_eq!(outlook.hopeless(), None);
        let slow = Outlook::default();
        assert_eq!(slow.heard(ANSWERED, 5), 5);
        slow.given_up(ANSWERED, error());
        assert_eq!(slow.hopeless(), None);
    }

    #[test]
    fn a_refused_token_is_refused_for_all() {
        let outlook = Outlook::default();
        let error = RequestError::Unauthorized("the DigitalOcean API refused the token".to_owned());
        outlook.given_up(ANSWERED, error.clone());
        assert_eq!(outlook.hopeless(), Some(error));
    }
}
