//! Makes the call that `zerogate grade` asks for in the environment, and prints its outcome.
//!
//! ```sh
//! cargo build --example graded
//! cargo run -- grade -- target/debug/examples/graded
//! ```
//!
//! With `--serve`, it makes a call for each line of standard input, which has the variables as a JSON object.

use std::collections::HashMap;
use std::{env, error::Error, io, time::Duration};

use serde_json::{Value, json};
use zerogate::{CallOptions, Cancellation, Client, Delivery, ErrorKind, Session, SessionId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).as_deref() != Some("--serve") {
        println!("{}", outcome(&env::vars().collect()).await);
        return Ok(());
    }
    for line in io::stdin().lines() {
        println!("{}", outcome(&serde_json::from_str(&line?)?).await);
    }
    Ok(())
}

async fn outcome(case: &HashMap<String, String>) -> Value {
    // Rejected before anything was sent: a publishable key, or an id that is a path.
    call(case).await.unwrap_or_else(|error| json!({ "outcome": "error", "message": error.to_string() }))
}

async fn call(case: &HashMap<String, String>) -> Result<Value, Box<dyn Error>> {
    let get = |name: &str| case.get(name).map(String::as_str).ok_or_else(|| format!("{name} is not set"));
    let timeout = Duration::from_millis(get("GATE_TIMEOUT_MS")?.parse()?);
    let deadline = Duration::from_millis(get("GATE_DEADLINE_MS")?.parse()?);
    let client = Client::builder(get("GATE_KEY")?.parse()?)
        .base_url(get("GATE_API_BASE_URL")?)?
        .options(CallOptions::default().attempt_timeout(timeout).deadline(deadline))
        .build()?;
    let result = match get("GATE_OPERATION") {
        #[cfg(known_surface)]
        Ok("createSession") => {
            let creation = zerogate::CreateSession::new("100.00", "EUR", "https://partner.example/done");
            client.create_session(&creation).await.map(|response| {
                let status = response.value().status();
                json!({ "outcome": "created", "status": status, "request_id": response.request_id() })
            })
        }
        _ => client.cancel_session(&SessionId::new(get("GATE_SESSION_ID")?)?).await.map(|response| {
            let is_terminal = matches!(response.value(), Cancellation::AlreadyTerminal(_));
            let outcome = if is_terminal { "already_terminal" } else { "cancelled" };
            let status = response.value().session().map(Session::status);
            json!({ "outcome": outcome, "status": status, "request_id": response.request_id() })
        }),
    };
    Ok(result.unwrap_or_else(|error| {
        let outcome = match (error.delivery(), error.kind()) {
            // Not a failed call: it may have taken effect.
            (Delivery::Unknown, _) => "unknown",
            (_, ErrorKind::NotFound) => "not_found",
            (_, ErrorKind::Unauthorized) => "unauthorized",
            (_, ErrorKind::RateLimited) => "rate_limited",
            _ => "error",
        };
        json!({ "outcome": outcome, "request_id": error.request_id() })
    }))
}
