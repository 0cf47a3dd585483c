//! Webhooks with axum: an extractor that only accepts events signed by 0Gate, a handler that stores each event once,
//! and a worker that acts on the session's current status.
//!
//! ```sh
//! cargo run --example webhooks --features webhooks
//! ```

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zerogate::webhooks::{Event, SIGNATURE_HEADER, Verifier, VerifyError, WebhookSecret};
use zerogate::{Client, SecretKey, SessionId};
use zerogate_emulator::{Emulator, Seed, WebhookFault};

/// An extractor for events signed by 0Gate.
struct Verified(Event);

impl<S> FromRequest<S> for Verified
where
    Arc<Verifier>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = (StatusCode, String);

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let signature = request.headers().get(SIGNATURE_HEADER).map(|value| value.as_bytes().to_owned());
        // The raw body: the signature does not match one that was parsed and serialised again.
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| (rejection.status(), rejection.body_text()))?;
        let event = Arc::<Verifier>::from_ref(state).verify(signature.unwrap_or_default(), body);
        event.map(Self).map_err(|error| match error {
            VerifyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            _ => (StatusCode::BAD_REQUEST, error.to_string()),
        })
    }
}

/// The store of events. In production, use a database table with the event id as its key.
#[derive(Clone)]
struct Inbox {
    verifier: Arc<Verifier>,
    seen: Arc<Mutex<HashSet<String>>>,
    events: mpsc::UnboundedSender<Event>,
}

impl FromRef<Inbox> for Arc<Verifier> {
    fn from_ref(inbox: &Inbox) -> Self {
        inbox.verifier.clone()
    }
}

/// Stores an event and responds at once; the worker processes it.
async fn receive(State(inbox): State<Inbox>, Verified(event): Verified) -> StatusCode {
    // Held for both steps: an event must only count as known once it is stored.
    let mut seen = inbox.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.contains(event.id()) {
        return StatusCode::NO_CONTENT;
    }
    let id = event.id().to_owned();
    if inbox.events.send(event).is_err() {
        // Not stored, so 0Gate must send it again.
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    seen.insert(id);
    StatusCode::NO_CONTENT
}

/// Returns a router that accepts webhooks at `/webhooks`, and the stored events.
pub(crate) fn router(secret: WebhookSecret) -> (Router, mpsc::UnboundedReceiver<Event>) {
    let (events, stored) = mpsc::unbounded_channel();
    let inbox = Inbox { verifier: Arc::new(Verifier::new(secret)), seen: Arc::default(), events };
    let router = Router::new().route("/webhooks", post(receive)).layer(DefaultBodyLimit::max(1024 * 1024));
    (router.with_state(inbox), stored)
}

/// Makes an emulator send webhooks: one twice, two out of order, one with another secret.
pub(crate) async fn demonstrate() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let emulator = Emulator::builder().webhooks(format!("http://{}/webhooks", listener.local_addr()?)).start().await?;
    let (router, mut stored) = router(WebhookSecret::new(&emulator.keys().webhook)?);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let key: SecretKey = emulator.keys().partner.parse()?;
    let client = Client::builder(key).base_url(&emulator.base_url())?.build()?;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(SessionId::new(emulator.seed(Seed::default())?.id)?);
    }
    let faults = [WebhookFault::Twice, WebhookFault::WrongSecret, WebhookFault::OutOfOrder];
    faults.into_iter().for_each(|fault| emulator.arm_webhook(fault));
    for session in &sessions {
        client.cancel_session(session).await?;
    }

    // The second is forged, the third arrives after the fourth, and the first is stored only once.
    for expected in [&sessions[0], &sessions[3], &sessions[2]] {
        let event = stored.recv().await.ok_or("no event")?;
        let id = event.session_id().ok_or("no session")?;
        // The event is only a hint: act on the session as you read it.
        let session = client.retrieve_session(id).await?.into_value();
        println!("{} {}: {} is {}", event.id(), event.kind(), session.id(), session.status());
        assert_eq!(id, expected);
    }
    assert!(stored.try_recv().is_err(), "nothing else was signed with the secret");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    demonstrate().await
}
