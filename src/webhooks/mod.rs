//! Webhooks: whether an event is 0Gate's, and what it says. No HTTP stack is needed for it.
//!
//! The reference page names webhook verification without describing it. What is here follows the vendor's own Python SDK: the
//! header `Gate-Signature: t=…,v1=…`, HMAC-SHA256 over the time, a dot and the body, and events that are older or newer than five
//! minutes refused.
//!
//! ```
//! use zerogate::webhooks::{EventKind, SIGNATURE_HEADER, Verifier, VerifyError, WebhookSecret};
//!
//! # fn handle(header: Option<&[u8]>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::new(WebhookSecret::new("whsec_test_fake_0000000000000000")?);
//! // The value of the header, and the body as it was received: not parsed and written again.
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
//! # What an event is worth
//!
//! One event may come twice, late, or before an earlier one, or not at all. Keep the ids of those that were handled, and go by the
//! status that the session has when it is read (reference, *Cancel is only valid from open*: the status from retrieve is
//! authoritative). Respond 2xx as soon as the event is stored, and work afterwards.

mod error;
mod event;
mod secret;
mod signature;
mod verifier;

pub use error::VerifyError;
pub use event::{Event, EventKind};
pub use secret::{InvalidWebhookSecret, WebhookSecret};
pub use verifier::Verifier;

/// The name of the header with the signature, in lower case as HTTP libraries compare it.
pub const SIGNATURE_HEADER: &str = "gate-signature";
