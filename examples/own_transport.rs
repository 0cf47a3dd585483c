//! A client with a transport of its own (proxy, pool), other options, and an observer of attempts.
//!
//! ```sh
//! GATE_KEY=sk_test_… cargo run --example own_transport -- 67a1f3b9e4b0c10001234567
//! ```

use std::error::Error;
use std::time::Duration;

use zerogate::{CallOptions, Client, Environment, OnConflict, SecretKey, SessionId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = std::env::args().nth(1).ok_or("give the id of the session to cancel")?;
    let id = SessionId::new(id)?;

    // Whatever is set here, what the crate holds to is set after it: no redirects, no repetition, no compression.
    let mut transport = reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(30));
    if let Ok(proxy) = std::env::var("GATE_PROXY") {
        transport = transport.proxy(reqwest::Proxy::https(proxy)?);
    }
    let client = Client::builder(SecretKey::from_env("GATE_KEY")?)
        .environment(Environment::from_env()?)
        .transport(transport)
        .connect_timeout(Duration::from_secs(2))
        .options(CallOptions::default().deadline(Duration::from_secs(15)).max_attempts(3))
        .on_attempt(|attempt| {
            let status = attempt.status.map_or_else(|| attempt.outcome.to_string(), |status| status.to_string());
            eprintln!("{} #{}: {status} after {} ms", attempt.operation, attempt.number, attempt.elapsed_ms);
        })
        .build()?;

    // For this call alone: a conflict is enough to know, the session need not be read.
    let hurried = client.with_options(client.options().on_conflict(OnConflict::Report));
    println!("{:?}", hurried.cancel_session(&id).await?.value());
    Ok(())
}
