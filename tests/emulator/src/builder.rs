//! The builder that starts an emulator.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::DATE;
use axum::response::Response;
use axum::{Router, middleware};
use jiff::SignedDuration;
use tokio::net::TcpListener;

use crate::auth::Keys;
use crate::clock::{self, ClockSetting};
use crate::deliver::deliver;
use crate::emulator::Emulator;
use crate::fault::Queue;
use crate::journal::Journal;
use crate::seed::Seed;
use crate::server::Server;
use crate::shared::Shared;
use crate::store::Store;
use crate::webhook::{Outbox, Target, Webhooks};
use crate::{api, control, cors};

/// Starts an [`Emulator`]; created by [`Emulator::builder`].
///
/// ```
/// use std::time::Duration;
/// use zerogate_emulator::{ClockSetting, Emulator, Seed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder()
///     .session_ttl(Duration::from_secs(60))
///     .clock(ClockSetting::at("2026-05-26T12:00:00Z")?.frozen())
///     .seeds([Seed { id: Some("my-session".to_owned()), ..Seed::default() }])
///     .start()
///     .await?;
/// let session = emulator.session("my-session").expect("it was seeded");
/// assert_eq!(session.expires_at, "2026-05-26T12:01:00.000Z");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    host: IpAddr,
    port: u16,
    allow_remote: bool,
    allowed_hosts: Vec<String>,
    cors: Vec<String>,
    clock: ClockSetting,
    seeds: Vec<Seed>,
    session_ttl: Duration,
    header_timeout: Duration,
    webhooks: Option<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            allow_remote: false,
            allowed_hosts: Vec::new(),
            cors: Vec::new(),
            clock: ClockSetting::system(),
            seeds: Vec::new(),
            session_ttl: Duration::from_secs(24 * 60 * 60),
            header_timeout: Duration::from_secs(30),
            webhooks: None,
        }
    }
}

impl Builder {
    /// The address to listen on; 127.0.0.1 by default. An address that other machines can reach needs
    /// [`allow_remote`](Self::allow_remote).
    #[must_use]
    pub fn host(self, host: IpAddr) -> Self {
        Self { host, ..self }
    }

    /// The port; 0, the default, picks a free one.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Allows other machines to reach it. Anyone who does can use its keys, read its journal and control it.
    #[must_use]
    pub fn allow_remote(self) -> Self {
        Self { allow_remote: true, ..self }
    }

    /// A host name for which control requests are accepted, such as a container's, in addition to IP addresses and
    /// `localhost`. It can be called several times.
    ///
    /// Control requests from web pages are refused: those with an `Origin`, and those for another host name, which a
    /// page could point at this machine with DNS rebinding.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// An origin whose pages may call the API, such as `http://localhost:3000`; none by default. It can be called
    /// several times.
    ///
    /// Use it only with the fake keys of this emulator: a secret key must never be in a browser. Pages can never call
    /// the control plane. A preflight request needs no key and is not journalled.
    #[must_use]
    pub fn cors(mut self, origin: impl Into<String>) -> Self {
        self.cors.push(origin.into());
        self
    }

    /// The clock at the start and after a reset; the system's time by default. The `Date` header follows it.
    #[must_use]
    pub fn clock(self, clock: ClockSetting) -> Self {
        Self { clock, ..self }
    }

    /// Sessions that exist at the start and after a reset.
    #[must_use]
    pub fn seeds(mut self, seeds: impl IntoIterator<Item = Seed>) -> Self {
        self.seeds.extend(seeds);
        self
    }

    /// How long a session stays open; 24 hours by default, as in the reference's example.
    #[must_use]
    pub fn session_ttl(self, session_ttl: Duration) -> Self {
        Self { session_ttl, ..self }
    }

    /// The time limit for the head of a request, from the end of the previous request; 30 seconds by default. After
    /// that the connection is closed.
    #[must_use]
    pub fn header_timeout(self, header_timeout: Duration) -> Self {
        Self { header_timeout, ..self }
    }

    /// The URL to send webhooks to: an `http` URL, on this machine unless [`allow_remote`](Self::allow_remote) is
    /// called; none by default.
    ///
    /// It sends one webhook for each session that the API creates, and for each that is completed, expires or is
    /// cancelled in any way. Webhooks are signed with [`Keys::webhook`](crate::Keys::webhook) and sent one at a time,
    /// each once, whatever the response.
    #[must_use]
    pub fn webhooks(self, url: impl Into<String>) -> Self {
        Self { webhooks: Some(url.into()), ..self }
    }

    /// Starts the emulator.
    ///
    /// Call it within a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// If the port cannot be bound, for instance because it is taken. [`InvalidInput`](io::ErrorKind::InvalidInput) if
    /// other machines can reach the address and that is not allowed, or if a session, an origin or the webhook URL is
    /// invalid; the message names it.
    pub async fn start(self) -> io::Result<Emulator> {
        if !(self.allow_remote || self.host.is_loopback()) {
            return Err(invalid(format!(
                "{} is reachable from other machines; call allow_remote to allow it",
                self.host
            )));
        }
        let cors = cors::layer(&self.cors).map_err(invalid)?;
        let target = self.webhooks.map(|url| Target::parse(&url, self.allow_remote)).transpose().map_err(invalid)?;
        let (outbox, happened) = match target {
            Some(_) => Some(Outbox::open()).unzip(),
            None => (None, None),
        };
        let lifetime = SignedDuration::try_from(self.session_ttl).unwrap_or(SignedDuration::MAX);
        let store =
            Store::new(lifetime, self.clock, self.seeds, outbox.unwrap_or_default()).map_err(|(number, error)| {
                invalid(format!("initial session {number} (--seed-file, or `seeds` in Rust): {error}"))
            })?;
        let listener = TcpListener::bind(SocketAddr::new(self.host, self.port)).await?;
        let shared = Arc::new(Shared {
            addr: listener.local_addr()?,
            keys: Keys::fake(),
            store,
            faults: Queue::default(),
            journal: Journal::default(),
            webhooks: Webhooks::default(),
            server: Arc::new(Server::new(listener, self.header_timeout)),
            allowed_hosts: self.allowed_hosts,
        });
        let mut api = Router::new().fallback(api::serve).with_state(shared.clone());
        if !self.cors.is_empty() {
            api = api.layer(cors);
        }
        let router = control::router(&shared)
            .with_state(shared.clone())
            .fallback_service(api)
            .layer(middleware::map_response_with_state(shared.clone(), date));
        shared.server.spawn(shared.server.clone().serve(router));
        if let Some((target, happened)) = target.zip(happened) {
            shared.server.spawn(deliver(shared.clone(), target, happened));
        }
        Ok(Emulator { shared })
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// Sets `Date` to the emulator's time, unless a fault has set it.
async fn date(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    let now = clock::http_date(shared.store.now());
    if let Some(now) = now.and_then(|now| HeaderValue::try_from(now).ok()) {
        response.headers_mut().entry(DATE).or_insert(now);
    }
    response
}

impl Emulator {
    /// Starts an emulator on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Configures an emulator before it starts.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
}
