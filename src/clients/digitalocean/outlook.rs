//! Whether it makes sense to go on asking: a refused token stays refused for all requests of a run, and where nobody has
//! ever answered each would only wait for itself.

use super::attempt::Fault;
use super::error::RequestError;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often an API is tried that has not answered anything yet and cannot be reached, or takes requests in silence.
const ATTEMPTS_OF_STRANGERS: u32 = 3;

/// What requests have learnt from one another.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// Somebody answered, if only to refuse.
    answered: OnceLock<()>,
    /// A request was given up that somebody took in silence. It may be slow with that one alone: the next ones tell.
    silent: AtomicBool,
    /// Why no request can have an answer.
    hopeless: OnceLock<RequestError>,
}

impl Outlook {
    /// Why nobody needs to ask any more.
    pub(super) fn hopeless(&self) -> Option<RequestError> {
        self.hopeless.get().cloned()
    }

    /// An answer came.
    pub(super) fn good(&self) {
        let _ = self.answered.set(());
    }

    /// Takes in how an attempt failed; how often the request may be tried.
    pub(super) fn heard(&self, fault: &Fault, attempts: u32) -> u32 {
        if fault.answered {
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

    /// A request was given up after so many attempts.
    pub(super) fn given_up(&self, fault: Fault, failed: u32) -> RequestError {
        let nobody = !fault.answered && self.answered.get().is_none();
        let first_silence = nobody && fault.reached && !self.silent.swap(true, Ordering::Relaxed);
        let error = fault.error.after(failed);
        if nobody && !first_silence || matches!(error, RequestError::Unauthorized(_)) {
            let _ = self.hopeless.set(error.clone());
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reached: bool) -> Fault {
        let error = RequestError::Unavailable("refused the connection".to_owned());
        Fault {
            reached,
            answered: reached,
            ..Fault::passing(error)
        }
    }

    fn silence() -> Fault {
        Fault {
            answered: false,
            ..Fault::passing(RequestError::TimedOut("did not answer in time".to_owned()))
        }
    }

    #[test]
    fn who_takes_requests_in_silence_is_asked_for_something_else_once() {
        let outlook = Outlook::default();
        assert_eq!(outlook.heard(&silence(), 5), 3);
        outlook.given_up(silence(), 3);
        assert_eq!(outlook.hopeless(), None, "it may be slow with this one alone");
        assert_eq!(outlook.heard(&silence(), 5), 1);
        let error = outlook.given_up(silence(), 1);
        assert_eq!(outlook.hopeless(), Some(error));
    }

    #[test]
    fn who_answers_something_else_is_patiently_asked() {
        let outlook = Outlook::default();
        outlook.given_up(silence(), 3);
        outlook.good();
        assert_eq!(outlook.heard(&silence(), 5), 5);
        outlook.given_up(silence(), 5);
        assert_eq!(outlook.hopeless(), None);
    }

    #[test]
    fn where_nobody_ever_answered_the_first_that_gives_up_speaks_for_all() {
        let outlook = Outlook::default();
        assert_eq!(outlook.heard(&refused(false), 5), 3);
        assert_eq!(outlook.hopeless(), None);
        let error = outlook.given_up(refused(false), 3);
        assert!(error.to_string().ends_with("tried 3 times"), "{error}");
        assert_eq!(outlook.hopeless(), Some(error));
    }

    #[test]
    fn who_has_answered_once_may_answer_again() {
        let outlook = Outlook::default();
        outlook.good();
        assert_eq!(outlook.heard(&refused(false), 5), 5);
        outlook.given_up(refused(false), 5);
        assert_eq!(outlook.hopeless(), None);
        let slow = Outlook::default();
        assert_eq!(slow.heard(&refused(true), 5), 5);
        slow.given_up(refused(true), 5);
        assert_eq!(slow.hopeless(), None);
    }

    #[test]
    fn a_refused_token_is_refused_for_all() {
        let outlook = Outlook::default();
        let error = RequestError::Unauthorized("the DigitalOcean API refused the token".to_owned());
        outlook.given_up(Fault::last(error.clone()), 1);
        assert_eq!(outlook.hopeless(), Some(error));
    }
}
