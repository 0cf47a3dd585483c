//! Calls with every kind of result, and everything that they print.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use zerogate::{
    CancelTarget, Cancellation, Client, CreateSession, CreationRecord, Environment, Error, ErrorKind, ListError,
    OnConflict, Response, SecretKey, types,
};

use super::outputs::Outputs;
use super::replies::{self, Reply};
use super::{CLIENT_SECRET, KEY, client};
use crate::arrange::session_id;
use crate::examples::response;
use crate::server::{Server, script};

pub(crate) async fn print(outputs: &mut Outputs) {
    responses(outputs).await;
    outcomes(outputs).await;
    created(outputs).await;
    without_response(outputs).await;
    refused(outputs).await;
}

/// Every operation with every response.
async fn responses(outputs: &mut Outputs) {
    // One client for all of them, because setting up TLS takes time.
    let present: Arc<Mutex<Reply>> = Arc::new(Mutex::new(replies::fixed("404 Not Found", "", "")));
    let current = Arc::clone(&present);
    let reply = move |request: &str, key: &str| {
        let reply = Arc::clone(&current.lock().unwrap());
        reply(request, key)
    };
    let server = Server::start(replies::script(Arc::new(reply))).await;
    let client = client(&server.base_url());
    for (what, reply) in replies::all() {
        *present.lock().unwrap() = reply;
        every_operation(outputs, &what, &client).await;
    }
    drop(client);
    // The known values were in the places that are searched.
    assert!(server.finish().await.iter().all(|request| request.contains(KEY)));
}

/// Calls every operation and collects everything that can be printed.
async fn every_operation(outputs: &mut Outputs, what: &str, client: &Client) {
    let id = session_id();
    outputs.result(what, &id, &client.cancel_session(&id).await);
    let read = client.retrieve_session(&id).await;
    outputs.result(what, &id, &read);
    if let Ok(session) = read.map(Response::into_value) {
        outputs.debug(what, &session);
        outputs.data(what, session.json());
        match session.decode() {
            Ok(session) => outputs.debug_data(what, &session),
            Err(error) => outputs.display(what, &error),
        }
    }
    let read = client.call(async |api| {
        outputs.debug(what, &api);
        let builder = api.retrieve_session().id(&id);
        outputs.debug(what, &builder);
        builder.send().await.inspect_err(|failure| outputs.data(what, format!("{failure} {failure:?} {failure:#?}")))
    });
    let read = read.await;
    print_call(outputs, what, &read);
    let listed = client.call(async |api| {
        let builder = api.list_sessions().limit(1).status("open").starting_after("canary");
        outputs.debug(what, &builder);
        builder.send().await.inspect_err(|failure| outputs.data(what, format!("{failure} {failure:?} {failure:#?}")))
    });
    let listed = listed.await;
    print_call(outputs, what, &listed);
    listed_and_created(outputs, what, client).await;
    let created = create(client, outputs, what).await;
    print_call(outputs, what, &created);
    if let Err(error) = &created {
        let is_success = matches!(error.status(), Some(200..=299));
        assert!(!is_success || error.body().is_none(), "{what}: the body of a creation is kept");
    }
}

/// The operations on several sessions, or on one that does not exist yet.
async fn listed_and_created(outputs: &mut Outputs, what: &str, client: &Client) {
    let creation = CreateSession::new("canary0amount0", "EUR", "https://partner.example/done")
        .wallet_address("canary0wallet0")
        .user_reference("canary0reference0");
    outputs.debug(what, &creation);
    outputs.display(what, creation.key());
    let created = client.create_session(&creation).await;
    match &created {
        Ok(response) => {
            outputs.debug(what, response);
            outputs.debug(what, response.value());
            outputs.debug(what, response.value().session());
            outputs.data(what, response.value().session().json());
        }
        Err(error) => {
            outputs.error(what, error);
            assert!(!matches!(error.status(), Some(200..=299)) || error.body().is_none(), "{what}");
        }
    }
    let record = CreationRecord::new("order_1", &creation, &created);
    outputs.debug(what, &record);
    outputs.text(what, serde_json::to_string(&record).unwrap());
    let query = client.list_sessions().status("frozen".into()).starting_after(session_id()).max_pages(2);
    outputs.debug(what, &query);
    let page = query.clone().send().await;
    match &page {
        Ok(page) => {
            outputs.debug(what, page);
            outputs.debug(what, page.value());
        }
        Err(error) => print_listed(outputs, what, error),
    }
    let mut stream = query.stream();
    while let Some(session) = stream.next().await {
        outputs.debug(what, &stream);
        if let Err(error) = session {
            print_listed(outputs, what, &error);
        }
    }
    let targets = [CancelTarget::from(("order_1", session_id()))];
    outputs.debug(what, &targets[0]);
    let mut records = client.cancel_sessions(targets, 2);
    while let Some(record) = records.next().await {
        outputs.debug(what, &records);
        outputs.debug(what, &record);
        outputs.text(what, serde_json::to_string(&record).unwrap());
    }
}

