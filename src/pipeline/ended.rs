//! How a flow ends that has no result.

use envcheck_core::evaluate::Stopped;
use envcheck_core::source::Diagnostic;

/// Why a flow has no result.
#[derive(Debug)]
pub enum Ended {
    /// It could not do its work; all problems at once.
    Refused(Vec<Diagnostic>),
    /// The user stopped it; what was not done, one line each.
    Interrupted(Vec<String>),
}

impl Ended {
    /// In one line, where it is the reason of something else.
    pub fn words(&self) -> String {
        match self {
            Self::Interrupted(_) => "interrupted".to_owned(),
            Self::Refused(problems) => {
                let words: Vec<String> = problems.iter().map(Diagnostic::one_line).collect();
                words.join("; ")
            }
        }
    }
}

impl From<Vec<Diagnostic>> for Ended {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self::Refused(problems)
    }
}

impl From<Diagnostic> for Ended {
    fn from(problem: Diagnostic) -> Self {
        Self::Refused(vec![problem])
    }
}

impl From<Stopped> for Ended {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Interrupted => Self::Interrupted(Vec::new()),
            Stopped::Failed(words) => Diagnostic::new(words).into(),
        }
    }
}
