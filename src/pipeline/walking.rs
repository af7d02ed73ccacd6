//! One step after the other, by one rule wherever things are made or removed, outside the cluster or inside it: whether its turn has
//! come, said, tried; kept in the journal before it is done and once it has ended. How a step is tried is each run's own.

use super::repair::Ground;
use super::turn::{Turn, Waiting};
use envcheck_core::plan::journal::{Intent, Record};
use envcheck_core::plan::{Outcome, Run, Step};

/// A run under way.
pub(super) trait Walking<'a, W: Waiting> {
    /// Who may go on.
    fn turn(&mut self) -> &mut Turn<'a>;

    /// On what it stands.
    fn ground(&self) -> &'a Ground<'a>;

    /// Adds a line to its journal.
    fn keep(&mut self, record: &Record) -> Result<(), String>;

    /// Where its journal is.
    fn place(&self) -> String;

    /// Does a step whose turn has come; `Err` where nothing was changed, in words.
    fn attempt(&mut self, one: &W) -> Result<Outcome, String>;

    /// All of it, under its name.
    fn run(&mut self, name: String, steps: &[&W]) -> Run {
        Run {
            name,
            journal: Some(self.place()),
            steps: self.walk(steps),
            remaining: Vec::new(),
        }
    }

    /// Does the steps whose turn comes, and says how each ended.
    fn walk(&mut self, steps: &[&W]) -> Vec<(Step, Outcome)> {
        let mut ended = Vec::new();
        for one in steps {
            let outcome = if let Some(left) = self.turn().held_back(*one) {
                left
            } else {
                (self.ground().tell)(one.step());
                match self.attempt(one).unwrap_or_else(Outcome::NotDone) {
                    // Whatever could not be looked at then.
                    Outcome::NotDone(_) if self.turn().interrupt.is_cancelled() => {
                        Outcome::NotDone("interrupted".to_owned())
                    }
                    outcome => outcome,
                }
            };
            self.turn().ended(*one, &outcome);
            ended.push((one.step().clone(), outcome));
        }
        let interrupted = self.turn().interrupt.is_cancelled();
        let stopped = interrupted.then(|| "interrupted".to_owned());
        // Where this cannot be kept, the journal says less than there is to say, and nothing wrong.
        let _ = self.keep(&Record::End { stopped });
        ended
    }

    /// Keeps what is about to be done. Where that cannot be kept nothing is done.
    fn begins(&mut self, intent: Intent) -> Result<(), String> {
        let kept = self.keep(&Record::Intent(Box::new(intent)));
        kept.map_err(|error| format!("it cannot be kept what is done: {error}"))
    }

    /// Keeps that a step that was begun changed nothing.
    fn not_done(&mut self, step: &Step, why: &str) -> Outcome {
        let record = Record::Failed {
            step: step.id.clone(),
            why: why.to_owned(),
        };
        // That it was begun is kept; how it ended a later run finds out.
        let _ = self.keep(&record);
        Outcome::NotDone(why.to_owned())
    }
}