fn print_listed(outputs: &mut Outputs, what: &str, error: &ListError) {
    outputs.display(what, error);
    outputs.error(what, error.error());
}

async fn create(
    client: &Client,
    outputs: &mut Outputs,
    what: &str,
) -> Result<Response<types::CreatedGateSession>, Error> {
    client
        .call(async |api| {
            let mut metadata = serde_json::Map::new();
            metadata.insert("canary0metadata0".to_owned(), "canary0metadata0".into());
            let builder =
                api.create_session().idempotency_key("00000000-0000-4000-8000-000000000000").body_map(|body| {
                    body.amount("canary0amount0")
                        .currency("EUR")
                        .return_url("https://partner.example/done")
                        .wallet_address("canary0wallet0".to_owned())
                        .user_reference("canary0reference0".to_owned())
                        .metadata(metadata)
                });
            // It shows the request body, which belongs to the caller.
            outputs.debug_data(what, &builder);
            builder.send().await
        })
        .await
}

fn print_call<T: std::fmt::Debug>(outputs: &mut Outputs, what: &str, result: &Result<Response<T>, Error>) {
    match result {
        Ok(response) => outputs.debug_data(what, response),
        Err(error) => outputs.error(what, error),
    }
}

/// A cancellation with the response `cancel`, read back with `read`.
async fn cancel(outputs: &mut Outputs, what: &str, on_conflict: OnConflict, cancel: Reply, read: Reply) -> Cancelled {
    let reply: Reply = Arc::new(
        move |request, key| if request.starts_with("POST") { cancel(request, key) } else { read(request, key) },
    );
    let server = Server::start(replies::script(reply)).await;
    let client = client(&server.base_url());
    let client = client.with_options(client.options().on_conflict(on_conflict));
    let result = client.cancel_session(&session_id()).await;
    outputs.result(what, &session_id(), &result);
    result
}

type Cancelled = Result<Response<Cancellation>, Error>;

async fn outcomes(outputs: &mut Outputs) {
    use Cancellation::{AlreadyTerminal, FoundCancelled};

    fn reads(status: &str) -> Reply {
        let status = status.to_owned();
        Arc::new(move |_, _| response("200 OK", "", &replies::session(&status)))
    }
    let lost = || replies::fixed("503 X", "", "{key} canary0words0");
    let conflict = || replies::fixed("409 Conflict", "", &replies::envelope(409));
    let broken = || replies::fixed("500 X", "x-request-id: {key}\r\n", &replies::envelope(500));
    let read_back = OnConflict::ReadBack;

    let found = cancel(outputs, "found cancelled", read_back, lost(), reads("cancelled")).await;
    assert!(matches!(found.unwrap().value(), FoundCancelled(_)));
    let terminal = cancel(outputs, "already terminal", read_back, conflict(), reads("completed")).await;
    print_terminal(outputs, &terminal, true);
    let unread = cancel(outputs, "already terminal, not read", OnConflict::Report, conflict(), reads("open")).await;
    print_terminal(outputs, &unread, false);
    let missing = cancel(outputs, "already terminal, not to be read", read_back, conflict(), broken()).await;
    print_terminal(outputs, &missing, false);
    let expired = cancel(outputs, "expired", read_back, lost(), reads("expired")).await;
    assert!(matches!(expired.unwrap().value(), AlreadyTerminal(_)));
    for (what, reply, read) in [
        ("a conflict over an open session", conflict(), reads("open")),
        ("lost, and reads open", lost(), reads("open")),
        ("lost, and cannot be read", lost(), broken()),
        ("lost, and reads as something else", lost(), reads("frozen")),
        ("lost, then a conflict that cannot be read", Arc::new(|_: &str, _: &str| String::new()) as Reply, broken()),
    ] {
        assert!(cancel(outputs, what, read_back, reply, read).await.is_err(), "{what}");
    }
}

fn print_terminal(outputs: &mut Outputs, result: &Cancelled, has_session: bool) {
    let Ok(Cancellation::AlreadyTerminal(terminal)) = result.as_ref().map(Response::value) else {
        panic!("{result:?}");
    };
    assert_eq!(terminal.session().is_some(), has_session);
    outputs.debug("already terminal", terminal);
    outputs.text("already terminal", terminal.envelope_contradiction().unwrap_or_default());
    outputs.debug_data("already terminal", terminal.envelope().unwrap());
    if let Some(missing) = terminal.missing() {
        outputs.error("already terminal", missing);
    }
}

