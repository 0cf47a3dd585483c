//! Cleans up after a run.

use tokio::time::sleep;

use super::core::Lab;
use super::patience::FIRST_WAIT;
use crate::wire::{Credential, Operation, Request};

/// How often a creation is replayed while the server says that its key is in use.
const REPLAYED: u32 = 5;

impl Lab<'_> {
    /// Cancels every session that the suite created and left open, and reads those for which that is not confirmed. The
    /// result does not affect any verdict.
    pub(crate) async fn clear_up(&self) {
        // Only a replay shows which session a lost creation opened. The creation stays unsettled until then, because
        // this may be interrupted.
        while let Some((key, sent)) = self.unsettled.first() {
            self.settle_by_replay(sent).await;
            self.unsettled.forget(&key);
        }
        for (owner, id) in self.sessions.open() {
            for operation in [Operation::CancelSession, Operation::RetrieveSession] {
                let Ok(request) = self.request(operation, &id, Credential::Key(owner)) else { continue };
                // Retry as usual, but stop if the target is down.
                if self.tested(request).await.is_err() && self.patience.is_down() {
                    return;
                }
                if !self.sessions.may_be_open(&id) {
                    break;
                }
            }
        }
    }

    /// Replays creations under one key, until one names the session that the key has made.
    async fn settle_by_replay(&self, sent: Vec<Request>) {
        for round in 0..REPLAYED {
            let mut is_in_use = false;
            for request in &sent {
                match self.tested(request.clone()).await.ok().and_then(|attempt| attempt.status()) {
                    Some(200..300) => return,
                    Some(409) => is_in_use = true,
                    _ => {}
                }
            }
            if !is_in_use {
                return;
            }
            // The first request under the key may still be running.
            sleep(FIRST_WAIT * 2_u32.pow(round)).await;
        }
    }
}
