//! A correct 0Gate in memory, on its own port, with fault injection.
//!
//! [`Emulator`] serves the four gate-session operations under `/v1` strictly as the reference of `cancelSession`
//! describes them, and keeps everything in memory. It shares no code with any client: it is an independent
//! implementation of the API, so that a client is not merely tested against itself. It is unofficial.
//!
//! ```
//! use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::start().await?;
//! let session = emulator.seed(Seed::default())?;
//!
//! // The next cancellation is carried out, but its response is lost.
//! emulator.arm(Fault::new(FaultKind::Reset).on(Operation::CancelSession).after())?;
//!
//! // … let the client under test cancel `session.id` at `emulator.base_url()` with `emulator.keys().partner` …
//! # emulator.cancel(&session.id)?;
//!
//! // The session is cancelled, and `emulator.journal()` has the request.
//! assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Cancelled));
//! # Ok(())
//! # }
//! ```
//!
//! # The API under `/v1`
//!
//! | operation | method and path | success |
//! |---|---|---|
//! | [`CreateSession`](Operation::CreateSession) | `POST /v1/gate_sessions` | 201 with the session and its `client_secret` |
//! | [`ListSessions`](Operation::ListSessions) | `GET /v1/gate_sessions` | 200 |
//! | [`RetrieveSession`](Operation::RetrieveSession) | `GET /v1/gate_sessions/{id}` | 200 |
//! | [`CancelSession`](Operation::CancelSession) | `POST /v1/gate_sessions/{id}/cancel` | 201 |
//!
//! - Authentication comes before everything else, whatever the path and the method. Only one of the two secret keys
//!   in [`Keys`], sent once as `Authorization: Bearer sk_…`, passes.
//! - A session of the other partner gets the same response as one that does not exist (`Errors`, 404).
//! - A session leaves `open` once: of any number of parallel cancellations, one gets 201, the rest 409
//!   (`Cancel is only valid from open`).
//! - An open session whose `expires_at` has passed *is* expired, even before anyone reads it.
//! - Every response has its own `X-Request-Id`; every error is the unified envelope with the same `request_id`
//!   (`Errors`).
//! - A request that was read completely is carried out, even if the client has hung up in the meantime.
//!
//! ## Where the reference is silent
//!
//! These are this emulator's own decisions. The vendor may behave differently, so a client should not rely on them:
//!
//! - `code` equals `type`, except on a wrong method (405, `method_not_allowed`) and a body over 64 KiB (413,
//!   `payload_too_large`), both of type `invalid_request`. A 405 lists the path's methods in `Allow`; `HEAD` is allowed
//!   wherever `GET` is; a 401 has `WWW-Authenticate` (RFC 9110). A path with a trailing slash is unknown.
//! - A session id is one path segment, percent-decoded once and never normalised: `..` is merely an unknown id.
//! - cancelSession ignores a body, a content type and an `Idempotency-Key`.
//! - createSession ignores the content type and unknown fields; a null optional field counts as absent. `amount` is
//!   digits with an optional fraction; the URLs must be absolute `http` or `https` URLs.
//! - An `Idempotency-Key` belongs to one partner. The same key with an equal body (compared as JSON) replays the
//!   first response under a new request id; with another body it is 409 `conflict`. Only a creation is
//!   remembered, never a refusal; an empty key counts as none.
//! - listSessions ignores unknown query parameters; a parameter given twice, a `limit` outside 1–100, an unknown
//!   `status` and a `starting_after` that is not a session of the caller are 400.
//! - hyper refuses anything that is not HTTP, without an envelope.
//! - The `Date` header has the emulator's time, like every other time that it writes.
//!
//! # The control plane under `/_emulator`
//!
//! Everything that [`Emulator`]'s methods do is also available over HTTP, without a key and in JSON. An error is one
//! line: `{"error":"times: …"}`. An OpenAPI document, which the emulator serves itself, describes [each request and
//! body](control_plane). Requests that may come from a web page are refused ([`Builder::allow_host`]).
//!
//! ```sh
//! E=http://127.0.0.1:4010/_emulator
//! curl $E                                                   # version, keys, endpoints
//! curl -d '{}' $E/sessions                                  # seed an open session
//! curl -d '{"status":"completed","owner":"other_partner"}' $E/sessions
//! curl -d '{"id":"my-id","expires_in_ms":500}' $E/sessions  # any field of a session can be overridden
//! curl $E/sessions/my-id                                    # peek, at any partner's
//! curl -X POST $E/sessions/my-id/complete                   # as the widget would; 409 unless open
//! curl -X POST $E/sessions/my-id/cancel                     # as another client would; 409 unless open
//! curl $E/journal                                           # what arrived under /v1, and the responses
//! curl -X DELETE $E/journal
//! curl -d '{"advance_ms":86400000}' $E/clock                # a day later
//! curl -d '{"now":"2026-05-26T12:00:00Z","frozen":true}' $E/clock
//! curl -X POST $E/reset                                     # back to the start
//! curl $E/openapi.yaml                                      # all of this as an OpenAPI document
//! ```
//!
//! ## Faults
//!
//! A [`Fault`] waits for requests of one operation (or of any of the four) and then alters the response. Faults are
//! used in the order in which they were armed. They apply only to authenticated requests, unless `"unauthenticated":
//! true` is set. A path or method that is not an operation triggers no fault.
//!
//! ```sh
//! curl -d '{"operation":"cancelSession","kind":"status","status":429,"retry_after":"1","times":2}' $E/faults
//! curl -d '{"kind":"status","status":503,"envelope":false,"times":null}' $E/faults    # until reset
//! curl -d '{"operation":"cancelSession","kind":"delay","ms":2000,"when":"after"}' $E/faults
//! curl -d '{"operation":"cancelSession","kind":"html","status":502}' $E/faults
//! curl -d '{"operation":"cancelSession","kind":"truncated","when":"after"}' $E/faults
//! curl -d '{"operation":"cancelSession","kind":"reset","when":"after"}' $E/faults
//! curl -d '{"operation":"retrieveSession","kind":"close"}' $E/faults
//! curl -d '{"kind":"alter","status":200,"headers":{"x-request-id":null},"set":{"client_secret":"oops"}}' $E/faults
//! curl -d '{"operation":"cancelSession","kind":"alter","when":"before"}' $E/faults    # 201, and nothing is cancelled
//! curl -d '{"kind":"alter","add":{"status":"open"},"add_headers":{"x-request-id":"2"}}' $E/faults    # names twice
//! curl -d '{"operation":"createSession","kind":"store","set":{"amount":"100"}}' $E/faults            # not as it was sent
//! curl -d '{"operation":"createSession","kind":"ignore","names":["idempotency-key"]}' $E/faults
//! curl -d '{"operation":"listSessions","kind":"ignore","names":["starting_after"],"times":null}' $E/faults
//! curl $E/faults                                            # what is armed, and how many times are left
//! curl -X DELETE $E/faults                                  # disarm
//! ```
//!
//! A request can also provoke its own failure with the header [`PROVOKE`]: `Zerogate-Emulator-Response: 503` gets a 503
//! and changes nothing, if its key is valid. Any status from 400 to 599 works; a 429 has `Retry-After: 1`.
//!
//! With `"when":"before"` (the default), the operation is never carried out; with `"when":"after"` it is, and only its
//! response is replaced, cut or lost. `store` and `ignore` carry it out incorrectly.
//!
//! Common mistakes of implementers, and the faults that simulate them:
//!
//! | mistake | fault |
//! |---|---|
//! | a success, but nothing was cancelled | `alter`, `"when":"before"` |
//! | a conflict or a 5xx, although it was cancelled | `status`, `"when":"after"` |
//! | a stale read | `alter` of retrieveSession, `"set":{"status":"open"}` |
//! | another session, or another `object` | `alter`, `"set":{"id":"…"}` |
//! | a field that is missing, null or of another type | `alter`, `remove` or `set` |
//! | a name or the request id twice | `alter`, `add` or `add_headers` |
//! | an amount rounded, metadata made text, a URL or a time rewritten, an expiry that moves | `store` |
//! | an `Idempotency-Key` that is not remembered, or lost in a race | `ignore`, `"names":["idempotency-key"]` |
//! | a replay without its `client_secret` | `alter` of createSession, `"remove":["client_secret"]` |
//! | a cursor, a filter or a limit without effect | `ignore`, `"names":["starting_after"]` and the like |
//! | `has_more` on the last page, an empty page | `alter` of listSessions, `"set":{"has_more":true,"data":[]}` |
//! | a redirect | `alter`, `"when":"before"`, `"status":307`, `"headers":{"location":"…"}` |
//! | a content coding that the client did not accept | `alter`, `"headers":{"content-encoding":"gzip"}` |
//! | a proxy's page, an empty body | `html`, `status` with `"envelope":false` |
//! | an invalid `Retry-After` | `status` 429 with `"retry_after":"soon"` |

