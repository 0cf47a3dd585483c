//! Writes down what reconciliation needs, be the call a success or an error: one line of JSON a call.
//!
//! ```sh
//! export GATE_API_BASE_URL=http://127.0.0.1:4010 GATE_KEY=sk_test_emulator_partner_0000000000000000
//! cargo run --example record -- order_abc123 6b0359d6f97314f98e000001 >> cancellations.jsonl
//! ```

use std::error::Error;
use std::process::ExitCode;

use zerogate::{Client, SessionId, SessionRecord};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(reference), Some(id)) = (arguments.next(), arguments.next()) else {
        return Err("give your reference id and the id of the session to cancel".into());
    };
    let id = SessionId::new(id)?;
    let client = Client::from_env()?;

    let result = client.cancel_session(&id).await;
    // Before anything is decided: what was seen must not depend on what is made of it.
    println!("{}", serde_json::to_string(&SessionRecord::new(reference, &id, &result))?);
    result?;
    Ok(())
}
