//! Cancels one session and branches on what became of it.
//!
//! ```sh
//! GATE_KEY=sk_test_… cargo run --example cancel -- 67a1f3b9e4b0c10001234567
//! ```
//!
//! `GATE_API_BASE_URL` names another server than production, such as that of `cargo run -- emulate`.

use std::error::Error;
use std::process::ExitCode;

use zerogate::{Cancellation, Client, Delivery, ErrorKind, SessionId};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let id = std::env::args().nth(1).ok_or("give the id of the session to cancel")?;
    let id = SessionId::new(id)?;
    let client = Client::from_env()?;

    match client.cancel_session(&id).await {
        Ok(answer) => {
            match answer.value() {
                Cancellation::Cancelled(_) => println!("{id}: cancelled by this call"),
                Cancellation::FoundCancelled(_) => println!("{id}: is cancelled; by whom, nothing tells"),
                Cancellation::AlreadyTerminal(terminal) => match terminal.session() {
                    Some(session) => println!("{id}: was {} already", session.status),
                    None => println!("{id}: was terminal already, and could not be read: ask again later"),
                },
                other => println!("{id}: {other:?}"),
            }
            println!("request {}", answer.request_id().unwrap_or("without an id"));
            Ok(ExitCode::SUCCESS)
        }
        // Not a failed cancellation: it may have happened. Asking again is safe.
        Err(error) if error.delivery() == Delivery::Unknown => {
            println!("{id}: not known yet, ask again later: {error}");
            Ok(ExitCode::from(3))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("{id}: no session of yours");
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}
