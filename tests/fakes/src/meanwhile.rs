//! What others do to the world between two requests of whoever is tested.

use crate::world::World;
use std::fmt;

type Change = Box<dyn FnOnce(&mut World) + Send>;

/// Changes that wait for their request.
#[derive(Default)]
pub(crate) struct Meanwhile(Vec<Waiting>);

struct Waiting {
    method: String,
    /// The beginning of a path.
    path: String,
    /// How many such requests pass before.
    spared: usize,
    change: Change,
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Meanwhile({} waiting)", self.0.len())
    }
}

impl Meanwhile {
    pub(crate) fn plant(&mut self, method: &str, path: &str, spared: usize, change: Change) {
        self.0.push(Waiting {
            method: method.to_owned(),
            path: path.to_owned(),
            spared,
            change,
        });
    }

    /// The changes that happen just before this request is answered.
    pub(crate) fn due(&mut self, method: &str, path: &str) -> Vec<Change> {
        let mut due = Vec::new();
        for mut waiting in std::mem::take(&mut self.0) {
            let here = waiting.method == method && path.starts_with(&waiting.path);
            if here && waiting.spared == 0 {
                due.push(waiting.change);
                continue;
            }
            waiting.spared -= usize::from(here);
            self.0.push(waiting);
        }
        due
    }
}
