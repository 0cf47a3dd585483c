//! Signals that ask a process to end: Ctrl-C, and those from a pipeline or a closed terminal.

#[cfg(not(unix))]
use std::future::pending;
#[cfg(unix)]
use std::future::poll_fn;
#[cfg(unix)]
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A received signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its number.
    #[cfg(unix)]
    pub(super) signal: i32,
}

/// The stream of received signals.
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Vec<(Asked, Signal)>,
}

impl Signals {
    /// Starts to listen. A signal without a handler has its default effect.
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let asked = |kind: SignalKind| Asked { signal: kind.as_raw_value() };
        Self { streams: kinds.into_iter().filter_map(|kind| Some((asked(kind), signal(kind).ok()?))).collect() }
    }

    /// Waits for the next signal.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Asked {
        poll_fn(|context| {
            let mut came = self.streams.iter_mut().filter_map(|(asked, stream)| match stream.poll_recv(context) {
                Poll::Ready(_) => Some(*asked),
                Poll::Pending => None,
            });
            came.next().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Asked {
        // Without a handler there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
        Asked {}
    }
}
