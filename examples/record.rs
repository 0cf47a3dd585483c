//! Writes a record of a cancellation for reconciliation, whether success or error: one JSON line per call.
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
        return Err("usage: record REFERENCE_ID SESSION_ID".into());
    };
    let id = SessionId::new(id)?;
    let client = Client::from_env()?;

    let result = client.cancel_session(&id).await;
    // Write the record before anything else.
    println!("{}", serde_json::to_string(&SessionRecord::new(reference, &id, &result))?);
    result?;
    Ok(())
}
