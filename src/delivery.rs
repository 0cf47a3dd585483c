use serde::{Deserialize, Serialize};

use crate::named::named;

/// Whether a request may have taken effect.
///
/// Of a whole call, with all its attempts, it answers the question *did my request reach the server?* as far as that can be
/// known at all:
///
/// | value | when | what to do |
/// |---|---|---|
/// | `NotSent` | no attempt can have written a byte | nothing has happened, and repeating is safe. Whether it helps, the kind of the error tells: it does not for `Configuration`, `Request` and `Certificate` |
/// | `Unknown` | an attempt may have taken effect, and nothing that came later settles it | of a cancellation: read the session, or ask for the cancellation again. Of a creation: repeat it with the same `Idempotency-Key` and the same body, never with a new key |
/// | `Responded` | the server responded, and says that it did nothing | act on the response |
///
/// For a cancellation a `404` settles what an earlier attempt left open, and so does a `409` together with what the session
/// says when it is read, if they have an error envelope; a `401` or a `429` does not, as it says nothing of the attempt before it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// Not a byte of the request was sent.
    NotSent,
    /// The server responded with a status that says that it did nothing: a 4xx but 408, 425 and a 404 or a 409 without its error
    /// envelope, or a redirect that asks for the same request elsewhere (307, 308), which is not followed.
    ///
    /// Of an [`Attempt`](crate::Attempt): the response settles what became of it; that may also be the documented success.
    Responded,
    /// It may have taken effect, and nothing that can be believed says whether it did: the response is missing, late or cut
    /// off, it is a 5xx, a 408, a 425, or a 404 or a 409 of something else than 0Gate, or it is a success or a redirect that is not
    /// documented.
    ///
    /// What a later version of this crate has stored under a name that this one does not have is read as this.
    #[serde(other)]
    Unknown,
}

named! { Delivery:
    NotSent = "not_sent",
    Unknown = "unknown",
    Responded = "responded",
}
