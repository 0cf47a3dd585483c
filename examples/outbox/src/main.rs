//! The service.
//!
//! ```sh
//! export GATE_API_BASE_URL=http://127.0.0.1:4010 GATE_KEY=sk_test_emulator_partner_0000000000000000
//! cargo run -p zerogate-outbox -- outbox.sqlite 127.0.0.1:8080
//! curl -X PUT -H 'content-type: application/json' -d '{"session_id": "6b0359d6f97314f98e000001"}' \
//!     http://127.0.0.1:8080/cancellations/order_abc123
//! curl http://127.0.0.1:8080/cancellations/order_abc123
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use zerogate::Client;
use zerogate_outbox::{Pace, Store, router, work};

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
    let (Some(database), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("pass the path of the database file and the address to listen on".into());
    };
    // For tests: the first wait before a retry.
    let first_wait = std::env::var("OUTBOX_FIRST_WAIT_MS").ok().map(|wait| wait.parse()).transpose()?;
    let pace =
        Pace { first_wait: first_wait.map_or(Pace::default().first_wait, Duration::from_millis), ..Pace::default() };

    let store = Arc::new(Store::open(&PathBuf::from(database))?);
    let listener = TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    // Runs next to the requests, so it does not end with a connection.
    tokio::select! {
        served = axum::serve(listener, router(Arc::clone(&store))) => served?,
        worked = work(store, Client::from_env()?, pace) => worked?,
    }
    Ok(())
}
