//! What the fake's servers share.

use crate::faults::Faults;
use crate::journal::Request;
use crate::limits::Meter;
use crate::meanwhile::Meanwhile;
use crate::world::World;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A world with what stands around it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) faults: Faults,
    pub(crate) meanwhile: Meanwhile,
    pub(crate) meter: Meter,
    pub(crate) journal: Vec<Request>,
    /// The base URL that links are built from; None: from the header `Host`.
    pub(crate) public: Option<String>,
    /// How many requests were answered, for their ids.
    pub(crate) answered: u64,
}

/// The state, held by several threads.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(State {
            world,
            faults: Faults::default(),
            meanwhile: Meanwhile::default(),
            meter: Meter::default(),
            journal: Vec::new(),
            public: None,
            answered: 0,
        })))
    }

    /// The state; what is due has happened. A test that panicked while it held the state does not stop the others.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.settle();
        state
    }
}
