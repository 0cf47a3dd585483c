//! The other operations of the retry table, against the emulator.

use zerogate::retry::OPERATIONS;
use zerogate::{Client, Delivery, Error, ErrorKind, SessionId};
use zerogate_contract::{Contract, Document, Inventory};
use zerogate_emulator::{Emulator, Fault, FaultKind, Operation, Status};

use crate::arrange::{builder, quick, seeded};

const MAX_ATTEMPTS: u32 = 3;
const IDEMPOTENCY_KEY: &str = "9f1c1a2e-0000-4000-8000-000000000000";

/// Faults that lose a response, and responses that are retried, before and after the operation takes effect.
fn faults(operation: Operation) -> Vec<Fault> {
    let kinds = [
        FaultKind::Reset,
        FaultKind::Close,
        FaultKind::Truncated,
        FaultKind::status(429),
        FaultKind::status(503),
        FaultKind::html(),
    ];
    let both = |kind| {
        let fault = Fault::new(kind).on(operation);
        [fault.clone(), fault.after()]
    };
    kinds.into_iter().flat_map(both).collect()
}

async fn emulator_with(fault: Fault) -> (Emulator, Client) {
    let emulator = Emulator::start().await.unwrap();
    emulator.arm(fault).unwrap();
    let options = quick().max_attempts(MAX_ATTEMPTS);
    let client = builder(&emulator.keys().partner).base_url(&emulator.base_url()).unwrap().options(options);
    // Without the machine's certificates: reading them takes most of the time.
    let client = client.transport(super::server::transport()).build().unwrap();
    (emulator, client)
}

/// Creates a session, and returns its id.
async fn create(client: &Client, idempotency_key: Option<&str>) -> Result<String, Error> {
    let created = client.call(async |api| {
        let creation = match idempotency_key {
            Some(key) => api.create_session().idempotency_key(key),
            None => api.create_session(),
        };
        let return_url = "https://partner.example/checkout/done";
        creation.body_map(|body| body.amount("100.00").currency("EUR").return_url(return_url)).send().await
    });
    Ok(created.await?.into_value().id)
}

/// The keys of all creations that were sent, and how many created a session.
fn creations(emulator: &Emulator) -> (Vec<Option<String>>, usize) {
    let journal = emulator.journal();
    let key_in = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "idempotency-key").map(|(_, value)| value.clone())
    };
    let keys = journal.iter().map(|entry| key_in(&entry.headers)).collect();
    (keys, journal.iter().filter(|entry| entry.committed).count())
}

/// The page with the table lists them.
#[test]
fn the_operations_that_may_be_repeated_are_the_contracts_own() {
    // The operation that the table was written for: the contract does not say what may be retried.
    let contract = include_str!("../../../openapi/generate/tests/intake/gate-3.0.yaml");
    let document = Document::parse("gate-3.0.yaml", contract).unwrap();
    let inventory = Inventory::of(&Contract::of(document));
    for policy in OPERATIONS {
        let operation = inventory.operation(policy.operation).expect(policy.operation);
        assert_eq!(operation.method, policy.method, "{}", policy.operation);
        let has = |name: &str| operation.parameters.iter().any(|it| it.location == "header" && it.name == name);
        assert!(policy.needs_header.is_none_or(has), "{}", policy.operation);
    }
}

