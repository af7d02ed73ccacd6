//! How far a reading is, on standard error while it is a terminal; silent otherwise.

use super::terminal::Terminal;
use crate::pipeline::{Look, Meter};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(120);
/// Shorter readings show nothing: a line that flashes by says nothing.
const PATIENCE: Duration = Duration::from_millis(400);
/// A kind of which nothing was heard for so long is called slow.
const SLOW: Duration = Duration::from_secs(3);

/// A line about the reading, drawn until it ends.
pub(crate) struct Progress {
    shown: bool,
    drawing: RefCell<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self {
            shown: !terminal.quiet && std::io::stderr().is_terminal(),
            drawing: RefCell::new(None),
        }
    }

    /// Shows what the meter counts, from now on.
    pub(crate) fn follow(&self, meter: Arc<Meter>) {
        if !self.shown {
            return;
        }
        let (stop, stopped) = mpsc::channel();
        let drawn = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                bar.set_style(style);
            }
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_message(line(&meter.look()));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        if let Ok(thread) = drawn {
            *self.drawing.borrow_mut() = Some((stop, thread));
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if let Some((stop, thread)) = self.drawing.borrow_mut().take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// `reading 3 of 14 kinds · 12,500 objects · 4,100/s · v1/Pod 9,500 of 52,000 · slow: v1/Secret (7 s)`
fn line(look: &Look) -> String {
    if look.done == look.kinds {
        return format!("judging {} objects", grouped(look.objects));
    }
    let mut parts = vec![
        format!("reading {} of {} kinds", look.done, look.kinds),
        format!("{} objects", grouped(look.objects)),
    ];
    if let Some(rate) = look.objects.checked_div(look.elapsed.as_secs()) {
        parts.push(format!("{}/s", grouped(rate)));
    }
    if let Some((kind, objects, Some(remaining), _)) =
        look.reading.iter().max_by_key(|(_, _, remaining, _)| *remaining)
    {
        parts.push(format!(
            "{kind} {} of {}",
            grouped(*objects),
            grouped(objects + remaining)
        ));
    }
    let slow: Vec<String> = look
        .reading
        .iter()
        .filter(|(.., silent)| *silent >= SLOW)
        .map(|(kind, .., silent)| format!("{kind} ({} s)", silent.as_secs()))
        .collect();
    if !slow.is_empty() {
        parts.push(format!("slow: {}", slow.join(", ")));
    }
    parts.join(" · ")
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_kinds_objects_rate_and_what_is_slow() {
        let look = Look {
            kinds: 14,
            done: 3,
            objects: 12_500,
            elapsed: Duration::from_secs(5),
            reading: vec![
                ("v1/Secret".to_owned(), 0, None, Duration::from_secs(7)),
                (
                    "v1/Pod".to_owned(),
                    9_500,
                    Some(42_500),
                    Duration::from_millis(80),
                ),
            ],
        };
        assert_eq!(
            line(&look),
            "reading 3 of 14 kinds · 12,500 objects · 2,500/s · v1/Pod 9,500 of 52,000 · slow: v1/Secret (7 s)"
        );
        let over = Look { done: 14, ..look };
        assert_eq!(line(&over), "judging 12,500 objects");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
