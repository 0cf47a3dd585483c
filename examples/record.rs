//! Writes down what reconciliation needs, be the call a success or an error: one line of JSON a call.
//!
//! ```sh
//! GATE_KEY=sk_test_… cargo run --example record -- order_abc123 67a1f3b9e4b0c10001234567 >> cancellations.jsonl
//! ```

use std::error::Error;

use zerogate::{Client, SessionId, SessionRecord};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
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