//!
//! # Webhooks
//!
//! With [`Builder::webhooks`] it sends signed events to a URL, in the format that the vendor's Python SDK reads: a
//! `POST` with `Gate-Signature: t=…,v1=…`, HMAC-SHA256 with [`Keys::webhook`] over the time, a dot and the body. Faults
//! for webhooks:
//!
//! ```sh
//! curl -d '{"kind":"twice"}' $E/webhooks/faults           # the next one is sent twice
//! curl -d '{"kind":"late","ms":500}' $E/webhooks/faults   # the one after that is delayed
//! curl -d '{"kind":"out_of_order"}' $E/webhooks/faults    # and so on: one fault per webhook
//! curl -d '{"kind":"wrong_secret"}' $E/webhooks/faults
//! curl $E/webhooks                                        # what was sent, and the statuses of the responses
//! ```
//!
//! Setting the clock back by more than five minutes makes their signatures stale.

mod api;
mod auth;
mod body;
mod builder;
mod clock;
mod control;
mod cors;
mod deliver;
mod emulator;
mod envelope;
mod error;
mod fault;
mod ids;
mod journal;
mod json;
mod operation;
mod response;
mod seed;
mod server;
mod session;
mod shared;
mod store;
mod webhook;

pub use auth::Keys;
pub use builder::Builder;
pub use clock::ClockSetting;
pub use emulator::Emulator;
pub use error::ControlError;
pub use fault::{Alteration, ArmedFault, Fault, FaultKind, PROVOKE, When};
pub use journal::JournalEntry;
pub use operation::Operation;
pub use seed::Seed;
pub use session::{Flow, GateSession, Owner, Status};
pub use webhook::{WebhookDelivery, WebhookFault};

/// The requests and bodies of the control plane.
#[cfg(doc)]
#[doc = include_str!("../CONTROL.md")]
pub mod control_plane {}

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
