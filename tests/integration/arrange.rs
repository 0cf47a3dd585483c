//! Clients, sessions and an emulator for most tests.

use std::time::Duration;

use zerogate::{CallOptions, Client, ClientBuilder, OnConflict, SecretKey, SessionId};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};

pub(crate) const KEY: &str = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// The id of the reference's example session.
pub(crate) fn session_id() -> SessionId {
    SessionId::new("67a1f3b9e4b0c10001234567").unwrap()
}

pub(crate) fn builder(key: &str) -> ClientBuilder {
    Client::builder(key.parse::<SecretKey>().unwrap())
}

/// Without pauses, which have their own tests.
pub(crate) fn quick() -> CallOptions {
    CallOptions::default().backoff(Duration::ZERO, Duration::ZERO)
}

pub(crate) fn client_with(base_url: &str, options: CallOptions) -> Client {
    builder(KEY).base_url(base_url).unwrap().options(options).build().unwrap()
}

/// One attempt and no reading back, for tests of a single request or response.
pub(crate) fn client(base_url: &str) -> Client {
    client_with(base_url, CallOptions::default().max_attempts(1).on_conflict(OnConflict::Report))
}

pub(crate) async fn emulator_and_client(options: CallOptions) -> (Emulator, Client) {
    let emulator = Emulator::start().await.unwrap();
    let client = builder(&emulator.keys().partner).base_url(&emulator.base_url()).unwrap().options(options).build();
    (emulator, client.unwrap())
}

pub(crate) fn seeded(emulator: &Emulator, status: Status) -> SessionId {
    SessionId::new(emulator.seed(Seed { status, ..Seed::default() }).unwrap().id).unwrap()
}

pub(crate) fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Operation::CancelSession)
}

pub(crate) fn requests(emulator: &Emulator) -> Vec<String> {
    emulator.journal().iter().map(|entry| entry.method.clone()).collect()
}
