//! Ending a run before its end.

use std::sync::Arc;

use tokio::sync::watch;

/// A way to end a run early, so that it still cancels what it left open.
///
/// Clones end the same run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Ends the run, or the one that has not begun yet.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the run is to end; for ever if it is not.
    pub(crate) async fn stopped(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as this.
        let _ = receiver.wait_for(|stopped| *stopped).await;
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
