//! The queue into which everything goes that is read live, whoever reads it, and which is judged as it comes.

use envcheck_core::inventory::{Feed, Unit};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Pieces that wait for a worker. Each reader bounds besides how much it has under way.
const WAITING: usize = 256;

/// Where readers put what they have read. The feed ends when all readers have ended.
pub type UnitSender = mpsc::Sender<Arc<Unit>>;

/// What was read, in the order in which it came.
#[derive(Debug)]
pub struct Units {
    units: Mutex<mpsc::Receiver<Arc<Unit>>>,
}

/// A queue: where to put, and where to take.
pub fn queue() -> (UnitSender, Arc<Units>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let units = Mutex::new(receiver);
    (sender, Arc::new(Units { units }))
}

impl Feed for Units {
    fn next(&self) -> Option<Arc<Unit>> {
        self.units
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv()
    }

    // What is taken apart is several times as large as it came.
    fn ahead(&self) -> usize {
        0
    }
}
