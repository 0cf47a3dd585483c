//! The client that progenitor generates from the contract, with its defaults. An error without a documented status is an error.

#[allow(dead_code, missing_docs, unreachable_pub, unused, clippy::all, clippy::unwrap_used, reason = "generated code")]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

use std::{env::var, error::Error, time::Duration};

use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::json;

const BODY: &str = r#"{"amount": "100.00", "currency": "EUR", "return_url": "https://partner.example/done"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {}", var("GATE_KEY")?).parse()?)]);
    let timeout = Duration::from_millis(var("GATE_TIMEOUT_MS")?.parse()?);
    let http = reqwest::Client::builder().default_headers(headers).timeout(timeout).build()?;
    let client = client::Client::new_with_client(&var("GATE_API_BASE_URL")?, http);
    let (success, result) = if var("GATE_OPERATION").is_ok_and(|operation| operation == "createSession") {
        let body = serde_json::from_str(BODY)?;
        ("created", client.create_session(None, &body).await.map(|session| session.status.to_string()))
    } else {
        let id = var("GATE_SESSION_ID")?;
        ("cancelled", client.cancel_session(&id).await.map(|session| session.status.to_string()))
    };
    let outcome = match result.as_ref().map_err(|error| error.status().map(|status| status.as_u16())) {
        Ok(_) => success,
        Err(Some(401)) => "unauthorized",
        Err(Some(404)) => "not_found",
        Err(Some(409)) => "already_terminal",
        Err(Some(429)) => "rate_limited",
        Err(_) => "error",
    };
    println!("{}", json!({ "outcome": outcome, "status": result.ok() }));
    Ok(())
}
