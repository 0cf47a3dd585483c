//! Signals that ask a process to end: Ctrl-C, and those of a pipeline or of a terminal that goes away.

#[cfg(not(unix))]
use std::future::pending;
#[cfg(unix)]
use std::future::poll_fn;
#[cfg(unix)]
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// One that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its number.
    #[cfg(unix)]
    pub(super) signal: i32,
}

/// Whatever comes since it is listened for.
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Vec<(Asked, Signal)>,
}

impl Signals {
    /// Listens. What cannot be heard does what it does to any process.
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let asked = |kind: SignalKind| Asked { signal: kind.as_raw_value() };
        Self { streams: kinds.into_iter().filter_map(|kind| Some((asked(kind), signal(kind).ok()?))).collect() }
    }

    /// Waits for the next.
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
        // Without a way to hear it there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
        Asked {}
    }
}