async fn created(outputs: &mut Outputs) {
    let server = Server::start(replies::script(replies::success(|body, _| body))).await;
    let response = create(&client(&server.base_url()), outputs, "created").await.unwrap();
    // Only here: the response has the secret, and the caller reads it.
    assert_eq!(response.value().client_secret.expose(), CLIENT_SECRET);
    outputs.debug("the secret", &response.value().client_secret);
    outputs.debug_data("created", response.value());
    outputs.data("created, stored", serde_json::to_string_pretty(response.value()).unwrap());
    outputs.text("the secret, stored", serde_json::to_string(&response.value().client_secret).unwrap());
}

/// Servers that are missing, silent, or without TLS.
async fn without_response(outputs: &mut Outputs) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = client(&format!("http://{address}"));
    let late = silent.with_options(silent.options().deadline(Duration::ZERO));
    kind_of(outputs, &late, ErrorKind::OutOfTime).await;
    let hurried = silent.with_options(silent.options().deadline(Duration::from_millis(200)));
    kind_of(outputs, &hurried, ErrorKind::Timeout).await;
    drop(listener);
    kind_of(outputs, &silent, ErrorKind::Connect).await;
    for (says, kind) in [("HTTP/1.1 400 Bad Request\r\n\r\n", ErrorKind::Certificate), ("", ErrorKind::Connect)] {
        let server = Server::start(script(move |mut connection| async move {
            connection.write(says).await?;
            connection.close_half().await?;
            connection.silence().await
        }))
        .await;
        kind_of(outputs, &client(&tls(server.address())), kind).await;
    }
}

fn tls(address: SocketAddr) -> String {
    format!("https://{address}")
}

async fn kind_of(outputs: &mut Outputs, client: &Client, kind: ErrorKind) {
    let result = client.cancel_session(&session_id()).await;
    outputs.result(&format!("{kind}"), &session_id(), &result);
    assert_eq!(result.unwrap_err().kind(), kind);
}

/// Input that is rejected before it is sent.
async fn refused(outputs: &mut Outputs) {
    let client = client("http://127.0.0.1:9");
    let ids = ["canary0key0/..", "canary0wallet0\\", "canary0reference0\n"];
    for id in ids {
        let error = client.call(async |api| api.cancel_session().id(id).send().await).await.unwrap_err();
        outputs.error("an id that is none", &error);
        let error = client.call(async |api| api.retrieve_session().id(id).send().await).await.unwrap_err();
        outputs.error("an id that is none", &error);
    }
    let cancel = client.call(async |api| {
        let builder = api.cancel_session();
        outputs.debug("a builder", &builder);
        builder.send().await
    });
    let error = cancel.await.unwrap_err();
    outputs.error("no id", &error);
    let error = client.call(async |api| {
        api.create_session()
            .idempotency_key("canary0key0\n")
            .body_map(|body| body.amount("canary0amount0"))
            .send()
            .await
    });
    let error = error.await.unwrap_err();
    outputs.error("half a creation", &error);
    let creation = client.call(async |api| {
        let full = |body: types::builder::CreateSessionRequest| {
            body.amount("canary0amount0").currency("EUR").return_url("https://partner.example/done")
        };
        api.create_session().idempotency_key("canary0key0\ncanary0wallet0").body_map(full).send().await
    });
    let error = creation.await.unwrap_err();
    outputs.error("a key of idempotency that is no header", &error);

    outputs.error("the environment's key", &Client::from_env().unwrap_err());
    outputs.display("the environment's URL", &Environment::from_env().unwrap_err());
    let live: SecretKey = KEY.replace("test", "live").parse().unwrap();
    for url in ["http://gate.example", "https://gate-api-sandbox.0bit.app"] {
        let builder = Client::builder(live.clone()).base_url(url).unwrap();
        outputs.debug("a builder that is refused", &builder);
        outputs.error("a client that cannot be built", &builder.build().unwrap_err());
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let server = Server::start(replies::script(replies::fixed("503 X", "x-request-id: {key}\r\n", "{key}"))).await;
    let observing = Client::builder(KEY.parse().unwrap())
        .on_attempt(move |attempt| observed.lock().unwrap().push(attempt.clone()))
        .base_url(&server.base_url())
        .unwrap();
    outputs.debug("a builder with an observer", &observing);
    let client = observing.build().unwrap();
    outputs.debug("a client", &client);
    outputs.debug("a client's options", &client.options());
    let hurried = client.with_options(client.options().max_attempts(1));
    assert!(hurried.cancel_session(&session_id()).await.is_err());
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for attempt in seen.iter() {
        outputs.debug("an observed attempt", attempt);
        outputs.text("an observed attempt", serde_json::to_string(attempt).unwrap());
    }
}
