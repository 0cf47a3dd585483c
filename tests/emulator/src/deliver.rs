//! Sends webhooks, one at a time, to the configured URL.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock;
use crate::shared::Shared;
use crate::webhook::{Happened, Message, Target, WebhookDelivery, WebhookFault};

/// The time limit for the receiver's response.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to check for expired sessions, since no request may do so.
const SWEEP: Duration = Duration::from_millis(100);

/// The wrong secret for the fault.
const WRONG_SECRET: &str = "whsec_emulator_wrong_00000000000000000000";

/// Sends events until the emulator is gone.
pub(crate) async fn deliver(shared: Arc<Shared>, target: Target, mut outbox: UnboundedReceiver<Happened>) {
    let mut held: Vec<Message> = Vec::new();
    loop {
        let happened = tokio::select! {
            happened = outbox.recv() => happened,
            () = tokio::time::sleep(SWEEP) => {
                shared.store.sweep();
                continue;
            }
        };
        let Some(happened) = happened else { return };
        let message = Message::new(shared.store.event_id(), happened);
        let fault = shared.webhooks.faults.take();
        match fault {
            Some(WebhookFault::OutOfOrder) => {
                held.push(message);
                continue;
            }
            Some(WebhookFault::Late { ms }) => {
                let (shared, target) = (shared.clone(), target.clone());
                let signature = message.signature(&shared.keys.webhook, shared.store.now());
                let server = shared.server.clone();
                server.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    send(&shared, &target, &message, signature, fault).await;
                });
            }
            Some(WebhookFault::WrongSecret) => {
                let signature = message.signature(WRONG_SECRET, shared.store.now());
                send(&shared, &target, &message, signature, fault).await;
            }
            Some(WebhookFault::Twice) | None => {
                for _ in 0..if fault.is_some() { 2 } else { 1 } {
                    signed(&shared, &target, &message, fault).await;
                }
            }
        }
        for message in held.drain(..) {
            signed(&shared, &target, &message, Some(WebhookFault::OutOfOrder)).await;
        }
    }
}

/// Sends a message, signed with the current time.
async fn signed(shared: &Shared, target: &Target, message: &Message, fault: Option<WebhookFault>) {
    let signature = message.signature(&shared.keys.webhook, shared.store.now());
    send(shared, target, message, signature, fault).await;
}

async fn send(shared: &Shared, target: &Target, message: &Message, signature: String, fault: Option<WebhookFault>) {
    let time = clock::text(shared.store.now());
    let posted = tokio::time::timeout(PATIENCE, post(shared, target, message, signature)).await;
    shared.webhooks.log.add(WebhookDelivery {
        event_id: message.event_id.clone(),
        r#type: message.kind.0.to_owned(),
        session_id: message.session_id.clone(),
        time,
        status: posted.ok().flatten(),
        fault: fault.map(|fault| fault.name().to_owned()),
    });
}

/// The status of the response, if there was one.
async fn post(shared: &Shared, target: &Target, message: &Message, signature: String) -> Option<u16> {
    let stream = target.connect().await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    shared.server.spawn(async move {
        // The connection ends with the request.
        let _ = connection.await;
    });
    let request = Request::post(&target.path)
        .header(HOST, &target.authority)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("zerogate-emulator/", env!("CARGO_PKG_VERSION")))
        .header("Gate-Signature", signature)
        .body(Full::new(message.body.clone()))
        .ok()?;
    sender.send_request(request).await.ok().map(|response| response.status().as_u16())
}
