//! Worker threads over numbered units of work, delivered in order.
//!
//! Workers have large stacks, because policies and documents nest. A worker that is stuck in one step (the engine's
//! timer is cooperative, a single built-in call is not) is abandoned: its unit is done again by a new worker without that
//! step. A step that panics is left out in the same way.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// One step of a unit that may have to be left out: an object and a seat.
pub(crate) type Step = (usize, usize);
/// Steps to leave out, each with the reason.
pub(crate) type LeftOut = BTreeMap<Step, String>;

/// What the workers do.
pub(crate) trait Work: Send + Sync + 'static {
    /// What each worker needs for itself.
    type Own;
    /// What a unit gives.
    type Output: Send + 'static;
    /// Makes a worker's own state.
    fn own(&self) -> Self::Own;
    /// Does a unit; announces each step that might hang.
    fn run(
        &self,
        own: &mut Self::Own,
        unit: usize,
        left_out: &LeftOut,
        announce: &mut dyn FnMut(Step),
    ) -> Self::Output;
}

const STACK: usize = 64 << 20;
const TICK: Duration = Duration::from_millis(100);
/// How many units may be finished ahead of the one that is delivered next.
const WINDOW: usize = 64;

#[derive(Default)]
struct Queue {
    next: usize,
    again: Vec<usize>,
    delivered: usize,
    left_out: BTreeMap<usize, LeftOut>,
}

/// What a worker is at: its unit and step, and a serial number that grows with each step.
#[derive(Default, Clone, Copy)]
struct At {
    unit: usize,
    step: Option<Step>,
    serial: u64,
}

struct Shared<W> {
    work: W,
    units: usize,
    queue: Mutex<Queue>,
    free: Condvar,
}

enum Message<O> {
    Done {
        worker: usize,
        unit: usize,
        output: O,
    },
    Panicked {
        worker: usize,
        unit: usize,
        step: Option<Step>,
    },
    Tick,
}

struct Worker {
    at: Arc<Mutex<At>>,
    seen: u64,
    ticks: u32,
    abandoned: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `units` units and hands their outputs to `sink` in order. `Err` when the system gives no threads.
pub(crate) fn run<W: Work>(
    work: W,
    units: usize,
    jobs: usize,
    stuck: Duration,
    sink: &mut dyn FnMut(W::Output),
) -> Result<(), String> {
    if units == 0 {
        return Ok(());
    }
    let shared = Arc::new(Shared {
        work,
        units,
        queue: Mutex::default(),
        free: Condvar::new(),
    });
    let (sender, receiver) = mpsc::channel();
    let mut workers = Vec::new();
    for _ in 0..jobs.clamp(1, units) {
        spawn(&shared, &sender, &mut workers)?;
    }
    let patience = u32::try_from(stuck.as_millis() / TICK.as_millis())
        .unwrap_or(u32::MAX)
        .max(1);
    let mut waiting: BTreeMap<usize, W::Output> = BTreeMap::new();
    let mut delivered = 0;
    let mut ticker: Option<Sender<()>> = None;
    while delivered < units {
        let message = match receiver.recv_timeout(TICK) {
            Ok(message) => message,
            // Short runs end before anyone could be stuck: the ticker starts with the first wait.
            Err(RecvTimeoutError::Timeout) => {
                if ticker.is_none() {
                    ticker = Some(tick(&sender)?);
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Err("the workers ended early".to_owned()),
        };
        match message {
            Message::Done { worker, unit, output } if !workers[worker].abandoned => {
                waiting.insert(unit, output);
                while let Some(output) = waiting.remove(&delivered) {
                    sink(output);
                    delivered += 1;
                }
                lock(&shared.queue).delivered = delivered;
                shared.free.notify_all();
            }
            Message::Done { .. } => {}
            Message::Panicked { worker, unit, step } => {
                workers[worker].abandoned = true;
                again(
                    &shared,
                    unit,
                    step,
                    "the engine failed inside (a bug in it; nothing else is affected)".to_owned(),
                );
                spawn(&shared, &sender, &mut workers)?;
            }
            Message::Tick => {
                for index in 0..workers.len() {
                    let Some((unit, step)) = stuck_at(&mut workers[index], patience) else {
                        continue;
                    };
                    workers[index].abandoned = true;
                    let words = format!(
                        "gave no answer within {} s in one call; abandoned",
                        stuck.as_secs()
                    );
                    again(&shared, unit, Some(step), words);
                    spawn(&shared, &sender, &mut workers)?;
                }
            }
        }
    }
    drop(ticker);
    Ok(())
}

/// Starts the thread that sends a tick now and then, until the answer is dropped: ticks must come between messages too.
fn tick<O: Send + 'static>(sender: &Sender<Message<O>>) -> Result<Sender<()>, String> {
    let (stop, stopped) = mpsc::channel::<()>();
    let sender = sender.clone();
    thread::Builder::new()
        .name("ticker".to_owned())
        .spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if sender.send(Message::Tick).is_err() {
                    break;
                }
            }
        })
        .map(|_| stop)
        .map_err(|error| format!("cannot start a thread: {error}"))
}

