//! A client with its own transport (proxy, pool), other options, and an observer of attempts.
//!
//! ```sh
//! export GATE_API_BASE_URL=http://127.0.0.1:4010 GATE_KEY=sk_test_emulator_partner_0000000000000000
//! cargo run --example own_transport -- 6b0359d6f97314f98e000001
//! ```
//!
//! `GATE_PROXY` is a proxy for servers on other machines, such as `http://proxy.example:3128`.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use zerogate::{CallOptions, Client, Environment, OnConflict, SecretKey, SessionId};

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
    let id = std::env::args().nth(1).ok_or("usage: own_transport SESSION_ID")?;
    let id = SessionId::new(id)?;

    // The crate overrides some of these settings: no redirects, no retries, no compression.
    let mut transport = reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(30));
    if let Ok(proxy) = std::env::var("GATE_PROXY") {
        transport = transport.proxy(reqwest::Proxy::all(proxy).map_err(|_| "GATE_PROXY is not the URL of a proxy")?);
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

    // For this call only: report a conflict without reading the session.
    let hurried = client.with_options(client.options().on_conflict(OnConflict::Report));
    println!("{:?}", hurried.cancel_session(&id).await?.value());
    Ok(())
}
