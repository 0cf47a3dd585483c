//! Lists every session once, requests no page twice, and always ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt};
use zerogate::{ErrorKind, ListError, ListSessions, Session, SessionId, SessionStatus};
use zerogate_emulator::{Alteration, Emulator, Fault, FaultKind, Operation, Status};

use crate::arrange::{client_with, emulator_and_client, quick, seeded};
use crate::examples::{SESSION, json};
use crate::server::{Server, script};

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Operation::ListSessions)
}

/// Reads a stream to its end: the ids and the errors.
async fn read(query: ListSessions) -> (Vec<String>, Vec<ListError>) {
    let items: Vec<Result<Session, ListError>> = query.stream().collect().await;
    let (ids, errors): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
    let ids = ids.into_iter().map(|session| session.unwrap().id().to_string()).collect();
    (ids, errors.into_iter().map(Result::unwrap_err).collect())
}

fn targets(emulator: &Emulator) -> Vec<String> {
    emulator.journal().iter().map(|entry| entry.target.clone()).collect()
}

/// A page with these ids.
fn page(ids: &[&str], has_more: bool) -> String {
    let session = |id: &&str| SESSION.replace("67a1f3b9e4b0c10001234567", id);
    let data: Vec<_> = ids.iter().map(session).collect();
    json("200 OK", &format!(r#"{{"object":"list","data":[{}],"has_more":{has_more}}}"#, data.join(",")))
}

#[tokio::test]
async fn every_session_is_listed_once_and_pages_are_requested_when_needed() {
    let (emulator, client) = emulator_and_client(quick()).await;
    assert_eq!(read(client.list_sessions()).await.0, Vec::<String>::new());
    let mut ids: Vec<_> = (0..25).map(|_| seeded(&emulator, Status::Open).to_string()).collect();
    ids.reverse();
    for (limit, pages) in [(100, 1), (25, 1), (10, 3), (7, 4), (1, 25)] {
        let before = targets(&emulator).len();
        let (found, errors) = read(client.list_sessions().limit(limit)).await;
        assert_eq!((found, errors.len()), (ids.clone(), 0), "{limit}");
        let asked = targets(&emulator).split_off(before);
        assert_eq!(asked.len(), pages, "{limit}: {asked:?}");
        let distinct: std::collections::HashSet<_> = asked.iter().collect();
        assert_eq!(distinct.len(), asked.len(), "{asked:?}");
    }
    let before = targets(&emulator).len();
    let mut stream = client.list_sessions().limit(10).stream();
    assert_eq!(targets(&emulator).len(), before);
    for id in &ids[..10] {
        assert_eq!(stream.next().await.unwrap().unwrap().id().as_str(), id);
    }
    assert_eq!(targets(&emulator).len(), before + 1);
    assert_eq!(stream.next().await.unwrap().unwrap().id().as_str(), ids[10]);
    assert_eq!(targets(&emulator).len(), before + 2);
}

#[tokio::test]
async fn filters_are_sent_as_documented() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let open = seeded(&emulator, Status::Open);
    let completed = seeded(&emulator, Status::Completed);
    let query = client.list_sessions().status(SessionStatus::Completed);
    let sessions: Vec<_> = query.stream().try_collect().await.unwrap();
    assert_eq!(sessions[0].id(), &completed);
    assert!(sessions.len() == 1 && sessions[0].status().is_terminal());
    assert_eq!(sessions[0].decode().unwrap().id, completed.as_str());
    let (after, _) = read(client.list_sessions().starting_after(completed.clone()).limit(3)).await;
    assert_eq!(after, [open.to_string()]);
    assert_eq!(
        targets(&emulator),
        [
            "/v1/gate_sessions?limit=100&status=completed".to_owned(),
            format!("/v1/gate_sessions?limit=3&starting_after={completed}"),
        ]
    );
}

#[tokio::test]
async fn a_list_continues_from_the_page_that_failed() {
    let (emulator, client) = emulator_and_client(quick().max_attempts(2)).await;
    let mut ids: Vec<_> = (0..25).map(|_| seeded(&emulator, Status::Open).to_string()).collect();
    ids.reverse();
    emulator.arm(fault(FaultKind::delay(0))).unwrap();
    emulator.arm(fault(FaultKind::status(503)).times(2)).unwrap();
    let (mut found, mut errors) = read(client.list_sessions().limit(10)).await;
    let error = errors.remove(0);
    assert_eq!((error.page(), error.position(), error.error().kind()), (2, None, ErrorKind::Server));
    assert_eq!(error.starting_after().unwrap().as_str(), ids[9]);
    assert_eq!(
        error.to_string(),
        format!("page 2, which starts after {}: listSessions: 503: the server failed; after 2 attempts", ids[9])
    );
    assert!(errors.is_empty());
    let rest = client.list_sessions().limit(10).starting_after(error.starting_after().unwrap().clone());
    found.extend(read(rest).await.0);
    assert_eq!(found, ids);
}

#[tokio::test]
async fn repeated_pages_are_detected() {
    // The cursor has no effect: the first page comes again and again.
    let (emulator, client) = emulator_and_client(quick()).await;
    let mut ids: Vec<_> = (0..25).map(|_| seeded(&emulator, Status::Open).to_string()).collect();
    ids.reverse();
    emulator.arm(fault(FaultKind::Ignore { names: vec!["starting_after".to_owned()] }).until_reset()).unwrap();
    let (found, errors) = read(client.list_sessions().limit(10)).await;
    assert_eq!(found, ids[..10]);
    assert_eq!((errors.len(), errors[0].page(), errors[0].error().kind()), (1, 2, ErrorKind::Contradiction));
    assert_eq!(targets(&emulator).len(), 2);
    // The names of the pages describe each fault.
    for (what, pages, found, last) in [
        ("the cursor's own session first", vec![page(&["a", "b"], true), page(&["b", "c"], true)], 2, 2),
        ("two pages in turn", vec![page(&["a", "b"], true), page(&["c", "d"], true), page(&["a", "b"], true)], 4, 3),
        ("one session twice on a page", vec![page(&["a", "a"], false)], 0, 1),
        (
            "a page that ends like an earlier one",
            vec![page(&["a"], true), page(&["b"], true), page(&["c", "a"], true)],
            2,
            3,
        ),
    ] {
        let server = Server::responding_in_turn(pages).await;
        let (sessions, errors) = read(client_with(&server.base_url(), quick()).list_sessions()).await;
        assert_eq!((sessions.len(), errors.len()), (found, 1), "{what}: {errors:?}");
        assert_eq!((errors[0].page(), errors[0].error().kind()), (last, ErrorKind::Contradiction), "{what}");
        server.finish().await;
    }
}

#[tokio::test]
async fn an_endless_list_is_stopped() {
    // Always more pages, all different.
    let number = Arc::new(AtomicUsize::new(0));
    let server = Server::start(script(move |mut connection| {
        let number = Arc::clone(&number);
        async move {
            loop {
                connection.request().await?;
                let id = format!("s{}", number.fetch_add(1, Ordering::SeqCst));
                connection.write(page(&[&id], true)).await?;
            }
        }
    }))
    .await;
    let client = client_with(&server.base_url(), quick());
    let (found, errors) = read(client.list_sessions().max_pages(50)).await;
    assert_eq!((found.len(), errors.len(), errors[0].page()), (50, 1, 51));
    assert_eq!(errors[0].starting_after().unwrap().as_str(), "s49");
    assert_eq!(
        errors[0].to_string(),
        "page 51, which starts after s49: the request was not sent: the limit of 50 pages is reached, and there are more"
    );
    drop(client);
    assert_eq!(server.finish().await.len(), 50);

    // More sessions, but no id to continue from.
    let (emulator, client) = emulator_and_client(quick()).await;
    let set = serde_json::json!({ "has_more": true, "data": [] }).as_object().unwrap().clone();
    emulator.arm(fault(FaultKind::Alter(Alteration { set, ..Alteration::default() })).until_reset()).unwrap();
    let (found, errors) = read(client.list_sessions()).await;
    assert_eq!((found.len(), errors.len(), errors[0].page()), (0, 1, 2));
    // Not a list that another query can continue.
    assert_eq!(errors[0].error().kind(), ErrorKind::Contradiction);
    assert_eq!(targets(&emulator).len(), 1);
}

#[tokio::test]
async fn an_unreadable_session_does_not_hide_others() {
    let broken = |body: String| body.replace("\"id\": \"broken\"", "\"id\": null");
    for (ids, found, errors) in [
        (["a", "broken", "b"], vec!["a", "b", "z"], vec![(1, Some(2))]),
        // The id to continue from is missing: the rest of the list is out of reach, and a second error says so.
        (["a", "b", "broken"], vec!["a", "b"], vec![(1, Some(3)), (2, None)]),
    ] {
        let last = page(&["z"], false);
        let pages = if errors.len() == 1 { vec![page(&ids, true), last] } else { vec![page(&ids, true)] };
        let server = Server::responding_in_turn(pages.into_iter().map(|page| fitted(&broken(page)))).await;
        let client = client_with(&server.base_url(), quick());
        let (sessions, said) = read(client.list_sessions()).await;
        assert_eq!(sessions, found);
        assert_eq!(said.iter().map(|error| (error.page(), error.position())).collect::<Vec<_>>(), errors);
        assert!(said[0].to_string().contains("/id is null, expected a string"), "{}", said[0]);
        server.finish().await;
    }
    // An id is enough to continue.
    let pages = [page(&["a", "b"], true).replace("\"status\"", "\"state\""), page(&["z"], false)];
    let server = Server::responding_in_turn(pages.iter().map(|page| fitted(page))).await;
    let (sessions, said) = read(client_with(&server.base_url(), quick()).list_sessions()).await;
    assert_eq!((sessions, said.len()), (vec!["z".to_owned()], 2));
    // An error has its own session, and no other.
    let body = String::from_utf8_lossy(said[0].error().body().unwrap());
    assert!(body.contains("\"a\"") && !body.contains("\"b\""), "{body}");
    assert!(server.finish().await[1].contains("starting_after=b"));
    // Too many of them are a page that cannot be read, and memory for one error.
    let body = format!("{{\"data\":[{}],\"has_more\":false}}", vec!["0"; 50_000].join(","));
    let server = Server::responding(1, json("200 OK", &body)).await;
    let (sessions, said) = read(client_with(&server.base_url(), quick()).list_sessions()).await;
    assert_eq!((sessions.len(), said.len(), said[0].position()), (0, 1, None));
    server.finish().await;
    // The error names the missing field of a page.
    for (body, said) in [
        ("{}", "/data is missing, expected a value, and /has_more is missing, expected a boolean"),
        (r#"{"data":[]}"#, "/has_more is missing, expected a boolean"),
        ("[]", "the body is an array, expected an object"),
    ] {
        let server = Server::responding(1, json("200 OK", body)).await;
        let (_, errors) = read(client_with(&server.base_url(), quick()).list_sessions()).await;
        assert_eq!(errors[0].error().kind(), ErrorKind::UnreadableBody);
        assert!(errors[0].to_string().ends_with(said), "{}", errors[0]);
        server.finish().await;
    }
}

/// A response whose length is that of its body, after the body was changed.
fn fitted(response: &str) -> String {
    json("200 OK", response.split_once("\r\n\r\n").unwrap().1)
}

#[tokio::test]
async fn pages_can_be_read_one_by_one() {
    let (emulator, client) = emulator_and_client(quick()).await;
    let ids: Vec<_> = (0..5).map(|_| seeded(&emulator, Status::Open)).collect();
    let mut query = Some(client.list_sessions().limit(2));
    let mut pages: Vec<Vec<SessionId>> = Vec::new();
    while let Some(next) = query {
        let page = next.send().await.unwrap();
        assert!(page.request_id().is_some() && page.attempts().len() == 1);
        assert_eq!(page.value().has_more(), pages.len() < 2);
        assert_eq!(page.value().sessions().len(), if pages.len() < 2 { 2 } else { 1 });
        let (sessions, then) = page.into_value().into_parts();
        pages.push(sessions.into_iter().map(|session| session.unwrap().id().clone()).collect());
        query = then;
    }
    let mut found = pages.concat();
    found.reverse();
    assert_eq!(found, ids);
}

#[tokio::test]
async fn a_session_with_an_id_that_is_none_names_the_field() {
    let server = Server::responding(1, page(&["a/b", "c"], false)).await;
    let (ids, errors) = read(client_with(&server.base_url(), quick()).list_sessions()).await;
    assert_eq!(ids, ["c"]);
    assert_eq!(errors[0].error().field_errors()[0].pointer(), "/id");
    assert!(errors[0].to_string().contains("/id is a string, expected a session id, but a slash"), "{}", errors[0]);
}
