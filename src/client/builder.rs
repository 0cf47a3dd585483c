use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};

use crate::attempt::Attempt;
use crate::client::base_url::InvalidBaseUrl;
use crate::client::call::{AGENT, Observer, Shared, TraceContext};
use crate::client::environment::Environment;
use crate::client::error::Error;
use crate::client::methods::Client;
use crate::client::options::CallOptions;
use crate::client::redact::Redactor;
use crate::client::secret_key::{KeyMode, SecretKey};
use crate::client::transport::{self, CONNECT_TIMEOUT, Transport};

/// Settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    key: SecretKey,
    environment: Environment,
    connect_timeout: Duration,
    reuses_connections: bool,
    options: CallOptions,
    observer: Option<Observer>,
    trace_context: Option<TraceContext>,
    app_info: Option<String>,
    transport: Transport,
}

impl Client {
    /// A client of the production server.
    ///
    /// # Errors
    ///
    /// As for [`ClientBuilder::build`].
    pub fn new(key: SecretKey) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// A client with the key in `GATE_KEY`, of the server in `GATE_API_BASE_URL`, or of production if that is not set.
    ///
    /// # Errors
    ///
    /// If `GATE_KEY` is missing or no secret key, if `GATE_API_BASE_URL` is set and no base URL, or as for
    /// [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        let key = SecretKey::from_env("GATE_KEY").map_err(|error| Error::configuration(error.to_string()))?;
        let environment = Environment::from_env().map_err(|error| Error::configuration(error.to_string()))?;
        Self::builder(key).environment(environment).build()
    }

    /// A client with other settings.
    ///
    /// ```
    /// use zerogate::{Client, Environment, SecretKey};
    ///
    /// let key: SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = Client::builder(key).environment(Environment::Sandbox).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(key: SecretKey) -> ClientBuilder {
        ClientBuilder::new(key)
    }
}

impl ClientBuilder {
    fn new(key: SecretKey) -> Self {
        Self {
            key,
            environment: Environment::Production,
            connect_timeout: CONNECT_TIMEOUT,
            reuses_connections: true,
            options: CallOptions::default(),
            observer: None,
            trace_context: None,
            app_info: None,
            transport: Transport::default(),
        }
    }

    /// The server to talk to, instead of production.
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// The server to talk to, by its URL: with or without `/v1` at the end. Short for [`Environment::custom`].
    ///
    /// # Errors
    ///
    /// If it is not an `http` or `https` URL, or has a user name, a password, a query or a fragment in it.
    pub fn base_url(self, url: &str) -> Result<Self, InvalidBaseUrl> {
        Ok(self.environment(Environment::custom(url)?))
    }

    /// The options of the client's calls: deadline, attempts and what follows a conflict.
    pub fn options(self, options: CallOptions) -> Self {
        Self { options, ..self }
    }

    /// How long a connection may take to come about; 5 s unless set.
    ///
    /// A connection that takes longer is [`NotSent`](crate::Delivery::NotSent), which is why this time is best shorter than that
    /// of [an attempt](CallOptions::attempt_timeout).
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Whether a connection serves one request after another; it does unless set.
    ///
    /// Without, each request has a connection of its own, which costs a TLS handshake and is proof against a server that
    /// [responds twice](crate::retry#a-server-that-responds-twice). It has no effect on a [finished client](Self::http_client).
    pub fn reuse_connections(self, reuse_connections: bool) -> Self {
        Self { reuses_connections: reuse_connections, ..self }
    }

