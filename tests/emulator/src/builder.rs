//! How an emulator is started.

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

/// How to start an [`Emulator`]; from [`Emulator::builder`].
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
    /// The address to listen on; 127.0.0.1 by default. One that other machines can reach needs
    /// [`allow_remote`](Self::allow_remote).
    #[must_use]
    pub fn host(self, host: IpAddr) -> Self {
        Self { host, ..self }
    }

    /// The port; 0, the default, for any that is free.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Lets other machines reach it: whoever does can use its keys, read its journal and control it.
    #[must_use]
    pub fn allow_remote(self) -> Self {
        Self { allow_remote: true, ..self }
    }

    /// A name under which control requests are taken, such as that of a container, beside addresses and `localhost`. It may be
    /// called several times.
    ///
    /// A control request from a web page is refused: one with an `Origin`, and one for a host with another name, which may be
    /// that of a page whose DNS server says that it is this machine.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// An origin whose pages may call the API, such as `http://localhost:3000`; none by default. It may be called several times.
    ///
    /// It is for the fake keys of this emulator alone: a secret key has no business in a browser. The control plane is never
    /// among what a page may call. A preflight request is answered without a key, and is not journalled.
    #[must_use]
    pub fn cors(mut self, origin: impl Into<String>) -> Self {
        self.cors.push(origin.into());
        self
    }

    /// What the clock shows at the start, and after a reset; the system's time by default. The header `Date` follows it.
    #[must_use]
    pub fn clock(self, clock: ClockSetting) -> Self {
        Self { clock, ..self }
    }

    /// Sessions that are there at the start, and again after a reset.
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

    /// How long a client may take for the head of a request, counted from the end of the request before; 30 seconds by default.
    /// Then its connection is closed.
    #[must_use]
    pub fn header_timeout(self, header_timeout: Duration) -> Self {
        Self { header_timeout, ..self }
    }

    /// Where webhooks are sent: an `http` URL, of this machine unless [`allow_remote`](Self::allow_remote) is called; none by
    /// default.
    ///
    /// One is sent for each session that the API creates, and for each that is completed, expires or is cancelled, by whomever:
    /// signed with [`Keys::webhook`](crate::Keys::webhook), one after the other, and once, whatever the response.
    #[must_use]
    pub fn webhooks(self, url: impl Into<String>) -> Self {
        Self { webhooks: Some(url.into()), ..self }
    }

    /// Starts the emulator.
    ///
    /// It must be called within a tokio runtime whose I/O and time drivers are enabled.
    ///
    /// # Errors
    ///
    /// If the port cannot be bound, for instance because it is taken. [`InvalidInput`](io::ErrorKind::InvalidInput) if the
    /// address can be reached by other machines and that is not allowed, or if a session, an origin or the URL of the
    /// webhooks cannot be: the message names it.
    pub async fn start(self) -> io::Result<Emulator> {
        if !(self.allow_remote || self.host.is_loopback()) {
            return Err(invalid(format!("{} can be reached by other machines, which has to be allowed", self.host)));
        }
        let cors = cors::layer(&self.cors).map_err(invalid)?;
        let target = self.webhooks.map(|url| Target::parse(&url, self.allow_remote)).transpose().map_err(invalid)?;
        let (outbox, happened) = match target {
            Some(_) => Some(Outbox::open()).unzip(),
            None => (None, None),
        };
        let lifetime = SignedDuration::try_from(self.session_ttl).unwrap_or(SignedDuration::MAX);
        let store = Store::new(lifetime, self.clock, self.seeds, outbox.unwrap_or_default())
            .map_err(|(number, error)| invalid(format!("seeded session {number}: {error}")))?;
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

/// The time of the response is the emulator's; a fault may have set another one.
async fn date(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    let now = clock::http_date(shared.store.now());
    if let Some(now) = now.and_then(|now| HeaderValue::try_from(now).ok()) {
        response.headers_mut().entry(DATE).or_insert(now);
    }
    response
}

impl Emulator {
    /// Starts an emulator on any free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// For anything else than the default.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
}
