//! A client and an emulator, as most tests of the client's own decisions need them.

use std::time::Duration;

use zerogate::{CallOptions, Client, ClientBuilder, SecretKey, SessionId};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Seed, Status};

pub(crate) fn builder(key: &str) -> ClientBuilder {
    Client::builder(key.parse::<SecretKey>().unwrap())
}

pub(crate) fn quick() -> CallOptions {
    CallOptions::default().backoff(Duration::ZERO, Duration::ZERO)
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