#[tokio::test]
async fn a_creation_without_a_key_is_sent_once_whatever_the_result() {
    for fault in faults(Operation::CreateSession) {
        let (emulator, client) = emulator_with(fault.clone()).await;
        // An empty key counts as none: the server would not remember it.
        for key in [None, Some("")] {
            emulator.disarm();
            emulator.clear_journal();
            emulator.arm(fault.clone()).unwrap();
            let error = create(&client, key).await.unwrap_err();
            let expected = if error.kind() == ErrorKind::RateLimited { Delivery::Responded } else { Delivery::Unknown };
            assert_eq!(error.delivery(), expected, "{fault:?}");
            assert_eq!(error.attempts().len(), 1, "{fault:?}");
            assert_eq!(creations(&emulator).0.len(), 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_creation_with_a_key_is_repeated_under_it_and_creates_one_session() {
    for fault in faults(Operation::CreateSession) {
        let (emulator, client) = emulator_with(fault.clone()).await;
        let id = create(&client, Some(IDEMPOTENCY_KEY)).await.unwrap();
        assert_eq!(creations(&emulator), (vec![Some(IDEMPOTENCY_KEY.to_owned()); 2], 1), "{fault:?}");
        assert!(emulator.session(&id).is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_creation_with_a_key_ends_with_its_attempts_and_leaves_open_what_it_did() {
    for fault in faults(Operation::CreateSession) {
        let (emulator, client) = emulator_with(fault.clone().until_reset()).await;
        let error = create(&client, Some(IDEMPOTENCY_KEY)).await.unwrap_err();
        let expected = if error.kind() == ErrorKind::RateLimited { Delivery::Responded } else { Delivery::Unknown };
        assert_eq!(error.delivery(), expected, "{fault:?}");
        let (keys, created) = creations(&emulator);
        assert_eq!(keys, vec![Some(IDEMPOTENCY_KEY.to_owned()); MAX_ATTEMPTS as usize], "{fault:?}");
        assert!(created <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_creation_that_is_refused_after_a_lost_response_stays_unknown() {
    // A 400 says nothing about the earlier request, which created a session.
    let (emulator, client) = emulator_with(Fault::new(FaultKind::Reset).after()).await;
    emulator.arm(Fault::new(FaultKind::status(400))).unwrap();
    let error = create(&client, Some(IDEMPOTENCY_KEY)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Rejected, Delivery::Unknown));
    assert_eq!(creations(&emulator).1, 1);
}

#[tokio::test]
async fn reading_is_repeated_until_there_is_a_response() {
    for operation in [Operation::RetrieveSession, Operation::ListSessions] {
        for fault in faults(operation) {
            let (emulator, client) = emulator_with(fault.clone()).await;
            let id = seeded(&emulator, Status::Open);
            read(&client, operation, &id).await.unwrap();
            assert_eq!(emulator.journal().len(), 2, "{operation:?}, {fault:?}");
        }
    }
}

#[tokio::test]
async fn reading_ends_with_its_attempts() {
    for operation in [Operation::RetrieveSession, Operation::ListSessions] {
        for fault in faults(operation) {
            let (emulator, client) = emulator_with(fault.clone().until_reset()).await;
            let id = seeded(&emulator, Status::Open);
            let error = read(&client, operation, &id).await.unwrap_err();
            assert_eq!(error.attempts().len(), MAX_ATTEMPTS as usize, "{operation:?}, {fault:?}");
            assert_eq!(emulator.journal().len(), MAX_ATTEMPTS as usize, "{operation:?}, {fault:?}");
            assert_eq!(emulator.session(id.as_str()).unwrap().status, Status::Open);
        }
    }
}

async fn read(client: &Client, operation: Operation, id: &SessionId) -> Result<(), Error> {
    if operation == Operation::RetrieveSession {
        client.retrieve_session(id).await.map(drop)
    } else {
        client.call(async |api| api.list_sessions().send().await).await.map(drop)
    }
}

#[tokio::test]
async fn what_is_not_implemented_is_repeated_only_on_request() {
    for operation in
        [Operation::CreateSession, Operation::ListSessions, Operation::RetrieveSession, Operation::CancelSession]
    {
        for (is_wanted, expected) in [(false, 1), (true, MAX_ATTEMPTS)] {
            let fault = Fault::new(FaultKind::status(501)).on(operation).until_reset();
            let (emulator, client) = emulator_with(fault).await;
            let client = client.with_options(client.options().retry_not_implemented(is_wanted));
            let id = seeded(&emulator, Status::Open);
            let error = match operation {
                Operation::CreateSession => create(&client, Some(IDEMPOTENCY_KEY)).await.unwrap_err(),
                Operation::CancelSession => client.cancel_session(&id).await.unwrap_err(),
                _ => read(&client, operation, &id).await.unwrap_err(),
            };
            assert_eq!(error.status(), Some(501), "{operation:?}");
            let sent = emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count();
            assert_eq!(sent, expected as usize, "{operation:?}, asked for: {is_wanted}");
        }
    }
}
