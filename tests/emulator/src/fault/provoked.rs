//! Failures that a request provokes itself.

use axum::http::HeaderMap;

use super::armed::Fault;
use super::kind::FaultKind;

/// The header with which a request provokes its own failure: the status to return, from 400 to 599.
///
/// Unlike an armed [`Fault`], it affects only this request, even among parallel ones.
pub const PROVOKE: &str = "zerogate-emulator-response";

/// The failure that these headers provoke.
pub(crate) fn provoked(headers: &HeaderMap) -> Option<Fault> {
    let status = headers.get(PROVOKE)?.to_str().ok()?.parse().ok().filter(|status| (400..600).contains(status))?;
    let kind = FaultKind::status(status);
    // The wait that a throttled client must respect.
    Some(Fault::new(if status == 429 { kind.with_retry_after("1") } else { kind }))
}
