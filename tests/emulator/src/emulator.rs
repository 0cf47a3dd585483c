//! The emulator as a value: starting it, finding it, controlling it from Rust.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::net::TcpListener;

use crate::api;
use crate::auth::Keys;
use crate::control;
use crate::error::ControlError;
use crate::fault::{ArmedFault, Fault, Queue};
use crate::journal::{Journal, JournalEntry};
use crate::seed::Seed;
use crate::server::Server;
use crate::session::GateSession;
use crate::shared::Shared;
use crate::store::Store;

const DEFAULT_SESSION_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A 0Gate in memory, listening on a loopback port for as long as the value lives.
///
/// Dropping it releases the port before the drop returns, and cuts the connections and whatever is still being carried
/// out as soon as the runtime gets to it.
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
    shared: Arc<Shared>,
}

/// How to start an [`Emulator`]; from [`Emulator::builder`].
///
/// ```
/// use std::time::Duration;
/// use zerogate_emulator::Emulator;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let emulator = Emulator::builder().port(0).session_ttl(Duration::from_secs(60)).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    port: u16,
    session_ttl: Duration,
}

impl Builder {
    /// The port on 127.0.0.1; 0, the default, for any that is free.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// How long a session stays open; 24 hours by default, as in the reference's example.
    #[must_use]
    pub fn session_ttl(self, session_ttl: Duration) -> Self {
        Self { session_ttl, ..self }
    }

    /// Starts the emulator.
    ///
    /// It must be called within a tokio runtime whose I/O and time drivers are enabled.
    ///
    /// # Errors
    ///
    /// If the port cannot be bound, for instance because it is taken.
    pub async fn start(self) -> io::Result<Emulator> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await?;
        let lifetime = SignedDuration::try_from(self.session_ttl).unwrap_or(SignedDuration::MAX);
        let shared = Arc::new(Shared {
            addr: listener.local_addr()?,
            keys: Keys::fake(),
            store: Store::new(lifetime),
            faults: Queue::default(),
            journal: Journal::default(),
            server: Arc::new(Server::new(listener)),
        });
        let router = control::router().fallback(api::serve).with_state(shared.clone());
        shared.server.spawn(shared.server.clone().serve(router));
        Ok(Emulator { shared })
    }
}

impl Emulator {
    /// Starts an emulator on any free port.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// For a certain port, or another lifetime of sessions.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { port: 0, session_ttl: DEFAULT_SESSION_TTL }
    }

    /// Where it listens.
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

    /// The keys that it knows: fixed, and obviously fake.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Puts a session into the emulator and returns it as it stands.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the id is empty or taken, or if a timestamp cannot be read.
    pub fn seed(&self, seed: Seed) -> Result<GateSession, ControlError> {
        self.shared.store.seed(seed)
    }

    /// The session as it stands, whoever owns it. Looking is not journalled.
    #[must_use]
    pub fn session(&self, id: &str) -> Option<GateSession> {
        self.shared.store.peek(id)
    }

    /// Completes an open session, as the widget would; atomic against cancellations and expiry.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotFound`] if there is no such session, [`ControlError::NotOpen`] if it is terminal.
    pub fn complete(&self, id: &str) -> Result<GateSession, ControlError> {
        Ok(self.shared.store.complete(id)?)
    }

    /// Moves the emulator's clock ahead, so that sessions expire without waiting. Nothing but [`reset`](Self::reset)
    /// sets it back.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the clock would be more than a hundred years ahead.
    pub fn advance(&self, by: Duration) -> Result<(), ControlError> {
        self.shared.store.advance(by).map(drop)
    }

    /// The requests that arrived under `/v1`, in order: the latest 10 000 at most.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.journal.entries()
    }

    /// Forgets the requests that arrived so far.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
    }

    /// Arms a fault, behind those that are armed already.
    ///
    /// # Errors
    ///
    /// [`ControlError::Invalid`] if the fault cannot be: no times, a status outside 200–599, a header that is none.
    pub fn arm(&self, fault: Fault) -> Result<(), ControlError> {
        self.shared.faults.arm(fault).map(drop)
    }

    /// The faults that are armed, in order.
    #[must_use]
    pub fn faults(&self) -> Vec<ArmedFault> {
        self.shared.faults.list()
    }

    /// Disarms all faults. One that a request has met already runs its course.
    pub fn disarm(&self) {
        self.shared.faults.clear();
    }

    /// Forgets sessions, idempotency keys, faults and the journal, and sets the clock right.
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
