//! Unofficial Rust bindings for the 0Gate sessions API, generated at build time from its OpenAPI contract.
//!
//! A partner's server creates *gate sessions*, reads them, and cancels one that is still open. This crate is for that
//! server: it needs a secret key, which must never reach a browser.
//!
//! ```no_run
//! use zerogate::{Cancellation, Client, SecretKey, SessionId};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(SecretKey::from_env("GATE_KEY")?)?;
//! let session = SessionId::new("67a1f3b9e4b0c10001234567")?;
//! let answer = client.cancel_session(&session).await?;
//! match answer.value() {
//!     Cancellation::Cancelled(session) => println!("{} is {}", session.id, session.status),
//!     Cancellation::AlreadyTerminal(_) => {
//!         let now = client.retrieve_session(&session).await?;
//!         println!("{} was {} already", session, now.value().status);
//!     }
//!     _ => println!("an outcome this program does not know; request {:?}", answer.request_id()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is generated and what is not
//!
//! The data types ([`types`]) and the client of all operations ([`api`]) come from the contract, [`CONTRACT`], on every
//! build. [`Client`] is written by hand around them: it holds the key, sends exactly the headers that the contract
//! documents, and says of each answer what it means. An operation that has no method of its own here is reached through
//! [`Client::call`].
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `client` | yes | [`Client`] and [`api`], over reqwest |
//! | `rustls` | yes | TLS by rustls, with the platform's certificate verifier |
//! | `schemars` | no | `JsonSchema` for every type |
//!
//! With `default-features = false` the crate is the types alone, without any HTTP code among its dependencies.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client_secret;
mod generated;
mod session_id;
mod timestamp;

#[cfg(feature = "client")]
mod answer;
#[cfg(feature = "client")]
mod base_url;
#[cfg(feature = "client")]
mod cancel;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod hooks;
#[cfg(feature = "client")]
mod operation;
#[cfg(feature = "client")]
mod response;
#[cfg(feature = "client")]
mod secret_key;

pub use client_secret::ClientSecret;
pub use generated::types;
pub use session_id::{InvalidSessionId, SessionId};
pub use timestamp::Timestamp;
pub use types::{Error as Envelope, GateSession};

#[cfg(feature = "client")]
pub use self::{
    base_url::InvalidBaseUrl,
    cancel::{AlreadyTerminal, Cancellation},
    client::{Client, ClientBuilder},
    error::{Delivery, Error, ErrorKind},
    generated::api,
    response::Response,
    secret_key::{InvalidSecretKey, KeyMode, SecretKey},
};

/// The text of the contract that this crate was generated from: `openapi/gate-v1.yaml`.
pub const CONTRACT: &str = include_str!("../openapi/gate-v1.yaml");
