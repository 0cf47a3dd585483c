//! The emulator as a Rust value: its URLs, and methods to control it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::Keys;
use crate::clock::{ClockChange, ClockSetting};
use crate::error::ControlError;
use crate::fault::{ArmedFault, Fault};
use crate::journal::JournalEntry;
use crate::seed::Seed;
use crate::session::GateSession;
use crate::shared::Shared;
use crate::webhook::{WebhookDelivery, WebhookFault};

/// A 0Gate in memory that listens on a port while the value lives; on the loopback address by default.
///
/// Dropping it releases the port before the drop returns. The runtime then closes connections and aborts requests in
/// progress.
///
/// ```
/// use zerogate_emulator::{Emulator, Seed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::start().await?;
/// assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
/// assert!(emulator.base_url().ends_with("/v1"));
///
/// let session = emulator.seed(Seed::default())?;
/// assert_eq!(emulator.session(&session.id), Some(session));
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    pub(crate) shared: Arc<Shared>,
}

impl Emulator {
    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.shared.addr
    }

    /// The base URL of the API: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.base_url()
    }

    /// The URL of the control plane: `http://127.0.0.1:PORT/_emulator`.
    #[must_use]
    pub fn control_url(&self) -> String {
        self.shared.control_url()
    }

    /// The emulator's keys: fixed, and obviously fake.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Adds a session to the emulator and returns it.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the id is empty or taken, or if a timestamp is invalid.
    pub fn seed(&self, seed: Seed) -> Result<GateSession, ControlError> {
        self.shared.store.seed(seed)
    }

    /// The current state of a session, of any partner. Reading it is not journalled.
    #[must_use]
    pub fn session(&self, id: &str) -> Option<GateSession> {
        self.shared.store.peek(id)
    }

    /// Completes an open session, as the widget would; atomic with respect to cancellations and expiry.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotFound`] if there is no such session, [`ControlError::NotOpen`] if it is terminal.
    pub fn complete(&self, id: &str) -> Result<GateSession, ControlError> {
        Ok(self.shared.store.complete(id)?)
    }

    /// Cancels an open session, as its owner would over a second connection; atomic like [`complete`](Self::complete).
    /// It is not journalled and triggers no fault.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotFound`] if there is no such session, [`ControlError::NotOpen`] if it is terminal.
    pub fn cancel(&self, id: &str) -> Result<GateSession, ControlError> {
        Ok(self.shared.store.cancel_of_any(id)?)
    }

    /// Advances the emulator's clock by whole milliseconds, so that sessions expire without waiting.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the clock would be beyond the year 8999.
    pub fn advance(&self, by: Duration) -> Result<(), ControlError> {
        let advance_ms = Some(u64::try_from(by.as_millis()).unwrap_or(u64::MAX));
        self.shared.store.clock().change(&ClockChange { advance_ms, ..ClockChange::default() })
    }

    /// Sets the emulator's clock, forwards or backwards. A session that was seen expired stays expired.
    pub fn set_clock(&self, setting: ClockSetting) {
        self.shared.store.clock().set(setting);
    }

    /// The requests that arrived under `/v1`, in order: at most the latest 10,000, with at most 16 MiB of text.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.journal.entries()
    }

    /// Clears the journal.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
    }

    /// Arms a fault, after those that are already armed.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the fault is invalid: zero times, a status outside 200–599, an invalid header.
    pub fn arm(&self, fault: Fault) -> Result<(), ControlError> {
        self.shared.faults.arm(fault).map(drop)
    }

    /// The armed faults, in order.
    #[must_use]
    pub fn faults(&self) -> Vec<ArmedFault> {
        self.shared.faults.list()
    }

    /// Disarms all faults. One that a request has already triggered still takes effect.
    pub fn disarm(&self) {
        self.shared.faults.clear();
    }

    /// Arms a fault for the next webhook without one.
    pub fn arm_webhook(&self, fault: WebhookFault) {
        self.shared.webhooks.faults.arm(fault);
    }

    /// The armed faults for webhooks, in order.
    #[must_use]
    pub fn webhook_faults(&self) -> Vec<WebhookFault> {
        self.shared.webhooks.faults.list()
    }

    /// Disarms all faults for webhooks.
    pub fn disarm_webhooks(&self) {
        self.shared.webhooks.faults.clear();
    }

    /// The webhooks that were sent: at most the latest 10,000, in order. A webhook is listed when its response has
    /// arrived, or has failed to arrive.
    #[must_use]
    pub fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.shared.webhooks.log.list()
    }

    /// Resets the emulator: restores the sessions and the clock of its [`Builder`](crate::Builder), and clears
    /// idempotency keys, faults and the journal.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("addr", &self.shared.addr).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.server.stop();
    }
}
