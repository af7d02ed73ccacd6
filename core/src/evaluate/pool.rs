//! Worker threads over units of work, taken from a supply and delivered in its order.
//!
//! Workers have large stacks, because policies and documents nest. A worker that is stuck in one step (the engine's
//! timer is cooperative, a single built-in call is not) is abandoned: its unit is done again by a new worker without that
//! step. A step that panics is left out in the same way.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// One step of a unit that may have to be left out: an object and a seat.
pub(crate) type Step = (usize, usize);
/// Steps to leave out, each with the reason.
pub(crate) type LeftOut = BTreeMap<Step, String>;

/// What the workers do.
pub(crate) trait Work: Send + Sync + 'static {
    /// What each worker needs for itself.
    type Own;
    /// One unit of work; kept until it is done, because it may have to be done again.
    type Unit: Clone + Send + 'static;
    /// What a unit gives.
    type Output: Send + 'static;
    /// Makes a worker's own state.
    fn own(&self) -> Self::Own;
    /// Does a unit; announces each step that might hang.
    fn run(
        &self,
        own: &mut Self::Own,
        unit: Self::Unit,
        left_out: &LeftOut,
        announce: &mut dyn FnMut(Step),
    ) -> Self::Output;
}

/// Where units come from; may wait for the next one. `None` ends it.
pub(crate) type Supply<U> = Box<dyn FnMut() -> Option<U> + Send>;

/// How a run of the pool goes.
pub(crate) struct Conditions<'a> {
    /// Worker threads.
    pub jobs: usize,
    /// How many units may be finished ahead of the one that is delivered next.
    pub ahead: usize,
    /// How long a worker may be in one step.
    pub stuck: Duration,
    /// Asked now and then whether to stop.
    pub stop: &'a dyn Fn() -> bool,
}

/// Why a run of the pool did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Someone asked for it.
    Interrupted,
    /// The system gives no threads.
    Failed(String),
}

const STACK: usize = 64 << 20;
const TICK: Duration = Duration::from_millis(100);

struct Queue<U> {
    next: usize,
    /// What is being done, by number.
    begun: BTreeMap<usize, U>,
    again: Vec<usize>,
    delivered: usize,
    left_out: BTreeMap<usize, LeftOut>,
    ended: bool,
}

/// What a worker is at: its unit and step, and a serial number that grows with each step.
#[derive(Default, Clone, Copy)]
struct At {
    unit: usize,
    step: Option<Step>,
    serial: u64,
    /// Its unit was given to another; it ends as soon as it can.
    abandoned: bool,
}

struct Shared<W: Work> {
    work: W,
    ahead: usize,
    queue: Mutex<Queue<W::Unit>>,
    /// Apart from the queue, because the next unit may be long in coming.
    supply: Mutex<Supply<W::Unit>>,
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
    /// There are so many units in all.
    Ended(usize),
    Tick,
}

