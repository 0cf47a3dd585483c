//! A failure that a request asks for itself.

use axum::http::HeaderMap;

use super::armed::Fault;
use super::kind::FaultKind;

/// The header by which a request asks for its own failure: the status of the response that it wants, from 400 to 599.
///
/// Unlike a [`Fault`] that waits, it meets just this request, however many there are at a time.
pub const PROVOKE: &str = "zerogate-emulator-response";

/// The failure that these headers ask for.
pub(crate) fn provoked(headers: &HeaderMap) -> Option<Fault> {
    let status = headers.get(PROVOKE)?.to_str().ok()?.parse().ok().filter(|status| (400..600).contains(status))?;
    let kind = FaultKind::status(status);
    // What a throttled client is to respect.
    Some(Fault::new(if status == 429 { kind.with_retry_after("1") } else { kind }))
}
