//! Verifies and reads webhook events, without an HTTP stack.
//!
//! The reference page mentions webhook verification without describing it. This module follows the vendor's own Python
//! SDK: the header `Gate-Signature: t=…,v1=…`, HMAC-SHA256 over the time, a dot and the body, and a tolerance of five
//! minutes in either direction.
//!
//! ```
//! use zerogate::webhooks::{EventKind, SIGNATURE_HEADER, Verifier, VerifyError, WebhookSecret};
//!
//! # fn handle(header: Option<&[u8]>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::new(WebhookSecret::new("whsec_test_fake_0000000000000000")?);
//! // The header's value and the raw body: do not parse and serialise it first.
//! match verifier.verify(header.unwrap_or_default(), body) {
//!     Ok(event) => match event.kind() {
//!         EventKind::SessionCompleted => println!("{:?}: read it, it may be paid", event.session_id()),
//!         kind => println!("{kind}: {:?} is {:?}", event.session_id(), event.session_status()),
//!     },
//!     Err(VerifyError::TooLarge { .. }) => println!("413"),
//!     Err(error) => println!("400: {SIGNATURE_HEADER}: {error}"),
//! }
//! # Ok(())
//! # }
//! # handle(None, b"{}").unwrap();
//! ```
//!
//! # Handling events
//!
//! Events can arrive twice, late, out of order or not at all. Keep the ids of handled events, and act on the session's
//! status as you read it (reference, *Cancel is only valid from open*: the status from retrieve is authoritative).
//! Respond with 2xx as soon as the event is stored, and process it afterwards.

mod error;
mod event;
mod secret;
mod signature;
mod verifier;

pub use error::VerifyError;
pub use event::{Event, EventKind};
pub use secret::{InvalidWebhookSecret, WebhookSecret};
pub use verifier::Verifier;

/// The name of the signature header, in lower case as HTTP libraries compare it.
pub const SIGNATURE_HEADER: &str = "gate-signature";
