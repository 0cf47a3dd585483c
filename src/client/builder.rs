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

/// Builds a [`Client`].
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
    /// Creates a client for the production server.
    ///
    /// ```
    /// use zerogate::{Client, SecretKey};
    ///
    /// let client = Client::new(SecretKey::new("sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails like [`ClientBuilder::build`].
    pub fn new(key: SecretKey) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// Creates a client from the environment: the key from `GATE_KEY` and the server from `GATE_API_BASE_URL`, or
    /// production if that is not set.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), zerogate::Error> {
    /// let client = zerogate::Client::from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if `GATE_KEY` is missing or not a secret key, if `GATE_API_BASE_URL` is set but is not a base URL, or like
    /// [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        let key = SecretKey::from_env("GATE_KEY").map_err(|error| Error::configuration(error.to_string()))?;
        let environment = Environment::from_env().map_err(|error| Error::configuration(error.to_string()))?;
        Self::builder(key).environment(environment).build()
    }

    /// Returns a builder for a client with other settings.
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

    /// Sets the server; the default is production.
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Sets the server by its URL, with or without `/v1` at the end. Short for [`Environment::custom`].
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = zerogate::Client::builder(key).base_url("http://127.0.0.1:4010/v1")?.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the URL is not `http` or `https`, or contains a user name, a password, a query, a fragment, something
    /// like an API key, or the path of an operation (`gate_sessions`).
    pub fn base_url(self, url: &str) -> Result<Self, InvalidBaseUrl> {
        Ok(self.environment(Environment::custom(url)?))
    }

    /// Sets the options of the client's calls: deadline, attempts, and what to do after a conflict.
    pub fn options(self, options: CallOptions) -> Self {
        Self { options, ..self }
    }

    /// The maximum time to connect; the default is 5 s.
    ///
    /// An attempt that times out here is [`NotSent`](crate::Delivery::NotSent), so keep this shorter than the [attempt
    /// timeout](CallOptions::attempt_timeout) and the [deadline](CallOptions::deadline).
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Whether to reuse connections for several requests; the default is yes.
    ///
    /// If off, each request opens its own connection. That takes another TLS handshake, but protects against a server
    /// that [responds twice](crate::retry#a-server-that-responds-twice). It has no effect on [your own
    /// client](Self::http_client).
    pub fn reuse_connections(self, reuse_connections: bool) -> Self {
        Self { reuses_connections: reuse_connections, ..self }
    }

    /// Called after each attempt, for programs that do not use `tracing`.
    ///
    /// It runs on the task of the call, so keep it fast. An attempt whose call was dropped is reported as
    /// [`Abandoned`](crate::AttemptOutcome::Abandoned).
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

    /// Sends the trace context of the call's span in the headers `traceparent` and `tracestate`.
    ///
    /// `inject` adds them to an empty map; it runs before every attempt, with the call's span as the current span.
    /// Other headers that it adds are not sent. With OpenTelemetry, call the propagator's `inject_context` with the
    /// context of `tracing::Span::current()` and `opentelemetry_http::HeaderInjector(headers)`. By default neither
    /// header is sent.
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

    /// Adds your program to the `User-Agent`, so that the vendor's support can identify its requests.
    ///
    /// It follows the name of this crate: `zerogate/0.1.0 my-shop/1.4.2`. Both parts may have letters, digits and
    /// ``!#$%&'*+-.^_`|~`` (RFC 9110, 5.6.2), and at most 64 characters each; otherwise [`build`](Self::build) fails.
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let client = zerogate::Client::builder(key).app_info("my-shop", "1.4.2").build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn app_info(self, name: &str, version: &str) -> Self {
        Self { app_info: Some(format!("{name}/{version}")), ..self }
    }

    /// Sets your own transport, with its proxy, TLS, pool, resolver or local address. Takes a reqwest 0.13 builder.
    ///
    /// This crate then overrides what it relies on: no redirects, no retries by reqwest, HTTP/1.1, no compression, no
    /// `Referer`, no logging of raw bytes, no proxy for loopback, and [`connect_timeout`](Self::connect_timeout). The
    /// time limit of an attempt comes from the [options](Self::options). Your default headers and cookie store are
    /// kept, and sent along with the documented headers; only set a default header if the contract requires an API key
    /// in addition to the secret key.
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

    /// Sets your own reqwest client as the transport, if you have no [builder](Self::transport).
    ///
    /// **This crate cannot enforce its settings on it.** A built client can be neither inspected nor changed: if it
    /// follows redirects, retries requests, uses HTTP/2, keeps cookies, asks for compression or uses a proxy, so does
    /// this one. Therefore [`build`](Self::build) rejects an `http` base URL, even that of a local emulator, if the key
    /// may be live, or if the environment names a proxy and `NO_PROXY` does not list the host.
    /// [`connect_timeout`](Self::connect_timeout) has no effect on it. The host, key, headers, deadline, retry table
    /// and size limit still apply.
    ///
    /// ```
    /// # let key: zerogate::SecretKey = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".parse()?;
    /// let shared = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .retry(reqwest::retry::never())
    ///     .build()?;
    /// let client = zerogate::Client::builder(key).http_client(shared).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { transport: Transport::Finished(client), ..self }
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// Fails if the base URL contains the key, which would be logged. Fails if the key is live, or an `sk_` key of
    /// unknown mode, and would be sent in plain text (over `http` to another machine) or to the sandbox. A test key for
    /// production is accepted: the reference's own example has one (*Examples*).
    ///
    /// Fails if a proxy from the environment (`HTTP_PROXY`, `ALL_PROXY`) could read the key, because the base URL is
    /// `http` on another machine, or `http` at all with [your own reqwest client](Self::http_client). If your own
    /// transport uses no proxy, list the host in `NO_PROXY`: this crate cannot see that. Also fails if TLS cannot be
    /// set up on this machine, or if [`app_info`](Self::app_info) is invalid.
    pub fn build(self) -> Result<Client, Error> {
        let base = self.environment.to_base_url();
        if self.key.mode() != KeyMode::Test {
            if base.is_plain_text() {
                return Err(Error::configuration("a key that may be live must not be sent over plain http; use https"));
            }
            if self.transport.is_finished() && !base.is_secure() {
                return Err(Error::configuration(
                    "a key that may be live must not be sent over plain http, and your own reqwest client may use a proxy; \
                     use https, or `transport`",
                ));
            }
            if base.is_sandbox() {
                return Err(Error::configuration(
                    "a key that may be live does not belong on the sandbox host; use a key that starts with `sk_test_`",
                ));
            }
        }
        // The caller's client may use the proxy even for loopback.
        let may_be_proxied = base.is_plain_text() || (self.transport.is_finished() && !base.is_secure());
        if may_be_proxied && transport::is_proxied(base.url()) {
            return Err(Error::configuration(if self.transport.is_own() {
                "a proxy from the environment would receive the key over plain http; use https, or list the host in NO_PROXY"
            } else {
                "a proxy from the environment may receive the key over plain http: whether your transport uses it cannot be \
                 seen; use https, or list the host in NO_PROXY"
            }));
        }
        let mut shared = Shared::new(base.clone(), self.key);
        if shared.redactor.is_in(base.to_string().as_bytes()) {
            return Err(Error::configuration(
                "the base URL contains the secret key, which is sent in its own header; remove it",
            ));
        }
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

/// Returns the `User-Agent` with the program's `name/version`.
fn agent(app: &str, redactor: &Redactor) -> Result<HeaderValue, Error> {
    let is_word = |word: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        (1..=64).contains(&word.len()) && word.bytes().all(is_letter)
    };
    let is_app = app.split_once('/').is_some_and(|(name, version)| is_word(name) && is_word(version));
    let value = HeaderValue::try_from(format!("{AGENT} {app}")).ok();
    value.filter(|_| is_app && !redactor.is_in(app.as_bytes())).ok_or_else(|| {
        Error::configuration(
            "the app's name and version must look like `my-shop` and `1.4.2`: letters, digits and marks such as `-._`, at \
             most 64 characters each",
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
