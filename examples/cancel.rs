//! Cancels one session and branches on the outcome.
//!
//! With the emulator (`cargo run -- emulate --port 4010` in another terminal):
//!
//! ```sh
//! export GATE_API_BASE_URL=http://127.0.0.1:4010 GATE_KEY=sk_test_emulator_partner_0000000000000000
//! curl -s -d '{}' http://127.0.0.1:4010/_emulator/sessions      # an open session; its "id" is the argument
//! cargo run --example cancel -- 6b0359d6f97314f98e000001
//! ```
//!
//! Without `GATE_API_BASE_URL` it uses production.

use std::error::Error;
use std::process::ExitCode;

use zerogate::{Cancellation, Client, Delivery, NextStep, Session, SessionId, SessionStatus};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let id = std::env::args().nth(1).ok_or("usage: cancel SESSION_ID")?;
    let id = SessionId::new(id)?;
    let client = Client::from_env()?;

    let (code, request_id) = match client.cancel_session(&id).await {
        Ok(response) => {
            match response.value() {
                Cancellation::Cancelled(_) => println!("{id}: cancelled by this call"),
                Cancellation::FoundCancelled(_) => println!("{id}: is cancelled, by this call or another"),
                Cancellation::AlreadyTerminal(terminal) => match terminal.session().map(Session::status) {
                    // The customer was faster, and may have paid.
                    Some(SessionStatus::Completed) => println!("{id}: was completed; fulfil the order"),
                    Some(status) if status.is_terminal() => println!("{id}: was already {status}"),
                    Some(status) => {
                        println!("{id}: is {status}, which the reference does not list; read it again later")
                    }
                    None => println!("{id}: was already terminal; read its status later"),
                },
                other => println!("{id}: {other:?}"),
            }
            (ExitCode::SUCCESS, response.request_id().map(str::to_owned))
        }
        Err(error) => {
            println!("{id}: {error}");
            let code = match (error.delivery(), error.next_step()) {
                // Not a failed cancellation: the session may be cancelled, and cancelling again is safe.
                (Delivery::Unknown, _) => {
                    println!("{id}: result unknown, next step: {}", error.next_step());
                    ExitCode::from(3)
                }
                (_, NextStep::Retry | NextStep::ReadSession) => {
                    println!("{id}: not cancelled, retry later");
                    ExitCode::from(3)
                }
                (_, NextStep::GiveUp) => {
                    println!("{id}: no such session under this key");
                    ExitCode::FAILURE
                }
                _ => ExitCode::FAILURE,
            };
            (code, error.request_id().map(str::to_owned))
        }
    };
    println!("request {}", request_id.as_deref().unwrap_or("without an id"));
    Ok(code)
}
