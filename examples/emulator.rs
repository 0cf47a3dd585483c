//! The emulator in your own tests: a lost response, without a network, a key or an account.
//!
//! ```sh
//! cargo run --example emulator
//! ```

use std::error::Error;

use zerogate::{Cancellation, Client, SecretKey, SessionId};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start().await?;
    let key: SecretKey = emulator.keys().partner.parse()?;
    let client = Client::builder(key).base_url(&emulator.base_url())?.build()?;
    let id = SessionId::new(emulator.seed(Seed::default())?.id)?;

    // The next cancellation is carried out, but the connection is reset before the response.
    emulator.arm(Fault::new(FaultKind::Reset).on(Operation::CancelSession).after())?;

    let response = client.cancel_session(&id).await?;
    assert!(matches!(response.value(), Cancellation::FoundCancelled(_)), "{response:?}");
    for attempt in response.attempts() {
        let status = attempt.status.map_or_else(String::new, |status| format!(", {status}"));
        println!("{} #{}: {}{status}", attempt.operation, attempt.number, attempt.outcome);
    }
    println!("{:?}", response.value());
    Ok(())
}
