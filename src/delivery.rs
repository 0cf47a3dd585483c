use serde::{Deserialize, Serialize};

use crate::named::named;

/// Whether a request may have taken effect.
///
/// For a whole call with all its attempts, it says whether your request reached the server, if that can be known:
///
/// | value | when | what to do |
/// |---|---|---|
/// | `NotSent` | no attempt can have sent the server anything that it could read | nothing has happened, and repeating is safe. Repeating does not help for the error kinds `Configuration`, `Request` and `Certificate` |
/// | `Unknown` | an attempt may have taken effect, and no later response settles it | for a cancellation: read the session, or cancel again. For a creation: repeat it with the same `Idempotency-Key` and the same body, never with a new key |
/// | `Responded` | the server responded that it did nothing | act on the response |
///
/// For a cancellation, a `404` or a `409` with its error envelope settles earlier attempts, together with the session
/// as read back. A `401` or a `429` does not, as it says nothing about the attempt before it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// No byte of the request was sent, or TLS failed before the server could read it.
    NotSent,
    /// The server responded with a status that means that it did nothing: a 4xx with its error envelope, except 408 and
    /// 425; or a 429, also without an envelope.
    ///
    /// For an [`Attempt`](crate::Attempt): the response settles its effect, which includes the documented success.
    Responded,
    /// The request may have taken effect, and no credible response says whether it did. The response is missing, late
    /// or cut off; a 5xx, a 408 or a 425; another 4xx without an error envelope, as from a gateway; a redirect; or an
    /// undocumented success.
    ///
    /// Values that a later version of this crate has stored are also read as this.
    #[serde(other)]
    Unknown,
}

named! { Delivery:
    NotSent = "not_sent",
    Unknown = "unknown",
    Responded = "responded",
}
