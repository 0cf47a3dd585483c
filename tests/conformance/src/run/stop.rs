//! Ending a run before its end.

use std::sync::Arc;

use tokio::sync::watch;

/// A way to end a run early, so that it still cancels what it left open.
///
/// Clones end the same run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<u32>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Stop {
    /// Ends the run, or the one that has not begun yet. Said again, it ends clearing up as well.
    pub fn stop(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }

    /// Waits until the run is to end; for ever if it is not.
    pub(crate) async fn stopped(&self) {
        self.said(1).await;
    }

    /// Waits until the run is to end without clearing up; for ever if it is not.
    pub(crate) async fn abandoned(&self) {
        self.said(2).await;
    }

    async fn said(&self, least: u32) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as this.
        let _ = receiver.wait_for(|times| *times >= least).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_is_ended_also_if_it_began_later() {
        let stop = Stop::default();
        stop.clone().stop();
        stop.stopped().await;
        stop.stopped().await;
    }
}