/// Where the worker has been for `patience` ticks without moving.
fn stuck_at(worker: &mut Worker, patience: u32) -> Option<(usize, Step)> {
    if worker.abandoned {
        return None;
    }
    let at = *lock(&worker.at);
    let step = at.step?;
    if at.serial == worker.seen {
        worker.ticks += 1;
    } else {
        (worker.seen, worker.ticks) = (at.serial, 0);
    }
    (worker.ticks >= patience).then_some((at.unit, step))
}

fn again<W>(shared: &Shared<W>, unit: usize, step: Option<Step>, words: String) {
    let mut queue = lock(&shared.queue);
    // A panic outside every step has no step to leave out; the first one stands for the unit.
    queue
        .left_out
        .entry(unit)
        .or_default()
        .insert(step.unwrap_or((0, 0)), words);
    queue.again.push(unit);
    drop(queue);
    shared.free.notify_all();
}

fn spawn<W: Work>(
    shared: &Arc<Shared<W>>,
    sender: &Sender<Message<W::Output>>,
    workers: &mut Vec<Worker>,
) -> Result<(), String> {
    let index = workers.len();
    let at = Arc::new(Mutex::new(At::default()));
    workers.push(Worker {
        at: Arc::clone(&at),
        seen: 0,
        ticks: 0,
        abandoned: false,
    });
    let (shared, sender) = (Arc::clone(shared), sender.clone());
    thread::Builder::new()
        .name(format!("judge-{index}"))
        .stack_size(STACK)
        .spawn(move || {
            let mut own = shared.work.own();
            while let Some((unit, left_out)) = take(&shared) {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    shared.work.run(&mut own, unit, &left_out, &mut |step| {
                        let mut at = lock(&at);
                        *at = At {
                            unit,
                            step: Some(step),
                            serial: at.serial + 1,
                        };
                    })
                }));
                let step = std::mem::take(&mut lock(&at).step);
                let message = match outcome {
                    Ok(output) => Message::Done {
                        worker: index,
                        unit,
                        output,
                    },
                    Err(_) => Message::Panicked {
                        worker: index,
                        unit,
                        step,
                    },
                };
                let ends = matches!(message, Message::Panicked { .. });
                if sender.send(message).is_err() || ends {
                    break;
                }
            }
        })
        .map(drop)
        .map_err(|error| format!("cannot start a thread: {error}"))
}

/// The next unit and what to leave out of it; `None` when there is nothing left to begin.
fn take<W>(shared: &Shared<W>) -> Option<(usize, LeftOut)> {
    let mut queue = lock(&shared.queue);
    loop {
        if let Some(unit) = queue.again.pop() {
            return Some((unit, queue.left_out.get(&unit).cloned().unwrap_or_default()));
        }
        if queue.next >= shared.units {
            return None;
        }
        if queue.next < queue.delivered + WINDOW {
            queue.next += 1;
            return Some((queue.next - 1, LeftOut::new()));
        }
        queue = shared.free.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Work for Counting {
        type Own = ();
        type Output = (usize, Vec<String>);
        fn own(&self) {}
        fn run(
            &self,
            (): &mut (),
            unit: usize,
            left_out: &LeftOut,
            announce: &mut dyn FnMut(Step),
        ) -> Self::Output {
            for item in 0..3 {
                announce((item, 0));
                if left_out.contains_key(&(item, 0)) {
                    continue;
                }
                if unit == 5 && item == 1 {
                    thread::sleep(Duration::from_secs(30));
                }
                assert!(!(unit == 7 && item == 2), "a planted panic");
            }
            (unit, left_out.values().cloned().collect())
        }
    }

    #[test]
    fn units_come_in_order_and_a_stuck_or_panicking_step_is_left_out() {
        let mut seen = Vec::new();
        run(Counting, 200, 3, Duration::from_millis(300), &mut |output| {
            seen.push(output);
        })
        .unwrap();
        assert_eq!(
            seen.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(),
            (0..200).collect::<Vec<_>>()
        );
        assert!(seen[5].1[0].contains("no answer"));
        assert!(seen[7].1[0].contains("failed inside"));
        assert_eq!(
            seen.iter().filter(|(_, left_out)| !left_out.is_empty()).count(),
            2
        );
    }
}
