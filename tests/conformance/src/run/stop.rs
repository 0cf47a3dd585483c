//! Stopping a run early.

use std::sync::Arc;

use tokio::sync::watch;

/// Stops a run early, after it has cancelled the sessions that it left open.
///
/// Clones stop the same run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<u32>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Stop {
    /// Stops the run, even before it begins. A second call also stops the clean-up.
    pub fn stop(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }

    /// Waits until the run is stopped.
    pub(crate) async fn stopped(&self) {
        self.said(1).await;
    }

    /// Waits until the clean-up is stopped as well.
    pub(crate) async fn abandoned(&self) {
        self.said(2).await;
    }

    async fn said(&self, least: u32) {
        let mut receiver = self.0.subscribe();
        // Cannot fail: the sender lives as long as `self`.
        let _ = receiver.wait_for(|times| *times >= least).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_also_ends_a_run_that_begins_later() {
        let stop = Stop::default();
        stop.clone().stop();
        stop.stopped().await;
        stop.stopped().await;
    }
}