    /// Is told of every attempt when it has ended, for callers who do not use `tracing`.
    ///
    /// Called on the task of the call, so let it be quick. An attempt that was under way when the call's future was dropped
    /// comes as [`Abandoned`](crate::AttemptOutcome::Abandoned).
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = zerogate::Client::builder(key)
    ///     .on_attempt(|attempt| eprintln!("{} #{}: {}", attempt.operation, attempt.number, attempt.outcome))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_attempt(self, observer: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// Sends the trace context of a call's span along: the headers `traceparent` and `tracestate`.
    ///
    /// `inject` puts them into an empty map, before every attempt and with the call's span as the current one; other headers
    /// that it puts there are not sent. With OpenTelemetry it is one line: the propagator's `inject_context` with the context of
    /// `tracing::Span::current()` and `opentelemetry_http::HeaderInjector(headers)`. Without this no such header is sent.
    ///
    /// ```
    /// use reqwest::header::HeaderValue;
    ///
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = zerogate::Client::builder(key)
    ///     .trace_context(|headers| {
    ///         // From wherever your program keeps its trace.
    ///         let parent = format!("00-{:032x}-{:016x}-01", 0x4bf9_2f35_77b3_4da6_u64, 0x00f0_67aa_u64);
    ///         if let Ok(parent) = HeaderValue::try_from(parent) {
    ///             headers.insert("traceparent", parent);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace_context(self, inject: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        Self { trace_context: Some(Arc::new(inject)), ..self }
    }

    /// Names your program in the `User-Agent`, so that the vendor's support can tell whose requests they are.
    ///
    /// It follows the name of this crate: `zerogate/0.1.0 my-shop/1.4.2`. Both are words of letters, digits and
    /// ``!#$%&'*+-.^_`|~`` (RFC 9110, 5.6.2), of at most 64 characters; otherwise [`build`](Self::build) refuses them.
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = zerogate::Client::builder(key).app_info("my-shop", "1.4.2").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn app_info(self, name: &str, version: &str) -> Self {
        Self { app_info: Some(format!("{name}/{version}")), ..self }
    }

    /// A transport of your own: proxy, TLS, pool, resolver, local address. It is of reqwest 0.13.
    ///
    /// What this crate holds to is set on it last: no redirects, no repetition by reqwest, HTTP/1.1, no compression, no
    /// `Referer`, no logging of raw bytes, no proxy for loopback, and [`connect_timeout`](Self::connect_timeout). Time limits of
    /// an attempt come from the [options](Self::options). Not undone are default headers and a cookie store, if you have set
    /// them: they would be sent besides the documented ones, so set none but an API key that a contract asks for together
    /// with the secret key.
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let transport = reqwest::Client::builder().proxy(reqwest::Proxy::https("http://proxy.example:3128")?);
    /// let client = zerogate::Client::builder(key).transport(transport).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn transport(self, transport: reqwest::ClientBuilder) -> Self {
        Self { transport: Transport::Builder(Box::new(transport)), ..self }
    }

    /// A finished client as transport, for those who have no [builder](Self::transport) to give.
    ///
    /// **What this crate holds to cannot be enforced on it.** A finished client can be neither looked into nor changed: if it
    /// follows redirects, repeats requests, speaks HTTP/2, keeps cookies, asks for compression or goes through a proxy, so does this one; a key that may be live is therefore refused
    /// for any `http` base.
    /// [`connect_timeout`](Self::connect_timeout) has no effect on it. Host, key, headers, deadline, table and size limit hold as
    /// ever.
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { transport: Transport::Finished(client), ..self }
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the key is a live one, or an `sk_` key of unknown mode, and would travel in plain text (over `http` to another
    /// machine) or to the sandbox; or if TLS cannot be set up on this machine. A test key for production is taken: the
    /// reference's own example has one (*Examples*).
    ///
    /// If a proxy from the environment (`HTTP_PROXY`, `ALL_PROXY`) would get to read any key, because the base URL is `http` and
    /// of another machine. Or if [`app_info`](Self::app_info) is no name and version.
    pub fn build(self) -> Result<Client, Error> {
        let base = self.environment.to_base_url();
        if self.key.mode() != KeyMode::Test {
            if base.is_plain_text() {
                return Err(Error::configuration("a key that may be live must not travel over plain http; use https"));
            }
            if self.transport.is_finished() && !base.is_secure() {
                return Err(Error::configuration(
                    "a key that may be live must not travel over plain http, and a finished client may send it to a proxy; \
                     use https, or `transport`",
                ));
            }
            if base.is_sandbox() {
                return Err(Error::configuration(
                    "a key that may be live does not belong on the sandbox host; use a key that starts with `sk_test_`",
                ));
            }
        }
        if base.is_plain_text() && transport::is_proxied(base.url()) {
            return Err(Error::configuration(
                "a proxy from the environment would get the key over plain http; use https, or list the host in NO_PROXY",
            ));
        }
        let mut shared = Shared::new(base.clone(), self.key);
        if let Some(app) = &self.app_info {
            shared.agent = agent(app, &shared.redactor)?;
        }
        let timeout = self.options.attempt_timeout;
        shared.transport_timeout = (!self.transport.is_finished()).then_some(timeout);
        (shared.observer, shared.trace_context) = (self.observer, self.trace_context);
        let http = self.transport.build(self.connect_timeout, timeout, self.reuses_connections, &base)?;
        Ok(Client::of(shared, http, self.options))
    }
}

/// The `User-Agent` with a program's `name/version` in it.
fn agent(app: &str, redactor: &Redactor) -> Result<HeaderValue, Error> {
    let is_word = |word: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        (1..=64).contains(&word.len()) && word.bytes().all(is_letter)
    };
    let is_app = app.split_once('/').is_some_and(|(name, version)| is_word(name) && is_word(version));
    let value = HeaderValue::try_from(format!("{AGENT} {app}")).ok();
    value.filter(|_| is_app && !redactor.is_in(app.as_bytes())).ok_or_else(|| {
        Error::configuration(
            "the app's name and its version are to be words such as `my-shop` and `1.4.2`: letters, digits and marks as in \
             `-._`, at most 64 of them",
        )
    })
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("key", &self.key)
            .field("environment", &self.environment)
            .field("connect_timeout", &self.connect_timeout)
            .field("reuses_connections", &self.reuses_connections)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
