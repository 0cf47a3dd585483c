use zerogate_emulator::{Seed, Status};

use crate::wire::{Connection, Request, cancel, emulator, retrieve};

#[tokio::test]
async fn an_unknown_path_is_404_with_the_envelope() {
    let emulator = emulator().await;
    for target in [
        "/v1",
        "/v1/",
        "/v1/gate_sessions/",
        "/v1/gate_sessions//",
        "/v1/gate_sessions//cancel",
        "/v1/gate_sessions/x/",
        "/v1/gate_sessions/x/cancel/",
        "/v1/gate_sessions/x/refund",
        "/v1/gate_sessions/x/cancel/y",
        "/v1//gate_sessions",
        "/v1/./gate_sessions",
        "/v1/gate_sessions/../gate_sessions",
        "/v1/GATE_SESSIONS",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let response = Request::new(method, target).signed(&emulator).await;
            assert_eq!(response.status, 404, "{method} {target}");
            assert_eq!(response.envelope(), ("not_found".to_owned(), "not_found".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_what_is_allowed() {
    let emulator = emulator().await;
    for (methods, target, allow) in [
        (["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"], "/v1/gate_sessions/x/cancel", "POST"),
        (["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"], "/v1/gate_sessions/x", "GET, HEAD"),
        (["FROB", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"], "/v1/gate_sessions", "GET, HEAD, POST"),
    ] {
        for method in methods {
            let response = Request::new(method, target).signed(&emulator).await;
            assert_eq!((response.status, response.header("allow")), (405, Some(allow)), "{method} {target}");
            assert_eq!(response.envelope(), ("invalid_request".to_owned(), "method_not_allowed".to_owned()));
        }
    }
    let head = Request::new("HEAD", "/v1/gate_sessions/x/cancel").key(&emulator.keys().partner);
    assert_eq!(head.send(&emulator).await.status, 405);
}

#[tokio::test]
async fn an_id_is_found_by_any_encoding_of_its_one_segment() {
    let emulator = emulator().await;
    for (id, segments) in [
        ("plain", vec!["plain", "%70lain", "%70%6c%61%69%6E"]),
        ("a/b", vec!["a%2Fb", "a%2fb"]),
        ("..", vec!["..", "%2e%2e", "%2E.", ".%2e"]),
        (".", vec![".", "%2e"]),
        ("a b?c#d", vec!["a%20b%3Fc%23d"]),
        ("é", vec!["%C3%A9"]),
        ("%2e", vec!["%252e"]),
        ("a+b", vec!["a+b", "a%2Bb"]),
    ] {
        emulator.seed(Seed { id: Some(id.to_owned()), ..Seed::default() }).unwrap();
        for segment in segments {
            let response = retrieve(segment).signed(&emulator).await;
            assert_eq!(response.status, 200, "{segment}");
            assert_eq!(response.json()["id"], id);
        }
    }
    assert_eq!(cancel("a%2Fb").signed(&emulator).await.status, 201);
    assert_eq!(emulator.session("a/b").map(|s| s.status), Some(Status::Cancelled));
}

#[tokio::test]
async fn an_id_is_never_normalised_into_another_path() {
    let emulator = emulator().await;
    let session = crate::wire::seed(&emulator);
    for segment in
        ["..", ".", "%2e%2e", "%2e", "%00", "%ff", "%", "%zz", "a%2Fb", "%2e%2e%2fgate_sessions", "%5C", "a;b", "~"]
    {
        for request in [retrieve(segment), cancel(segment)] {
            let response = request.signed(&emulator).await;
            assert_eq!((response.status, response.envelope().0.as_str()), (404, "not_found"), "{segment}");
        }
    }
    let upper = session.id.to_uppercase();
    assert_eq!(retrieve(&upper).signed(&emulator).await.status, 404, "an id is opaque: case matters");
    assert_eq!(emulator.session(&session.id).map(|s| s.status), Some(Status::Open));
}

#[tokio::test]
async fn a_target_in_absolute_form_is_understood() {
    let emulator = emulator().await;
    let session = crate::wire::seed(&emulator);
    let target = format!("{}/gate_sessions/{}", emulator.base_url(), session.id);
    let response = Request::new("GET", target).signed(&emulator).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn non_http_input_is_refused_and_affects_no_other_client() {
    let emulator = emulator().await;
    for garbage in [&b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"[..], b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        let mut connection = Connection::open(&emulator).await;
        connection.write(garbage).await.unwrap();
        // hyper may send a 400 or hang up.
        let _ = connection.read_to_end().await;
    }
    assert_eq!(crate::wire::list("").signed(&emulator).await.status, 200);
}