struct Worker {
    at: Arc<Mutex<At>>,
    seen: u64,
    ticks: u32,
    abandoned: bool,
    thread: Option<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs all units of the supply and hands their outputs to `sink` in the supply's order.
pub(crate) fn run<W: Work>(
    work: W,
    supply: Supply<W::Unit>,
    conditions: &Conditions<'_>,
    sink: &mut dyn FnMut(W::Output),
) -> Result<(), Stopped> {
    let shared = Arc::new(Shared {
        work,
        ahead: conditions.ahead.saturating_add(conditions.jobs.max(1)),
        queue: Mutex::new(Queue {
            next: 0,
            begun: BTreeMap::new(),
            again: Vec::new(),
            delivered: 0,
            left_out: BTreeMap::new(),
            ended: false,
        }),
        supply: Mutex::new(supply),
        free: Condvar::new(),
    });
    let (sender, receiver) = mpsc::channel();
    let mut workers = Vec::new();
    for _ in 0..conditions.jobs.max(1) {
        spawn(&shared, &sender, &mut workers)?;
    }
    let stuck = conditions.stuck;
    let patience = u32::try_from(stuck.as_millis() / TICK.as_millis())
        .unwrap_or(u32::MAX)
        .max(1);
    let mut waiting: BTreeMap<usize, W::Output> = BTreeMap::new();
    let mut delivered = 0;
    let mut total = None;
    let mut ticker: Option<Sender<()>> = None;
    while total != Some(delivered) {
        if (conditions.stop)() {
            lock(&shared.queue).ended = true;
            shared.free.notify_all();
            return Err(Stopped::Interrupted);
        }
        let message = match receiver.recv_timeout(TICK) {
            Ok(message) => message,
            // Short runs end before anyone could be stuck: the ticker starts with the first wait.
            Err(RecvTimeoutError::Timeout) => {
                if ticker.is_none() {
                    ticker = Some(tick(&sender)?);
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Stopped::Failed("the workers ended early".to_owned()));
            }
        };
        match message {
            Message::Done { worker, unit, output } if !workers[worker].abandoned => {
                waiting.insert(unit, output);
                lock(&shared.queue).begun.remove(&unit);
                while let Some(output) = waiting.remove(&delivered) {
                    sink(output);
                    delivered += 1;
                }
                lock(&shared.queue).delivered = delivered;
                shared.free.notify_all();
            }
            Message::Done { .. } => {}
            Message::Ended(units) => total = Some(units),
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
    // Whoever is told to stop may end the feed before it is asked here: what was not read must not look like all there was.
    if (conditions.stop)() {
        return Err(Stopped::Interrupted);
    }
    drop(ticker);
    // What workers hold (an unpacked archive) is let go before the run is over; one that is stuck is not waited for.
    for worker in workers.into_iter().filter(|worker| !worker.abandoned) {
        let _ = worker.thread.map(JoinHandle::join);
    }
    Ok(())
}

/// Starts the thread that sends a tick now and then, until the answer is dropped: ticks must come between messages too.
fn tick<O: Send + 'static>(sender: &Sender<Message<O>>) -> Result<Sender<()>, Stopped> {
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
        .map_err(|error| Stopped::Failed(format!("cannot start a thread: {error}")))
}

/// Where the worker has been for `patience` ticks without moving.
fn stuck_at(worker: &mut Worker, patience: u32) -> Option<(usize, Step)> {
    if worker.abandoned {
        return None;
    }
    let mut at = lock(&worker.at);
    let step = at.step?;
    if at.serial == worker.seen {
        worker.ticks += 1;
    } else {
        (worker.seen, worker.ticks) = (at.serial, 0);
    }
    (worker.ticks >= patience).then(|| {
        at.abandoned = true;
        (at.unit, step)
    })
}

fn again<W: Work>(shared: &Shared<W>, unit: usize, step: Option<Step>, words: String) {
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
) -> Result<(), Stopped> {
    let index = workers.len();
    let at = Arc::new(Mutex::new(At::default()));
    workers.push(Worker {
        at: Arc::clone(&at),
        seen: 0,
        ticks: 0,
        abandoned: false,
        thread: None,
    });
    let (shared, sender) = (Arc::clone(shared), sender.clone());
    let started = thread::Builder::new()
        .name(format!("judge-{index}"))
        .stack_size(STACK)
        .spawn(move || {
            let mut own = shared.work.own();
            loop {
                let (unit, piece, left_out) = match take(&shared) {
                    Take::Unit(unit, piece, left_out) => (unit, piece, left_out),
                    Take::End(total) => {
                        let _ = sender.send(Message::Ended(total));
                        break;
                    }
                };
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    shared.work.run(&mut own, piece, &left_out, &mut |step| {
                        let mut at = lock(&at);
                        *at = At {
                            unit,
                            step: Some(step),
                            serial: at.serial + 1,
                            abandoned: at.abandoned,
                        };
                    })
                }));
                let mut left = lock(&at);
                let step = left.step.take();
                // Under the lock under which it is abandoned: what it did is done by another, and it takes nothing more.
                if left.abandoned {
                    break;
                }
                drop(left);
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
        .map_err(|error| Stopped::Failed(format!("cannot start a thread: {error}")))?;
    workers[index].thread = Some(started);
    Ok(())
}

enum Take<U> {
    /// The number of a unit, the unit, and what to leave out of it.
    Unit(usize, U, LeftOut),
    /// There is nothing left to begin; so many units there were.
    End(usize),
}

/// The next unit, after waiting for one.
fn take<W: Work>(shared: &Shared<W>) -> Take<W::Unit> {
    let mut queue = lock(&shared.queue);
    loop {
        if let Some(number) = queue.again.pop()
            && let Some(unit) = queue.begun.get(&number).cloned()
        {
            return Take::Unit(
                number,
                unit,
                queue.left_out.get(&number).cloned().unwrap_or_default(),
            );
        }
        if queue.ended {
            return Take::End(queue.next);
        }
        if queue.next >= queue.delivered + shared.ahead {
            queue = shared.free.wait(queue).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        drop(queue);
        // Whoever holds the supply numbers what it gets, so that the order is the supply's.
        let mut supply = lock(&shared.supply);
        if !lock(&shared.queue).ended {
            let unit = supply();
            queue = lock(&shared.queue);
            let Some(unit) = unit else {
                queue.ended = true;
                continue;
            };
            let number = queue.next;
            queue.next += 1;
            queue.begun.insert(number, unit.clone());
            return Take::Unit(number, unit, LeftOut::new());
        }
        drop(supply);
        queue = lock(&shared.queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Work for Counting {
        type Own = ();
        type Unit = usize;
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
                if unit == 7 && item == 2 {
                    // Without the hook, which may take its time over a backtrace.
                    std::panic::resume_unwind(Box::new("a planted panic"));
                }
            }
            (unit, left_out.values().cloned().collect())
        }
    }

    fn numbers(to: usize) -> Supply<usize> {
        let mut next = 0..to;
        Box::new(move || next.next())
    }

    fn conditions(stop: &dyn Fn() -> bool) -> Conditions<'_> {
        Conditions {
            jobs: 3,
            ahead: 64,
            stuck: Duration::from_secs(2),
            stop,
        }
    }

    #[test]
    fn units_come_in_order_and_a_stuck_or_panicking_step_is_left_out() {
        let mut seen = Vec::new();
        run(Counting, numbers(200), &conditions(&|| false), &mut |output| {
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
    #[test]
    fn no_units_at_all_end_at_once() {
        run(Counting, numbers(0), &conditions(&|| false), &mut |_| {}).unwrap();
    }

    #[test]
    fn a_run_stops_when_asked_even_while_the_supply_waits() {
        let supply: Supply<usize> = Box::new(|| {
            thread::sleep(Duration::from_secs(30));
            None
        });
        let asked = std::cell::Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) > 2;
        assert_eq!(
            run(Counting, supply, &conditions(&stop), &mut |_| {}),
            Err(Stopped::Interrupted)
        );
    }

    struct Slow;

    impl Work for Slow {
        type Own = ();
        type Unit = usize;
        type Output = usize;
        fn own(&self) {}
        fn run(&self, (): &mut (), unit: usize, left_out: &LeftOut, announce: &mut dyn FnMut(Step)) -> usize {
            announce((0, 0));
            if unit < 3 && left_out.is_empty() {
                thread::sleep(Duration::from_millis(700));
            }
            thread::sleep(Duration::from_millis(10));
            unit
        }
    }

    #[test]
    fn a_worker_that_comes_back_after_it_was_abandoned_takes_no_unit_with_it() {
        let mut seen = Vec::new();
        let one = Conditions {
            jobs: 1,
            ..conditions(&|| false)
        };
        run(Slow, numbers(150), &one, &mut |unit| seen.push(unit)).unwrap();
        assert_eq!(seen, (0..150).collect::<Vec<_>>());
    }
}
