//! Makes the call that `zerogate grade` asks for in the environment, and prints its outcome.
//!
//! ```sh
//! cargo build --example graded
//! cargo run -- grade -- target/debug/examples/graded
//! ```

use std::{env, error::Error, time::Duration};

use serde_json::{Value, json};
use zerogate::{CallOptions, Cancellation, Client, Delivery, ErrorKind, Session, SessionId};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let outcome = call().await.unwrap_or_else(|error| match error.downcast_ref::<zerogate::Error>() {
        Some(error) => {
            let outcome = match (error.delivery(), error.kind()) {
                // Not a failed call: it may have taken effect.
                (Delivery::Unknown, _) => "unknown",
                (_, kind @ (ErrorKind::NotFound | ErrorKind::Unauthorized | ErrorKind::RateLimited)) => kind.as_str(),
                _ => "error",
            };
            json!({ "outcome": outcome, "request_id": error.request_id() })
        }
        // Rejected before anything was sent: an id that is a path.
        None => json!({ "outcome": "error", "message": error.to_string() }),
    });
    println!("{outcome}");
}

async fn call() -> Result<Value, Box<dyn Error>> {
    let millis = |name| Ok::<_, Box<dyn Error>>(Duration::from_millis(env::var(name)?.parse()?));
    let options =
        CallOptions::default().attempt_timeout(millis("GATE_TIMEOUT_MS")?).deadline(millis("GATE_DEADLINE_MS")?);
    let client = Client::from_env()?.with_options(options);
    #[cfg(known_surface)]
    if env::var("GATE_OPERATION")? == "createSession" {
        let creation = zerogate::CreateSession::new("100.00", "EUR", "https://partner.example/done");
        let response = client.create_session(&creation).await?;
        return Ok(
            json!({ "outcome": "created", "status": response.value().status(), "request_id": response.request_id() }),
        );
    }
    let response = client.cancel_session(&env::var("GATE_SESSION_ID")?.parse::<SessionId>()?).await?;
    let outcome = match response.value() {
        Cancellation::Cancelled(_) | Cancellation::FoundCancelled(_) => "cancelled",
        Cancellation::AlreadyTerminal(_) => "already_terminal",
        _ => "unknown",
    };
    let status = response.value().session().map(Session::status);
    Ok(json!({ "outcome": outcome, "status": status, "request_id": response.request_id() }))
}
