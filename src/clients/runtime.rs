//! The threads on which clients wait for answers, and how the user stops them.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

/// Threads of their own: evaluation has its own as well, and both go on at the same time.
const THREADS: usize = 2;

/// Starts the threads.
pub fn start() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("client")
        .enable_all()
        .build()
}

/// Cancels `interrupt` on Ctrl-C, and when the process is asked to end. From here on neither ends the program by itself.
pub fn watch_signals(runtime: &Handle, interrupt: CancellationToken) {
    runtime.spawn(async move {
        asked_to_end().await;
        interrupt.cancel();
    });
}

/// Does something that only another program or a person ends, on a thread of its own; `None` once the process is asked to end
/// meanwhile. Who has watched for that once would wait for ever otherwise.
pub fn unless_interrupted<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let (done, told) = tokio::sync::oneshot::channel();
        // What is asked while the thread starts is heard: the signals come first.
        let worked = async {
            std::thread::spawn(move || drop(done.send(work())));
            told.await.ok()
        };
        tokio::select! {
            biased;
            () = asked_to_end() => None,
            answer = worked => answer,
        }
    }))
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
