//! Unofficial Rust bindings for the 0Gate sessions API, generated at build time from its OpenAPI contract.
//!
//! A partner's server creates *gate sessions*, reads them, and cancels one that is still open. Use this crate on that
//! server only: calls need a secret key, which must never reach a browser.
//!
//! *(reference, Errors)* cites a section of the **reference page**, the vendor's public page on `cancelSession`,
//! *Cancel a 0Gate session*. In the [contract](CONTRACT), `x-source` marks everything that comes from elsewhere.
//!
// The overview links to the client, so it needs the feature.
#![cfg_attr(feature = "client", doc = include_str!("overview.md"))]
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | the client, over reqwest |
//! | `rustls` | yes | TLS with rustls and the platform's certificate verifier |
//! | `rustls-no-provider` | no | the same, with the crypto provider that your process installs |
//! | `schemars` | no | `JsonSchema` for every type |
//! | `webhooks` | no | webhook verification and event types, without any HTTP code |
//!
//! With `default-features = false` and no other feature, the crate contains only the types, and no HTTP code.
//!
//! The default crypto provider is aws-lc. To use ring instead, disable the default features, enable
//! `rustls-no-provider`, and add this dependency:
//!
//! ```toml
//! rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
//! ```
//!
//! Then call `rustls::crypto::ring::default_provider().install_default()` before you build the first client.
//!
//! To use another TLS library, disable the default features, enable `client`, and depend on reqwest with the TLS
//! feature that you want, such as `native-tls`. Without TLS the client can only use `http`, for example to a proxy on
//! the same machine.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
#[cfg(feature = "client")]
mod client;
mod client_secret;
mod delivery;
mod error_kind;
#[cfg(all(any(doc, doctest), feature = "client"))]
pub mod guide;
mod idempotency_key;
mod named;
mod next_step;
mod record;
#[cfg(feature = "schemars")]
#[doc(hidden)]
pub mod schemas;
mod session_id;
mod session_status;
#[cfg(known_surface)]
mod terminal;
mod timestamp;
pub mod types;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub use attempt::{Attempt, AttemptOutcome};
#[cfg(feature = "client")]
pub use client::*;
pub use client_secret::ClientSecret;
pub use delivery::Delivery;
pub use error_kind::ErrorKind;
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use named::UnknownName;
pub use next_step::NextStep;
pub use record::{CreationRecord, RecordedOutcome, SessionRecord};
pub use session_id::{InvalidSessionId, SessionId};
pub use session_status::{SessionStatus, UnknownStatus};
pub use timestamp::Timestamp;
pub use types::{Error as Envelope, GateSession};

/// The text of the OpenAPI contract that this crate was generated from, `openapi/gate-v1.yaml`.
///
/// ```
/// assert!(zerogate::CONTRACT.contains("cancelSession"));
/// ```
pub const CONTRACT: &str = include_str!("../openapi/gate-v1.yaml");

/// Compiles the programs in the README as doctests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
